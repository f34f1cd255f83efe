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
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Looks every second whether the holds of this JVM still stand, so that whoever lost one
 * is told without asking. It runs as long as there are holds.
 */
final class HoldWatch {

	private static final long INTERVAL = TimeUnit.SECONDS.toNanos(1);

	private static final Executor LATER = CompletableFuture.delayedExecutor(INTERVAL, TimeUnit.NANOSECONDS,
			Helpers::execute);

	private static final AtomicBoolean RUNNING = new AtomicBoolean();

	private HoldWatch() {
	}

	/**
	 * Watch the holds that there are, and those that come while there are some.
	 */
	static void ensureRunning() {
		if (!RUNNING.get() && RUNNING.compareAndSet(false, true)) {
			LATER.execute(HoldWatch::look);
		}
	}

	private static void look() {
		boolean holds = false;
		try {
			for (PathLock lock : PathLocks.all()) {
				for (Hold hold : lock.holds()) {
					holds = true;
					check(hold);
				}
			}
		}
		finally {
			RUNNING.set(false);
			if (holds) {
				ensureRunning();
			}
		}
	}

	private static void check(Hold hold) {
		if (hold.grant().heldNanos() >= INTERVAL / 2 && !hold.grant().isLost()) {
			hold.isValid();
		}
	}

}
