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
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

import org.jspecify.annotations.Nullable;

/**
 * The queue, the holders and the claim of one path.
 * <p>
 * Threads queue in the order of their arrival. Only the head of the queue asks the
 * strategy, and only while this JVM doesn't have the path. A release gives the claim back
 * before the next thread asks for its own, so that other processes get their turn. Shared
 * holders join the claim that is there, unless somebody waits.
 * <p>
 * The strategy and the listeners are called without the mutex: what it guards changes in
 * no time, and whoever waits can give up while the file system takes long.
 */
final class PathLock {

	private final Path path;

	private int leases;

	private final ReentrantLock mutex = new ReentrantLock();

	private final Deque<Waiter> queue = new ArrayDeque<>();

	private final List<Grant> grants = new ArrayList<>(1);

	private State state = State.IDLE;

	private @Nullable LockClaim claim;

	private @Nullable String strategy;

	/**
	 * A claim that was found to have ended and that nobody joins any more.
	 */
	private @Nullable LockClaim lost;

	PathLock(Path path) {
		this.path = path;
	}

	Path path() {
		return this.path;
	}

	/**
	 * Count a lease; guarded by the table's entry.
	 */
	void addLease() {
		this.leases++;
	}

	/**
	 * Take a lease back; guarded by the table's entry.
	 * @return {@code true} if it was the last one
	 */
	boolean removeLease() {
		return --this.leases == 0;
	}

	/**
	 * Acquire the path, waiting for it up to the waiter's deadline.
	 * @param waiter who asks for it, on its own thread
	 * @return the hold, or {@code null} if the deadline passed or the engine is closed
	 * @throws IOException if the strategy can't claim the path
	 * @throws InterruptedException if the thread was interrupted while it waited
	 */
	@Nullable Hold acquire(Waiter waiter) throws IOException, InterruptedException {
		this.mutex.lock();
		try {
			Hold nested = nest(waiter);
			if (nested != null) {
				return nested;
			}
			if (waiter.engine().isClosed()) {
				return null;
			}
			if (this.queue.isEmpty() && isJoinable(waiter)) {
				waiter.grant(grant(waiter));
			}
			else if (waiter.deadline().isOneTry() && (this.state != State.IDLE || !this.queue.isEmpty())) {
				return null;
			}
			else {
				this.queue.add(waiter);
			}
		}
		finally {
			this.mutex.unlock();
		}
		try {
			Hold hold = await(waiter);
			while (hold != null && hold.isJoined() && !hold.grant().claim().isValid()) {
				hold = leaveLostClaim(waiter, hold) ? await(waiter) : null;
			}
			return hold;
		}
		finally {
			leave(waiter);
		}
	}

	/**
	 * Give back what was joined and had been lost before, and queue for a claim of one's
	 * own.
	 * @param waiter who joined
	 * @param hold what it joined
	 * @return {@code true} if the waiter queues again
	 */
	private boolean leaveLostClaim(Waiter waiter, Hold hold) {
		LockClaim ended;
		this.mutex.lock();
		try {
			this.lost = hold.grant().claim();
			ended = end(hold.grant());
		}
		finally {
			this.mutex.unlock();
		}
		if (ended != null) {
			release(ended, hold);
		}
		this.mutex.lock();
		try {
			waiter.revoke();
			if (waiter.deadline().isOneTry() && (this.state != State.IDLE || !this.queue.isEmpty())) {
				return false;
			}
			this.queue.add(waiter);
			return true;
		}
		finally {
			this.mutex.unlock();
		}
	}

	private @Nullable Hold await(Waiter waiter) throws IOException, InterruptedException {
		Backoff backoff = new Backoff();
		boolean told = false;
		while (waiter.hold() == null) {
			if (waiter.engine().isClosed()) {
				return leave(waiter);
			}
			boolean head = beginClaim(waiter);
			if (head) {
				claim(waiter);
			}
			if (waiter.hold() != null) {
				break;
			}
			long remaining = waiter.deadline().remaining();
			if (remaining <= 0) {
				return leave(waiter);
			}
			if (!told) {
				// A listener may use up an unpark, so look again before parking
				told = true;
				waiter.engine().events().waiting(waiter.attempt());
				continue;
			}
			LockSupport.parkNanos(this, head ? Math.min(remaining, backoff.nextNanos()) : remaining);
			if (Thread.interrupted()) {
				return leaveInterrupted(waiter);
			}
		}
		return waiter.hold();
	}

