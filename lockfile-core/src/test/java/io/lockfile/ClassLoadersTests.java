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

package io.lockfile;

import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.lockfile.testing.ChildJvm;
import io.lockfile.testing.Contender;
import io.lockfile.testing.Holder;
import io.lockfile.testing.Interval;
import io.lockfile.testing.Prober;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests of two copies of the library in one JVM.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class ClassLoadersTests {

	@TempDir
	private Path directory;

	@ParameterizedTest
	@ValueSource(strings = { "os", "flock", "link", "mkdir", "symlink", "pid", "lease", "sqlite", "memory" })
	void copiesExcludeEachOther(String strategy) throws Exception {
		try (LockFiles locks = LockFiles.builder().directory(this.directory).strategy(strategy).build();
				Copy copy = new Copy(this.directory, strategy)) {
			AutoCloseable theirs = copy.acquire("a", Duration.ZERO);
			assertThat(locks.get("a").tryAcquire()).isEmpty();
			assertThatExceptionOfType(LockTimeoutException.class)
				.isThrownBy(() -> locks.get("a").acquire(Duration.ofMillis(50)))
				.withMessageContaining(Thread.currentThread().getName());
			theirs.close();
			try (LockHandle held = locks.get("a").acquire()) {
				assertThat(held.isValid()).isTrue();
				assertThatExceptionOfType(InvocationTargetException.class)
					.isThrownBy(() -> copy.acquire("a", Duration.ofMillis(50)))
					.satisfies((ex) -> assertThat(ex.getTargetException().getClass().getName())
						.isEqualTo(LockTimeoutException.class.getName()));
			}
			copy.acquire("a", Duration.ZERO).close();
		}
	}

	@Test
	void copyThatGivesUpDoesNotDropTheKernelsLock() throws Exception {
		try (LockFiles locks = LockFiles.builder().directory(this.directory).build();
				LockHandle held = locks.get("a").acquire()) {
			try (Copy copy = new Copy(this.directory, "os")) {
				assertThatExceptionOfType(InvocationTargetException.class)
					.isThrownBy(() -> copy.acquire("a", Duration.ofMillis(50)));
			}
			try (ChildJvm child = ChildJvm.start(Prober.class, this.directory)) {
				assertThat(child.finish()).containsExactly("locked");
				held.close();
			}
			try (ChildJvm child = ChildJvm.start(Holder.class, this.directory, "os", "a")) {
				child.expect("held").proceed().expect("released");
			}
		}
	}

	@Test
	void copyThatClosesItsIdleFileDoesNotDropTheKernelsLock() throws Exception {
		try (LockFiles locks = LockFiles.builder().directory(this.directory).build()) {
			Copy copy = new Copy(this.directory, "os");
			copy.acquire("a", Duration.ZERO).close();
			try (LockHandle held = locks.get("a").acquire()) {
				copy.close();
				assertThat(held.isValid()).isTrue();
				try (ChildJvm child = ChildJvm.start(Prober.class, this.directory)) {
					assertThat(child.finish()).containsExactly("locked");
				}
			}
		}
	}

	@Test
	@EnabledOnOs(value = OS.LINUX, disabledReason = "only Linux tells who waits")
	void whoWaitsForAPathThatAnotherCopyHasOpenWaitsInTheKernel() throws Exception {
		try (LockFiles locks = LockFiles.builder().directory(this.directory).build();
				Copy copy = new Copy(this.directory, "os")) {
			copy.acquire("a", Duration.ZERO).close();
			try (ChildJvm child = ChildJvm.start(Holder.class, this.directory, "os", "a")) {
				child.expect("held");
				CompletableFuture<LockHandle> waiter = locks.get("a")
					.acquireAsync(LockMode.EXCLUSIVE, LockFiles.FOREVER)
					.toCompletableFuture();
				String process = " " + ProcessHandle.current().pid() + " ";
				Awaitility.await()
					.atMost(Duration.ofSeconds(60))
					.until(() -> Files.readAllLines(Path.of("/proc/locks"))
						.stream()
						.anyMatch((line) -> line.contains("->") && line.contains(process)));
				child.proceed().expect("released");
				waiter.get(60, TimeUnit.SECONDS).close();
			}
		}
	}

	@Test
	void copiesThatWaitAndGiveUpDoNotDropEachOthersLocks() throws Exception {
		int holds = 200;
		List<Interval> intervals = Collections.synchronizedList(new ArrayList<>());
		try (LockFiles locks = LockFiles.builder().directory(this.directory).maxIdleFiles(0).build();
				Copy copy = new Copy(this.directory, "os");
				ChildJvm child = ChildJvm.start(Contender.class, this.directory, "os", "a", holds)) {
			child.expect("ready").proceed();
			CompletableFuture<Void> theirs = CompletableFuture.runAsync(() -> {
				for (int i = 0; i < holds; i++) {
					hold(copy, Duration.ofNanos(1 + i % 20 * 200_000), intervals);
				}
			});
			for (int i = 0; i < holds; i++) {
				try (LockHandle held = locks.get("a").acquire(Duration.ofNanos(1 + i % 30 * 150_000))) {
					long entered = System.nanoTime();
					held.ensureValid();
					intervals.add(new Interval(entered, System.nanoTime()));
				}
				catch (LockTimeoutException ex) {
					// As it should be, now and then
				}
			}
			theirs.get();
			List<Interval> others = child.finish().stream().map(Interval::parse).toList();
			assertThat(others).hasSize(holds);
			intervals.addAll(others);
		}
		assertThat(Interval.overlapping(intervals)).isEmpty();
	}

	private static void hold(Copy copy, Duration timeout, List<Interval> intervals) {
		try (AutoCloseable held = copy.acquire("a", timeout)) {
			long entered = System.nanoTime();
			copy.ensureValid(held);
			intervals.add(new Interval(entered, System.nanoTime()));
		}
		catch (InvocationTargetException ex) {
			assertThat(ex.getTargetException().getClass().getName()).isEqualTo(LockTimeoutException.class.getName());
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Test
	void copiesOfSqliteDoNotDropEachOthersLocksInTransactions() throws Exception {
		int holds = 150;
		List<Interval> intervals = Collections.synchronizedList(new ArrayList<>());
		try (LockFiles locks = LockFiles.builder().directory(this.directory).strategy("sqlite").maxIdleFiles(0).build();
				Copy copy = new Copy(this.directory, "sqlite");
				ChildJvm child = ChildJvm.start(Contender.class, this.directory, "sqlite", "a", holds)) {
			child.expect("ready").proceed();
			CompletableFuture<Void> theirs = CompletableFuture.runAsync(() -> {
				for (int i = 0; i < holds; i++) {
					try (AutoCloseable held = copy.acquire("b", LockFiles.FOREVER)) {
						assertThat(held).isNotNull();
					}
					catch (Exception ex) {
						throw new IllegalStateException(ex);
					}
				}
			});
			for (int i = 0; i < holds; i++) {
				try (LockHandle held = locks.get("a").acquire(LockFiles.FOREVER)) {
					long entered = System.nanoTime();
					held.ensureValid();
					intervals.add(new Interval(entered, System.nanoTime()));
				}
			}
			theirs.get();
			child.finish().stream().map(Interval::parse).forEach(intervals::add);
		}
		assertThat(intervals).hasSize(2 * holds);
		assertThat(Interval.overlapping(intervals)).isEmpty();
	}

	/**
	 * An engine of a copy of the library, from a class loader of its own.
	 */
	private static final class Copy implements AutoCloseable {

		private final URLClassLoader classLoader;

		private final Class<?> lockFileType;

		private final Class<?> handleType;

		private final Class<?> enginesType;

		private final AutoCloseable engine;

		Copy(Path directory, String strategy) throws Exception {
			URL classes = LockFiles.class.getProtectionDomain().getCodeSource().getLocation();
			URL driver = Class.forName("org.sqlite.JDBC").getProtectionDomain().getCodeSource().getLocation();
			this.classLoader = new ChildFirst(new URL[] { classes, driver }, getClass().getClassLoader());
			this.enginesType = this.classLoader.loadClass(LockFiles.class.getName());
			assertThat(this.enginesType).isNotSameAs(LockFiles.class);
			this.lockFileType = this.classLoader.loadClass(LockFile.class.getName());
			this.handleType = this.classLoader.loadClass(LockHandle.class.getName());
			Class<?> builderType = this.classLoader.loadClass(LockFiles.Builder.class.getName());
			Object builder = this.enginesType.getMethod("builder").invoke(null);
			builderType.getMethod("directory", Path.class).invoke(builder, directory);
			builderType.getMethod("strategy", String.class).invoke(builder, strategy);
			this.engine = (AutoCloseable) builderType.getMethod("build").invoke(builder);
		}

		AutoCloseable acquire(String path, Duration timeout) throws ReflectiveOperationException {
			Object lock = this.enginesType.getMethod("get", String.class).invoke(this.engine, path);
			return (AutoCloseable) this.lockFileType.getMethod("acquire", Duration.class).invoke(lock, timeout);
		}

		void ensureValid(AutoCloseable handle) throws ReflectiveOperationException {
			this.handleType.getMethod("ensureValid").invoke(handle);
		}

		@Override
		public void close() throws Exception {
			this.engine.close();
			this.classLoader.close();
		}

	}

	private static final class ChildFirst extends URLClassLoader {

		ChildFirst(URL[] classes, ClassLoader parent) {
			super(classes, parent);
		}

		@Override
		protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
			if (!name.startsWith("io.lockfile.") && !name.startsWith("org.sqlite.")) {
				return super.loadClass(name, resolve);
			}
			Class<?> loaded = findLoadedClass(name);
			return (loaded != null) ? loaded : findClass(name);
		}

	}

}
