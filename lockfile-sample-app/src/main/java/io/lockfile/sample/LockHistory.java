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

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;

import org.springframework.stereotype.Component;

import io.lockfile.LockAttempt;
import io.lockfile.LockHandle;
import io.lockfile.LockListener;
import io.lockfile.LockOutcome;

/**
 * Remembers how long this instance waited for locks and held them in the last ten
 * minutes, so that the live page has something to draw without a monitoring system. The
 * meters {@code lockfile.wait} and {@code lockfile.hold} are what to watch in earnest.
 * <p>
 * It needs little memory: one entry for each interval and declared name, and the names
 * are few.
 */
@Component
class LockHistory implements LockListener {

	static final Duration INTERVAL = Duration.ofSeconds(5);

	static final Duration KEPT = Duration.ofMinutes(10);

	private final Clock clock;

	private final ConcurrentNavigableMap<Key, LockTimes> times = new ConcurrentSkipListMap<>();

	private final Set<LockAttempt> afterCrash = ConcurrentHashMap.newKeySet();

	LockHistory(Clock clock) {
		this.clock = clock;
	}

	/**
	 * Return what is remembered.
	 * @param since the instant from which on intervals are of interest
	 * @return the times of the interval with that instant and of all later ones
	 */
	List<LockTimes> since(Instant since) {
		forgetOld();
		return List.copyOf(this.times.tailMap(new Key(startOfInterval(since), "")).values());
	}

	/**
	 * Tell whether a hold began with a lock that somebody had left behind by dying.
	 * @param attempt the attempt that led to the hold
	 * @return whether its previous holder crashed
	 */
	boolean isAfterCrash(LockAttempt attempt) {
		return this.afterCrash.contains(attempt);
	}

	@Override
	public void acquired(LockAttempt attempt, LockHandle handle) {
		if (handle.previousHolderCrashed()) {
			this.afterCrash.add(attempt);
		}
		add(LockTimes.acquired(startOfInterval(this.clock.instant()), name(attempt), handle));
	}

	@Override
	public void notAcquired(LockAttempt attempt, LockOutcome outcome, Duration waited) {
		add(LockTimes.notAcquired(startOfInterval(this.clock.instant()), name(attempt), waited));
	}

	@Override
	public void released(LockAttempt attempt, Duration held) {
		this.afterCrash.remove(attempt);
		add(LockTimes.released(startOfInterval(this.clock.instant()), name(attempt), held));
	}

	private void add(LockTimes added) {
		this.times.merge(new Key(added.start(), added.lock()), added, LockTimes::plus);
		forgetOld();
	}

	private void forgetOld() {
		this.times.headMap(new Key(startOfInterval(this.clock.instant().minus(KEPT)), "")).clear();
	}

	private static Instant startOfInterval(Instant instant) {
		return Instant
			.ofEpochSecond(Math.floorDiv(instant.getEpochSecond(), INTERVAL.toSeconds()) * INTERVAL.toSeconds());
	}

	private static String name(LockAttempt attempt) {
		return attempt.name().orElse("none");
	}

	private record Key(Instant start, String lock) implements Comparable<Key> {

		private static final Comparator<Key> ORDER = Comparator.comparing(Key::start).thenComparing(Key::lock);

		@Override
		public int compareTo(Key other) {
			return ORDER.compare(this, other);
		}

	}

}
