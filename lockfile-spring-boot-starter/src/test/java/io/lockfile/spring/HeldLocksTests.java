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

import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.lockfile.LockFile;
import io.lockfile.LockFiles;
import io.lockfile.LockHandle;
import io.lockfile.LockMode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link HeldLocks}.
 */
class HeldLocksTests {

	@TempDir
	private Path directory;

	@Test
	void errorOfOneHandleKeepsNoOtherLock() {
		try (LockFiles locks = LockFiles.builder().strategy("memory").directory(this.directory).build()) {
			LockFile lock = locks.get("a");
			assertThatExceptionOfType(NoClassDefFoundError.class).isThrownBy(() -> heldWithFailing(lock).close());
			assertThat(lock.isLocked()).isFalse();
			IllegalStateException reason = new IllegalStateException();
			heldWithFailing(lock).abandon(reason);
			assertThat(lock.isLocked()).isFalse();
			assertThat(reason.getSuppressed()).singleElement().isInstanceOf(NoClassDefFoundError.class);
		}
	}

	@Test
	void errorOfOneHandleDoesNotHideTheFailureOfTheBody() {
		try (LockFiles locks = LockFiles.builder().strategy("memory").directory(this.directory).build()) {
			LockFile lock = locks.get("a");
			RunningBodies bodies = new RunningBodies();
			IllegalStateException reason = new IllegalStateException();
			new LockedBody(heldWithFailing(lock), bodies).endAfter(reason);
			assertThat(reason.getSuppressed()).singleElement().isInstanceOf(NoClassDefFoundError.class);
			assertThat(lock.isLocked()).isFalse();
			assertThat(bodies.count()).isZero();
		}
	}

	private static HeldLocks heldWithFailing(LockFile lock) {
		LockRequest request = new LockRequest("a", lock, LockMode.EXCLUSIVE, Duration.ZERO, Duration.ZERO);
		HeldLocks held = new HeldLocks();
		held.add(request, lock.acquire(Duration.ZERO));
		held.add(request, (LockHandle) Proxy.newProxyInstance(HeldLocksTests.class.getClassLoader(),
				new Class<?>[] { LockHandle.class }, (proxy, method, arguments) -> {
					throw new NoClassDefFoundError("on purpose");
				}));
		return held;
	}

}
