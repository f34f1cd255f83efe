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

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.LongTaskTimer;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;

import io.lockfile.LockMode;
import io.lockfile.LockOutcome;

/**
 * Every meter that there is, with its name and its tags. All have the tags of a
 * {@link Series}. {@link LockFileMetrics} says what they mean.
 */
final class LockFileMeters {

	static final List<String> OUTCOMES = outcomes();

	private final boolean timers;

	private final MeterProvider<Timer> wait;

	private final MeterProvider<Timer> hold;

	private final MeterProvider<LongTaskTimer> waiting;

	private final MeterProvider<LongTaskTimer> holding;

	private final MeterProvider<Counter> skipped;

	private final MeterProvider<Counter> lost;

	private final MeterProvider<Counter> broken;

	/**
	 * To sort tags takes longer than to record.
	 */
	private final Map<Series, Tags> tags = new ConcurrentHashMap<>();

	private final Map<Series, Tags> acquiredTags = new ConcurrentHashMap<>();

	/**
	 * Prepare the meters; none is registered by that.
	 * @param registry where they will be registered
	 * @param timers whether the timers are among them, or only the counters
	 */
	LockFileMeters(MeterRegistry registry, boolean timers) {
		this.timers = timers;
		this.wait = Timer.builder("lockfile.wait")
			.description("Time from asking for a lock to having it or giving up")
			.withRegistry(registry);
		this.hold = Timer.builder("lockfile.hold")
			.description("Time from having a lock to the end of what ran under it")
			.withRegistry(registry);
		this.waiting = LongTaskTimer.builder("lockfile.wait.active")
			.description("Who waits for a lock now")
			.withRegistry(registry);
		this.holding = LongTaskTimer.builder("lockfile.hold.active")
			.description("Who holds a lock now")
			.withRegistry(registry);
		this.skipped = Counter.builder("lockfile.skipped")
			.description("Bodies that did not run because somebody else had the lock")
			.withRegistry(registry);
		this.lost = Counter.builder("lockfile.lost")
			.description("Holds that ended without their holder")
			.withRegistry(registry);
		this.broken = Counter.builder("lockfile.broken")
			.description("Locks of others that were broken")
			.withRegistry(registry);
	}

	private Tags tags(Series series) {
		Tags known = this.tags.get(series);
		return (known != null) ? known : this.tags.computeIfAbsent(series, Series::tags);
	}

	boolean hasTimers() {
		return this.timers;
	}

	Timer acquired(Series series) {
		Tags known = this.acquiredTags.get(series);
		return this.wait.withTags((known != null) ? known
				: this.acquiredTags.computeIfAbsent(series, (any) -> tags(any).and("outcome", "acquired")));
	}

	Timer notAcquired(Series series, LockOutcome outcome) {
		return this.wait.withTags(tags(series).and("outcome", lowerCase(outcome)));
	}

	Timer hold(Series series) {
		return this.hold.withTags(tags(series));
	}

	LongTaskTimer waiting(Series series) {
		return this.waiting.withTags(tags(series));
	}

	LongTaskTimer holding(Series series) {
		return this.holding.withTags(tags(series));
	}

	Counter skipped(Series series) {
		return this.skipped.withTags(tags(series));
	}

	Counter lost(Series series) {
		return this.lost.withTags(tags(series));
	}

	Counter broken(Series series) {
		return this.broken.withTags(tags(series));
	}

	/**
	 * Return all meters of a lock, registering those that are missing.
	 * @param series the lock
	 * @return the meters
	 */
	List<Meter> all(Series series) {
		List<Meter> meters = new ArrayList<>();
		if (this.timers) {
			OUTCOMES.forEach((outcome) -> meters.add(this.wait.withTags(tags(series).and("outcome", outcome))));
			meters.addAll(List.of(hold(series), waiting(series), holding(series)));
		}
		meters.addAll(List.of(skipped(series), lost(series), broken(series)));
		return meters;
	}

	private static List<String> outcomes() {
		List<String> outcomes = new ArrayList<>(List.of("acquired"));
		Arrays.stream(LockOutcome.values()).map(LockFileMeters::lowerCase).forEach(outcomes::add);
		return outcomes;
	}

	private static String lowerCase(Enum<?> value) {
		return value.name().toLowerCase(Locale.ROOT);
	}

	/**
	 * What the meters of a lock have in common.
	 *
	 * @param lock its declared name
	 * @param strategy the name of the strategy
	 * @param mode the mode
	 */
	record Series(String lock, String strategy, LockMode mode) {

		Tags tags() {
			return Tags.of("lock", this.lock, "strategy", this.strategy, "mode", lowerCase(this.mode));
		}

	}

}
