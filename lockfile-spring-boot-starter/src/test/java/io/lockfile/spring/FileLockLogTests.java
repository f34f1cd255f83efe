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

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import io.lockfile.LockFile;
import io.lockfile.LockFiles;
import io.lockfile.LockHandle;
import io.lockfile.LockMode;
import io.lockfile.boot.autoconfigure.LockFileAutoConfiguration;
import io.lockfile.spring.test.FileLockTester;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link FileLockLog}.
 */
class FileLockLogTests {

	@TempDir
	private Path directory;

	private final Logger logger = (Logger) LoggerFactory.getLogger(FileLockLog.class);

	private final ListAppender<ILoggingEvent> appender = new ListAppender<>();

	@BeforeEach
	void listen() {
		this.appender.start();
		this.logger.addAppender(this.appender);
	}

	@AfterEach
	void forget() {
		this.logger.detachAppender(this.appender);
		this.logger.setLevel(null);
	}

	@Test
	void skippedBodyIsLoggedAtDebugLevelOnly() {
		Logger calls = (Logger) LoggerFactory.getLogger(LockedCall.class);
		calls.addAppender(this.appender);
		try {
			new ApplicationContextRunner()
				.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class, LockFileAutoConfiguration.class))
				.withPropertyValues("lockfile.strategy=memory", "lockfile.directory=" + this.directory)
				.withBean(Skipping.class)
				.run((context) -> {
					Skipping job = context.getBean(Skipping.class);
					FileLockTester tester = new FileLockTester(context.getBean(LockFiles.class));
					calls.setLevel(Level.INFO);
					tester.whileHeldElsewhere("skipping", job::run);
					assertThat(messages(Level.DEBUG)).isEmpty();
					calls.setLevel(Level.DEBUG);
					tester.whileHeldElsewhere("skipping", job::run);
					assertThat(messages(Level.DEBUG)).singleElement()
						.asString()
						.startsWith("Skipped: ")
						.contains("skipping");
				});
			assertThat(messages(Level.INFO)).isEmpty();
			assertThat(messages(Level.WARN)).isEmpty();
		}
		finally {
			calls.setLevel(null);
			calls.detachAppender(this.appender);
		}
	}

	private LockFiles locks(Duration bound) {
		List<LockFiles> engine = new ArrayList<>();
		engine.add(LockFiles.builder()
			.directory(this.directory)
			.listener(new FileLockLog(() -> engine.get(0), bound))
			.build());
		return engine.get(0);
	}

	private List<String> messages(Level level) {
		return List.copyOf(this.appender.list)
			.stream()
			.filter((event) -> event.getLevel() == level)
			.map(ILoggingEvent::getFormattedMessage)
			.toList();
	}

	@Test
	void waitsAcquisitionsAndReleasesAreLoggedWithTheirTimes() throws Exception {
		this.logger.setLevel(Level.DEBUG);
		try (LockFiles locks = locks(LockFiles.FOREVER)) {
			LockFile lock = locks.get("a").named("job");
			CompletableFuture<LockHandle> later;
			try (LockHandle held = lock.acquire()) {
				assertThat(lock.acquireAsync(LockMode.EXCLUSIVE, Duration.ZERO).toCompletableFuture())
					.isCompletedExceptionally();
				later = lock.acquireAsync(LockMode.EXCLUSIVE, Duration.ofMinutes(1)).toCompletableFuture();
				assertThat(held.isValid()).isTrue();
			}
			LockHandle second = later.get(60, TimeUnit.SECONDS);
			second.closeAfter(Duration.ofMillis(500));
			Awaitility.await().until(() -> !second.isValid());
			locks.get("b").acquire().close();
		}
		String job = "lock 'job' (EXCLUSIVE of %s with strategy os)".formatted(this.directory.resolve("a"));
		Awaitility.await().until(() -> messages(Level.DEBUG).size() == 9);
		assertThat(messages(Level.DEBUG)).satisfiesExactlyInAnyOrder(
				(first) -> assertThat(first).startsWith("Acquired " + job + " after ").endsWith("ms"),
				(refused) -> assertThat(refused).startsWith("Did not acquire " + job + ": UNAVAILABLE after "),
				(waiting) -> assertThat(waiting).isEqualTo("Waiting for " + job + " for up to 1m"),
				(released) -> assertThat(released).startsWith("Released " + job + ", which was used for "),
				(second) -> assertThat(second).startsWith("Acquired " + job + " after "),
				(kept) -> assertThat(kept).startsWith("Done with " + job + " after "),
				(released) -> assertThat(released).startsWith("Released " + job + ", which was used for "),
				(unnamed) -> assertThat(unnamed).startsWith("Acquired lock (EXCLUSIVE of "),
				(unnamed) -> assertThat(unnamed).startsWith("Released lock (EXCLUSIVE of "));
	}

	@Test
	void waitThatTakesTooLongIsWarnedAboutOnceInAMinuteWithItsOwner() throws Exception {
		try (LockFiles locks = locks(Duration.ofMillis(50));
				LockFiles others = LockFiles.builder().directory(this.directory).build()) {
			List<CompletableFuture<LockHandle>> waiting = new ArrayList<>();
			try (LockHandle held = others.get("a").acquire()) {
				assertThat(held.isValid()).isTrue();
				for (int i = 0; i < 5; i++) {
					waiting.add(locks.get("a")
						.named("job")
						.acquireAsync(LockMode.EXCLUSIVE, LockFiles.FOREVER)
						.toCompletableFuture());
				}
				waiting.add(locks.get("a")
					.named("other")
					.acquireAsync(LockMode.EXCLUSIVE, LockFiles.FOREVER)
					.toCompletableFuture());
				Awaitility.await().until(() -> messages(Level.WARN).size() == 2);
			}
			for (CompletableFuture<LockHandle> each : waiting) {
				each.get(60, TimeUnit.SECONDS).close();
			}
		}
		assertThat(messages(Level.WARN)).hasSize(2)
			.anySatisfy((message) -> assertThat(message).contains("has waited for lock 'job' (", "for 50ms",
					"held by pid " + ProcessHandle.current().pid(), "'lockfile.locks.job.timeout'",
					"'lockfile.wait-warning'"))
			.anySatisfy((message) -> assertThat(message).contains("'lockfile.locks.other.timeout'"));
	}

	@Test
	void fewThreadsFindOutWhoHasLocksHoweverManyWait() throws Exception {
		CountDownLatch answered = new CountDownLatch(1);
		LockFiles engine = LockFiles.builder()
			.directory(this.directory)
			.strategy("memory")
			.listener(new FileLockLog(() -> {
				await(answered);
				throw new IllegalStateException("nobody knows");
			}, Duration.ofMillis(50)))
			.build();
		List<CompletableFuture<LockHandle>> waiting = new ArrayList<>();
		try (LockFiles locks = engine) {
			try (LockHandle held = locks.get("a").acquire()) {
				assertThat(held.isValid()).isTrue();
				for (int i = 0; i < 1500; i++) {
					waiting.add(locks.get("a")
						.named("a'\n" + i)
						.acquireAsync(LockMode.EXCLUSIVE, LockFiles.FOREVER)
						.toCompletableFuture());
				}
				Awaitility.await().until(() -> warners() > 0);
				assertThat(warners()).isLessThanOrEqualTo(4);
				answered.countDown();
				Awaitility.await().until(() -> !messages(Level.WARN).isEmpty());
			}
			for (CompletableFuture<LockHandle> each : waiting) {
				each.get(60, TimeUnit.SECONDS).close();
			}
		}
		assertThat(messages(Level.WARN))
			.allSatisfy((message) -> assertThat(message).contains("lock 'a'?").doesNotContain("\n"));
	}

	private static void await(CountDownLatch latch) {
		try {
			latch.await();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private static long warners() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> thread.getName().equals("lockfile-warning"))
			.count();
	}

	@Test
	void waitThatEndsInTimeIsNotWarnedAbout() throws Exception {
		try (LockFiles locks = locks(Duration.ofMinutes(1))) {
			CompletableFuture<LockHandle> later;
			try (LockHandle held = locks.get("a").acquire()) {
				later = locks.get("a").acquireAsync(LockMode.EXCLUSIVE, LockFiles.FOREVER).toCompletableFuture();
				assertThat(held.isValid()).isTrue();
			}
			later.get(60, TimeUnit.SECONDS).close();
		}
		assertThat(messages(Level.WARN)).isEmpty();
	}

	@Test
	void lostLocksAreWarnedAbout() throws Exception {
		try (LockFiles locks = locks(LockFiles.FOREVER); LockHandle held = locks.get("a").named("job").acquire()) {
			Files.delete(this.directory.resolve("a"));
			assertThat(held.isValid()).isFalse();
		}
		assertThat(messages(Level.WARN)).singleElement().asString().startsWith("Lost lock 'job' (");
	}

	static class Skipping {

		@FileLocked(path = "skipping", onUnavailable = FileLocked.OnUnavailable.SKIP)
		void run() {
			throw new AssertionError("the body ran");
		}

	}

}