	private @Nullable Hold leaveInterrupted(Waiter waiter) throws InterruptedException {
		Hold granted = leave(waiter);
		if (granted == null) {
			throw new InterruptedException();
		}
		Thread.currentThread().interrupt();
		return granted;
	}

	private @Nullable Hold leave(Waiter waiter) {
		// A sharer may have been granted the lock in the last moment
		this.mutex.lock();
		try {
			if (this.queue.remove(waiter)) {
				advance();
			}
			return waiter.hold();
		}
		finally {
			this.mutex.unlock();
		}
	}

	private boolean beginClaim(Waiter waiter) {
		this.mutex.lock();
		try {
			if (this.state != State.IDLE || this.queue.peek() != waiter) {
				return false;
			}
			this.state = State.CLAIMING;
			return true;
		}
		finally {
			this.mutex.unlock();
		}
	}

	private void claim(Waiter waiter) throws IOException {
		LockStrategy strategy = waiter.lockFile().lockStrategy();
		String name = strategy.name();
		LockClaim claimed = null;
		boolean granted = false;
		try {
			claimed = tryClaim(waiter, strategy);
			if (claimed != null) {
				grantClaim(waiter, claimed, name);
				granted = true;
			}
		}
		finally {
			if (!granted) {
				giveUp(claimed);
			}
		}
		if (granted && waiter.mode() == LockMode.SHARED) {
			serveSharers();
		}
	}

	private void grantClaim(Waiter waiter, LockClaim claimed, String strategy) {
		this.mutex.lock();
		try {
			this.claim = claimed;
			this.strategy = strategy;
			this.queue.remove(waiter);
			waiter.grant(grant(waiter));
			this.state = State.HELD;
		}
		finally {
			this.mutex.unlock();
		}
	}

	private void serveSharers() {
		this.mutex.lock();
		try {
			advance();
		}
		catch (VirtualMachineError ex) {
			// The waiter has its hold; who isn't served now is served with the release
		}
		finally {
			this.mutex.unlock();
		}
	}

	private void giveUp(@Nullable LockClaim claimed) throws IOException {
		// With a claim, an Error came in between: memory or stack is used up
		try {
			if (claimed != null) {
				claimed.release();
			}
		}
		finally {
			if (claimed != null) {
				JvmClaims.leave(this.path);
			}
			// Without a claim the caller is still the head: it needs no waking, and when
			// it
			// leaves, it wakes the next
			toIdle(claimed != null);
		}
	}

	private void toIdle(boolean wake) {
		this.mutex.lock();
		try {
			this.state = State.IDLE;
			this.claim = null;
			this.strategy = null;
			this.lost = null;
			this.grants.clear();
			if (wake) {
				advance();
			}
		}
		finally {
			this.mutex.unlock();
		}
	}

	private @Nullable LockClaim tryClaim(Waiter waiter, LockStrategy strategy) throws IOException {
		if (!JvmClaims.tryEnter(this.path)) {
			return null;
		}
		LockClaim claimed = null;
		try {
			claimed = strategy
				.tryClaim(new ClaimRequest(this.path, waiter.mode(), waiter.engine().paths().permissions()));
		}
		finally {
			if (claimed == null) {
				JvmClaims.leave(this.path);
			}
		}
		if (claimed != null) {
			tellHolder(waiter);
		}
		return claimed;
	}

	private void tellHolder(Waiter waiter) {
		try {
			JvmClaims.hold(this.path, waiter.thread().getName());
		}
		catch (VirtualMachineError ex) {
			// Only other class loaders' messages are poorer for it
		}
	}

	/**
	 * Serve the head of the queue: let sharers join, and wake whoever may claim.
	 */
	private void advance() {
		Waiter head = this.queue.peek();
		while (head != null && isJoinable(head)) {
			this.queue.remove();
			head.grant(grant(head));
			LockSupport.unpark(head.thread());
			head = this.queue.peek();
		}
		if (head != null && this.state == State.IDLE) {
			LockSupport.unpark(head.thread());
		}
	}

	private boolean isJoinable(Waiter waiter) {
		return this.state == State.HELD && this.claim != this.lost && waiter.mode() == LockMode.SHARED
				&& isSameStrategy(waiter)
				&& this.grants.stream().allMatch((grant) -> grant.attempt().mode() == LockMode.SHARED);
	}

