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

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * The end of a wait, by the monotonic clock.
 */
final class Deadline {

	private static final long GRACE = TimeUnit.SECONDS.toNanos(1);

	private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE);

	private final long start = System.nanoTime();

	private final long nanos;

	private final WaitingSwitch waiting;

	private final int turn;

	private Deadline(Duration timeout, WaitingSwitch waiting) {
		this.waiting = waiting;
		this.turn = waiting.turn();
		this.nanos = isWaitingStopped() ? 0 : nanos(timeout);
	}

	/**
	 * Begin to wait.
	 * @param timeout for how long
	 * @param waiting whether that is allowed; if not, there is one try
	 * @return the end
	 */
	static Deadline after(Duration timeout, WaitingSwitch waiting) {
		return new Deadline(timeout, waiting);
	}

	/**
	 * Begin to wait for something other than a lock.
	 * @param timeout for how long
	 * @return the end
	 */
	static Deadline after(Duration timeout) {
		return new Deadline(timeout, new WaitingSwitch());
	}

	/**
	 * Return a duration in nanoseconds.
	 * @param duration the duration
	 * @return zero if it is negative, and {@link Long#MAX_VALUE} if it is longer than
	 * that
	 */
	static long nanos(Duration duration) {
		if (duration.isNegative() || duration.isZero()) {
			return 0;
		}
		return (duration.compareTo(LONGEST) < 0) ? duration.toNanos() : Long.MAX_VALUE;
	}

	/**
	 * Tell whether nobody might wait when this began.
	 * @return {@code true} if there is one try, whatever the timeout
	 */
	boolean isWaitingStopped() {
		return WaitingSwitch.isOff(this.turn);
	}

	/**
	 * Tell whether waiting was stopped since this began.
	 * @return {@code true} if there is no waiting any more
	 */
	boolean isCalledOff() {
		return !isOneTry() && this.waiting.turn() != this.turn;
	}

	long start() {
		return this.start;
	}

	boolean isOneTry() {
		return this.nanos == 0;
	}

	long remaining() {
		return (this.nanos == Long.MAX_VALUE) ? Long.MAX_VALUE : this.nanos - (System.nanoTime() - this.start);
	}

	/**
	 * Return how long one may wait to make a try. Who asks for one try doesn't wait for
	 * other processes, but for a moment until this JVM has stopped doing so.
	 * @return the time in nanoseconds, or {@link Long#MAX_VALUE} for no limit
	 */
	long remainingOrGrace() {
		return isOneTry() ? GRACE - (System.nanoTime() - this.start) : remaining();
	}

	Duration elapsed() {
		return Duration.ofNanos(System.nanoTime() - this.start);
	}

}
