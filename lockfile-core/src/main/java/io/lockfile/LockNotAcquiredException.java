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

import java.io.Serial;
import java.time.Duration;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * The lock was not obtained, so nothing that it protects may run.
 *
 * @since 0.1.0
 */
public abstract class LockNotAcquiredException extends LockFileException {

	@Serial
	private static final long serialVersionUID = 1L;

	private final String strategy;

	private final Duration waited;

	private final @Nullable LockOwner owner;

	LockNotAcquiredException(String message, String path, String strategy, Duration waited, @Nullable LockOwner owner,
			@Nullable Throwable cause) {
		super(message, path, cause);
		this.strategy = strategy;
		this.waited = waited;
		this.owner = owner;
	}

	/**
	 * Return the strategy that was used.
	 * @return the name of the strategy
	 */
	public final String getStrategy() {
		return this.strategy;
	}

	/**
	 * Return how long the caller waited.
	 * @return the time that the call took
	 */
	public final Duration getWaited() {
		return this.waited;
	}

	/**
	 * Return who held the lock when the attempt ended.
	 * @return what is known of the owner, or empty where nothing is
	 */
	public final Optional<LockOwner> getOwner() {
		return Optional.ofNullable(this.owner);
	}

}
