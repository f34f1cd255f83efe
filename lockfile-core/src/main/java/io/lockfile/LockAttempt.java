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

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * One attempt to obtain a lock, from its start to the end of the hold that it may lead
 * to. All events of one attempt are given the same instance, so that a
 * {@link LockListener} may use it as a key.
 *
 * @since 0.1.0
 */
public final class LockAttempt {

	private final @Nullable String name;

	private final @Nullable String user;

	private final Path path;

	private final String strategy;

	private final LockMode mode;

	private final Duration timeout;

	/**
	 * Written before others see the attempt, or by the one who works on it.
	 */
	private boolean begun;

	private volatile @Nullable Throwable failure;

	/**
	 * Create an attempt, as the engine does or as a test needs it.
	 * @param name the declared name of the lock, if any
	 * @param path the path as {@link LockFile#path()} returns it
	 * @param strategy the name of the strategy
	 * @param mode the mode asked for
	 * @param timeout how long the caller is ready to wait
	 */
	public LockAttempt(@Nullable String name, Path path, String strategy, LockMode mode, Duration timeout) {
		this(name, null, path, strategy, mode, timeout);
	}

	LockAttempt(@Nullable String name, @Nullable String user, Path path, String strategy, LockMode mode,
			Duration timeout) {
		this.name = name;
		this.user = user;
		this.path = path;
		this.strategy = strategy;
		this.mode = mode;
		this.timeout = timeout;
	}

	/**
	 * Return the declared name of the lock, which unlike its path is one of a few.
	 * @return the name given to {@link LockFile#named(String)}, or empty
	 */
	public Optional<String> name() {
		return Optional.ofNullable(this.name);
	}

	/**
	 * Return who uses the lock, as far as that was said.
	 * @return the text given to {@link LockFile#usedBy(String)}, or empty
	 */
	public Optional<String> user() {
		return Optional.ofNullable(this.user);
	}

	/**
	 * Return the path to lock.
	 * @return the path as {@link LockFile#path()} returns it
	 */
	public Path path() {
		return this.path;
	}

	/**
	 * Return the strategy used.
	 * @return the name of the strategy
	 */
	public String strategy() {
		return this.strategy;
	}

	/**
	 * Return the mode asked for.
	 * @return the mode
	 */
	public LockMode mode() {
		return this.mode;
	}

	/**
	 * Return how long the caller is ready to wait.
	 * @return zero or negative for one try, {@link LockFiles#FOREVER} for no limit
	 */
	public Duration timeout() {
		return this.timeout;
	}

	/**
	 * Return why it failed, while {@link LockOutcome#ERROR} is told and afterwards.
	 * @return the exception of the file system or the strategy; empty if it has not
	 * failed, or for a reason that is no exception
	 */
	public Optional<Throwable> failure() {
		return Optional.ofNullable(this.failure);
	}

	void fail(Throwable failure) {
		this.failure = failure;
	}

	/**
	 * Take note that it begins.
	 * @return {@code false} if it had begun already
	 */
	boolean begin() {
		boolean first = !this.begun;
		this.begun = true;
		return first;
	}

	@Override
	public String toString() {
		return "%s of %s with strategy %s".formatted(this.mode, LockMessages.printable(this.path.toString()),
				this.strategy);
	}

}
