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

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import io.lockfile.LockDirectoryReport.Severity;
import io.lockfile.LockDirectoryReport.Verdict;
import io.lockfile.testing.TestStrategies;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link LockFiles#verify}.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class DirectoryCheckTests {

	private static final Duration LIMIT = Duration.ofSeconds(60);

	@TempDir
	private Path directory;

	static List<String> strategies() {
		return LockFiles.strategies().stream().map(LockStrategy::name).toList();
	}

	@ParameterizedTest
	@MethodSource("strategies")
	void strategyThatWorksLeavesNothing(String strategy) {
		Path missing = this.directory.resolve("a/b");
		try (LockFiles locks = LockFiles.builder().directory(missing).fencing(true).build()) {
			LockDirectoryReport report = locks.verify(strategy, LIMIT);
			// The directory of the test is a temporary one
			assertThat(report.problems()).noneMatch((problem) -> problem.severity() == Severity.ERROR)
				.allMatch((problem) -> problem.message().contains("among temporary files"));
			assertThat(report.strategy()).isEqualTo(strategy);
			if (LockStrategies.named(strategy).usesFileSystem()) {
				assertThat(missing).isEmptyDirectory();
			}
			else {
				assertThat(this.directory).isEmptyDirectory();
			}
			assertThat(PathLocks.size()).isZero();
		}
	}

	@Test
	void lockedPathsAreNotDisturbed() {
		try (LockFiles locks = LockFiles.builder().directory(this.directory).build();
				LockHandle os = locks.get("a").acquire();
				LockHandle link = locks.get("b", "link").acquire()) {
			assertThat(locks.verify(LIMIT).verdict()).isNotEqualTo(Verdict.UNUSABLE);
			assertThat(locks.verify("link", LIMIT).verdict()).isEqualTo(Verdict.SAFE);
			os.ensureValid();
			link.ensureValid();
		}
	}

	@Test
	void directoryThatCannotBeUsedIsNotTried() throws IOException {
		Path file = Files.createFile(this.directory.resolve("file"));
		Strange strategy = new Strange("strange");
		try (LockFiles locks = engine(file, strategy)) {
			assertThat(locks.verify(LIMIT).verdict()).isEqualTo(Verdict.UNUSABLE);
			assertThat(strategy.claims).hasValue(0);
		}
	}

	@Test
	void failuresAreErrorsThatSayWhy() {
		assertError(new TestStrategies.Unsupported(), "it has no hard links");
		assertError(new TestStrategies.Unlinked(), "no library");
		Strange strategy = new Strange("strange");
		strategy.refusing = true;
		assertError(strategy, "a lock that nobody has was refused");
		strategy.refusing = false;
		strategy.valid = false;
		assertError(strategy, "a lock was lost at once");
		strategy.valid = true;
		strategy.releaseFailure = new IOException("on release");
		assertError(strategy, "on release");
	}

	@Test
	void strategyThatLetsTwoInIsAnError() {
		assertError(new Strange("link"), "a lock was obtained twice at once");
		// Of others it isn't known whether they can tell
		try (LockFiles locks = engine(this.directory, new Strange("strange"))) {
			assertThat(locks.verify(LIMIT).verdict()).isEqualTo(Verdict.SAFE);
		}
	}

	private void assertError(LockStrategy strategy, String reason) {
		try (LockFiles locks = engine(this.directory, strategy)) {
			LockDirectoryReport report = locks.verify(LIMIT);
			assertThat(report.verdict()).isEqualTo(Verdict.UNUSABLE);
			assertThat(report.problems().get(0).message())
				.startsWith(
						"Lock directory " + this.directory + " can't be used with strategy " + strategy.name() + ": ")
				.contains(reason);
			assertThat(this.directory).isEmptyDirectory();
		}
	}

	@Test
	void fileSystemThatHangsIsToldInTimeAndAskedOnce() {
		Strange strategy = new Strange("strange");
		CountDownLatch hanging = new CountDownLatch(1);
		strategy.hanging = hanging;
		try (LockFiles locks = engine(this.directory, strategy)) {
			for (int i = 0; i < 3; i++) {
				LockDirectoryReport report = locks.verify(Duration.ofMillis(500));
				assertThat(report.verdict()).isEqualTo(Verdict.UNUSABLE);
				assertThat(report.problems().get(0).message()).contains("within 0.5s");
			}
			assertThat(strategy.claims).hasValueLessThanOrEqualTo(1);
			hanging.countDown();
			Awaitility.await().atMost(LIMIT).until(() -> strategy.releases.get() == 1);
			Awaitility.await().atMost(LIMIT).untilAsserted(() -> assertThat(this.directory).isEmptyDirectory());
			assertThat(locks.verify(LIMIT).verdict()).isEqualTo(Verdict.SAFE);
		}
	}

	@Test
	void interruptIsKept() {
		try (LockFiles locks = LockFiles.builder().directory(this.directory).build()) {
			Thread.currentThread().interrupt();
			assertThat(locks.inspect("mkdir").verdict()).isEqualTo(Verdict.SAFE);
			assertThat(Thread.currentThread().isInterrupted()).isTrue();
			assertThat(locks.verify("mkdir", LIMIT).verdict()).isEqualTo(Verdict.SAFE);
		}
		finally {
			assertThat(Thread.interrupted()).isTrue();
		}
	}

	@Test
	void strategySeesTheClassesOfTheCaller() {
		Strange strategy = new Strange("strange");
		Thread thread = Thread.currentThread();
		ClassLoader before = thread.getContextClassLoader();
		ClassLoader application = new ClassLoader(before) {
		};
		try (LockFiles locks = engine(this.directory, strategy)) {
			thread.setContextClassLoader(application);
			locks.verify(LIMIT);
			assertThat(strategy.classLoader).hasValue(application);
		}
		finally {
			thread.setContextClassLoader(before);
		}
	}

	@Test
	void clocksMayDifferALittle() {
		Instant now = Instant.parse("2026-11-23T09:00:00Z");
		assertThat(DirectoryCheck.compare(now, now.minusSeconds(4), now.plusSeconds(9))).isNull();
		assertThat(DirectoryCheck.compare(now, now.plusSeconds(13), now.plusSeconds(9))).isNull();
		assertThat(DirectoryCheck.compare(now, now.minusSeconds(6), now)).isEqualTo("behind by 6s");
		assertThat(DirectoryCheck.compare(now, now.plusSeconds(90), now)).isEqualTo("ahead by 1m30s");
	}

	private static LockFiles engine(Path directory, LockStrategy strategy) {
		return LockFiles.builder().directory(directory).strategy(strategy).build();
	}

	/**
	 * Locks nothing, in all the ways that a file system or a server may find.
	 */
	private static final class Strange implements LockStrategy {

		private final String name;

		private final AtomicInteger claims = new AtomicInteger();

		private final AtomicInteger releases = new AtomicInteger();

		private final AtomicReference<ClassLoader> classLoader = new AtomicReference<>();

		private volatile boolean refusing;

		private volatile boolean valid = true;

		private volatile @Nullable IOException releaseFailure;

		private volatile @Nullable CountDownLatch hanging;

		Strange(String name) {
			this.name = name;
		}

		@Override
		public String name() {
			return this.name;
		}

		@Override
		public @Nullable LockClaim tryClaim(ClaimRequest request) throws IOException {
			this.claims.incrementAndGet();
			this.classLoader.set(Thread.currentThread().getContextClassLoader());
			CountDownLatch latch = this.hanging;
			try {
				if (latch != null && !latch.await(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
					throw new IOException("nobody opened the latch");
				}
			}
			catch (InterruptedException ex) {
				throw new IOException(ex);
			}
			return this.refusing ? null : new LockClaim() {

				@Override
				public boolean isValid() {
					return Strange.this.valid;
				}

				@Override
				public void release() throws IOException {
					Strange.this.releases.incrementAndGet();
					IOException failure = Strange.this.releaseFailure;
					if (failure != null) {
						throw failure;
					}
				}

			};
		}

	}

}
