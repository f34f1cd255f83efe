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

package io.lockfile.strategy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import io.lockfile.AlreadyLockedException;
import io.lockfile.LockFile;
import io.lockfile.LockFiles;
import io.lockfile.LockHandle;
import io.lockfile.LockOwner;
import io.lockfile.NotMyLockException;
import io.lockfile.testing.ChildJvm;
import io.lockfile.testing.Contender;
import io.lockfile.testing.Holder;
import io.lockfile.testing.Interval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link OsLockStrategy} between JVMs.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class OsAcrossProcessesTests {

	@TempDir
	private Path directory;

	@Test
	void fourJvmsNeverHoldAtOnce() {
		int jvms = 4;
		int holds = 500;
		List<ChildJvm> children = new ArrayList<>();
		List<Interval> intervals = new ArrayList<>();
		try {
			for (int i = 0; i < jvms; i++) {
				children.add(ChildJvm.start(Contender.class, this.directory, "os", "contended", holds));
			}
			children.forEach((child) -> child.expect("ready"));
			children.forEach(ChildJvm::proceed);
			children.forEach((child) -> child.finish().stream().map(Interval::parse).forEach(intervals::add));
		}
		finally {
			children.forEach(ChildJvm::close);
		}
		assertThat(intervals).hasSize(jvms * holds);
		assertThat(Interval.overlapping(intervals)).isEmpty();
	}

	@Test
	void lockOfAKilledProcessIsFreeAtOnce() {
		try (LockFiles locks = LockFiles.builder().directory(this.directory).build();
				ChildJvm child = ChildJvm.start(Holder.class, this.directory, "os", "a").expect("held")) {
			assertThat(locks.get("a").tryAcquire()).isEmpty();
			child.kill();
			try (LockHandle held = locks.get("a").acquire(Duration.ZERO)) {
				assertThat(held.isValid()).isTrue();
			}
		}
	}

	@Test
	@EnabledOnOs(value = OS.LINUX, disabledReason = "only Linux has /proc/locks to name other processes")
	void otherProcessIsNamed() {
		try (LockFiles locks = LockFiles.builder().directory(this.directory).build();
				ChildJvm child = ChildJvm.start(Holder.class, this.directory, "os", "a").expect("held")) {
			LockFile lock = locks.get("a");
			LockOwner owner = lock.owner().orElseThrow();
			assertThat(owner.pid()).isEqualTo(child.pid());
			assertThat(owner.liveness()).isEqualTo(LockOwner.Liveness.ALIVE);
			assertThatExceptionOfType(AlreadyLockedException.class).isThrownBy(() -> lock.acquire(Duration.ZERO))
				.withMessageContaining("pid " + child.pid());
			assertThatExceptionOfType(NotMyLockException.class).isThrownBy(lock::release)
				.withMessageContaining("pid " + child.pid());
			child.proceed().expect("released");
			assertThat(lock.owner()).isEmpty();
		}
	}

}
