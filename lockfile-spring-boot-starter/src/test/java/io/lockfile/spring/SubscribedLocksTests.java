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
import java.util.concurrent.CompletableFuture;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.lockfile.LockFile;
import io.lockfile.LockFiles;
import io.lockfile.LockHandle;
import io.lockfile.LockMode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link SubscribedLocks}.
 */
class SubscribedLocksTests {

	private final RunningBodies bodies = new RunningBodies();

	private final SubscribedLocks subscribed = new SubscribedLocks(this.bodies);

	private final LockFile lock;

	private final LockFiles locks;

	SubscribedLocksTests(@TempDir Path directory) {
		this.locks = LockFiles.builder().directory(directory).strategy("memory").build();
		this.lock = this.locks.get("a");
	}

	@AfterEach
	void close() {
		assertThat(this.lock.isLocked()).isFalse();
		assertThat(this.bodies.count()).isZero();
		this.locks.close();
	}

	private CompletableFuture<SubscribedLocks> acquire() {
		return this.subscribed.acquire(
				List.of(new LockRequest("a", this.lock, LockMode.EXCLUSIVE, LockFiles.FOREVER, Duration.ofMinutes(1))));
	}

	@Test
	void cancellationBeforeTheBodyBeginsReleasesAndLetsItNotBegin() {
		assertThat(acquire()).isCompletedWithValue(this.subscribed);
		assertThat(this.lock.isLocked()).isTrue();
		this.subscribed.abandon();
		assertThat(this.lock.isLocked()).as("though there is a minimum duration").isFalse();
		assertThat(this.subscribed.begin()).isNull();
		this.subscribed.end();
	}

	@Test
	void cancellationBeforeTheLockIsAskedForReleases() {
		this.subscribed.abandon();
		acquire();
		assertThat(this.lock.isLocked()).isFalse();
		assertThat(this.subscribed.begin()).isNull();
	}

	@Test
	void cancellationWhileItWaitsLeavesTheQueue() {
		CompletableFuture<SubscribedLocks> waiting;
		try (LockHandle held = this.lock.acquire()) {
			assertThat(held.isValid()).isTrue();
			waiting = acquire();
			this.subscribed.abandon();
		}
		assertThat(this.lock.isLocked()).isFalse();
		assertThat(waiting).as("nobody wants to know").isNotDone();
	}

	@Test
	void cancellationOfABodyThatHasBegunIsItsEnd() {
		this.subscribed
			.acquire(List.of(new LockRequest("a", this.lock, LockMode.EXCLUSIVE, Duration.ZERO, Duration.ZERO)));
		assertThat(this.subscribed.begin()).isNotNull();
		assertThat(this.subscribed.begin()).isNull();
		assertThat(this.bodies.count()).isOne();
		this.subscribed.abandon();
		assertThat(this.lock.isLocked()).isTrue();
		this.subscribed.end();
		assertThat(this.lock.isLocked()).isFalse();
		this.subscribed.endAfter(new IllegalStateException("later"));
	}

}
