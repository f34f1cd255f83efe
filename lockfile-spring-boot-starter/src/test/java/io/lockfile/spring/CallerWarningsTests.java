/*
 * Copyright 2026-present the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

package io.lockfile.spring;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.event.TransactionPhase;
import org.springframework.transaction.event.TransactionalEventListener;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import io.lockfile.LockFiles;
import io.lockfile.LockHandle;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link CallerWarnings}.
 */
@ExtendWith(OutputCaptureExtension.class)
class CallerWarningsTests {

	private static final String WITHIN = "is locked within a transaction";

	private static final String WAITED = "has waited for lock";

	@TempDir
	private Path directory;

	private ApplicationContextRunner runner() {
		return new ApplicationContextRunner()
			.withPropertyValues("lockfile.directory=" + this.directory, "lockfile.strategy=memory",
					"lockfile.scheduler-wait-warning=50ms", "spring.datasource.generate-unique-name=true")
			.withUserConfiguration(Application.class);
	}

	private LockFiles others() {
		return LockFiles.builder().directory(this.directory).strategy("memory").build();
	}

	@Test
	void lockWithinTheCallersTransactionIsWarnedAboutOnce(CapturedOutput output) {
		runner().run((context) -> {
			Caller caller = context.getBean(Caller.class);
			caller.inTransaction(context.getBean(Service.class)::write);
			caller.inTransaction(context.getBean(Service.class)::write);
			assertThat(output).containsOnlyOnce(WITHIN).contains("Service.write " + WITHIN, "Lock where");
			caller.inTransaction(context.getBean(Service.class)::writeInItsOwnWay);
			assertThat(output).contains("Service.writeInItsOwnWay " + WITHIN);
		});
	}

	@Test
	void lockOutsideOfItsOwnTransactionIsNotWarnedAbout(CapturedOutput output) {
		runner().run((context) -> {
			Service service = context.getBean(Service.class);
			service.write();
			service.writeInItsOwnWay();
			context.getBean(Caller.class).inTransaction(service::writeIndependently);
			context.getBean(Caller.class).inTransaction(service::writeWithoutTransaction);
			assertThat(output).doesNotContain(WITHIN);
		});
	}

	@Test
	void listenerOfATransactionThatHasEndedIsNotWarnedAbout(CapturedOutput output) {
		runner().withBean(Listener.class).run((context) -> {
			Listener listener = context.getBean(Listener.class);
			context.getBean(Caller.class).inTransaction(() -> context.publishEvent("event"));
			assertThat(listener.heard()).containsExactly("before", "after");
			assertThat(output).containsOnlyOnce(WITHIN).contains("Listener.beforeCommit " + WITHIN);
		});
	}

	@Test
	void operationsWithinATransactionAreWarnedAboutOnceForEachPlace(CapturedOutput output) {
		runner().run((context) -> {
			FileLockTemplate template = context.getBean(FileLockTemplate.class);
			Caller caller = context.getBean(Caller.class);
			template.execute("outside", () -> true);
			template.execute("outside", () -> caller.call(() -> template.tryRun("outside", () -> {
			})));
			assertThat(output).doesNotContain(WITHIN);
			for (int i = 0; i < 2; i++) {
				caller.inTransaction(() -> template.withName("mine").execute("inside", () -> true));
			}
			assertThat(output).containsOnlyOnce(WITHIN)
				.contains(
						"What " + getClass().getName() + ".operationsWithinATransactionAreWarnedAboutOnceForEachPlace "
								+ "does with FileLockOperations (lock 'mine') " + WITHIN);
			caller.useInTransaction(template);
			assertThat(output).contains("Caller.useInTransaction does with FileLockOperations " + WITHIN);
		});
	}

