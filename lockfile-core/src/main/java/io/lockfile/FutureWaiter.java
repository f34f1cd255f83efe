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

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

/**
 * A request that no thread waits for.
 */
final class FutureWaiter extends Waiter {

	private final Runnable whenWoken;

	private final CompletableFuture<Boolean> expiry = new CompletableFuture<>();

	FutureWaiter(DefaultLockFile lockFile, LockAttempt attempt, Deadline deadline, Runnable whenWoken) {
		super(lockFile, attempt, deadline);
		this.whenWoken = whenWoken;
	}

	@Override
	@Nullable Thread thread() {
		return null;
	}

	@Override
	void wake() {
		Helpers.executeSurely(this.whenWoken);
	}

	/**
	 * Be woken when the time is up, if it isn't served by then. What it has joined may
	 * turn out to be closed to sharers, so that it queues after all.
	 */
	void startClock() {
		Hold granted = hold();
		long remaining = deadline().remainingOrGrace();
		if (remaining != Long.MAX_VALUE && !hasEnded() && (granted == null || granted.isJoined())) {
			this.expiry.completeOnTimeout(true, Math.max(remaining, 0), TimeUnit.NANOSECONDS).thenAccept((over) -> {
				if (over) {
					wake();
				}
			});
		}
	}

	void stopClock() {
		// Older JDKs keep the timer of a future that is cancelled
		this.expiry.complete(false);
	}

}
