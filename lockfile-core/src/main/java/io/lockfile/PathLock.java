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
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The queue and the holders of one path.
 * <p>
 * Requests queue in the order of their arrival. Only the head of the queue asks the
 * strategy, and only while this JVM doesn't have the path. If another process has it, a
 * {@link Claimer} waits for it in place of the head. A release gives the claim back
 * before the next one asks for its own, so that other processes get their turn. Shared
 * holders join the claim that is there, unless somebody waits.
 * <p>
 * The strategy and the listeners are called without the mutex: what it guards changes in
 * no time, and whoever waits can give up while the file system takes long.
 */
final class PathLock {

	private static final int DROPPED = -1;

	private static final Logger logger = LoggerFactory.getLogger(PathLock.class);

	/**
	 * How long breaking a lock waits for others in this JVM who claim the path, as far as
	 * they are not seen.
	 */
	private static final Duration LONGEST_BREAK = Duration.ofSeconds(10);

	private final PathClaims claims;

	private final ReentrantLock mutex = new ReentrantLock();

	private final Deque<Waiter> queue = new ArrayDeque<>(2);

	private final List<Grant> grants = new ArrayList<>(1);

	private State state = State.IDLE;

	private @Nullable Claimed claimed;

	/**
	 * A claim that nobody joins any more: it has ended, or somebody else waits.
	 */
	private @Nullable Claimed closed;

	private @Nullable Claimer claimer;

	private final AtomicInteger leases = new AtomicInteger();

	private final AtomicBoolean kept = new AtomicBoolean();

	/**
	 * A hint, so it doesn't matter if one thread misses what another has written.
	 */
	private boolean used;

	PathLock(Path path) {
		this.claims = new PathClaims(path);
	}

	Path path() {
		return this.claims.path();
	}

	/**
	 * Count a lease.
	 * @return {@code false} if this is not in the table any more
	 */
	boolean addLease() {
		this.used = true;
		int count = this.leases.get();
		while (count >= 0 && !this.leases.compareAndSet(count, count + 1)) {
			count = this.leases.get();
		}
		return count >= 0;
	}

	/**
	 * Take a lease back.
	 * @return what the lock is after that
	 */
	Use removeLease() {
		boolean empty = this.claims.isEmpty();
		if (this.leases.decrementAndGet() > 0) {
			return Use.LEASED;
		}
		if (empty) {
			return Use.UNUSED;
		}
		if (this.kept.get() || !this.kept.compareAndSet(false, true)) {
			return Use.IDLE;
		}
		// The first time doesn't count: most paths are used once
		this.used = false;
		return Use.IDLE_FOR_THE_FIRST_TIME;
	}

	/**
	 * Tell whether it was used since this was last asked.
	 * @return {@code true} if it was
	 */
	boolean wasUsed() {
		boolean was = this.used;
		this.used = false;
		return was;
	}

	/**
	 * Close what is kept open, and let nobody lease this any more, unless it is in use.
	 * @return {@code true} if it was dropped
	 */
	boolean tryDrop() {
		if (!this.leases.compareAndSet(0, DROPPED)) {
			return false;
		}
		boolean dropped = this.claims.tryClear();
		if (!dropped) {
			this.leases.set(0);
		}
		return dropped;
	}

	/**
	 * Acquire the path, waiting for it up to the waiter's deadline.
	 * @param waiter who asks for it, on its own thread
	 * @param interruptible whether an interrupt ends the wait
	 * @return the hold, or {@code null} if the deadline passed or nobody may wait any
	 * more
	 * @throws IOException if the strategy can't claim the path
	 * @throws InterruptedException if the thread was interrupted while it waited
	 */
	@Nullable Hold acquire(ThreadWaiter waiter, boolean interruptible) throws IOException, InterruptedException {
		boolean told = false;
		boolean interrupted = false;
		try {
			enter(waiter);
			while (!proceed(waiter)) {
				if (!told) {
					// A listener may use up an unpark, so look again before parking
					told = true;
					tellWaiting(waiter);
					continue;
				}
				waiter.park(this);
				if (Thread.interrupted()) {
					interrupted = true;
					if (interruptible && !waiter.deadline().isOneTry() && leave(waiter) == null
							&& !waiter.hasFailed()) {
						interrupted = false;
						throw new InterruptedException();
					}
				}
			}
			Hold hold = waiter.result();
			if (hold == null && interrupted && interruptible && !waiter.deadline().isOneTry()) {
				// What it had been granted in the last moment turned out to be of no use
				interrupted = false;
				throw new InterruptedException();
			}
			return hold;
		}
		finally {
			if (waiter.hold() == null && !waiter.hasEnded()) {
				leave(waiter);
			}
			if (interrupted) {
				Thread.currentThread().interrupt();
			}
		}
	}

