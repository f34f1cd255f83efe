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

import org.jspecify.annotations.Nullable;

/**
 * One request in the queue of a {@link PathLock}. It ends with a hold, with a failure, or
 * without either because it was given up.
 */
abstract class Waiter {

	private final DefaultLockFile lockFile;

	private final LockAttempt attempt;

	private final Deadline deadline;

	private final String threadName = threadName(Thread.currentThread());

	private volatile @Nullable Hold hold;

	private volatile @Nullable Throwable failure;

	private volatile boolean left;

	private volatile boolean givenUp;

	/**
	 * Read by another thread only after the path lock's mutex was taken.
	 */
	private boolean tried;

	Waiter(DefaultLockFile lockFile, LockAttempt attempt, Deadline deadline) {
		this.lockFile = lockFile;
		this.attempt = attempt;
		this.deadline = deadline;
	}

	private static String threadName(Thread thread) {
		String name = thread.getName();
		return name.isEmpty() ? "#" + thread.getId() : name;
	}

	/**
	 * Return the thread that may enter the hold again.
	 * @return the thread, or {@code null} if the hold belongs to its handle only
	 */
	abstract @Nullable Thread thread();

	/**
	 * Have it look again, because something has changed for it.
	 */
	abstract void wake();

	DefaultLockFile lockFile() {
		return this.lockFile;
	}

	LockFiles engine() {
		return this.lockFile.engine();
	}

	LockAttempt attempt() {
		return this.attempt;
	}

	LockMode mode() {
		return this.attempt.mode();
	}

	LockStrategy strategy() {
		return this.lockFile.lockStrategy();
	}

	Deadline deadline() {
		return this.deadline;
	}

	String threadName() {
		return this.threadName;
	}

	/**
	 * Tell whether the same claim would serve both.
	 * @param other another request for the path
	 * @return {@code true} if they differ in nothing that a claim is made with
	 */
	boolean wantsTheSameAs(Waiter other) {
		return mode() == other.mode() && strategy() == other.strategy()
				&& engine().isFencing() == other.engine().isFencing()
				&& engine().isDeletingOnRelease() == other.engine().isDeletingOnRelease()
				&& engine().paths().permissions() == other.engine().paths().permissions()
				&& engine().lease().equals(other.engine().lease());
	}

	/**
	 * Tell whether nobody is allowed to wait for it any more.
	 * @return {@code true} if it is to leave
	 */
	boolean isRefused() {
		return engine().isClosed() || this.deadline.isCalledOff();
	}

	@Nullable Hold hold() {
		return this.hold;
	}

	void grant(Hold hold) {
		this.hold = hold;
	}

	void revoke() {
		this.hold = null;
	}

	void fail(Throwable failure) {
		this.failure = failure;
	}

	void leave() {
		this.left = true;
	}

	void tried() {
		this.tried = true;
	}

	boolean isPending() {
		return this.hold == null && !hasEnded();
	}

	/**
	 * Tell whether nothing will happen to it any more.
	 * @return {@code true} if it has failed or was given up
	 */
	boolean hasEnded() {
		return this.left || this.failure != null;
	}

	/**
	 * Remember that it doesn't want the lock any more, even if it has just been granted
	 * one that it may have to leave again.
	 */
	void giveUp() {
		this.givenUp = true;
	}

	boolean hasGivenUp() {
		return this.givenUp;
	}

	boolean hasFailed() {
		return this.failure != null;
	}

	/**
	 * Tell whether its time is up. One try is over when it was made, or could not be made
	 * for long.
	 * @return {@code true} if it is to leave
	 */
	boolean isOver() {
		return this.tried ? this.deadline.remaining() <= 0 : this.deadline.remainingOrGrace() <= 0;
	}

	/**
	 * Return what has become of it.
	 * @return the hold, or {@code null} if it was given up
	 * @throws IOException if the strategy could not claim the path
	 */
	@Nullable Hold result() throws IOException {
		Throwable failure = this.failure;
		if (this.hold != null || failure == null) {
			return this.hold;
		}
		if (failure instanceof IOException ex) {
			throw ex;
		}
		if (failure instanceof Error ex) {
			throw ex;
		}
		throw (RuntimeException) failure;
	}

}
