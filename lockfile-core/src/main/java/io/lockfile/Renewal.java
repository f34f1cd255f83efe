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

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Renews a claim while it is held, each time on a thread that does nothing else, so that
 * a file system that hangs keeps nobody else's claim from being renewed. What fails is
 * tried again with the next look at the holds.
 */
final class Renewal implements Runnable {

	private static final Logger logger = LoggerFactory.getLogger(Renewal.class);

	private final LockClaim claim;

	private final long intervalNanos;

	private final AtomicBoolean running = new AtomicBoolean();

	private volatile long last = System.nanoTime();

	private Renewal(LockClaim claim, Duration interval) {
		this.claim = claim;
		this.intervalNanos = interval.toNanos();
	}

	static @Nullable Renewal of(LockClaim claim) {
		Duration interval = claim.renewInterval();
		return (interval != null) ? new Renewal(claim, interval) : null;
	}

	/**
	 * Renew the claim if it is time to.
	 * @param slackNanos how long before its time that is done, since the next look may be
	 * late
	 */
	void renewIfDue(long slackNanos) {
		if (System.nanoTime() - this.last >= this.intervalNanos - slackNanos
				&& this.running.compareAndSet(false, true)) {
			Helpers.executeSurely(this);
		}
	}

	@Override
	public void run() {
		long start = System.nanoTime();
		try {
			this.claim.renew();
			this.last = start;
		}
		catch (IOException | RuntimeException ex) {
			logger.warn("{} could not be renewed, and will be tried again in a second", this.claim, ex);
		}
		finally {
			this.running.set(false);
		}
	}

}