	private boolean isSameStrategy(Waiter waiter) {
		return waiter.lockFile().strategy().equals(this.strategy);
	}

	private Hold grant(Waiter waiter) {
		if (this.claim == null) {
			throw new IllegalStateException("Nothing is claimed");
		}
		boolean joined = !this.grants.isEmpty();
		Grant grant = new Grant(waiter, this.claim);
		Hold hold = new Hold(this, grant, waiter, joined ? Hold.Kind.JOINED : Hold.Kind.FIRST);
		grant.opened(hold);
		this.grants.add(grant);
		return hold;
	}

	private @Nullable Hold nest(Waiter waiter) throws IOException {
		Grant grant = grantOf(waiter.engine(), waiter.thread());
		if (grant == null) {
			return null;
		}
		if (!isSameStrategy(waiter)) {
			throw new IOException("this thread holds it with strategy %s, and would wait for itself. Use one strategy"
				.formatted(grant.attempt().strategy()));
		}
		if (grant.attempt().mode() == LockMode.SHARED && waiter.mode() == LockMode.EXCLUSIVE) {
			throw new IOException("this thread holds it shared, and two that upgrade would wait for each other. "
					+ "Release it first, or acquire it exclusively from the start");
		}
		if (grant.claim() == this.lost) {
			throw new IOException("this thread's hold of it was lost meanwhile: its file was deleted or replaced");
		}
		Hold hold = new Hold(this, grant, waiter, Hold.Kind.NESTED);
		grant.opened(hold);
		return hold;
	}

	private @Nullable Grant grantOf(LockFiles engine, Thread thread) {
		for (Grant grant : this.grants) {
			if (grant.isOf(engine, thread)) {
				return grant;
			}
		}
		return null;
	}

	/**
	 * Return what the current thread would release.
	 * @param engine through which it was acquired
	 * @return the innermost open handle, or {@code null}
	 */
	@Nullable Hold innermost(LockFiles engine) {
		this.mutex.lock();
		try {
			Grant grant = grantOf(engine, Thread.currentThread());
			return (grant != null) ? grant.innermost() : null;
		}
		finally {
			this.mutex.unlock();
		}
	}

	Optional<LockOwner> findOwner() {
		this.mutex.lock();
		try {
			return this.grants.stream().findFirst().map(Grant::owner);
		}
		finally {
			this.mutex.unlock();
		}
	}

	void wake(LockFiles engine) {
		this.mutex.lock();
		try {
			this.queue.stream()
				.filter((waiter) -> waiter.engine() == engine)
				.forEach((waiter) -> LockSupport.unpark(waiter.thread()));
		}
		finally {
			this.mutex.unlock();
		}
	}

	/**
	 * Close a handle, and give the claim back with the last one.
	 * @param hold a handle that is closed once
	 */
	void close(Hold hold) {
		Grant grant = hold.grant();
		LockClaim ended = null;
		boolean released;
		this.mutex.lock();
		try {
			released = grant.isClosedBy(hold);
			if (released) {
				ended = end(grant);
			}
		}
		finally {
			this.mutex.unlock();
		}
		try {
			if (ended != null) {
				release(ended, hold);
			}
		}
		finally {
			PathLocks.giveBack(this);
			if (released) {
				grant.events().released(grant.attempt(), grant.held());
			}
		}
	}

	private @Nullable LockClaim end(Grant grant) {
		this.grants.remove(grant);
		if (!this.grants.isEmpty()) {
			return null;
		}
		this.state = State.RELEASING;
		return this.claim;
	}

	private void release(LockClaim ended, Hold hold) {
		try {
			ended.release();
		}
		catch (IOException | RuntimeException ex) {
			throw new UnlockException("Lock %s (strategy %s) could not be released: %s".formatted(this.path,
					hold.lockFile().strategy(), ex.getMessage()), hold.lockFile().path().toString(), ex);
		}
		finally {
			JvmClaims.leave(this.path);
			toIdle(true);
		}
	}

	private enum State {

		/**
		 * This JVM has no claim, and nobody in it asks for one.
		 */
		IDLE,

		/**
		 * The head of the queue asks the strategy.
		 */
		CLAIMING,

		/**
		 * There is a claim, and at least one grant.
		 */
		HELD,

		/**
		 * The last holder gives the claim back.
		 */
		RELEASING

	}

}
