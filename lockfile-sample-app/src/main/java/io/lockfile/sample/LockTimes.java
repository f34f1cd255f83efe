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

package io.lockfile.sample;

import java.time.Duration;
import java.time.Instant;

import io.lockfile.LockHandle;

/**
 * The times of one lock in one interval. They count where they end: a wait when it is
 * over, a hold when it is released.
 *
 * @param start the beginning of the interval
 * @param lock the declared name of the lock
 * @param acquired how often it was obtained
 * @param notAcquired how often it was not
 * @param waitMillis how long all waits together took, successful or not
 * @param longestWaitMillis how long the longest of them took
 * @param released how many holds ended
 * @param holdMillis how long all of them together lasted
 * @param longestHoldMillis how long the longest of them lasted
 */
record LockTimes(Instant start, String lock, int acquired, int notAcquired, double waitMillis, double longestWaitMillis,
		int released, double holdMillis, double longestHoldMillis) {

	static LockTimes acquired(Instant start, String lock, LockHandle handle) {
		double millis = millis(handle.waited());
		return new LockTimes(start, lock, 1, 0, millis, millis, 0, 0, 0);
	}

	static LockTimes notAcquired(Instant start, String lock, Duration waited) {
		return new LockTimes(start, lock, 0, 1, millis(waited), millis(waited), 0, 0, 0);
	}

	static LockTimes released(Instant start, String lock, Duration held) {
		return new LockTimes(start, lock, 0, 0, 0, 0, 1, millis(held), millis(held));
	}

	private static double millis(Duration duration) {
		return duration.toNanos() / 1e6;
	}

	LockTimes plus(LockTimes other) {
		return new LockTimes(this.start, this.lock, this.acquired + other.acquired,
				this.notAcquired + other.notAcquired, this.waitMillis + other.waitMillis,
				Math.max(this.longestWaitMillis, other.longestWaitMillis), this.released + other.released,
				this.holdMillis + other.holdMillis, Math.max(this.longestHoldMillis, other.longestHoldMillis));
	}

}
