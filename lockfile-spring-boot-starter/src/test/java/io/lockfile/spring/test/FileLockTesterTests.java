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

package io.lockfile.spring.test;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.lockfile.AlreadyLockedException;
import io.lockfile.LockFailedException;
import io.lockfile.LockFiles;
import io.lockfile.LockHandle;
import io.lockfile.LockTimeoutException;
import io.lockfile.spring.FileLockContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link FileLockTester}.
 */
class FileLockTesterTests {

	@TempDir
	private Path directory;

	private LockFiles engine(String strategy) {
		return LockFiles.builder().directory(this.directory).strategy(strategy).build();
	}

	@ParameterizedTest
	@ValueSource(strings = { "memory", "os", "mkdir" })
	void testsOwnThreadIsKeptOutMeanwhile(String strategy) throws IOException {
		try (LockFiles locks = engine(strategy)) {
			FileLockTester tester = new FileLockTester(locks);
			tester.whileHeldElsewhere("a", () -> {
				assertThat(locks.get("a").tryAcquire()).isEmpty();
				assertThat(locks.get("a").isHeldByCurrentThread()).isFalse();
			});
			assertThat(locks.get("a").isLocked()).isFalse();
			boolean free = tester.callWhileHeldElsewhere("a", () -> locks.get("a").tryAcquire().isPresent());
			assertThat(free).isFalse();
			assertThatExceptionOfType(AlreadyLockedException.class)
				.isThrownBy(() -> tester.whileHeldElsewhere("a", () -> locks.get("a").acquire(Duration.ZERO)));
			assertThat(locks.get("a").isLocked()).isFalse();
		}
	}

	@Test
	void lockMayHaveAStrategyOfItsOwn() {
		try (LockFiles locks = engine("memory")) {
			FileLockTester tester = new FileLockTester(locks);
			tester.whileHeldElsewhere(locks.get("a", "mkdir"),
					() -> assertThat(this.directory.resolve("a.lock")).isDirectory());
			assertThat(tester.<Boolean, RuntimeException>callWhileHeldElsewhere(locks.get("a", "link"),
					() -> this.directory.resolve("a.lock").toFile().isFile()))
				.isTrue();
		}
	}

	@Test
	void exceptionOfTheActionIsThrownAndTheLockReleased() {
		try (LockFiles locks = engine("memory")) {
			FileLockTester tester = new FileLockTester(locks);
			assertThatExceptionOfType(IOException.class).isThrownBy(() -> tester.whileHeldElsewhere("a", () -> {
				throw new IOException("on purpose");
			}));
			assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> tester.whileHeldElsewhere("a", () -> {
				throw new AssertionError("on purpose");
			}));
			assertThat(locks.get("a").isLocked()).isFalse();
		}
	}

	@Test
	void lockThatCanNotBeHeldFailsTheTest() {
		try (LockFiles locks = engine("memory"); LockHandle held = locks.get("a").acquire()) {
			FileLockTester tester = new FileLockTester(locks, Duration.ofMillis(20));
			assertThatIllegalStateException().isThrownBy(() -> tester.whileHeldElsewhere("a", () -> {
				throw new AssertionError("the action ran");
			}))
				.withMessageContainingAll(this.directory.resolve("a").toString(), "test itself")
				.withCauseInstanceOf(LockTimeoutException.class);
			assertThat(held.isValid()).isTrue();
		}
		LockFiles closed = engine("memory");
		closed.close();
		assertThatIllegalStateException()
			.isThrownBy(() -> new FileLockTester(closed).callWhileHeldElsewhere("a", () -> "done"))
			.withCauseInstanceOf(LockFailedException.class);
	}

	@Test
	void assumptionLetsABodyPassOnThisThread() {
		assertThatIllegalStateException().isThrownBy(FileLockContext::assertHeld).withMessageContaining("assumeHeld()");
		try (FileLockContext.Assumption outer = FileLockTester.assumeHeld()) {
			try (FileLockContext.Assumption inner = FileLockTester.assumeHeld()) {
				FileLockContext.assertHeld();
				assertThat(FileLockContext.current()).isEmpty();
			}
			FileLockContext.assertHeld();
		}
		assertThatIllegalStateException().isThrownBy(FileLockContext::assertHeld);
	}

}
