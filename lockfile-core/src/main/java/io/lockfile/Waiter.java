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

import org.jspecify.annotations.Nullable;

/**
 * One thread in the queue of a {@link PathLock}.
 */
final class Waiter {

	private final DefaultLockFile lockFile;

	private final LockAttempt attempt;

	private final Deadline deadline;

	private final Thread thread = Thread.currentThread();

	private volatile @Nullable Hold hold;

	Waiter(DefaultLockFile lockFile, LockAttempt attempt, Deadline deadline) {
		this.lockFile = lockFile;
		this.attempt = attempt;
		this.deadline = deadline;
	}

	DefaultLockFile lockFile() {
		return this.lockFile;
	}

	LockFiles engine() {
		return this.lockFile.engine();
	}

	LockAttempt attempt() {
		return this.attempt;
	}

	LockMode mode() {
		return this.attempt.mode();
	}

	Deadline deadline() {
		return this.deadline;
	}

	Thread thread() {
		return this.thread;
	}

	@Nullable Hold hold() {
		return this.hold;
	}

	void grant(Hold hold) {
		this.hold = hold;
	}

	void revoke() {
		this.hold = null;
	}

}
