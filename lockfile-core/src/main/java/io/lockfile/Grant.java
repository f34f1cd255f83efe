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

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;

import org.jspecify.annotations.Nullable;

/**
 * What one thread was granted: the hold of its first handle and of those nested in it.
 * Guarded by the mutex of its {@link PathLock}, but for what is final.
 */
final class Grant {

	private final LockFiles engine;

	private final @Nullable Thread thread;

	private final String threadName;

	private final LockAttempt attempt;

	private final Claimed claimed;

	private final Instant acquiredAt;

	private final long acquiredNanos = System.nanoTime();

	private final List<Hold> open = new ArrayList<>(1);

	/**
	 * Handles that their users have closed, and that keep the lock for a while.
	 */
	private final List<Hold> kept = new ArrayList<>(0);

	private long bodyNanos;

	private boolean onlyKept;

	private final AtomicBoolean lost = new AtomicBoolean();

	private volatile long token;

	Grant(Waiter waiter, Claimed claimed, Instant acquiredAt) {
		this.engine = waiter.engine();
		this.thread = waiter.thread();
		this.threadName = waiter.threadName();
		this.attempt = waiter.attempt();
		this.claimed = claimed;
		this.acquiredAt = acquiredAt;
		this.token = claimed.token();
	}

	/**
	 * Tell whether a thread may enter it again. Nobody may when it is only kept.
	 * @param engine through which the thread asks
	 * @param thread the thread
	 * @return {@code true} if the thread was granted it, and has not closed all of it
	 */
	boolean isOf(LockFiles engine, Thread thread) {
		return this.engine == engine && this.thread == thread && !this.open.isEmpty();
	}

	LockAttempt attempt() {
		return this.attempt;
	}

	Claimed claimed() {
		return this.claimed;
	}

	LockClaim claim() {
		return this.claimed.claim();
	}

	/**
	 * Set a token of its own, for a hold on a claim that others have too.
	 * @param token the token
	 */
	void fence(long token) {
		this.token = token;
	}

	long token() {
		return this.token;
	}

	LockEvents events() {
		return this.engine.events();
	}

	Instant acquiredAt() {
		return this.acquiredAt;
	}

	long acquiredNanos() {
		return this.acquiredNanos;
	}

	Duration held() {
		return Duration.ofNanos(heldNanos());
	}

	long heldNanos() {
		return System.nanoTime() - this.acquiredNanos;
	}

	LockOwner owner() {
		return LocalProcess.owner(this.threadName, this.acquiredAt);
	}

	LockSnapshot.Held snapshot() {
		return new LockSnapshot.Held(this.attempt, this.threadName, this.acquiredAt, held(),
				(this.token != FenceFile.NONE) ? OptionalLong.of(this.token) : OptionalLong.empty(), isLost());
	}

	void opened(Hold hold) {
		this.open.add(hold);
	}

	/**
	 * Keep a handle that its user has closed.
	 * @param hold an open handle
	 * @param heldNanos how long the lock was held by then
	 */
	void keep(Hold hold, long heldNanos) {
		this.kept.add(hold);
		left(hold, heldNanos);
	}

	/**
	 * Remove a handle.
	 * @param hold a handle that is open or kept
	 * @param heldNanos how long the lock was held by now
	 * @return {@code true} if it was the last one
	 */
	boolean isClosedBy(Hold hold, long heldNanos) {
		if (!this.kept.remove(hold)) {
			left(hold, heldNanos);
		}
		return this.open.isEmpty() && this.kept.isEmpty();
	}

	/**
	 * Tell whether all of its handles were closed by their users, and some are kept.
	 * @return {@code true} the first time that this is so
	 */
	boolean isFirstTimeOnlyKept() {
		boolean first = !this.onlyKept && this.open.isEmpty() && !this.kept.isEmpty();
		this.onlyKept |= first;
		return first;
	}

	private void left(Hold hold, long heldNanos) {
		this.open.remove(hold);
		if (this.open.isEmpty()) {
			this.bodyNanos = heldNanos;
		}
	}

	/**
	 * Return how long it took until its user had closed the last handle.
	 * @return the time in nanoseconds
	 */
	long bodyNanos() {
		return this.bodyNanos;
	}

	/**
	 * Return a handle by which the lock is held.
	 * @return the innermost open one, or one that is kept
	 */
	Hold anyHold() {
		Hold innermost = innermost(null);
		return (innermost != null) ? innermost : this.kept.get(0);
	}

	@Nullable Hold innermost(@Nullable LockMode mode) {
		for (int i = this.open.size() - 1; i >= 0; i--) {
			Hold hold = this.open.get(i);
			if (mode == null || hold.mode() == mode) {
				return hold;
			}
		}
		return null;
	}

	boolean isLost() {
		return this.lost.get();
	}

	boolean isFirstLoss() {
		return this.lost.compareAndSet(false, true);
	}

}
