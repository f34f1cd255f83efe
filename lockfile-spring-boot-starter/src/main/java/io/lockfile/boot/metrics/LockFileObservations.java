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

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationFilter;
import io.micrometer.observation.ObservationPredicate;
import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.lockfile.LockAttempt;
import io.lockfile.LockHandle;
import io.lockfile.LockListener;
import io.lockfile.LockMode;
import io.lockfile.LockOutcome;

/**
 * Observes waits for locks and holds, as {@link LockFileObservation} documents. Where
 * Micrometer makes timers of observations, these take the place of those of
 * {@link LockFileMetrics}, which is then created without timers.
 * <p>
 * Every wait is observed from the moment in which a lock is asked for, also if that is
 * granted at once. Observations have the parent that is current where the lock is asked
 * for. No scope is opened: a hold may end on another thread.
 *
 * @since 0.1.0
 */
public final class LockFileObservations implements LockListener, AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(LockFileObservations.class);

	private final ObservationRegistry registry;

	private final LockFileObservationConvention convention;

	private final LockNames names = new LockNames();

	private final MeasuringFailures failures = new MeasuringFailures(logger);

	private final Map<LockAttempt, Wait> waits = new ConcurrentHashMap<>();

	private final Map<LockAttempt, Hold> holds = new ConcurrentHashMap<>();

	private final Map<LockHandle, Observation> observations = new ConcurrentHashMap<>();

	private volatile @Nullable ObservedMeters meters;

	private volatile boolean closed;

	/**
	 * Create an instance.
	 * @param registry where observations are started
	 * @param convention which keys they have
	 */
	public LockFileObservations(ObservationRegistry registry, LockFileObservationConvention convention) {
		this.registry = registry;
		this.convention = convention;
	}

	/**
	 * Have the meters that {@link DefaultMeterObservationHandler} makes registered with
	 * zeros for {@linkplain #register declared} locks, and all of them removed in the
	 * end. To be called before locks are used.
	 * @param registry where the handler registers them
	 * @param active whether the handler makes long task timers, too
	 * @param filters the filters of the observation registry
	 * @param predicates the predicates of the observation registry
	 */
	public void manageMeters(MeterRegistry registry, boolean active, List<ObservationFilter> filters,
			List<ObservationPredicate> predicates) {
		this.meters = new ObservedMeters(registry, active, this.convention, filters, predicates);
	}

	/**
	 * Declare a lock: its name is a tag however many names there are, and its meters
	 * exist before it is used.
	 * @param name the declared name of the lock
	 * @param strategy the name of the strategy
	 * @param mode the mode
	 */
	public void register(String name, String strategy, LockMode mode) {
		this.names.declare(name);
		ObservedMeters managed = this.meters;
		if (managed == null) {
			return;
		}
		this.failures.keepFrom(() -> register(managed,
				new LockAttempt(name, Path.of(name).toAbsolutePath(), strategy, mode, Duration.ZERO)));
	}

	private void register(ObservedMeters managed, LockAttempt attempt) {
		managed.registerActive(LockFileObservation.WAIT, context(attempt));
		managed.registerActive(LockFileObservation.HOLD, context(attempt));
		managed.register(LockFileObservation.HOLD, context(attempt));
		for (String outcome : LockFileMeters.OUTCOMES) {
			LockFileObservationContext context = context(attempt);
			context.outcome(outcome);
			managed.register(LockFileObservation.WAIT, context);
		}
	}

	private LockFileObservationContext context(LockAttempt attempt) {
		return new LockFileObservationContext(attempt, this.names.of(attempt));
	}

	@Override
	public void attempting(LockAttempt attempt) {
		Observation parent = this.registry.getCurrentObservation();
		Observation wait = create(LockFileObservation.WAIT, attempt, parent);
		// First, so that it is stopped also if one of its handlers fails
		this.waits.put(attempt, new Wait(wait, parent));
		start(wait);
	}

	@Override
	public void acquired(LockAttempt attempt, LockHandle handle) {
		Wait wait = this.waits.remove(attempt);
		try {
			if (wait != null) {
				stop(wait.observation(), "acquired");
			}
		}
		finally {
			Observation hold = create(LockFileObservation.HOLD, attempt, (wait != null) ? wait.parent() : null);
			this.holds.put(attempt, new Hold(hold, handle));
			this.observations.put(handle, hold);
			start(hold);
		}
	}

	@Override
	public void notAcquired(LockAttempt attempt, LockOutcome outcome, Duration waited) {
		if (!this.waits.containsKey(attempt)) {
			// It has failed before it was told of
			attempting(attempt);
		}
		Wait begun = this.waits.remove(attempt);
		if (begun == null) {
			return;
		}
		Observation wait = begun.observation();
		if (outcome == LockOutcome.ERROR) {
			attempt.failure().ifPresent(wait::error);
		}
		stop(wait, outcome.name().toLowerCase(Locale.ROOT));
	}

	/**
	 * Take note that a body has failed, before its lock is released.
	 * @param handle the hold under which it ran
	 * @param failure what it has thrown
	 */
	public void failed(LockHandle handle, Throwable failure) {
		Observation hold = this.observations.get(handle);
		if (hold != null) {
			hold.error(failure);
		}
	}

	@Override
	public void kept(LockAttempt attempt, Duration held) {
		end(attempt);
	}

	@Override
	public void released(LockAttempt attempt, Duration held) {
		end(attempt);
	}

	private void end(LockAttempt attempt) {
		Hold hold = this.holds.remove(attempt);
		if (hold != null) {
			this.observations.remove(hold.handle());
			stop(hold.observation(), null);
		}
	}

	private Observation create(LockFileObservation observation, LockAttempt attempt, @Nullable Observation parent) {
		return Observation.createNotStarted(observation.getName(), () -> context(attempt, parent), this.registry)
			.observationConvention(this.convention);
	}

	private void start(Observation observation) {
		observation.start();
		ObservedMeters managed = this.meters;
		if (managed != null && !observation.isNoop()) {
			managed.begun(observation.getContext());
		}
	}

	private LockFileObservationContext context(LockAttempt attempt, @Nullable Observation parent) {
		LockFileObservationContext context = context(attempt);
		if (parent != null) {
			context.setParentObservation(parent);
		}
		return context;
	}

	private void stop(Observation observation, @Nullable String outcome) {
		if (outcome != null && observation.getContext() instanceof LockFileObservationContext context) {
			context.outcome(outcome);
		}
		observation.stop();
		ObservedMeters managed = this.meters;
		if (managed != null && !observation.isNoop()) {
			managed.ended(observation.getContext());
			if (this.closed) {
				// A body may outlive its context, and the registry may outlive both
				managed.removeAll();
			}
		}
	}

	/**
	 * Remove the meters. Whatever is under way is still observed to its end.
	 */
	@Override
	public void close() {
		this.closed = true;
		ObservedMeters managed = this.meters;
		if (managed != null) {
			managed.removeAll();
		}
	}

	/**
	 * A wait that is observed.
	 *
	 * @param observation the observation
	 * @param parent what was observed where the lock was asked for
	 */
	private record Wait(Observation observation, @Nullable Observation parent) {
	}

	/**
	 * A hold that is observed.
	 *
	 * @param observation the observation
	 * @param handle the hold
	 */
	private record Hold(Observation observation, LockHandle handle) {
	}

}
