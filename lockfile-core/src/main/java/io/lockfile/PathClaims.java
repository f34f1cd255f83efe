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
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What surrounds every claim of a path, whatever its strategy: that no other copy of this
 * library in the JVM is near the path meanwhile, the record of its owner, and the fencing
 * token.
 * <p>
 * Its {@link PathLock} lets one at a time claim, and release.
 */
final class PathClaims {

	private static final Logger logger = LoggerFactory.getLogger(PathClaims.class);

	private final Path path;

	private final String name;

	private final KeptResource kept = new KeptResource();

	private final ReentrantLock fencing = new ReentrantLock();

	private volatile @Nullable OwnerRecord owners;

	private @Nullable LockStrategy markerStrategy;

	private @Nullable Path marker;

	private long lastHeldNanos = Long.MAX_VALUE;

	PathClaims(Path path) {
		this.path = path;
		this.name = path.toString();
	}

	Path path() {
		return this.path;
	}

	/**
	 * Remember how long the last hold lasted; guarded by the path lock's mutex.
	 * @param nanos the time in nanoseconds
	 */
	void held(long nanos) {
		this.lastHeldNanos = nanos;
	}

	boolean isEmpty() {
		return this.kept.isEmpty() && this.owners == null;
	}

	/**
	 * Close what is kept open between claims. Closing a lock file ends the locks that
	 * this process has on it, so that is done only if nobody in the JVM has one.
	 * @return {@code true} if nothing is open any more
	 */
	boolean tryClear() {
		if (isEmpty()) {
			return true;
		}
		AtomicReferenceArray<Object> entry = JvmClaims.tryEnter(this.name);
		if (entry == null) {
			return false;
		}
		try {
			if (!this.kept.tryClose()) {
				return false;
			}
			closeOwners();
			return true;
		}
		finally {
			JvmClaims.leave(this.name, entry);
		}
	}

	private void closeOwners() {
		OwnerRecord closed = this.owners;
		if (closed != null) {
			closed.close();
			this.owners = null;
		}
	}

	private void deleteOwners() {
		OwnerRecord deleted = this.owners;
		if (deleted != null) {
			deleted.delete();
			closeOwners();
		}
	}

	/**
	 * Try once.
	 * @param waiter who asks
	 * @return the claim, or {@code null} if somebody else has the path
	 * @throws IOException if it can't be claimed
	 */
	@Nullable Claimed tryClaim(Waiter waiter) throws IOException {
		return claim(waiter, isReleasedByCrash(waiter.strategy()) ? waiter.strategy()::tryClaim
				: (request) -> Sidecar.uninterrupted(() -> waiter.strategy().tryClaim(request)));
	}

	/**
	 * Claim with any way to do so.
	 * @param waiter for whom
	 * @param way how
	 * @return the claim, or {@code null} if it could not be had
	 * @throws IOException if it can't be claimed
	 */
	@Nullable Claimed claim(Waiter waiter, Way way) throws IOException {
		AtomicReferenceArray<Object> entry = JvmClaims.tryEnter(this.name);
		if (entry == null) {
			return null;
		}
		LockClaim claim = null;
		Claimed claimed = null;
		try {
			claim = way.claim(request(waiter.lockFile(), waiter.attempt()));
			if (claim != null) {
				claimed = complete(waiter, claim, entry);
			}
			return claimed;
		}
		finally {
			if (claimed == null) {
				giveUp(claim, entry);
			}
		}
	}

	private ClaimRequest request(DefaultLockFile lockFile, LockAttempt attempt) {
		LockFiles engine = lockFile.engine();
		LockStrategy strategy = lockFile.lockStrategy();
		return new ClaimRequest(this.path, attempt.mode(), engine.paths().permissions(), this.lastHeldNanos, this.kept,
				context(engine, strategy, attempt));
	}

	private ClaimRequest.Context context(LockFiles engine, LockStrategy strategy, LockAttempt attempt) {
		if (isReleasedByCrash(strategy)) {
			// Most of all locks, which have no use for the rest
			return (engine.isDeletingOnRelease() && mayBeDeleted()) ? ClaimRequest.Context.deleting(this::deleteOwners)
					: ClaimRequest.Context.NONE;
		}
		return new ClaimRequest.Context(engine.lease(), strategy.tellsOwner() ? null : marker(strategy),
				(owner) -> Helpers.executeSurely(() -> engine.events().broken(attempt, owner)), null);
	}

	private boolean mayBeDeleted() {
		Path directory = this.path.getParent();
		try {
			return directory != null && !Mounts.isOfNetwork(directory);
		}
		catch (IOException ex) {
			logger.debug("The lock file {} stays", this.path, ex);
			return false;
		}
	}

