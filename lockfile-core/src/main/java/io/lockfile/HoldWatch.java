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

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks every second whether the holds of this JVM still stand, so that whoever lost one
 * is told without asking, and has those renewed that need it. It runs as long as there
 * are holds.
 */
final class HoldWatch {

	private static final long INTERVAL = TimeUnit.SECONDS.toNanos(1);

	/**
	 * How long looking at the paths of all holds may take, in nanoseconds. Those who are
	 * not reached then come first the next time.
	 */
	private static final long LONGEST_GLANCE = TimeUnit.MILLISECONDS.toNanos(50);

	/**
	 * How long the other checks may take, which cost much more.
	 */
	private static final long LONGEST_CHECK = TimeUnit.MILLISECONDS.toNanos(10);

	private static final Executor LATER = CompletableFuture.delayedExecutor(INTERVAL, TimeUnit.NANOSECONDS,
			Helpers::executeSurely);

	private static final AtomicBoolean RUNNING = new AtomicBoolean();

	private static final AtomicBoolean LOOKING = new AtomicBoolean();

	private static int nextGlance;

	private static int nextCheck;

	private static final Logger logger = LoggerFactory.getLogger(HoldWatch.class);

	private HoldWatch() {
	}

	/**
	 * Watch the holds that there are, and those that come while there are some.
	 */
	static void ensureRunning() {
		if (!RUNNING.get() && RUNNING.compareAndSet(false, true)) {
			try {
				LATER.execute(HoldWatch::look);
			}
			catch (RuntimeException | OutOfMemoryError ex) {
				// The next one may be luckier; the hold is not affected
				RUNNING.set(false);
			}
		}
	}

	private static void look() {
		// First, so that whoever comes from now on starts the next look
		RUNNING.set(false);
		List<Hold> all = null;
		try {
			all = PathLocks.all().stream().flatMap((lock) -> lock.holds().stream()).toList();
		}
		finally {
			if (all == null || !all.isEmpty()) {
				ensureRunning();
			}
		}
		all.forEach(HoldWatch::renew);
		look(all);
	}

	private static void renew(Hold hold) {
		Renewal renewal = hold.grant().claimed().renewal();
		if (renewal != null) {
			renewal.renewIfDue(INTERVAL / 2);
		}
	}

	private static void look(List<Hold> holds) {
		if (!LOOKING.compareAndSet(false, true)) {
			// A file system doesn't answer. One thread that waits for it is enough
			return;
		}
		try {
			nextGlance = look(holds, nextGlance, LONGEST_GLANCE, LockClaim::isInPlace);
			nextCheck = look(holds, nextCheck, LONGEST_CHECK, LockClaim::isValid);
		}
		finally {
			LOOKING.set(false);
		}
	}

	private static int look(List<Hold> holds, int first, long longest, Predicate<LockClaim> check) {
		long start = System.nanoTime();
		int looks = 0;
		while (looks < holds.size() && System.nanoTime() - start < longest) {
			check(holds.get((first + looks) % holds.size()), check);
			looks++;
		}
		return (looks < holds.size()) ? (first + looks) % holds.size() : 0;
	}

	private static void check(Hold hold, Predicate<LockClaim> check) {
		if (hold.grant().heldNanos() >= INTERVAL / 2 && !hold.grant().isLost()) {
			try {
				if (!check.test(hold.grant().claim())) {
					// Listeners may take long, and others want to be looked at
					Helpers.executeSurely(hold::isValid);
				}
			}
			catch (RuntimeException ex) {
				logger.debug("{} can't be looked at", hold, ex);
			}
		}
	}

}
