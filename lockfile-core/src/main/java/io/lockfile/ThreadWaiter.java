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

import java.util.concurrent.locks.LockSupport;

/**
 * A thread that waits for its lock, by being parked.
 */
final class ThreadWaiter extends Waiter {

	private final Thread thread = Thread.currentThread();

	ThreadWaiter(DefaultLockFile lockFile, LockAttempt attempt, Deadline deadline) {
		super(lockFile, attempt, deadline);
	}

	@Override
	Thread thread() {
		return this.thread;
	}

	@Override
	void wake() {
		LockSupport.unpark(this.thread);
	}

	/**
	 * Park until something has changed, or the time is up.
	 * @param blocker what the thread is parked on, for diagnosis
	 */
	void park(Object blocker) {
		LockSupport.parkNanos(blocker, deadline().remainingOrGrace());
	}

}
