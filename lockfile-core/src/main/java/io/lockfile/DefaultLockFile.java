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
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one implementation of {@link LockFile}: an address, without any state.
 */
final class DefaultLockFile implements LockFile {

	private static final Logger logger = LoggerFactory.getLogger(DefaultLockFile.class);

	private final LockFiles engine;

	private final LockPath path;

	private final LockStrategy strategy;

	private final @Nullable String name;

	private final @Nullable String user;

	DefaultLockFile(LockFiles engine, LockPath path, LockStrategy strategy) {
		this(engine, path, strategy, null, null);
	}

	private DefaultLockFile(LockFiles engine, LockPath path, LockStrategy strategy, @Nullable String name,
			@Nullable String user) {
		this.engine = engine;
		this.path = path;
		this.strategy = strategy;
		this.name = name;
		this.user = user;
	}

	LockFiles engine() {
		return this.engine;
	}

	LockStrategy lockStrategy() {
		return this.strategy;
	}

	@Override
	public Path path() {
		return this.path.path();
	}

	@Override
	public String strategy() {
		return this.strategy.name();
	}

	@Override
	public boolean supports(LockMode mode) {
		return this.strategy.supports(mode);
	}

	@Override
	public LockFile named(String name) {
		return new DefaultLockFile(this.engine, this.path, this.strategy, Objects.requireNonNull(name, "name"),
				this.user);
	}

	@Override
	public LockFile usedBy(String user) {
		return new DefaultLockFile(this.engine, this.path, this.strategy, this.name,
				Objects.requireNonNull(user, "user"));
	}

	@Override
	public LockHandle acquire() {
		return acquire(this.engine.timeout());
	}

	@Override
	public LockHandle acquire(Duration timeout) {
		return acquire(LockMode.EXCLUSIVE, timeout);
	}

	@Override
	public LockHandle acquire(LockMode mode, Duration timeout) {
		return acquire(mode, timeout, true);
	}

	/**
	 * Acquire the lock on the current thread.
	 * @param mode the mode
	 * @param timeout how long to wait
	 * @param interruptible whether an interrupt ends the wait; otherwise it is kept
	 * @return the hold
	 */
	LockHandle acquire(LockMode mode, Duration timeout, boolean interruptible) {
		Objects.requireNonNull(mode, "mode");
		Objects.requireNonNull(timeout, "timeout");
		LockAttempt attempt = attempt(mode, timeout);
		Deadline deadline = this.engine.deadline(timeout);
		Hold hold = acquire(attempt, deadline, interruptible);
		if (hold == null) {
			throw unavailable(attempt, deadline);
		}
		return hold;
	}

	@Override
	public Optional<LockHandle> tryAcquire() {
		return tryAcquire(LockMode.EXCLUSIVE);
	}

	@Override
	public Optional<LockHandle> tryAcquire(LockMode mode) {
		return Optional.ofNullable(acquire(attempt(mode, Duration.ZERO), this.engine.deadline(Duration.ZERO), true));
	}

	@Override
	public CompletionStage<LockHandle> acquireAsync(LockMode mode, Duration timeout) {
		return new AsyncAcquisition(this, attempt(mode, timeout), this.engine.deadline(timeout)).start();
	}

	private LockAttempt attempt(LockMode mode, Duration timeout) {
		return new LockAttempt(this.name, this.user, path(), strategy(), mode, timeout);
	}

	private @Nullable Hold acquire(LockAttempt attempt, Deadline deadline, boolean interruptible) {
		Hold hold;
		try {
			if (interruptible && !deadline.isOneTry() && Thread.interrupted()) {
				throw new InterruptedException();
			}
			hold = lease(attempt, deadline, interruptible);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			this.engine.events().notAcquired(attempt, LockOutcome.INTERRUPTED, deadline.elapsed());
			throw this.engine.messages().interrupted(attempt, deadline.elapsed(), ownerForMessage());
		}
		catch (IOException | RuntimeException ex) {
			throw failed(attempt, deadline, ex);
		}
		catch (Error ex) {
			attempt.fail(ex);
			this.engine.events().notAcquired(attempt, LockOutcome.ERROR, deadline.elapsed());
			throw ex;
		}
		report(attempt, deadline, hold);
		return hold;
	}

