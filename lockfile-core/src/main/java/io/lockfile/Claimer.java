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

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

import org.jspecify.annotations.Nullable;

/**
 * Waits for a path that another process has, on a thread of its own, in place of the head
 * of the queue: in the system where the strategy can, else until the file system tells
 * that its marker was removed, and else by trying again after pauses. What it gets is
 * granted to the head of the queue, whoever that is by then, as long as it wants the
 * same; when nobody does, it is called off.
 */
final class Claimer implements Runnable {

	private final PathLock pathLock;

	private final PathClaims claims;

	private final Waiter first;

	private volatile boolean cancelled;

	private volatile @Nullable BlockingClaim blocking;

	private volatile @Nullable Thread thread;

	/**
	 * How often the file system has told that the path may be free.
	 */
	private final AtomicInteger events = new AtomicInteger();

	Claimer(PathLock pathLock, PathClaims claims, Waiter first) {
		this.pathLock = pathLock;
		this.claims = claims;
		this.first = first;
	}

	boolean isCancelled() {
		return this.cancelled;
	}

	boolean serves(Waiter waiter) {
		return !this.cancelled && this.first.wantsTheSameAs(waiter);
	}

	/**
	 * Decide that this claimer grants nothing any more; guarded by the path lock's mutex.
	 * @return this, to be cancelled after the mutex was given back, or {@code null} if
	 * that was done before
	 */
	@Nullable Claimer callOff() {
		if (this.cancelled) {
			return null;
		}
		this.cancelled = true;
		return this;
	}

	/**
	 * End the wait, after it was called off.
	 */
	void cancel() {
		BlockingClaim waiting = this.blocking;
		if (waiting != null) {
			waiting.cancel();
		}
		LockSupport.unpark(this.thread);
	}

	@Override
	public void run() {
		this.thread = Thread.currentThread();
		Throwable failure = null;
		boolean granted = false;
		try {
			granted = claim();
		}
		catch (IOException | RuntimeException | Error ex) {
			failure = ex;
		}
		finally {
			if (!granted) {
				this.pathLock.claimerEnded(failure);
			}
			PathLocks.giveBack(this.pathLock, this.first.engine().maxIdleFiles());
		}
	}

	private boolean claim() throws IOException {
		DirectoryWatch.Registration watch = watch();
		try {
			Backoff backoff = new Backoff();
			while (!this.cancelled) {
				int seen = this.events.get();
				Claimed claimed = this.claims.claim(this.first, this::await);
				if (claimed != null) {
					return grant(claimed);
				}
				boolean watching = watch != null && watch.isActive();
				if (!this.cancelled && this.events.get() == seen) {
					LockSupport.parkNanos(this, watching ? Backoff.slowNanos() : backoff.nextNanos());
				}
			}
			return false;
		}
		finally {
			if (watch != null) {
				watch.close();
			}
		}
	}

	private DirectoryWatch.@Nullable Registration watch() {
		LockStrategy strategy = this.first.strategy();
		if (strategy.label().waiting() != StrategyLabel.Waiting.EVENTS) {
			return null;
		}
		return DirectoryWatch.register(strategy.marker(this.claims.path()), this::wake);
	}

	private void wake() {
		this.events.incrementAndGet();
		LockSupport.unpark(this.thread);
	}

	private @Nullable LockClaim await(ClaimRequest request) throws IOException {
		BlockingClaim waiting = this.first.strategy().prepareBlocking(request);
		if (waiting == null) {
			return this.first.strategy().tryClaim(request);
		}
		this.blocking = waiting;
		try {
			if (this.cancelled) {
				waiting.cancel();
			}
			return waiting.claim();
		}
		finally {
			this.blocking = null;
		}
	}

	private boolean grant(Claimed claimed) {
		boolean granted = false;
		try {
			Waiter head = this.pathLock.headFor(this);
			while (head != null && !granted) {
				if (head != this.first) {
					this.claims.tell(head, claimed);
				}
				granted = this.pathLock.grantTo(head, claimed);
				head = granted ? head : this.pathLock.headFor(this);
			}
			return granted;
		}
		finally {
			if (!granted) {
				this.claims.giveUp(claimed);
			}
		}
	}

}