	private static void tellWaiting(Waiter waiter) {
		if (!waiter.deadline().isOneTry()) {
			waiter.engine().events().waiting(waiter.attempt());
		}
	}

	/**
	 * Ask for the path: join, queue, try, or be refused.
	 * @param waiter who asks for it
	 * @throws IOException if it can't be granted for a reason that waiting doesn't change
	 */
	void enter(Waiter waiter) throws IOException {
		tellAttempting(waiter);
		boolean free = false;
		this.mutex.lock();
		try {
			Hold nested = nest(waiter);
			if (nested != null) {
				waiter.grant(nested);
			}
			else if (waiter.engine().isClosed()) {
				waiter.leave();
			}
			else if (!this.queue.isEmpty()) {
				enqueue(waiter, false);
			}
			else if (isJoinable(waiter)) {
				waiter.grant(grant(waiter, Hold.Kind.JOINED, Instant.ofEpochMilli(System.currentTimeMillis())));
			}
			else if (this.state == State.IDLE) {
				this.state = State.CLAIMING;
				free = true;
			}
			else {
				// A claimer that is being called off means that nobody has the path
				enqueue(waiter, this.claimer != null && this.claimer.isCancelled());
			}
		}
		finally {
			this.mutex.unlock();
		}
		if (free) {
			claim(waiter);
		}
	}

	private void tellAttempting(Waiter waiter) {
		LockEvents events = waiter.engine().events();
		// Before anything is claimed, since a listener may take long
		if (events.isListenedTo() && !isNested(waiter)) {
			events.attempting(waiter.attempt());
		}
	}

	private boolean isNested(Waiter waiter) {
		Thread thread = waiter.thread();
		this.mutex.lock();
		try {
			return thread != null && grantOf(waiter.engine(), thread) != null;
		}
		finally {
			this.mutex.unlock();
		}
	}

	private void enqueue(Waiter waiter, boolean evenForOneTry) {
		if (waiter.deadline().isOneTry() && !evenForOneTry) {
			waiter.leave();
		}
		else {
			this.queue.add(waiter);
		}
	}

	/**
	 * Do what can be done for a waiter now.
	 * @param waiter who asks
	 * @return {@code true} if it is done with, and {@code false} if it is to wait until
	 * it is woken or its time is up
	 */
	boolean proceed(Waiter waiter) {
		while (true) {
			Hold hold = waiter.hold();
			if (hold != null) {
				if (!hold.isJoined() || completeJoin(waiter, hold)) {
					return true;
				}
			}
			else if (waiter.hasEnded()) {
				return true;
			}
			else if (waiter.isRefused()) {
				leave(waiter);
			}
			else if (beginClaim(waiter)) {
				claim(waiter);
			}
			else if (!waiter.isPending() || waiter.isRefused()) {
				// Waiting for the mutex may have used up the unpark that came with this
				continue;
			}
			else if (waiter.isOver()) {
				leave(waiter);
			}
			else {
				return false;
			}
		}
	}

	/**
	 * Check what was joined, outside the mutex since that asks the file system.
	 * @param waiter who joined
	 * @param hold what it joined
	 * @return {@code true} if the hold stands, and {@code false} if the waiter queues for
	 * a claim of its own
	 */
	private boolean completeJoin(Waiter waiter, Hold hold) {
		try {
			if (hold.grant().claim().isOpenToSharers()) {
				hold.grant().fence(this.claims.token(waiter));
				hold.joined();
				return true;
			}
			// If it was lost, those who are in it want to know
			holds().stream().filter((other) -> !other.isJoined()).forEach(Hold::isValid);
		}
		catch (IOException | RuntimeException | Error ex) {
			waiter.fail(ex);
		}
		leaveClaim(waiter, hold);
		return false;
	}

	private void leaveClaim(Waiter waiter, Hold hold) {
		Claimed ended;
		this.mutex.lock();
		try {
			this.closed = hold.grant().claimed();
			ended = end(hold.grant());
			waiter.revoke();
			if (waiter.hasGivenUp()) {
				waiter.leave();
			}
			if (!waiter.hasEnded()) {
				enqueue(waiter, ended != null && this.queue.isEmpty());
			}
		}
		finally {
			this.mutex.unlock();
		}
		if (ended != null) {
			try {
				release(ended, hold);
			}
			catch (UnlockException ex) {
				leave(waiter);
				waiter.fail(ex);
			}
		}
	}

