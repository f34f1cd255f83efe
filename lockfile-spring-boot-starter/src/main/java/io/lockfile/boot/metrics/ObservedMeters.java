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

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;
import io.micrometer.core.instrument.LongTaskTimer;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationFilter;
import io.micrometer.observation.ObservationPredicate;

/**
 * The meters that {@link DefaultMeterObservationHandler} makes of observations of locks.
 * They exist before the first observation, and go when the application ends; the handler
 * alone writes to them.
 */
final class ObservedMeters {

	private final MeterRegistry registry;

	private final boolean active;

	private final LockFileObservationConvention convention;

	private final List<ObservationFilter> filters;

	private final List<ObservationPredicate> predicates;

	private final Set<Observed> known = ConcurrentHashMap.newKeySet();

	/**
	 * Create an instance that knows no meters.
	 * @param registry where the handler registers them
	 * @param active whether it makes long task timers, too
	 * @param convention which keys observations have
	 * @param filters what changes observations before they are recorded
	 * @param predicates what decides about observations
	 */
	ObservedMeters(MeterRegistry registry, boolean active, LockFileObservationConvention convention,
			List<ObservationFilter> filters, List<ObservationPredicate> predicates) {
		this.registry = registry;
		this.active = active;
		this.convention = convention;
		this.filters = filters;
		this.predicates = predicates;
	}

	/**
	 * Register what an observation will be recorded in, with zeros.
	 * @param observation the observation
	 * @param context its context, which has begun and ended without error
	 */
	void register(LockFileObservation observation, LockFileObservationContext context) {
		String name = observation.getName();
		context.setName(name);
		if (!this.predicates.stream().allMatch((predicate) -> predicate.test(name, context))) {
			return;
		}
		context.addLowCardinalityKeyValues(this.convention.getLowCardinalityKeyValues(context));
		Observation.Context filtered = context;
		for (ObservationFilter filter : this.filters) {
			filtered = filter.map(filtered);
		}
		ended(filtered);
	}

	/**
	 * Register what tells of an observation while it lasts, with zeros.
	 * @param observation the observation
	 * @param context its context, which has begun
	 */
	void registerActive(LockFileObservation observation, LockFileObservationContext context) {
		String name = observation.getName();
		context.setName(name);
		if (this.predicates.stream().allMatch((predicate) -> predicate.test(name, context))) {
			context.addLowCardinalityKeyValues(this.convention.getLowCardinalityKeyValues(context));
			begun(context);
		}
	}

	/**
	 * Take note of the meter that tells of an observation while it lasts.
	 * @param context its context
	 */
	void begun(Observation.Context context) {
		if (this.active) {
			add(new Observed(context.getName() + ".active", tags(context.getLowCardinalityKeyValues()), true));
		}
	}

	/**
	 * Take note of the meter that an observation has been recorded in.
	 * @param context its context
	 */
	void ended(Observation.Context context) {
		Throwable error = context.getError();
		add(new Observed(context.getName(), tags(context.getLowCardinalityKeyValues()).and("error",
				(error != null) ? error.getClass().getSimpleName() : KeyValue.NONE_VALUE), false));
	}

	private void add(Observed observed) {
		if (this.known.add(observed)) {
			observed.meter(this.registry);
		}
	}

	void removeAll() {
		for (Observed observed : this.known) {
			if (this.known.remove(observed)) {
				this.registry.remove(observed.meter(this.registry));
			}
		}
	}

	private static Tags tags(KeyValues values) {
		return Tags.of(values.stream().map((value) -> Tag.of(value.getKey(), value.getValue())).toList());
	}

	/**
	 * A meter, as the handler knows it.
	 *
	 * @param name its name
	 * @param tags its tags
	 * @param active whether it is a long task timer
	 */
	private record Observed(String name, Tags tags, boolean active) {

		Meter meter(MeterRegistry registry) {
			return this.active ? LongTaskTimer.builder(this.name).tags(this.tags).register(registry)
					: Timer.builder(this.name).tags(this.tags).register(registry);
		}

	}

}
