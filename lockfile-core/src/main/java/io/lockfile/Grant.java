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
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What one thread was granted: the hold of its first handle and of those nested in it.
 * Guarded by the mutex of its {@link PathLock}, but for what is final.
 */
final class Grant {

	private final LockFiles engine;

	private final Thread thread;

	private final LockAttempt attempt;

	private final LockClaim claim;

	private final Instant acquiredAt = Instant.now();

	private final long acquiredNanos = System.nanoTime();

	private final List<Hold> open = new ArrayList<>(1);

	private final AtomicBoolean lost = new AtomicBoolean();

	Grant(Waiter waiter, LockClaim claim) {
		this.engine = waiter.engine();
		this.thread = waiter.thread();
		this.attempt = waiter.attempt();
		this.claim = claim;
	}

	boolean isOf(LockFiles engine, Thread thread) {
		return this.engine == engine && this.thread == thread;
	}

	LockAttempt attempt() {
		return this.attempt;
	}

	LockClaim claim() {
		return this.claim;
	}

	LockEvents events() {
		return this.engine.events();
	}

	Instant acquiredAt() {
		return this.acquiredAt;
	}

	Duration held() {
		return Duration.ofNanos(System.nanoTime() - this.acquiredNanos);
	}

	LockOwner owner() {
		return LocalProcess.owner(this.thread.getName(), this.acquiredAt);
	}

	void opened(Hold hold) {
		this.open.add(hold);
	}

	boolean isClosedBy(Hold hold) {
		this.open.remove(hold);
		return this.open.isEmpty();
	}

	Hold innermost() {
		return this.open.get(this.open.size() - 1);
	}

	boolean isFirstLoss() {
		return this.lost.compareAndSet(false, true);
	}

}