	/**
	 * Give up waiting.
	 * @param waiter who leaves the queue
	 * @return what it was granted in the last moment, or {@code null}
	 */
	@Nullable Hold leave(Waiter waiter) {
		Claimer stale = null;
		this.mutex.lock();
		try {
			waiter.giveUp();
			if (waiter.hold() == null) {
				waiter.leave();
			}
			if (this.queue.remove(waiter)) {
				stale = settle();
			}
		}
		finally {
			this.mutex.unlock();
		}
		cancel(stale);
		return waiter.hold();
	}

	private static void cancel(@Nullable Claimer claimer) {
		if (claimer != null) {
			claimer.cancel();
		}
	}

	private boolean beginClaim(Waiter waiter) {
		this.mutex.lock();
		try {
			if (this.state != State.IDLE || this.queue.peek() != waiter) {
				return false;
			}
			this.queue.remove();
			this.state = State.CLAIMING;
			return true;
		}
		finally {
			this.mutex.unlock();
		}
	}

	/**
	 * Try once. The waiter is not in the queue, and nobody else claims.
	 * @param waiter who claims
	 */
	private void claim(Waiter waiter) {
		Claimed claimed = null;
		boolean settled = false;
		try {
			waiter.tried();
			claimed = this.claims.tryClaim(waiter);
			if (claimed != null) {
				grantClaim(waiter, claimed);
				settled = true;
			}
			else if (!waiter.isOver() && !waiter.isRefused()) {
				startClaimer(waiter);
				settled = true;
			}
		}
		catch (IOException | RuntimeException | Error ex) {
			waiter.fail(ex);
		}
		finally {
			if (!settled) {
				try {
					if (claimed != null) {
						this.claims.giveUp(claimed);
					}
				}
				finally {
					waiter.leave();
					toIdle();
				}
			}
		}
		if (claimed != null && waiter.mode() == LockMode.SHARED) {
			serveSharers();
		}
	}

	private void grantClaim(Waiter waiter, Claimed claimed) {
		this.mutex.lock();
		try {
			this.claimed = claimed;
			waiter.grant(grant(waiter, Hold.Kind.FIRST, claimed.since()));
			this.state = State.HELD;
		}
		finally {
			this.mutex.unlock();
		}
	}

	private void serveSharers() {
		this.mutex.lock();
		try {
			settle();
		}
		catch (VirtualMachineError ex) {
			// The waiter has its hold; who isn't served now is served with the release
		}
		finally {
			this.mutex.unlock();
		}
	}

	private void startClaimer(Waiter waiter) {
		Claimer started = new Claimer(this, this.claims, waiter);
		this.mutex.lock();
		try {
			this.queue.addFirst(waiter);
			this.claimer = started;
		}
		finally {
			this.mutex.unlock();
		}
		boolean running = false;
		addLease();
		try {
			Helpers.execute(started);
			running = true;
		}
		finally {
			if (!running) {
				this.mutex.lock();
				this.queue.remove(waiter);
				this.claimer = null;
				this.mutex.unlock();
				PathLocks.giveBack(this, waiter.engine().maxIdleFiles());
			}
		}
	}

	/**
	 * Return whom a claimer would serve.
	 * @param claimer the claimer
	 * @return the head of the queue, or {@code null} if the claimer was called off
	 */
	@Nullable Waiter headFor(Claimer claimer) {
		this.mutex.lock();
		try {
			Waiter head = this.queue.peek();
			while (head != null && sendAway(head)) {
				this.queue.remove();
				head = this.queue.peek();
			}
			return (head != null && claimer.serves(head)) ? head : null;
		}
		finally {
			this.mutex.unlock();
		}
	}

	/**
	 * Grant a claimer's claim to the head of the queue.
	 * @param waiter the head, as far as the claimer knows
	 * @param claimed the claim
	 * @return {@code false} if the waiter is not the head any more
	 */
	boolean grantTo(Waiter waiter, Claimed claimed) {
		this.mutex.lock();
		try {
			if (this.queue.peek() != waiter || waiter.isRefused()) {
				return false;
			}
			grantClaim(waiter, claimed);
			this.queue.remove();
			this.claimer = null;
		}
		finally {
			this.mutex.unlock();
		}
		try {
			waiter.wake();
			if (waiter.mode() == LockMode.SHARED) {
				serveSharers();
			}
		}
		catch (RuntimeException | Error ex) {
			// From here on only the hold gives the claim back
			SafeLog.warn(logger, "A lock was granted, but whoever waits for it may hear of it later", ex);
		}
		return true;
	}