	private static boolean isReleasedByCrash(LockStrategy strategy) {
		return strategy.label().afterCrash() == StrategyLabel.AfterCrash.RELEASED;
	}

	/**
	 * Break the lock of another process.
	 * @param lockFile the lock
	 * @param attempt stands for the operator's wish
	 * @param condition what the holder must be like
	 * @return how it ended, or {@code null} if somebody in this JVM is near the path
	 * @throws IOException if it can't be broken
	 */
	LockStrategy.@Nullable BreakOutcome breakLock(DefaultLockFile lockFile, LockAttempt attempt,
			Predicate<LockOwner> condition) throws IOException {
		AtomicReferenceArray<Object> entry = JvmClaims.tryEnter(this.name);
		if (entry == null) {
			return null;
		}
		try {
			ClaimRequest request = request(lockFile, attempt);
			return Sidecar.uninterrupted(() -> lockFile.lockStrategy().breakLock(request, condition));
		}
		finally {
			JvmClaims.leave(this.name, entry);
		}
	}

	private void giveUp(@Nullable LockClaim claim, AtomicReferenceArray<Object> entry) throws IOException {
		try {
			if (claim != null) {
				claim.release();
			}
		}
		finally {
			JvmClaims.leave(this.name, entry);
		}
	}

	private @Nullable Claimed complete(Waiter waiter, LockClaim claim, AtomicReferenceArray<Object> entry)
			throws IOException {
		LockStrategy strategy = waiter.strategy();
		boolean afterCrash = claim.isAfterCrash();
		if (!strategy.tellsOwner()) {
			afterCrash |= record(strategy, waiter.engine().paths().permissions()).isLeftByCrash();
		}
		long token = token(waiter);
		if (token != FenceFile.NONE && !claim.isInPlace()) {
			// Lost before its token was fixed, which is the highest one now
			return null;
		}
		Claimed claimed = new Claimed(claim, strategy, entry, token, afterCrash);
		tell(waiter, claimed);
		return claimed;
	}

	private Path marker(LockStrategy strategy) {
		Path known = this.marker;
		if (known == null || this.markerStrategy != strategy) {
			known = strategy.marker(this.path);
			this.marker = known;
			this.markerStrategy = strategy;
		}
		return known;
	}

	private OwnerRecord record(LockStrategy strategy, LockPermissions permissions) {
		Path marker = marker(strategy);
		OwnerRecord record = this.owners;
		if (this.kept.wasChanged() || (record != null && !record.isBeside(marker))) {
			closeOwners();
			record = null;
		}
		if (record == null) {
			record = OwnerRecord.open(marker, !isReleasedByCrash(strategy), permissions);
			this.owners = record;
		}
		return record;
	}

	/**
	 * Let others see who has the path.
	 * @param waiter who gets it
	 * @param claimed the claim
	 */
	void tell(Waiter waiter, Claimed claimed) {
		JvmClaims.hold(claimed.entry(), waiter.threadName(), claimed.since());
		OwnerRecord owners = this.owners;
		if (owners != null && waiter.mode() == LockMode.EXCLUSIVE && !claimed.strategy().tellsOwner()) {
			owners.write(waiter.threadName(), claimed.since());
		}
	}

	/**
	 * Fix the next fencing token, if they are wanted.
	 * @param waiter who gets it; the path is claimed
	 * @return the token, or {@link FenceFile#NONE}
	 * @throws IOException if it can't be fixed
	 */
	long token(Waiter waiter) throws IOException {
		if (!waiter.engine().isFencing() && !waiter.strategy().fences()) {
			return FenceFile.NONE;
		}
		this.fencing.lock();
		try {
			return waiter.strategy().usesFileSystem() ? FenceFile.next(this.path, waiter.engine().paths().permissions())
					: FenceFile.nextInMemory();
		}
		finally {
			this.fencing.unlock();
		}
	}

	/**
	 * Give a claim back.
	 * @param claimed the claim
	 * @throws IOException if that failed; the path is free in this JVM all the same
	 */
	void release(Claimed claimed) throws IOException {
		OwnerRecord owners = this.owners;
		try {
			if (owners != null) {
				owners.clear();
			}
		}
		finally {
			giveUp(claimed.claim(), claimed.entry());
		}
	}

	/**
	 * Give a claim back that nobody was granted, because memory or stack is used up.
	 * @param claimed the claim
	 */
	void giveUp(Claimed claimed) {
		try {
			release(claimed);
		}
		catch (IOException | RuntimeException ex) {
			// What led here is what matters
		}
	}

	/**
	 * A way to claim.
	 */
	interface Way {

		@Nullable LockClaim claim(ClaimRequest request) throws IOException;

	}

}
