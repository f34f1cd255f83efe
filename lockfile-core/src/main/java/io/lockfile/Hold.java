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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one implementation of {@link LockHandle}.
 */
final class Hold implements LockHandle {

	/**
	 * How long a hold lasts that is looked at once more when it is closed, in
	 * nanoseconds. That takes about a thousandth of it, and keeps the next one waiting.
	 */
	private static final long LONG_HELD = TimeUnit.MILLISECONDS.toNanos(10);

	private static final Logger logger = LoggerFactory.getLogger(Hold.class);

	private final PathLock pathLock;

	private final Grant grant;

	private final DefaultLockFile lockFile;

	private final LockMode mode;

	private final long waitedNanos;

	private volatile Kind kind;

	private final AtomicReference<State> state = new AtomicReference<>(State.OPEN);

	Hold(PathLock pathLock, Grant grant, Waiter waiter, Kind kind) {
		this.pathLock = pathLock;
		this.grant = grant;
		this.lockFile = waiter.lockFile();
		this.mode = waiter.mode();
		this.waitedNanos = grant.acquiredNanos() - waiter.deadline().start();
		this.kind = kind;
	}

	Grant grant() {
		return this.grant;
	}

	boolean isNested() {
		return this.kind == Kind.NESTED;
	}

	boolean isJoined() {
		return this.kind == Kind.JOINED;
	}

	/**
	 * Remember that what was joined was checked.
	 */
	void joined() {
		this.kind = Kind.FIRST;
	}

	@Override
	public DefaultLockFile lockFile() {
		return this.lockFile;
	}

	@Override
	public LockMode mode() {
		return this.mode;
	}

	@Override
	public Instant acquiredAt() {
		return this.grant.acquiredAt();
	}

	@Override
	public Duration waited() {
		return Duration.ofNanos(Math.max(this.waitedNanos, 0));
	}

	@Override
	public long fencingToken() {
		long token = this.grant.token();
		if (token == FenceFile.NONE) {
			throw new IllegalStateException("Lock %s (strategy %s) has no fencing token: fencing is switched off"
				.formatted(this.lockFile.path(), this.lockFile.strategy()));
		}
		return token;
	}

	@Override
	public boolean previousHolderCrashed() {
		return this.grant.claimed().afterCrash();
	}

	@Override
	public boolean isValid() {
		if (isClosed()) {
			return false;
		}
		return (!this.grant.isLost() && this.grant.claim().isValid()) || tellLost();
	}

	private boolean isClosed() {
		return this.state.get() == State.CLOSED;
	}

	private boolean tellLost() {
		if (!isClosed() && this.grant.isFirstLoss()) {
			this.grant.events().lost(this.grant.attempt(), this);
		}
		return false;
	}

	@Override
	public void ensureValid() {
		if (!isValid()) {
			String path = this.lockFile.path().toString();
			throw new LockLostException("Lock %s (strategy %s) is no longer held: %s"
				.formatted(path, this.lockFile.strategy(), isClosed() ? "its handle was closed"
						: "its file was deleted or replaced, its lease expired, somebody broke it, or other code of "
								+ "this JVM has opened and closed its file. Keep cleaners, scripts and readers away"),
					path);
		}
	}

	@Override
	public void close() {
		close(State.OPEN);
	}

	@Override
	public void closeAfter(Duration minHold) {
		long heldNanos = this.grant.heldNanos();
		long rest = Deadline.nanos(minHold) - heldNanos;
		if (rest <= 0) {
			close();
		}
		else if (this.state.compareAndSet(State.OPEN, State.KEPT)) {
			this.pathLock.keep(this, heldNanos);
			keepFor(rest);
		}
	}

	private void keepFor(long nanos) {
		boolean kept = false;
		try {
			Helpers.executeLater(this::closeKept, nanos);
			kept = true;
		}
		finally {
			if (!kept) {
				// Nobody else would ever close it
				closeKept();
			}
		}
	}

	private void closeKept() {
		try {
			close(State.KEPT);
		}
		catch (RuntimeException ex) {
			logger.warn("{} failed to end after its minimum time; in this JVM its path is free", this, ex);
		}
	}

	private void close(State from) {
		if (this.state.get() != from) {
			return;
		}
		long heldNanos = this.grant.heldNanos();
		try {
			if (heldNanos >= LONG_HELD) {
				// Time enough for somebody to delete the file, and for its holder to be
				// told
				lookOnceMore();
			}
		}
		finally {
			if (this.state.compareAndSet(from, State.CLOSED)) {
				this.pathLock.close(this, heldNanos);
			}
		}
	}

	/**
	 * Look whether the path is still as it was, and tell if it isn't.
	 */
	void lookOnceMore() {
		if (!this.grant.claim().isInPlace()) {
			tellLost();
		}
	}

	@Override
	public String toString() {
		return "%s %s since %s".formatted(isClosed() ? "closed hold" : "hold", this.grant.attempt(), acquiredAt());
	}

	private enum State {

		/**
		 * Its user has it.
		 */
		OPEN,

		/**
		 * Its user has closed it, and the lock is kept until its minimum time is over.
		 */
		KEPT,

		/**
		 * It is over.
		 */
		CLOSED

	}

	/**
	 * How a hold came about.
	 */
	enum Kind {

		/**
		 * With a claim of its own, or one that was found to be good.
		 */
		FIRST,

		/**
		 * Beside other sharers, on their claim, which is still to be checked.
		 */
		JOINED,

		/**
		 * Within a hold of the same thread.
		 */
		NESTED

	}

}