	private @Nullable Hold lease(LockAttempt attempt, Deadline deadline, boolean interruptible)
			throws IOException, InterruptedException {
		try {
			return leaseOnce(attempt, deadline, interruptible);
		}
		catch (NoSuchFileException ex) {
			if (!forgetDirectory()) {
				throw ex;
			}
			return leaseOnce(attempt, deadline, interruptible);
		}
	}

	private @Nullable Hold leaseOnce(LockAttempt attempt, Deadline deadline, boolean interruptible)
			throws IOException, InterruptedException {
		PathLock pathLock = lease(attempt.mode());
		Hold hold = null;
		try {
			hold = pathLock.acquire(new ThreadWaiter(this, attempt, deadline), interruptible);
			return hold;
		}
		finally {
			if (hold == null) {
				giveBack(pathLock);
			}
		}
	}

	/**
	 * Lease the path's lock, to ask for it.
	 * @param mode the mode it will be asked for in
	 * @return the lock, to be given back
	 * @throws IOException if it can't be asked for
	 */
	PathLock lease(LockMode mode) throws IOException {
		if (!this.strategy.supports(mode)) {
			throw new IOException("this strategy can't lock %s. These can: %s".formatted(mode,
					String.join(", ", LockStrategies.thatSupport(mode))));
		}
		return PathLocks.lease(canonicalPath(this.strategy.usesFileSystem()));
	}

	void giveBack(PathLock pathLock) {
		PathLocks.giveBack(pathLock, this.engine.maxIdleFiles());
	}

	/**
	 * Tell the listeners how an attempt ended.
	 * @param attempt the attempt
	 * @param deadline its deadline
	 * @param hold what was obtained, or {@code null}
	 * @throws LockFailedException if the engine is closed, or waiting was stopped
	 */
	void report(LockAttempt attempt, Deadline deadline, @Nullable Hold hold) {
		LockEvents events = this.engine.events();
		if (hold != null) {
			HoldWatch.ensureRunning();
			if (!hold.isNested()) {
				events.acquired(attempt, hold);
			}
		}
		else if (this.engine.isClosed()) {
			events.notAcquired(attempt, LockOutcome.ERROR, deadline.elapsed());
			throw this.engine.messages()
				.failed(attempt, deadline.elapsed(), "its LockFiles is closed. Acquire locks before closing it", null);
		}
		else if (deadline.isCalledOff()) {
			events.notAcquired(attempt, LockOutcome.ERROR, deadline.elapsed());
			throw this.engine.messages()
				.failed(attempt, deadline.elapsed(),
						LockMessages.WAITING_STOPPED + ". Acquire locks before that, or with one try", null);
		}
		else {
			events.notAcquired(attempt, deadline.isOneTry() ? LockOutcome.UNAVAILABLE : LockOutcome.TIMEOUT,
					deadline.elapsed());
		}
	}

	LockFailedException failed(LockAttempt attempt, Deadline deadline, Exception cause) {
		attempt.fail(cause);
		this.engine.events().notAcquired(attempt, LockOutcome.ERROR, deadline.elapsed());
		return this.engine.messages().failed(attempt, deadline.elapsed(), cause);
	}

	LockUnavailableException unavailable(LockAttempt attempt, Deadline deadline) {
		return this.engine.messages().unavailable(attempt, deadline, ownerForMessage());
	}

	/**
	 * Forget where the path leads, since its directory was deleted.
	 * @return {@code true} if it had been known, so that asking again may help
	 */
	boolean forgetDirectory() {
		boolean known = this.path.isCanonical();
		this.path.setCanonical(false);
		return known;
	}

	@Override
	public void release() {
		Hold hold = innermost(null);
		if (hold != null) {
			hold.close();
			return;
		}
		Optional<LockOwner> owner = owner();
		if (owner.isPresent()) {
			throw new NotMyLockException(
					"Lock %s (strategy %s) is not held by this thread but by %s. Release it where it was acquired"
						.formatted(path(), strategy(), owner.get()),
					path().toString());
		}
		throw new NotLockedException("Lock %s (strategy %s) is not held by anybody. Acquire it first, and release once"
			.formatted(path(), strategy()), path().toString());
	}

	@Override
	public boolean breakLock() {
		return breakLock((owner) -> true);
	}

	@Override
	public boolean breakLockUnlessAlive() {
		return breakLock((owner) -> owner.liveness() != LockOwner.Liveness.ALIVE);
	}

