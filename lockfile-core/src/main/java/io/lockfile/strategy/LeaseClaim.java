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

package io.lockfile.strategy;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;

import io.lockfile.ClaimRequest;

/**
 * A claim that stands until it expires, by any clock: the wall clock is the one that
 * others go by, and the monotonic clock can't be set. Once it has expired it stays so,
 * since others may already have decided to break it.
 */
final class LeaseClaim extends MarkerClaim {

	private final LeaseLockStrategy.LeaseMarker marker;

	private final LeaseLockStrategy strategy;

	private final Duration duration;

	private final Duration renewInterval;

	private volatile long renewedNanos;

	private volatile Instant expiry;

	private volatile boolean expired;

	/**
	 * Create a claim.
	 * @param marker its marker
	 * @param strategy tells the time
	 * @param request what is claimed
	 * @param start when its expiry was fixed, by the monotonic clock
	 * @param expiry the expiry that the marker tells others: publishing it may have taken
	 * any time
	 * @param afterCrash whether a marker that has expired was in its place
	 */
	LeaseClaim(LeaseLockStrategy.LeaseMarker marker, LeaseLockStrategy strategy, ClaimRequest request, long start,
			Instant expiry, boolean afterCrash) {
		super(marker, afterCrash);
		this.marker = marker;
		this.strategy = strategy;
		this.duration = request.leaseDuration();
		this.renewInterval = request.leaseRenewInterval();
		this.renewedNanos = start;
		this.expiry = expiry;
	}

	@Override
	public boolean isValid() {
		return !hasExpired() && super.isValid();
	}

	private boolean hasExpired() {
		this.expired = this.expired || this.strategy.nanoTime() - this.renewedNanos >= this.duration.toNanos()
				|| !this.strategy.now().isBefore(this.expiry);
		return this.expired;
	}

	@Override
	public Duration renewInterval() {
		return this.renewInterval;
	}

	@Override
	public synchronized void renew() throws IOException {
		// First of all, so that time that passes meanwhile doesn't revive what has
		// expired
		long start = this.strategy.nanoTime();
		Instant next = this.strategy.now().plus(this.duration);
		// Not during the release: to set a date, the JDK opens the file, and by closing
		// it again ends the guard
		if (isReleased() || hasExpired() || !this.marker.isStanding()) {
			return;
		}
		LeaseLockStrategy.extend(this.marker.file(), next);
		this.renewedNanos = start;
		this.expiry = next;
	}

	@Override
	public String toString() {
		return "lease " + this.marker.path();
	}

}