	@Test
	void lockNestedInTheSameOuterLockIsNotWarnedAbout(CapturedOutput output) {
		runner().run((context) -> {
			Caller caller = context.getBean(Caller.class);
			caller.lockedInTransaction(context.getBean(Service.class)::write);
			assertThat(output).doesNotContain(WITHIN);
			// That lock is another one, and is released before the commit
			caller.lockedInTransaction(context.getBean(Service.class)::writeElsewhere);
			assertThat(output).containsOnlyOnce(WITHIN).contains("Service.writeElsewhere " + WITHIN);
		});
	}

	@Test
	void waitOfAScheduledMethodIsWarnedAboutOnce(CapturedOutput output) {
		try (LockFiles others = others(); LockHandle held = others.get("scheduled").acquire()) {
			runner().withBean(ScheduledJob.class).withUserConfiguration(Scheduling.class).run((context) -> {
				Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> output.getOut().contains(WAITED));
				held.close();
				ScheduledJob job = context.getBean(ScheduledJob.class);
				assertThat(job.ran().await(60, TimeUnit.SECONDS)).isTrue();
				try (LockHandle again = others.get("scheduled").acquire(Duration.ofSeconds(60))) {
					letItWait(context.getBean(LockFiles.class));
				}
			});
		}
		assertThat(output).containsOnlyOnce(WAITED)
			.contains("ScheduledJob.run " + WAITED + " 'scheduled'", "on scheduler thread 'scheduling-1'", "held by",
					"onUnavailable = SKIP", "'lockfile.locks.scheduled.timeout'", "'spring.task.scheduling.pool.size'",
					"'lockfile.scheduler-wait-warning'");
	}

	private static boolean waits(LockFiles locks) {
		return locks.snapshot().stream().anyMatch((lock) -> !lock.waiting().isEmpty());
	}

	@Test
	void waitOfAServiceOnASchedulersThreadIsWarnedAbout(CapturedOutput output) {
		runner().withBean(ThreadPoolTaskScheduler.class)
			.run((context) -> whileItWaits(context, output,
					(service) -> context.getBean(ThreadPoolTaskScheduler.class).submit(service), true));
	}

	@Test
	void waitOnAThreadOfAJavaSchedulerIsWarnedAbout(CapturedOutput output) {
		ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
		try {
			runner().run((context) -> whileItWaits(context, output, scheduler::submit, true));
		}
		finally {
			scheduler.shutdownNow();
		}
	}

	@Test
	void waitOnAnotherThreadIsNotWarnedAbout(CapturedOutput output) {
		// Its threads are called as those of the scheduler are
		runner().withBean(ThreadPoolTaskExecutor.class, () -> {
			ThreadPoolTaskExecutor executor = new ThreadPoolTaskExecutor();
			executor.setThreadNamePrefix("scheduling-");
			return executor;
		})
			.run((context) -> whileItWaits(context, output,
					(service) -> context.getBean(ThreadPoolTaskExecutor.class).submit(service), false));
	}

	@Test
	void fixedDelayOnAVirtualThreadIsWarnedAbout(CapturedOutput output) {
		boolean virtual = Runtime.version().feature() >= 21;
		try (LockFiles others = others(); LockHandle held = others.get("scheduled").acquire()) {
			runner().withPropertyValues("spring.threads.virtual.enabled=true")
				.withBean(ScheduledJob.class)
				.withUserConfiguration(Scheduling.class)
				.run((context) -> {
					Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> output.getOut().contains(WAITED));
					held.close();
					assertThat(context.getBean(ScheduledJob.class).ran().await(60, TimeUnit.SECONDS)).isTrue();
				});
		}
		assertThat(output).contains("ScheduledJob.run " + WAITED)
			.contains(virtual ? "no other method with a fixed delay meanwhile" : "nothing else meanwhile",
					virtual ? "at a fixed rate or by cron" : "'spring.task.scheduling.pool.size'");
	}

	@Test
	void fixedRateOnAVirtualThreadIsNotWarnedAbout(CapturedOutput output) {
		boolean virtual = Runtime.version().feature() >= 21;
		try (LockFiles others = others(); LockHandle held = others.get("fixed-rate").acquire()) {
			runner().withPropertyValues("spring.threads.virtual.enabled=true")
				.withBean(FixedRateJob.class)
				.withUserConfiguration(Scheduling.class)
				.run((context) -> {
					FixedRateJob job = context.getBean(FixedRateJob.class);
					letItWait(context.getBean(LockFiles.class));
					if (virtual) {
						// Others run while it waits, which is why there is no warning
						assertThat(job.other().await(60, TimeUnit.SECONDS)).isTrue();
					}
					else {
						Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> output.getOut().contains(WAITED));
					}
					held.close();
					assertThat(job.ran().await(60, TimeUnit.SECONDS)).isTrue();
				});
		}
		assertThat(output.getOut().contains(WAITED)).isEqualTo(!virtual);
	}

	@Test
	void waitOnReactorsElasticThreadIsNotWarnedAbout(CapturedOutput output) {
		runner().run((context) -> whileItWaits(context, output,
				(service) -> Mono.fromCallable(service).subscribeOn(Schedulers.boundedElastic()).toFuture(), false));
	}

	@Test
	void waitsForSeveralLocksAreAddedUp(CapturedOutput output) {
		ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
		try {
			runner()
				.withPropertyValues("lockfile.scheduler-wait-warning=5s", "lockfile.locks.first.timeout=5s",
						"lockfile.locks.second.timeout=5s")
				.withBean(Several.class)
				.run((context) -> {
					try (LockFiles others = others();
							LockHandle first = others.get("first").acquire();
							LockHandle second = others.get("second").acquire()) {
						LockFiles locks = context.getBean(LockFiles.class);
						Future<?> call = scheduler.submit(context.getBean(Several.class)::run);
						Awaitility.await().pollDelay(Duration.ofSeconds(1)).until(() -> waits(locks));
						first.close();
						Awaitility.await().atMost(Duration.ofSeconds(60)).until(call::isDone);
						assertThat(second.isValid()).isTrue();
					}
				});
		}
		finally {
			scheduler.shutdownNow();
		}
		assertThat(output).containsOnlyOnce(WAITED)
			.contains("Several.run " + WAITED + " 'second' (", "'lockfile.locks.<name>.timeout'");
	}

	@Test
	void waitOfAnAsynchronousScheduledMethodIsNotWarnedAbout(CapturedOutput output) {
		try (LockFiles others = others(); LockHandle held = others.get("asynchronous").acquire()) {
			runner().withBean(AsynchronousJob.class).withUserConfiguration(Scheduling.class).run((context) -> {
				AsynchronousJob job = context.getBean(AsynchronousJob.class);
				letItWait(context.getBean(LockFiles.class));
				held.close();
				assertThat(job.ran().await(60, TimeUnit.SECONDS)).isTrue();
			});
		}
		assertThat(output).doesNotContain(WAITED);
	}

	@Test
	void minusOneNeverWarns(CapturedOutput output) {
		runner().withPropertyValues("lockfile.scheduler-wait-warning=-1", "lockfile.timeout=-1")
			.withBean(ThreadPoolTaskScheduler.class)
			.run((context) -> whileItWaits(context, output,
					(service) -> context.getBean(ThreadPoolTaskScheduler.class).submit(service), false));
	}

	@Test
	void waitThatIsShorterThanTheBoundIsNotWarnedAbout(CapturedOutput output) {
		runner().withPropertyValues("lockfile.scheduler-wait-warning=10m")
			.withBean(ThreadPoolTaskScheduler.class)
			.run((context) -> whileItWaits(context, output,
					(service) -> context.getBean(ThreadPoolTaskScheduler.class).submit(service), false));
	}

	private void whileItWaits(AssertableApplicationContext context, CapturedOutput output, Submission submission,
			boolean warns) throws Exception {
		Service service = context.getBean(Service.class);
		Future<?> call;
		try (LockFiles others = others(); LockHandle held = others.get("service").acquire()) {
			call = submission.submit(() -> {
				service.write();
				return null;
			});
			if (warns) {
				Awaitility.await()
					.atMost(Duration.ofSeconds(60))
					.until(() -> output.getOut().contains("Service.write " + WAITED));
			}
			else {
				letItWait(context.getBean(LockFiles.class));
			}
		}
		call.get(60, TimeUnit.SECONDS);
		assertThat(output.getOut().contains(WAITED)).isEqualTo(warns);
	}

	/**
	 * Let something wait for several times as long as the bound. A warning would come
	 * from another thread, which nothing else tells about.
	 */
	private static void letItWait(LockFiles locks) {
		Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> waits(locks));
		long begin = System.nanoTime();
		Awaitility.await()
			.atMost(Duration.ofSeconds(60))
			.until(() -> System.nanoTime() - begin > TimeUnit.MILLISECONDS.toNanos(200));
	}

	/**
	 * One way to run something on another thread.
	 */
	private interface Submission {

		Future<?> submit(Callable<?> task);

	}

	static class Caller {

		@Transactional
		void inTransaction(Runnable action) {
			action.run();
		}

		@Transactional
		<T> T call(Supplier<T> body) {
			return body.get();
		}

		@Transactional
		void useInTransaction(FileLockOperations operations) {
			operations.tryCall("inside", () -> true);
		}

		@Transactional
		@FileLocked("service")
		void lockedInTransaction(Runnable action) {
			action.run();
		}

	}

	static class Service {

		@Transactional
		@FileLocked("service")
		void write() {
		}

		@FileLocked("own-way")
		void writeInItsOwnWay() {
		}

		@FileLocked("elsewhere")
		void writeElsewhere() {
		}

		@Transactional(propagation = Propagation.REQUIRES_NEW)
		@FileLocked("independent")
		void writeIndependently() {
		}

		@Transactional(propagation = Propagation.NOT_SUPPORTED)
		@FileLocked("without")
		void writeWithoutTransaction() {
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		Caller caller() {
			return new Caller();
		}

		@Bean
		Service service() {
			return new Service();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableScheduling
	@EnableAsync
	static class Scheduling {

	}

	static class ScheduledJob {

		private final CountDownLatch ran = new CountDownLatch(1);

		CountDownLatch ran() {
			return this.ran;
		}

		@Scheduled(fixedDelay = 1)
		@FileLocked("scheduled")
		void run() {
			this.ran.countDown();
		}

	}

	static class FixedRateJob {

		private final CountDownLatch ran = new CountDownLatch(1);

		private final CountDownLatch other = new CountDownLatch(3);

		CountDownLatch ran() {
			return this.ran;
		}

		CountDownLatch other() {
			return this.other;
		}

		@Scheduled(fixedRate = 3_600_000)
		@FileLocked("fixed-rate")
		void run() {
			this.ran.countDown();
		}

		@Scheduled(fixedRate = 1)
		void runOther() {
			this.other.countDown();
		}

	}

	static class Several {

		@FileLocked("first")
		@FileLocked("second")
		void run() {
		}

	}

	static class Listener {

		private final List<String> heard = new CopyOnWriteArrayList<>();

		List<String> heard() {
			return this.heard;
		}

		@TransactionalEventListener(phase = TransactionPhase.BEFORE_COMMIT, classes = String.class)
		@FileLocked("before-commit")
		void beforeCommit() {
			this.heard.add("before");
		}

		@TransactionalEventListener(classes = String.class)
		@FileLocked("after-commit")
		void afterCommit() {
			this.heard.add("after");
		}

	}

	static class AsynchronousJob {

		private final CountDownLatch ran = new CountDownLatch(1);

		CountDownLatch ran() {
			return this.ran;
		}

		@Async
		@Scheduled(initialDelay = 0)
		@FileLocked("asynchronous")
		void run() {
			this.ran.countDown();
		}

	}

}
