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
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

import io.micrometer.core.instrument.LongTaskTimer;
import io.micrometer.core.instrument.MeterRegistry;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.lockfile.LockAttempt;
import io.lockfile.LockHandle;
import io.lockfile.LockListener;
import io.lockfile.LockMode;
import io.lockfile.LockOutcome;
import io.lockfile.LockOwner;
import io.lockfile.boot.metrics.LockFileMeters.Series;

/**
 * The meters of file locks. All have the tags {@code lock} (the declared name,
 * {@code none} for locks without one), {@code strategy} and {@code mode}
 * ({@code exclusive} or {@code shared}):
 *
 * <table>
 * <caption>The meters</caption>
 * <tr>
 * <th>name</th>
 * <th>kind</th>
 * <th>meaning</th>
 * </tr>
 * <tr>
 * <td>{@code lockfile.wait}</td>
 * <td>timer</td>
 * <td>from asking for a lock to having it or giving up, with the tag {@code outcome}:
 * {@code acquired}, {@code unavailable} (one try was all that was asked for),
 * {@code timeout}, {@code interrupted} or {@code error}</td>
 * </tr>
 * <tr>
 * <td>{@code lockfile.hold}</td>
 * <td>timer</td>
 * <td>from having a lock to the end of what ran under it</td>
 * </tr>
 * <tr>
 * <td>{@code lockfile.wait.active}</td>
 * <td>long task timer</td>
 * <td>who waits now</td>
 * </tr>
 * <tr>
 * <td>{@code lockfile.hold.active}</td>
 * <td>long task timer</td>
 * <td>who holds now</td>
 * </tr>
 * <tr>
 * <td>{@code lockfile.skipped}</td>
 * <td>counter</td>
 * <td>bodies that did not run because somebody else had the lock</td>
 * </tr>
 * <tr>
 * <td>{@code lockfile.lost}</td>
 * <td>counter</td>
 * <td>holds that ended without their holder: the lock file was deleted or replaced, a
 * lease ran out, somebody broke the lock</td>
 * </tr>
 * <tr>
 * <td>{@code lockfile.broken}</td>
 * <td>counter</td>
 * <td>locks of others that were broken: their holder's death was proved, they had
 * expired, or an operator asked for it</td>
 * </tr>
 * </table>
 *
 * All meters of a lock are registered together, with zeros: when it is
 * {@linkplain #register declared}, or at its first event. Paths are in no tag, so the
 * number of meters depends on the names alone. Names that nobody declared count as well,
 * up to 1,000 of them; what comes after that has the tag {@code lock=other}.
 * <p>
 * What the registry or its filters throw is logged and goes no further.
 *
 * @since 0.1.0
 */
public final class LockFileMetrics implements LockListener, AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(LockFileMetrics.class);

	private final LockFileMeters meters;

	private final MeterRegistry registry;

	private final LockNames names = new LockNames();

	private final Set<Series> registered = ConcurrentHashMap.newKeySet();

	private final Map<LockAttempt, LongTaskTimer.Sample> active = new ConcurrentHashMap<>();

	private final MeasuringFailures failures = new MeasuringFailures(logger);

	private volatile boolean closed;

	/**
	 * Create an instance that has all the meters.
	 * @param registry where they are registered
	 */
	public LockFileMetrics(MeterRegistry registry) {
		this(registry, true);
	}

	/**
	 * Create an instance.
	 * @param registry where the meters are registered
	 * @param timers {@code false} for the counters alone, because the timers come from
	 * somewhere else
	 */
	public LockFileMetrics(MeterRegistry registry, boolean timers) {
		this.registry = registry;
		this.meters = new LockFileMeters(registry, timers);
	}

	/**
	 * Register all meters of a lock, so that they exist before it is used.
	 * @param name the declared name of the lock
	 * @param strategy the name of the strategy
	 * @param mode the mode
	 */
	public void register(String name, String strategy, LockMode mode) {
		this.names.declare(name);
		record(() -> series(name, strategy, mode));
	}

	@Override
	public void waiting(LockAttempt attempt) {
		start(attempt, this.meters::waiting);
	}

	@Override
	public void acquired(LockAttempt attempt, LockHandle handle) {
		stop(attempt);
		if (this.meters.hasTimers()) {
			record(() -> this.meters.acquired(series(attempt)).record(handle.waited()));
		}
		start(attempt, this.meters::holding);
	}

	@Override
	public void notAcquired(LockAttempt attempt, LockOutcome outcome, Duration waited) {
		stop(attempt);
		if (this.meters.hasTimers()) {
			record(() -> this.meters.notAcquired(series(attempt), outcome).record(waited));
		}
	}

	@Override
	public void released(LockAttempt attempt, Duration held) {
		stop(attempt);
		if (this.meters.hasTimers()) {
			record(() -> this.meters.hold(series(attempt)).record(held));
		}
	}

	@Override
	public void lost(LockAttempt attempt, LockHandle handle) {
		record(() -> this.meters.lost(series(attempt)).increment());
	}

	@Override
	public void broken(LockAttempt attempt, @Nullable LockOwner owner) {
		record(() -> this.meters.broken(series(attempt)).increment());
	}

	/**
	 * Count a body that was skipped.
	 * @param name the declared name of the lock
	 * @param strategy the name of the strategy
	 * @param mode the mode
	 */
	public void skipped(String name, String strategy, LockMode mode) {
		record(() -> this.meters.skipped(series(name, strategy, mode)).increment());
	}

	/**
	 * Remove the meters from the registry. Nothing is recorded any more.
	 */
	@Override
	public void close() {
		this.closed = true;
		removeAll();
	}

	private void removeAll() {
		for (Series series : this.registered) {
			if (this.registered.remove(series)) {
				safely(() -> this.meters.all(series).forEach(this.registry::remove));
			}
		}
	}

	private void start(LockAttempt attempt, Function<Series, LongTaskTimer> timer) {
		if (this.meters.hasTimers()) {
			record(() -> this.active.put(attempt, timer.apply(series(attempt)).start()));
		}
	}

	private void stop(LockAttempt attempt) {
		LongTaskTimer.Sample sample = this.active.remove(attempt);
		if (sample != null) {
			safely(sample::stop);
		}
	}

	private Series series(LockAttempt attempt) {
		return registered(new Series(this.names.of(attempt), attempt.strategy(), attempt.mode()));
	}

	private Series series(String name, String strategy, LockMode mode) {
		return registered(new Series(this.names.of(name), strategy, mode));
	}

	private Series registered(Series series) {
		if (this.registered.add(series)) {
			safely(() -> this.meters.all(series));
		}
		return series;
	}

	private void record(Runnable action) {
		if (this.closed) {
			return;
		}
		safely(action);
		if (this.closed) {
			// A body may outlive its context, and the registry may outlive both
			removeAll();
		}
	}

	private void safely(Runnable action) {
		this.failures.keepFrom(action);
	}

}