	/**
	 * End a claimer that has granted nothing.
	 * @param failure why the path can't be claimed, or {@code null} if it was called off
	 */
	void claimerEnded(@Nullable Throwable failure) {
		Waiter failed = null;
		this.mutex.lock();
		try {
			Claimer ended = this.claimer;
			Waiter head = this.queue.peek();
			this.claimer = null;
			if (failure != null && head != null && ended != null && ended.serves(head)) {
				this.queue.remove();
				head.fail(failure);
				failed = head;
			}
			toIdle();
		}
		finally {
			this.mutex.unlock();
		}
		if (failed != null) {
			failed.wake();
		}
	}

	private void toIdle() {
		this.mutex.lock();
		try {
			this.state = State.IDLE;
			this.claimed = null;
			this.closed = null;
			this.grants.clear();
			settle();
		}
		finally {
			this.mutex.unlock();
		}
	}

	/**
	 * Serve the head of the queue: let sharers join, and wake whoever may claim.
	 * @return a claimer that serves nobody any more and is to be cancelled, without the
	 * mutex
	 */
	private @Nullable Claimer settle() {
		Waiter head = this.queue.peek();
		while (head != null && isJoinable(head)) {
			head.grant(grant(head, Hold.Kind.JOINED, Instant.ofEpochMilli(System.currentTimeMillis())));
			this.queue.remove();
			head.wake();
			head = this.queue.peek();
		}
		if (head != null && this.state == State.IDLE) {
			head.wake();
		}
		return (this.claimer != null && (head == null || !this.claimer.serves(head))) ? this.claimer.callOff() : null;
	}

	private boolean isJoinable(Waiter waiter) {
		return this.state == State.HELD && this.claimed != this.closed && waiter.mode() == LockMode.SHARED
				&& isSameStrategy(waiter)
				&& this.grants.stream().allMatch((grant) -> grant.attempt().mode() == LockMode.SHARED);
	}

	private boolean isSameStrategy(Waiter waiter) {
		return this.claimed != null && waiter.strategy().name().equals(this.claimed.strategy().name());
	}

	private Hold grant(Waiter waiter, Hold.Kind kind, Instant since) {
		if (this.claimed == null) {
			throw new IllegalStateException("Nothing is claimed");
		}
		Grant grant = new Grant(waiter, this.claimed, since);
		Hold hold = new Hold(this, grant, waiter, kind);
		grant.opened(hold);
		this.grants.add(grant);
		return hold;
	}

