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

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * The pauses between the tries of whoever waits for a lock that another process has. They
 * grow, and are jittered so that processes don't try in step.
 */
final class Backoff {

	private static final long FIRST = TimeUnit.MILLISECONDS.toNanos(1);

	private static final long LONGEST = TimeUnit.MILLISECONDS.toNanos(32);

	/**
	 * The step of those who are woken, and ask only in case nothing wakes them: because
	 * the holder died, or because the system has lost an event.
	 */
	private static final long SLOW = TimeUnit.MILLISECONDS.toNanos(500);

	private long next = FIRST;

	static long slowNanos() {
		return SLOW / 2 + ThreadLocalRandom.current().nextLong(SLOW);
	}

	/**
	 * Return the next pause.
	 * @return between a half and one and a half of the current step, in nanoseconds
	 */
	long nextNanos() {
		long pause = this.next / 2 + ThreadLocalRandom.current().nextLong(this.next);
		this.next = Math.min(this.next * 2, LONGEST);
		return pause;
	}

}
