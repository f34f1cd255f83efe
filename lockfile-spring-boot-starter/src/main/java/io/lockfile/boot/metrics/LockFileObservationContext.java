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

import io.micrometer.observation.Observation;
import org.jspecify.annotations.Nullable;

import io.lockfile.LockAttempt;

/**
 * What is known of a wait for a lock or of a hold while it is observed.
 *
 * @since 0.1.0
 */
public final class LockFileObservationContext extends Observation.Context {

	private final LockAttempt attempt;

	private final String lock;

	private volatile @Nullable String outcome;

	/**
	 * Create a context.
	 * @param attempt the attempt that is observed, or that led to the hold
	 * @param lock the declared name of the lock, {@code none}, or {@code other}: one of a
	 * limited number of texts
	 */
	public LockFileObservationContext(LockAttempt attempt, String lock) {
		this.attempt = attempt;
		this.lock = lock;
	}

	/**
	 * Return the attempt.
	 * @return the attempt that is observed, or that led to the hold
	 */
	public LockAttempt attempt() {
		return this.attempt;
	}

	/**
	 * Return what the lock is called.
	 * @return its declared name, {@code none} if it has none, or {@code other} if there
	 * were too many names that nobody declared
	 */
	public String lock() {
		return this.lock;
	}

	/**
	 * Return how a wait has ended.
	 * @return {@code acquired}, {@code unavailable}, {@code timeout}, {@code interrupted}
	 * or {@code error}; {@code null} while it lasts, and for holds
	 */
	public @Nullable String outcome() {
		return this.outcome;
	}

	void outcome(String outcome) {
		this.outcome = outcome;
	}

}