	private @Nullable Hold nest(Waiter waiter) throws IOException {
		Thread thread = waiter.thread();
		Grant grant = (thread != null) ? grantOf(waiter.engine(), thread) : null;
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
		if (grant.isLost()) {
			throw new IOException("this thread's hold of it was lost meanwhile: close it, and acquire the lock anew");
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
	 * @param mode the mode that the handle is to have, or {@code null} for either
	 * @return the innermost open handle, or {@code null}
	 */
	@Nullable Hold innermost(LockFiles engine, @Nullable LockMode mode) {
		this.mutex.lock();
		try {
			Grant grant = grantOf(engine, Thread.currentThread());
			return (grant != null) ? grant.innermost(mode) : null;
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

	/**
	 * Return the holds there are.
	 * @return a copy
	 */
	List<Hold> holds() {
		this.mutex.lock();
		try {
			return this.grants.stream().map(Grant::anyHold).toList();
		}
		finally {
			this.mutex.unlock();
		}
	}

	Stream<LockSnapshot> snapshot() {
		this.mutex.lock();
		try {
			if (this.grants.isEmpty() && this.queue.isEmpty()) {
				return Stream.empty();
			}
			return Stream.of(new LockSnapshot(path(), this.grants.stream().map(Grant::snapshot).toList(),
					this.queue.stream()
						.map((waiter) -> new LockSnapshot.Waiting(waiter.attempt(), waiter.threadName(),
								waiter.deadline().elapsed()))
						.toList()));
		}
		finally {
			this.mutex.unlock();
		}
	}

	/**
	 * Send those away who wait and may not any more. Whoever is about to wait finds that
	 * out by itself.
	 * @param engine through which they ask
	 */
	void refuse(LockFiles engine) {
		Claimer stale = null;
		this.mutex.lock();
		try {
			if (this.queue.removeIf((waiter) -> waiter.engine() == engine && sendAway(waiter))) {
				stale = settle();
			}
		}
		finally {
			this.mutex.unlock();
		}
		cancel(stale);
	}

	private static boolean sendAway(Waiter waiter) {
		if (!waiter.isRefused()) {
			return false;
		}
		waiter.leave();
		waiter.wake();
		return true;
	}

	/**
	 * Take note that the user of a handle has closed it, and that it is kept. It belongs
	 * to no thread from now on.
	 * @param hold a handle that will be closed
	 * @param heldNanos how long it was held by then
	 */
	void keep(Hold hold, long heldNanos) {
		boolean kept;
		this.mutex.lock();
		try {
			hold.grant().keep(hold, heldNanos);
			kept = hold.grant().isFirstTimeOnlyKept();
		}
		finally {
			this.mutex.unlock();
		}
		if (kept) {
			tellKept(hold.grant());
		}
	}

	private static void tellKept(Grant grant) {
		grant.events().kept(grant.attempt(), grant.bodyNanos());
	}

	/**
	 * Close a handle, and give the claim back with the last one.
	 * @param hold a handle that is closed once
	 * @param heldNanos how long it was held
	 */
	void close(Hold hold, long heldNanos) {
		Grant grant = hold.grant();
		Claimed ended = null;
		boolean released;
		boolean kept;
		this.mutex.lock();
		try {
			released = grant.isClosedBy(hold, heldNanos);
			kept = grant.isFirstTimeOnlyKept();
			if (released) {
				this.claims.held(heldNanos);
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
			PathLocks.giveBack(this, hold.lockFile().engine().maxIdleFiles());
			if (kept) {
				tellKept(grant);
			}
			if (released) {
				grant.events().released(grant.attempt(), grant.bodyNanos());
			}
		}
	}

	/**
	 * Break whatever lock there is on the path.
	 * @param lockFile the lock
	 * @param attempt stands for the operator's wish
	 * @param condition what the holder must be like
	 * @return how it ended
	 * @throws IOException if it can't be broken
	 */
	LockStrategy.BreakOutcome breakLock(DefaultLockFile lockFile, LockAttempt attempt, Predicate<LockOwner> condition)
			throws IOException {
		Deadline deadline = Deadline.after(LONGEST_BREAK);
		while (true) {
			LockStrategy.BreakOutcome outcome = this.claims.breakLock(lockFile, attempt, condition);
			if (outcome == null) {
				outcome = breakOwn(lockFile, attempt, condition);
			}
			if (outcome != null) {
				return outcome;
			}
			if (deadline.remaining() <= 0) {
				throw new IOException("this JVM is busy with it. Break it from another process");
			}
			LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
		}
	}

	private LockStrategy.@Nullable BreakOutcome breakOwn(DefaultLockFile lockFile, LockAttempt attempt,
			Predicate<LockOwner> condition) throws IOException {
		Claimed broken;
		LockOwner owner;
		this.mutex.lock();
		try {
			broken = (this.state == State.HELD) ? this.claimed : null;
			owner = this.grants.isEmpty() ? null : this.grants.get(0).owner();
		}
		finally {
			this.mutex.unlock();
		}
		if (broken == null || owner == null) {
			return null;
		}
		if (!condition.test(owner)) {
			return LockStrategy.BreakOutcome.REFUSED;
		}
		broken.claim().release();
		holds().forEach(Hold::isValid);
		lockFile.engine().events().broken(attempt, owner);
		return LockStrategy.BreakOutcome.BROKEN;
	}

	private @Nullable Claimed end(Grant grant) {
		if (!this.grants.remove(grant) || !this.grants.isEmpty()) {
			return null;
		}
		this.state = State.RELEASING;
		return this.claimed;
	}

	private void release(Claimed ended, Hold hold) {
		try {
			this.claims.release(ended);
		}
		catch (IOException | RuntimeException ex) {
			throw new UnlockException("Lock %s (strategy %s) could not be released: %s".formatted(path(),
					hold.lockFile().strategy(), ex.getMessage()), hold.lockFile().path().toString(), ex);
		}
		finally {
			toIdle();
		}
	}

	/**
	 * What uses a lock.
	 */
	enum Use {

		/**
		 * Somebody holds it, or asks for it.
		 */
		LEASED,

		/**
		 * Nothing.
		 */
		UNUSED,

		/**
		 * Something is kept open for the next one.
		 */
		IDLE,

		/**
		 * As {@link #IDLE}, and it never was so before.
		 */
		IDLE_FOR_THE_FIRST_TIME

	}

	private enum State {

		/**
		 * This JVM has no claim, and nobody in it asks for one.
		 */
		IDLE,

		/**
		 * The head of the queue asks the strategy, or a claimer waits in its place.
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
