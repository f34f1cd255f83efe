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

package io.lockfile.boot.autoconfigure;

import java.lang.reflect.Constructor;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.aop.framework.Advised;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import reactor.core.publisher.Mono;

import io.lockfile.LockAttempt;
import io.lockfile.LockFailedException;
import io.lockfile.LockFiles;
import io.lockfile.LockHandle;
import io.lockfile.LockListener;
import io.lockfile.spring.FileLockAdvisor;
import io.lockfile.spring.FileLockOperations;
import io.lockfile.spring.FileLockSettings;
import io.lockfile.spring.FileLockTemplate;
import io.lockfile.spring.FileLocked;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests of contexts with parents, beside others, and of applications that are started
 * again in one JVM.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class SeveralContextsTests {

	@TempDir
	private Path directory;

	private ApplicationContextRunner runner() {
		return new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class, LockFileAutoConfiguration.class))
			.withPropertyValues("lockfile.directory=" + this.directory, "lockfile.timeout=0");
	}

	private LockFiles others() {
		return LockFiles.builder().directory(this.directory).build();
	}

	@Test
	void parentAndChildLockOnceWithOneEngine() {
		Acquisitions acquisitions = new Acquisitions();
		runner().withBean(Acquisitions.class, () -> acquisitions)
			.withBean(ParentJob.class)
			.run((parent) -> runner().withParent(parent).withBean(ChildJob.class).run((child) -> {
				assertThat(child).hasNotFailed();
				assertThat(child.getBean(LockFiles.class)).isSameAs(parent.getBean(LockFiles.class));
				ParentJob parentJob = parent.getBean(ParentJob.class);
				ChildJob childJob = child.getBean(ChildJob.class);
				assertThat(lockAdvisors(parentJob)).isOne();
				assertThat(lockAdvisors(childJob)).isOne();
				parentJob.run(() -> {
				});
				childJob.run(() -> {
				});
				assertThat(acquisitions.names).containsExactly("parent-job", "child-job");
				// The same path: nested in the child's hold
				childJob.run(() -> parentJob.run(() -> acquisitions.names.add("nested")));
				assertThat(acquisitions.names).endsWith("child-job", "nested");
			}));
	}

	private static long lockAdvisors(Object bean) {
		return Stream.of(((Advised) bean).getAdvisors()).filter(FileLockAdvisor.class::isInstance).count();
	}

	@Test
	void endOfAChildLeavesTheEngineOfItsParentAsItIs() throws Exception {
		runner().withPropertyValues("lockfile.timeout=60s").withBean(ParentJob.class).run((parent) -> {
			ParentJob job = parent.getBean(ParentJob.class);
			runner().withParent(parent)
				.withBean(ChildJob.class)
				.run((child) -> child.getBean(ChildJob.class).run(() -> {
				}));
			CompletableFuture<Void> waiter;
			try (LockFiles others = others(); LockHandle held = others.get("job").acquire()) {
				waiter = runAsync(() -> job.run(() -> {
				}));
				awaitWaiting(parent.getBean(LockFiles.class));
				assertThat(held.isValid()).isTrue();
			}
			waiter.get(60, TimeUnit.SECONDS);
		});
	}

	@Test
	void waiterOfAChildThatWasClosedDoesNotRunItsBody() {
		runner().withPropertyValues("lockfile.timeout=60s").run((parent) -> {
			List<String> ran = new CopyOnWriteArrayList<>();
			List<CompletableFuture<?>> waiters = new ArrayList<>();
			LockFiles locks = parent.getBean(LockFiles.class);
			try (LockFiles others = others(); LockHandle held = others.get("job").acquire()) {
				runner().withPropertyValues("lockfile.timeout=60s")
					.withParent(parent)
					.withBean(WaitingJob.class)
					.run((child) -> {
						WaitingJob job = child.getBean(WaitingJob.class);
						FileLockTemplate template = child.getBean(FileLockTemplate.class);
						waiters.add(runAsync(() -> job.run(ran)));
						waiters.add(supplyAsync(() -> job.stage(ran)).thenCompose(Function.identity()));
						waiters.add(job.mono(ran).toFuture());
						waiters.add(supplyAsync(
								() -> template.<Boolean, RuntimeException>execute("job", () -> ran.add("template"))));
						Awaitility.await()
							.atMost(Duration.ofSeconds(60))
							.until(() -> locks.snapshot()
								.stream()
								.mapToInt((lock) -> lock.waiting().size())
								.sum() == 4);
					});
				assertThat(held.isValid()).isTrue();
			}
			for (CompletableFuture<?> waiter : waiters) {
				assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> waiter.get(60, TimeUnit.SECONDS))
					.withCauseInstanceOf(LockFailedException.class)
					.withMessageContainingAll("job", "its application context was closed meanwhile");
			}
			assertThat(ran).isEmpty();
			// And nobody keeps it
			locks.get("job").acquire(Duration.ofSeconds(60)).close();
		});
	}

	/**
	 * Run something on a thread of its own: the common pool may have only one, and these
	 * block.
	 * @param task what to run
	 * @return its completion
	 */
	private static CompletableFuture<Void> runAsync(Runnable task) {
		return CompletableFuture.runAsync(task, (command) -> new Thread(command).start());
	}

	private static <T> CompletableFuture<T> supplyAsync(Supplier<T> task) {
		return CompletableFuture.supplyAsync(task, (command) -> new Thread(command).start());
	}

	private static void awaitWaiting(LockFiles locks) {
		Awaitility.await()
			.atMost(Duration.ofSeconds(60))
			.until(() -> locks.snapshot().stream().anyMatch((lock) -> !lock.waiting().isEmpty()));
	}

	@Test
	void usersBeansInTheParentAreUsed() {
		Path own = this.directory.resolve("own");
		LockFiles locks = LockFiles.builder().directory(own).build();
		new ApplicationContextRunner().withBean("theirs", LockFiles.class, () -> locks)
			.withBean("theirSettings", FileLockSettings.class,
					() -> new FileLockSettings(true, Duration.ofSeconds(7), Duration.ZERO, Duration.ofSeconds(10),
							Map.of()))
			.withBean("theirOperations", FileLockTemplate.class, () -> new FileLockTemplate(locks))
			.run((parent) -> {
				runner().withParent(parent).withBean(ChildJob.class).withBean(Injected.class).run((child) -> {
					assertThat(child).hasNotFailed();
					assertThat(child.getBean(Injected.class).settings().timeout()).hasSeconds(7);
					assertThat(child.getBean(Injected.class).operations()).isSameAs(parent.getBean("theirOperations"));
					child.getBean(ChildJob.class)
						.run(() -> assertThat(locks.get("job").isHeldByCurrentThread()).isTrue());
				});
				locks.get("job").acquire(Duration.ofSeconds(60)).close();
			});
	}

	@Test
	void childHasPropertiesOfItsOwnAndItsParents() {
		runner().withPropertyValues("lockfile.locks.parent-job.timeout=1s")
			.withBean(ParentJob.class)
			.run((parent) -> runner().withParent(parent)
				.withPropertyValues("lockfile.locks.parent-job.timeout=1s", "lockfile.locks.child-job.timeout=60s")
				.withBean(ChildJob.class)
				.run((child) -> {
					assertThat(child).hasNotFailed();
					CompletableFuture<Void> waiter;
					try (LockFiles others = others(); LockHandle held = others.get("job").acquire()) {
						waiter = runAsync(() -> child.getBean(ChildJob.class).run(() -> {
						}));
						awaitWaiting(child.getBean(LockFiles.class));
						assertThat(held.isValid()).isTrue();
					}
					waiter.get(60, TimeUnit.SECONDS);
				}));
	}

	@Test
	void unknownNameStillFailsTheStartOfAChild() {
		runner().withBean(ParentJob.class)
			.run((parent) -> runner().withParent(parent)
				.withPropertyValues("lockfile.locks.nobody.timeout=60s")
				.withBean(ChildJob.class)
				.run((child) -> assertThat(child).getFailure().hasMessageContaining("nobody")));
	}

	@Test
	void contextsBesideEachOtherExcludeEachOther() {
		runner().withBean(ParentJob.class)
			.run((first) -> runner().withPropertyValues("lockfile.timeout=60s")
				.withBean(ChildJob.class)
				.run((second) -> {
					CompletableFuture<Void> rival = new CompletableFuture<>();
					List<String> order = new CopyOnWriteArrayList<>();
					first.getBean(ParentJob.class).run(() -> {
						runAsync(() -> second.getBean(ChildJob.class).run(() -> order.add("second body")))
							.whenComplete((nothing, ex) -> rival.complete(null));
						awaitWaiting(second.getBean(LockFiles.class));
						order.add("first body ends");
					});
					rival.get(60, TimeUnit.SECONDS);
					assertThat(order).containsExactly("first body ends", "second body");
				}));
	}

	@Test
	void applicationThatIsStartedAgainWaitsForBodiesOfTheOldOne() throws Exception {
		CountDownLatch began = new CountDownLatch(1);
		CountDownLatch proceed = new CountDownLatch(1);
		List<String> order = new CopyOnWriteArrayList<>();
		try (RestartClassLoader oldLoader = new RestartClassLoader();
				RestartClassLoader newLoader = new RestartClassLoader()) {
			Callable<Function<Runnable, AutoCloseable>> oldApplication = oldLoader.application(this.directory);
			Function<Runnable, AutoCloseable> old = oldApplication.call();
			CompletableFuture<AutoCloseable> body = supplyAsync(() -> old.apply(() -> {
				began.countDown();
				await(proceed);
				order.add("old body ends");
			}));
			assertThat(began.await(60, TimeUnit.SECONDS)).isTrue();
			// Stops the old context, whose shutdown doesn't wait for the body for long
			old.apply(null).close();

			Function<Runnable, AutoCloseable> restarted = newLoader.application(this.directory).call();
			CompletableFuture<AutoCloseable> next = supplyAsync(() -> restarted.apply(() -> order.add("new body")));
			// No one sees from here who waits there, but a body that ran would be seen
			assertThat(next).isNotDone();
			try (LockFiles third = others()) {
				assertThat(third.get("job").tryAcquire()).isEmpty();
				assertThat(third.get("job").owner()).isPresent();
			}
			proceed.countDown();
			next.get(60, TimeUnit.SECONDS);
			body.get(60, TimeUnit.SECONDS);
			restarted.apply(null).close();
		}
		assertThat(order).containsExactly("old body ends", "new body");
		try (LockFiles third = others()) {
			third.get("job").acquire(Duration.ofSeconds(60)).close();
		}
	}

	private static void await(CountDownLatch latch) {
		try {
			assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	static class Acquisitions implements LockListener {

		private final List<String> names = new CopyOnWriteArrayList<>();

		@Override
		public void acquired(LockAttempt attempt, LockHandle handle) {
			this.names.add(attempt.name().orElse("none"));
		}

	}

	static class ParentJob {

		@FileLocked(name = "parent-job", path = "job")
		void run(Runnable action) {
			action.run();
		}

	}

	static class ChildJob {

		@FileLocked(name = "child-job", path = "job")
		void run(Runnable action) {
			action.run();
		}

	}

	static class WaitingJob {

		@FileLocked(name = "waiting-job", path = "job")
		void run(List<String> ran) {
			ran.add("run");
		}

		@FileLocked(name = "waiting-stage", path = "job")
		CompletableFuture<Boolean> stage(List<String> ran) {
			return CompletableFuture.completedFuture(ran.add("stage"));
		}

		@FileLocked(name = "waiting-mono", path = "job")
		Mono<Boolean> mono(List<String> ran) {
			return Mono.fromCallable(() -> ran.add("mono"));
		}

	}

	/**
	 * What a bean gets.
	 *
	 * @param settings the settings
	 * @param operations the operations
	 */
	record Injected(FileLockSettings settings, FileLockOperations operations) {
	}

	/**
	 * An application as a restarted class loader has it: only types of the JDK are common
	 * to it and the test.
	 */
	static final class Application implements Callable<Function<Runnable, AutoCloseable>> {

		private final String directory;

		Application(String directory) {
			this.directory = directory;
		}

		@Override
		public Function<Runnable, AutoCloseable> call() {
			Thread thread = Thread.currentThread();
			ClassLoader before = thread.getContextClassLoader();
			thread.setContextClassLoader(getClass().getClassLoader());
			try {
				ConfigurableApplicationContext context = new SpringApplicationBuilder(ApplicationBeans.class)
					.web(WebApplicationType.NONE)
					.run("--lockfile.directory=" + this.directory, "--lockfile.timeout=60s",
							"--spring.lifecycle.timeout-per-shutdown-phase=100ms",
							"--spring.datasource.generate-unique-name=true");
				return (action) -> {
					if (action != null) {
						context.getBean(ParentJob.class).run(action);
					}
					return context;
				};
			}
			finally {
				thread.setContextClassLoader(before);
			}
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class ApplicationBeans {

		@Bean
		ParentJob job() {
			return new ParentJob();
		}

	}

	/**
	 * Loads the library and the application anew, as a development tool does that
	 * restarts an application in its JVM.
	 */
	private static final class RestartClassLoader extends URLClassLoader {

		RestartClassLoader() {
			super(new URL[] { location(LockFiles.class), location(FileLocked.class),
					location(SeveralContextsTests.class) }, SeveralContextsTests.class.getClassLoader());
		}

		private static URL location(Class<?> type) {
			return type.getProtectionDomain().getCodeSource().getLocation();
		}

		@SuppressWarnings("unchecked")
		Callable<Function<Runnable, AutoCloseable>> application(Path directory) throws ReflectiveOperationException {
			Class<?> type = loadClass(Application.class.getName());
			assertThat(type).isNotSameAs(Application.class);
			Constructor<?> constructor = type.getDeclaredConstructor(String.class);
			constructor.setAccessible(true);
			return (Callable<Function<Runnable, AutoCloseable>>) constructor.newInstance(directory.toString());
		}

		@Override
		protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
			synchronized (getClassLoadingLock(name)) {
				if (!name.startsWith("io.lockfile.")) {
					return super.loadClass(name, resolve);
				}
				Class<?> loaded = findLoadedClass(name);
				return (loaded != null) ? loaded : findClass(name);
			}
		}

	}

}
