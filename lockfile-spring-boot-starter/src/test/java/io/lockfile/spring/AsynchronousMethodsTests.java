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

import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;
import org.springframework.util.ClassUtils;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import io.lockfile.AlreadyLockedException;
import io.lockfile.LockFailedException;
import io.lockfile.LockFiles;
import io.lockfile.LockHandle;
import io.lockfile.LockInterruptedException;
import io.lockfile.LockMode;
import io.lockfile.LockTimeoutException;
import io.lockfile.LockUnavailableException;
import io.lockfile.UnlockException;
import io.lockfile.boot.autoconfigure.LockFileAutoConfiguration;
import io.lockfile.spring.test.FileLockTester;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests of methods whose work goes on after they have returned a stage or a future.
 */
@ExtendWith(OutputCaptureExtension.class)
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class AsynchronousMethodsTests {

	@TempDir
	private Path directory;

	private ApplicationContextRunner runner() {
		return new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class, LockFileAutoConfiguration.class))
			.withPropertyValues("lockfile.strategy=memory", "lockfile.directory=" + this.directory);
	}

	private void withStages(StagesTest test) {
		runner().withBean(Stages.class).run((context) -> {
			LockFiles locks = context.getBean(LockFiles.class);
			test.run(context.getBean(Stages.class), locks);
			Awaitility.await().untilAsserted(() -> {
				assertThat(locks.get("stage").isLocked()).isFalse();
				assertThat(context.getBean(RunningBodies.class).count()).isZero();
			});
		});
	}

	private static void awaitWaiting(LockFiles locks, int count) {
		Awaitility.await()
			.atMost(Duration.ofSeconds(60))
			.until(() -> locks.snapshot().stream().mapToInt((path) -> path.waiting().size()).sum() == count);
	}

	@Test
	void lockIsHeldUntilTheStageIsCompletedOnAnotherThread() {
		withStages((stages, locks) -> {
			CompletableFuture<String> work = new CompletableFuture<>();
			CompletableFuture<String> result = stages.run(() -> {
				FileLockContext.assertHeld();
				return work;
			});
			assertThat(FileLockContext.current()).isEmpty();
			assertThat(result).isNotDone();
			assertThat(locks.get("stage").tryAcquire()).isEmpty();
			assertThatExceptionOfType(LockTimeoutException.class)
				.isThrownBy(() -> locks.get("stage").acquire(Duration.ofMillis(20)));
			CompletableFuture.runAsync(() -> work.complete("done")).join();
			assertThat(result.join()).isEqualTo("done");
			assertThat(locks.get("stage").isLocked()).as("after the result is there").isFalse();
		});
	}

	@Test
	void resultThatIsThereIsReturnedUnlocked() {
		withStages((stages, locks) -> {
			assertThat(stages.run(() -> CompletableFuture.completedFuture("done"))).isCompletedWithValue("done");
			assertThat(locks.get("stage").isLocked()).isFalse();
			assertThat(stages.stage(() -> CompletableFuture.completedStage("done")).toCompletableFuture())
				.isCompletedWithValue("done");
		});
	}

	@Test
	void failureOfTheStageReachesTheCallerAndReleases() {
		withStages((stages, locks) -> {
			CompletableFuture<String> work = new CompletableFuture<>();
			CompletableFuture<String> result = stages.run(() -> work);
			IOException failure = new IOException("on purpose");
			work.completeExceptionally(failure);
			assertThatExceptionOfType(CompletionException.class).isThrownBy(result::join)
				.havingCause()
				.isSameAs(failure);
			assertThat(locks.get("stage").isLocked()).isFalse();
			CompletableFuture<String> dependent = CompletableFuture.supplyAsync(() -> {
				throw new IllegalStateException("on purpose");
			});
			assertThatExceptionOfType(CompletionException.class).isThrownBy(stages.run(() -> dependent)::join)
				.havingCause()
				.isInstanceOf(IllegalStateException.class);
		});
	}

	@Test
	void cancellationReleasesAndCancelsTheWork() {
		withStages((stages, locks) -> {
			CompletableFuture<String> work = new CompletableFuture<>();
			CompletableFuture<String> result = stages.run(() -> work);
			assertThat(result.cancel(true)).isTrue();
			assertThat(work).isCancelled();
			assertThat(locks.get("stage").isLocked()).isFalse();
			CompletionStage<String> stage = stages
				.stage(() -> new CompletableFuture<String>().minimalCompletionStage());
			assertThat(stage.toCompletableFuture().cancel(false)).isTrue();
			assertThat(locks.get("stage").isLocked()).isFalse();
		});
	}

	@Test
	void workThatCancelsItselfReleases() {
		withStages((stages, locks) -> {
			CompletableFuture<String> work = new CompletableFuture<>();
			CompletableFuture<String> result = stages.run(() -> work);
			work.cancel(true);
			assertThatExceptionOfType(CancellationException.class).isThrownBy(result::join);
			assertThat(locks.get("stage").isLocked()).isFalse();
		});
	}

	@Test
	void callerThatGivesUpDoesNotReleaseTheLockOfWorkThatGoesOn() {
		withStages((stages, locks) -> {
			CompletableFuture<String> work = new CompletableFuture<>();
			CompletableFuture<String> result = stages.run(() -> work);
			result.completeExceptionally(new IllegalStateException("given up"));
			assertThat(locks.get("stage").isLocked()).isTrue();
			work.complete("late");
			assertThat(locks.get("stage").isLocked()).isFalse();
		});
	}

	@Test
	void bodyThatThrowsOrReturnsNullReleases() {
		withStages((stages, locks) -> {
			IllegalStateException failure = new IllegalStateException("on purpose");
			assertThatExceptionOfType(IllegalStateException.class).isThrownBy(() -> stages.run(() -> {
				throw failure;
			})).isSameAs(failure);
			assertThat(locks.get("stage").isLocked()).isFalse();
			assertThat(stages.run(() -> null)).isNull();
			assertThat(locks.get("stage").isLocked()).isFalse();
		});
	}

	@Test
	void lockThatIsNotObtainedFailsTheStageOrSkipsOrFallsBack() {
		withStages((stages, locks) -> new FileLockTester(locks).whileHeldElsewhere("stage", () -> {
			assertThat(stages.oneTry()).failsWithin(Duration.ofSeconds(60))
				.withThrowableThat()
				.havingCause()
				.isInstanceOf(AlreadyLockedException.class)
				.withMessageContaining("lockfile.locks.one-try.timeout");
			assertThat(stages.skipped()).isCompletedWithValue(null);
			assertThat(stages.withFallback("x")).isCompletedWithValue("instead of x");
			assertThat(stages.withFailingFallback()).isCompletedExceptionally();
		}));
	}

	@Test
	void pathThatCanNotBeResolvedFailsTheStage() {
		withStages((stages, locks) -> assertThat(stages.named("..")).failsWithin(Duration.ofSeconds(60))
			.withThrowableThat()
			.havingCause()
			.isInstanceOf(LockFailedException.class));
	}

	@Test
	void callerThatIsInterruptedWhileItWaitsFailsTheStageAndStaysInterrupted() {
		withStages((stages, locks) -> new FileLockTester(locks).whileHeldElsewhere("stage", () -> {
			CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
			Thread caller = new Thread(() -> {
				CompletableFuture<String> result = stages.run(() -> CompletableFuture.completedFuture("done"));
				assertThat(result).isCompletedExceptionally();
				result.whenComplete((value, ex) -> interrupted
					.complete(ex instanceof LockInterruptedException && Thread.currentThread().isInterrupted()));
			});
			caller.start();
			awaitWaiting(locks, 1);
			caller.interrupt();
			assertThat(interrupted.get(60, TimeUnit.SECONDS)).isTrue();
			awaitWaiting(locks, 0);
		}));
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void failureToReleaseIsToldAndHidesNothing(boolean bodyFails) {
		FailingStrategy strategy = new FailingStrategy();
		try (LockFiles locks = LockFiles.builder().strategy(strategy).directory(this.directory).build()) {
			runner().withBean(LockFiles.class, () -> locks).withBean(Stages.class).run((context) -> {
				Stages stages = context.getBean(Stages.class);
				CompletableFuture<String> work = new CompletableFuture<>();
				CompletableFuture<String> result = stages.run(() -> work);
				strategy.failing = true;
				if (bodyFails) {
					IllegalStateException failure = new IllegalStateException("on purpose");
					work.completeExceptionally(failure);
					assertThatExceptionOfType(CompletionException.class).isThrownBy(result::join)
						.havingCause()
						.isSameAs(failure);
					assertThat(failure.getSuppressed()).singleElement().isInstanceOf(UnlockException.class);
				}
				else {
					work.complete("done");
					assertThatExceptionOfType(CompletionException.class).isThrownBy(result::join)
						.havingCause()
						.isInstanceOf(UnlockException.class);
				}
				assertThat(context.getBean(RunningBodies.class).count()).isZero();
			});
		}
	}

	@Test
	void bodiesOnOneThreadNeverOverlap() throws Exception {
		ExecutorService single = Executors.newSingleThreadExecutor();
		try {
			withStages((stages, locks) -> {
				CompletableFuture<String> first = new CompletableFuture<>();
				CompletableFuture<String> result = CompletableFuture.supplyAsync(() -> stages.run(() -> first), single)
					.join();
				List<String> events = new CopyOnWriteArrayList<>();
				Future<CompletableFuture<String>> second = single.submit(() -> stages.run(() -> {
					events.add("second");
					return CompletableFuture.completedFuture("second");
				}));
				awaitWaiting(locks, 1);
				events.add("first ends");
				first.complete("first");
				assertThat(second.get().join()).isEqualTo("second");
				assertThat(result.join()).isEqualTo("first");
				assertThat(events).containsExactly("first ends", "second");
			});
		}
		finally {
			single.shutdownNow();
		}
	}

	@Test
	void threadThatMustNotBlockIsNotBlockedAndNoElasticThreadIsUsedUp() {
		int callers = 10 * Schedulers.DEFAULT_BOUNDED_ELASTIC_SIZE / 4;
		withStages((stages, locks) -> {
			LockHandle held = locks.get("stage")
				.acquireAsync(LockMode.EXCLUSIVE, LockFiles.FOREVER)
				.toCompletableFuture()
				.join();
			List<CompletableFuture<String>> results = new CopyOnWriteArrayList<>();
			CountDownLatch returned = new CountDownLatch(callers);
			List<Boolean> blocking = new CopyOnWriteArrayList<>();
			for (int i = 0; i < callers; i++) {
				Schedulers.parallel().schedule(() -> {
					assertThat(Schedulers.isInNonBlockingThread()).isTrue();
					results.add(stages.run(() -> {
						blocking.add(Schedulers.isInNonBlockingThread());
						FileLockContext.assertHeld();
						return CompletableFuture.supplyAsync(() -> "done");
					}));
					returned.countDown();
				});
			}
			assertThat(returned.await(60, TimeUnit.SECONDS)).isTrue();
			awaitWaiting(locks, callers);
			CompletableFuture<String> elastic = CompletableFuture.supplyAsync(() -> "free",
					Schedulers.boundedElastic()::schedule);
			assertThat(elastic.get(60, TimeUnit.SECONDS)).isEqualTo("free");
			held.close();
			assertThat(results).hasSize(callers).allSatisfy((result) -> assertThat(result.join()).isEqualTo("done"));
			assertThat(blocking).hasSize(callers).containsOnly(false);
		});
	}

	@Test
	void callOnAThreadThatMustNotBlockIsCancelledWhileItWaitsAndWhileItWorks() {
		withStages((stages, locks) -> {
			CompletableFuture<String> work = new CompletableFuture<>();
			CompletableFuture<String> working = fromNonBlockingThread(() -> stages.run(() -> work));
			Awaitility.await().until(() -> locks.get("stage").isLocked());
			CompletableFuture<String> waiting = fromNonBlockingThread(() -> stages.run(() -> {
				throw new AssertionError("the body ran");
			}));
			awaitWaiting(locks, 1);
			waiting.cancel(true);
			awaitWaiting(locks, 0);
			working.cancel(true);
			Awaitility.await().until(work::isCancelled);
			Awaitility.await().until(() -> !locks.get("stage").isLocked());
		});
	}

	@Test
	void callOnAThreadThatMustNotBlockFailsSkipsOrFallsBack() {
		withStages((stages, locks) -> {
			new FileLockTester(locks).whileHeldElsewhere("stage", () -> {
				assertThat(fromNonBlockingThread(stages::oneTry)).failsWithin(Duration.ofSeconds(60))
					.withThrowableThat()
					.havingCause()
					.isInstanceOf(LockUnavailableException.class);
				assertThat(fromNonBlockingThread(stages::skipped)).succeedsWithin(Duration.ofSeconds(60)).isNull();
				assertThat(fromNonBlockingThread(() -> stages.withFallback("x"))).succeedsWithin(Duration.ofSeconds(60))
					.isEqualTo("instead of x");
			});
			assertThat(fromNonBlockingThread(() -> stages.run(() -> {
				throw new IllegalStateException("on purpose");
			}))).failsWithin(Duration.ofSeconds(60)).withThrowableThat().withMessageContaining("on purpose");
			assertThat(fromNonBlockingThread(() -> stages.run(() -> null))).succeedsWithin(Duration.ofSeconds(60))
				.isNull();
		});
	}

	private static <T> CompletableFuture<T> fromNonBlockingThread(Callable<CompletableFuture<T>> call)
			throws Exception {
		CompletableFuture<CompletableFuture<T>> result = new CompletableFuture<>();
		Schedulers.parallel().schedule(() -> {
			try {
				result.complete(call.call());
			}
			catch (Exception ex) {
				result.completeExceptionally(ex);
			}
		});
		return result.get(60, TimeUnit.SECONDS);
	}

	@Test
	void asynchronousMethodsAreLockedInTheirThreadUntilTheirWorkIsDone() {
		runner().withUserConfiguration(Asynchronous.class).run((context) -> {
			Jobs jobs = context.getBean(Jobs.class);
			LockFiles locks = context.getBean(LockFiles.class);
			for (Callable<Object> call : List.<Callable<Object>>of(jobs::future, jobs::completable, () -> {
				jobs.nothing();
				return true;
			})) {
				CompletableFuture<String> work = jobs.newWork();
				Object returned = call.call();
				Awaitility.await().until(() -> locks.get("job").isLocked());
				assertThat(locks.get("job").tryAcquire()).isEmpty();
				work.complete("done");
				locks.get("job").acquire(Duration.ofSeconds(60)).close();
				if (returned instanceof Future<?> future) {
					assertThat(future.get(60, TimeUnit.SECONDS)).isEqualTo("done");
				}
			}
			assertThat(jobs.threads()).hasSize(3).allMatch((thread) -> thread.getName().startsWith("job-"));
			Awaitility.await().until(() -> context.getBean(RunningBodies.class).count() == 0);
		});
	}

	@Test
	void failureOfAnAsynchronousFutureReachesItsCallerAndReleases() {
		runner().withUserConfiguration(Asynchronous.class).run((context) -> {
			Jobs jobs = context.getBean(Jobs.class);
			jobs.newWork().completeExceptionally(new IllegalStateException("on purpose"));
			Future<String> failed = jobs.future();
			assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> failed.get(60, TimeUnit.SECONDS))
				.havingRootCause()
				.withMessage("on purpose");
			jobs.newWork().cancel(true);
			Future<String> cancelled = jobs.future();
			assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> cancelled.get(60, TimeUnit.SECONDS))
				.havingRootCause()
				.isInstanceOf(CancellationException.class);
			context.getBean(LockFiles.class).get("job").acquire(Duration.ofSeconds(60)).close();
			Awaitility.await().until(() -> context.getBean(RunningBodies.class).count() == 0);
		});
	}

	@Test
	void asynchronousThreadThatIsInterruptedKeepsTheLockUntilTheWorkIsDone() {
		runner().withUserConfiguration(Asynchronous.class).run((context) -> {
			Jobs jobs = context.getBean(Jobs.class);
			LockFiles locks = context.getBean(LockFiles.class);
			CompletableFuture<String> work = jobs.newWork();
			Future<String> result = jobs.future();
			Awaitility.await().until(() -> isWaiting(jobs));
			jobs.threads().get(0).interrupt();
			Awaitility.await().until(() -> !jobs.threads().get(0).isInterrupted() && isWaiting(jobs));
			assertThat(locks.get("job").isLocked()).isTrue();
			work.complete("done");
			locks.get("job").acquire(Duration.ofSeconds(60)).close();
			Awaitility.await().until(result::isDone);
		});
	}

	private static boolean isWaiting(Jobs jobs) {
		return jobs.threads().stream().anyMatch((thread) -> thread.getState() == Thread.State.WAITING);
	}

	@Test
	void asynchronousFutureIsSkippedOrFallsBack() {
		runner().withUserConfiguration(Asynchronous.class).run((context) -> {
			Jobs jobs = context.getBean(Jobs.class);
			new FileLockTester(context.getBean(LockFiles.class)).whileHeldElsewhere("job", () -> {
				assertThat(jobs.skipped().get(60, TimeUnit.SECONDS)).isNull();
				assertThat(jobs.withFallback().get(60, TimeUnit.SECONDS)).isEqualTo("instead");
			});
		});
	}

	@Test
	void futureOfAMethodThatIsNotRunAsynchronouslyFailsTheStart() {
		runner().withBean(PlainFuture.class)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOf(FileLockDefinitionException.class)
				.hasMessageContainingAll("PlainFuture.run", "Future", "released before"));
		runner().withBean(Jobs.class)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOf(FileLockDefinitionException.class)
				.hasMessageContainingAll("@Async", "asynchronously"));
	}

	@Test
	void stageThatIsOfNoKnownTypeFailsTheStart() {
		runner().withBean(OwnStage.class)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOf(FileLockDefinitionException.class)
				.hasMessageContainingAll("OwnStage.run", "CompletableFuture"));
	}

	@Test
	void futureThatIsReturnedAsAnObjectIsWarnedAboutOnce(CapturedOutput output) {
		runner().withBean(Erased.class).run((context) -> {
			Erased erased = context.getBean(Erased.class);
			erased.run(new CompletableFuture<>());
			erased.run(new CompletableFuture<>());
			erased.other(Mono.empty());
			erased.harmless(CompletableFuture.completedFuture("done"));
			erased.harmless("done");
		});
		assertThat(output).containsOnlyOnce("Erased.run has returned").containsOnlyOnce("Erased.other has returned");
		assertThat(output).doesNotContain("Erased.harmless has returned");
	}

	@Test
	void typeVariableIsKnownFromTheSubclass() {
		runner().withBean(StringStage.class).run((context) -> {
			LockFiles locks = context.getBean(LockFiles.class);
			CompletableFuture<String> work = new CompletableFuture<>();
			CompletableFuture<String> result = context.getBean(StringStage.class).run(work);
			assertThat(locks.get("variable").isLocked()).isTrue();
			work.complete("done");
			assertThat(result).isCompletedWithValue("done");
			assertThat(locks.get("variable").isLocked()).isFalse();
		});
	}

	@Test
	void stagesAreLockedWithoutReactor() throws Exception {
		List<URL> classPath = new ArrayList<>();
		for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
			String name = Path.of(entry).getFileName().toString();
			if (!name.matches("(reactor|reactive|kotlin|spring-tx|micrometer).*")) {
				classPath.add(Path.of(entry).toUri().toURL());
			}
		}
		Thread thread = Thread.currentThread();
		ClassLoader before = thread.getContextClassLoader();
		try (URLClassLoader loader = new URLClassLoader(classPath.toArray(new URL[0]),
				ClassLoader.getPlatformClassLoader())) {
			assertThat(ClassUtils.isPresent("reactor.core.publisher.Mono", loader)).isFalse();
			thread.setContextClassLoader(loader);
			Callable<?> scenario = (Callable<?>) loader.loadClass(WithoutReactor.class.getName())
				.getDeclaredConstructor()
				.newInstance();
			assertThat(scenario.call()).isEqualTo("done, and free");
		}
		finally {
			thread.setContextClassLoader(before);
		}
	}

	@FunctionalInterface
	interface StagesTest {

		void run(Stages stages, LockFiles locks) throws Exception;

	}

	static class Stages {

		@FileLocked("stage")
		CompletableFuture<String> run(Supplier<@Nullable CompletableFuture<String>> body) {
			return body.get();
		}

		@FileLocked(path = "stage", name = "interface")
		CompletionStage<String> stage(Supplier<CompletionStage<String>> body) {
			return body.get();
		}

		@FileLocked(path = "stage", name = "one-try", timeout = "0")
		CompletableFuture<String> oneTry() {
			throw new AssertionError("the body ran");
		}

		@FileLocked(path = "stage", name = "skipped", onUnavailable = FileLocked.OnUnavailable.SKIP)
		CompletableFuture<String> skipped() {
			throw new AssertionError("the body ran");
		}

		@FileLocked(path = "stage", name = "fallback", timeout = "0", fallbackMethod = "instead")
		CompletableFuture<String> withFallback(String argument) {
			throw new AssertionError("the body ran");
		}

		private CompletableFuture<String> instead(String argument, LockUnavailableException ex) {
			return CompletableFuture.completedFuture("instead of " + argument);
		}

		@FileLocked(path = "stage", name = "failing", timeout = "0", fallbackMethod = "fail")
		CompletableFuture<String> withFailingFallback() {
			throw new AssertionError("the body ran");
		}

		private CompletableFuture<String> fail() throws IOException {
			throw new IOException("on purpose");
		}

		@FileLocked(path = "stages/#{#id}", name = "argument")
		CompletableFuture<String> named(String id) {
			throw new AssertionError("the body ran");
		}

	}

	static class Jobs {

		private final List<Thread> threads = new CopyOnWriteArrayList<>();

		private volatile CompletableFuture<String> work = new CompletableFuture<>();

		List<Thread> threads() {
			return this.threads;
		}

		CompletableFuture<String> newWork() {
			this.work = new CompletableFuture<>();
			return this.work;
		}

		private void began() {
			FileLockContext.assertHeld();
			this.threads.add(Thread.currentThread());
		}

		@Async
		@FileLocked(path = "job", name = "future")
		Future<String> future() {
			began();
			return this.work;
		}

		@Async
		@FileLocked(path = "job", name = "completable")
		CompletableFuture<String> completable() {
			began();
			return this.work;
		}

		@Async
		@FileLocked(path = "job", name = "nothing")
		void nothing() {
			began();
			this.work.join();
		}

		@Async
		@FileLocked(path = "job", name = "skipped", onUnavailable = FileLocked.OnUnavailable.SKIP)
		Future<String> skipped() {
			throw new AssertionError("the body ran");
		}

		@Async
		@FileLocked(path = "job", name = "fallback", timeout = "0", fallbackMethod = "instead")
		Future<String> withFallback() {
			throw new AssertionError("the body ran");
		}

		private Future<String> instead() {
			return CompletableFuture.completedFuture("instead");
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAsync(proxyTargetClass = true)
	static class Asynchronous {

		@Bean
		Jobs jobs() {
			return new Jobs();
		}

		@Bean
		ThreadPoolTaskExecutor taskExecutor() {
			ThreadPoolTaskExecutor executor = new ThreadPoolTaskExecutor();
			executor.setThreadNamePrefix("job-");
			return executor;
		}

	}

	static class PlainFuture {

		@FileLocked("plain")
		Future<String> run() {
			return CompletableFuture.completedFuture("");
		}

	}

	static class MyStage extends CompletableFuture<String> {

	}

	static class OwnStage {

		@FileLocked("own")
		MyStage run() {
			return new MyStage();
		}

	}

	static class Erased {

		@FileLocked("erased")
		Object run(CompletableFuture<String> work) {
			return work;
		}

		@FileLocked("other")
		Object other(Object returned) {
			return returned;
		}

		@FileLocked("harmless")
		Object harmless(Object returned) {
			return returned;
		}

	}

	static class GenericStage<T> {

		@FileLocked("variable")
		T run(T work) {
			return work;
		}

	}

	static class StringStage extends GenericStage<CompletableFuture<String>> {

	}

	/**
	 * What is run on a class path without Reactor.
	 */
	public static final class WithoutReactor implements Callable<String> {

		@Override
		public String call() {
			AtomicInteger runs = new AtomicInteger();
			String[] result = new String[1];
			new ApplicationContextRunner()
				.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class, LockFileAutoConfiguration.class))
				.withPropertyValues("lockfile.strategy=memory")
				.withBean(Stages.class)
				.run((context) -> {
					LockFiles locks = context.getBean(LockFiles.class);
					CompletableFuture<String> work = new CompletableFuture<>();
					CompletableFuture<String> stage = context.getBean(Stages.class).run(() -> {
						runs.incrementAndGet();
						return work;
					});
					boolean locked = locks.get("stage").isLocked();
					work.complete("done");
					result[0] = stage.join() + ((locked && !locks.get("stage").isLocked()) ? ", and free" : "");
				});
			return result[0];
		}

	}

}
