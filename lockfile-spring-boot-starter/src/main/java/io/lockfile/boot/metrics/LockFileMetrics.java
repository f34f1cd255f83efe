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

package io.lockfile.boot.metrics;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.LongTaskTimer;
import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;

import io.lockfile.LockAttempt;
import io.lockfile.LockHandle;
import io.lockfile.LockListener;
import io.lockfile.LockMode;
import io.lockfile.LockOutcome;

/**
 * The meters of file locks. All have the tags {@code lock} (the declared name, or
 * {@code none}), {@code strategy} and {@code mode}:
 * <ul>
 * <li>timer {@code lockfile.wait}: how long acquisitions took, with the tag
 * {@code outcome} ({@code acquired}, {@code unavailable}, {@code timeout},
 * {@code interrupted} or {@code error});</li>
 * <li>timer {@code lockfile.hold}: how long locks were held;</li>
 * <li>long task timers {@code lockfile.wait.active} and {@code lockfile.hold.active}: who
 * waits, and who holds, right now;</li>
 * <li>counter {@code lockfile.skipped}: bodies that did not run because somebody else had
 * the lock.</li>
 * </ul>
 *
 * @since 0.1.0
 */
public final class LockFileMetrics implements LockListener {

	private final MeterProvider<Timer> wait;

	private final MeterProvider<Timer> hold;

	private final MeterProvider<LongTaskTimer> waiting;

	private final MeterProvider<LongTaskTimer> holding;

	private final MeterProvider<Counter> skipped;

	private final Map<LockAttempt, LongTaskTimer.Sample> active = new ConcurrentHashMap<>();

	/**
	 * Create the meters.
	 * @param registry where they are registered
	 */
	public LockFileMetrics(MeterRegistry registry) {
		this.wait = Timer.builder("lockfile.wait")
			.description("Time from asking for a lock to having it or giving up")
			.withRegistry(registry);
		this.hold = Timer.builder("lockfile.hold").description("Time a lock was held").withRegistry(registry);
		this.waiting = LongTaskTimer.builder("lockfile.wait.active")
			.description("Who waits for a lock now")
			.withRegistry(registry);
		this.holding = LongTaskTimer.builder("lockfile.hold.active")
			.description("Who holds a lock now")
			.withRegistry(registry);
		this.skipped = Counter.builder("lockfile.skipped")
			.description("Bodies that did not run because somebody else had the lock")
			.withRegistry(registry);
	}

	@Override
	public void waiting(LockAttempt attempt) {
		this.active.put(attempt, this.waiting.withTags(tags(attempt)).start());
	}

	@Override
	public void acquired(LockAttempt attempt, LockHandle handle) {
		stop(attempt);
		this.wait.withTags(tags(attempt).and("outcome", "acquired")).record(handle.waited());
		this.active.put(attempt, this.holding.withTags(tags(attempt)).start());
	}

	@Override
	public void notAcquired(LockAttempt attempt, LockOutcome outcome, Duration waited) {
		stop(attempt);
		this.wait.withTags(tags(attempt).and("outcome", outcome.name().toLowerCase(Locale.ROOT))).record(waited);
	}

	@Override
	public void released(LockAttempt attempt, Duration held) {
		stop(attempt);
		this.hold.withTags(tags(attempt)).record(held);
	}

	/**
	 * Count a body that was skipped.
	 * @param name the declared name of the lock
	 * @param strategy the name of the strategy
	 * @param mode the mode
	 */
	public void skipped(String name, String strategy, LockMode mode) {
		this.skipped.withTags(tags(name, strategy, mode)).increment();
	}

	private void stop(LockAttempt attempt) {
		LongTaskTimer.Sample sample = this.active.remove(attempt);
		if (sample != null) {
			sample.stop();
		}
	}

	private static Tags tags(LockAttempt attempt) {
		return tags(attempt.name().orElse("none"), attempt.strategy(), attempt.mode());
	}

	private static Tags tags(String name, String strategy, LockMode mode) {
		return Tags.of("lock", name, "strategy", strategy, "mode", mode.name().toLowerCase(Locale.ROOT));
	}

}