	private boolean breakLock(Predicate<LockOwner> condition) {
		LockAttempt attempt = attempt(LockMode.EXCLUSIVE, Duration.ZERO);
		try {
			LockStrategy.BreakOutcome outcome;
			if (this.strategy.label().afterCrash() == StrategyLabel.AfterCrash.RELEASED) {
				outcome = owner().isPresent() ? LockStrategy.BreakOutcome.REFUSED : LockStrategy.BreakOutcome.FREE;
			}
			else {
				PathLock pathLock = PathLocks.lease(canonicalPath(false));
				try {
					outcome = pathLock.breakLock(this, attempt, condition);
				}
				finally {
					giveBack(pathLock);
				}
			}
			if (outcome == LockStrategy.BreakOutcome.REFUSED) {
				throw this.engine.messages().notBroken(attempt, this.strategy.label(), ownerForMessage());
			}
			return outcome == LockStrategy.BreakOutcome.BROKEN;
		}
		catch (IOException | RuntimeException ex) {
			if (ex instanceof LockFileException known) {
				throw known;
			}
			throw this.engine.messages().notBroken(attempt, ex);
		}
	}

	@Override
	public boolean isHeldByCurrentThread() {
		return innermost(null) != null;
	}

	/**
	 * Return what the current thread would release.
	 * @param mode the mode that the handle is to have, or {@code null} for either
	 * @return its innermost open handle, or {@code null}
	 */
	@Nullable Hold innermost(@Nullable LockMode mode) {
		try {
			PathLock pathLock = PathLocks.find(canonicalPath(false));
			return (pathLock != null) ? pathLock.innermost(this.engine, mode) : null;
		}
		catch (IOException ex) {
			logger.debug("Can't look at {}, so it is not held here", path(), ex);
			return null;
		}
	}

	@Override
	public boolean isLocked() {
		return owner().isPresent();
	}

	@Override
	public Optional<LockOwner> owner() {
		try {
			Path canonical = canonicalPath(false);
			PathLock pathLock = PathLocks.find(canonical);
			Optional<LockOwner> owner = (pathLock != null) ? pathLock.findOwner() : Optional.empty();
			if (owner.isEmpty()) {
				owner = JvmClaims.findOwner(canonical);
			}
			return owner.isPresent() ? owner : foreignOwner(canonical);
		}
		catch (IOException | RuntimeException ex) {
			logger.debug("Can't look who holds {}", path(), ex);
			return Optional.empty();
		}
	}

	private Optional<LockOwner> foreignOwner(Path canonical) throws IOException {
		Optional<LockOwner> seen = Sidecar.uninterrupted(() -> this.strategy.findOwner(canonical));
		if (this.strategy.tellsOwner()) {
			return seen;
		}
		Path marker = this.strategy.marker(canonical);
		if (this.strategy.label().afterCrash() != StrategyLabel.AfterCrash.RELEASED) {
			// What stands there is the lock, and the record only adds to it
			return seen.map((owner) -> OwnerRecord.readEvenIfDead(marker)
				.filter((recorded) -> Objects.equals(recorded.pid(), owner.pid())
						&& (owner.host() == null || owner.host().equals(recorded.host())))
				.orElse(owner));
		}
		Optional<LockOwner> known = seen.map(LocalProcess::complete);
		Optional<LockOwner> recorded = OwnerRecord.read(marker);
		if (known.isEmpty()) {
			return recorded;
		}
		return recorded.filter((owner) -> Objects.equals(owner.pid(), known.get().pid())).or(() -> known);
	}

	private @Nullable LockOwner ownerForMessage() {
		return owner().orElse(null);
	}

	private Path canonicalPath(boolean create) throws IOException {
		return this.engine.paths().canonicalize(this.path, create);
	}

	@Override
	public Lock asLock() {
		return new LockView(this, LockMode.EXCLUSIVE);
	}

	@Override
	public ReadWriteLock asReadWriteLock() {
		return new ReadWriteLockView(new LockView(this, LockMode.SHARED), new LockView(this, LockMode.EXCLUSIVE));
	}

	@Override
	public String toString() {
		return "lock %s with strategy %s".formatted(path(), strategy());
	}

	private record ReadWriteLockView(Lock readLock, Lock writeLock) implements ReadWriteLock {
	}

}
