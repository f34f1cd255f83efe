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

package io.lockfile.strategy;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.lockfile.BlockingClaim;
import io.lockfile.ClaimRequest;
import io.lockfile.LockClaim;
import io.lockfile.LockMode;

/**
 * Waits in the kernel: first for the entry, then for the main range, and leaves the entry
 * to the next one. Cancelling closes the channel, on which nothing else depends, since
 * this process has no lock on the file while it waits for one. For a file that is open by
 * another path, too, it doesn't wait, but tries once.
 * <p>
 * The kernel refuses to wait where it sees a deadlock. It sees processes and not threads,
 * so what it sees need not be one. As every failure to wait, this is left to the engine,
 * which tries again later.
 */
final class OsBlockingClaim implements BlockingClaim {

	private static final Logger logger = LoggerFactory.getLogger(OsBlockingClaim.class);

	private final ClaimRequest request;

	private final LockChannel channel;

	private final AtomicReference<State> state = new AtomicReference<>(State.PREPARING);

	OsBlockingClaim(ClaimRequest request) throws IOException {
		this.request = request;
		this.channel = LockChannel.of(request);
	}

	@Override
	public @Nullable LockClaim claim() throws IOException {
		List<String> before = this.channel.state();
		if (!this.channel.isAlone(before)) {
			// It may be locked by another path, and could not be closed then
			return this.state.compareAndSet(State.PREPARING, State.ENDED) ? OsLockStrategy.tryOnce(this.request) : null;
		}
		this.channel.releaseLeft();
		FileLock main;
		try {
			main = await(before);
		}
		finally {
			endCalledOff();
		}
		if (main != null) {
			LockClaim claim = OsLockStrategy.verify(this.channel, main, this.request);
			// If the file was deleted meanwhile, there may be a new one
			return (claim != null) ? claim : OsLockStrategy.tryOnce(this.request);
		}
		return null;
	}

	private void endCalledOff() throws IOException {
		if (!this.state.compareAndSet(State.WAITING, State.ENDED) && this.state.get() == State.CLOSING) {
			// Whoever cancels may not have closed it yet. That must not happen after it
			// was
			// locked anew
			this.request.keep(null);
			this.channel.callOff();
			try {
				this.channel.releaseLeft();
			}
			finally {
				this.channel.abandon();
			}
		}
	}

	private @Nullable FileLock await(@Nullable List<String> before) throws IOException {
		boolean shared = this.request.mode() == LockMode.SHARED;
		FileLock entry = null;
		FileLock main = null;
		boolean obtained = false;
		try {
			// If other code of this JVM has the file, closing it would end its lock. This
			// tells, since the JVM looks into its own table first
			entry = LockRange.ENTRY.tryLock(this.channel.channel(), shared);
			if (!this.state.compareAndSet(State.PREPARING, State.WAITING)) {
				return null;
			}
			if (entry == null) {
				entry = LockRange.ENTRY.lock(this.channel.channel(), shared);
			}
			main = LockRange.MAIN.lock(this.channel.channel(), shared);
			obtained = this.state.compareAndSet(State.WAITING, State.ENDED) && this.channel.isAlone(before);
			return obtained ? main : null;
		}
		catch (OverlappingFileLockException | IOException ex) {
			// Cancelled, a deadlock to the kernel, or what one try will tell better
			logger.trace("Can't wait for {}", this.channel, ex);
			this.state.compareAndSet(State.WAITING, State.ENDED);
			this.state.compareAndSet(State.PREPARING, State.ENDED);
			return null;
		}
		finally {
			try {
				release(entry);
			}
			catch (IOException ex) {
				if (!obtained) {
					throw ex;
				}
				// It is released with the lock, at the latest
				logger.debug("The entry of {} stays locked", this.channel, ex);
			}
			finally {
				if (!obtained) {
					release(main);
				}
			}
		}
	}

	private void release(@Nullable FileLock lock) throws IOException {
		try {
			if (lock != null && lock.acquiredBy().isOpen()) {
				this.channel.release(lock);
			}
		}
		catch (ClosedChannelException ex) {
			// Cancelled meanwhile
		}
	}

	@Override
	public void cancel() {
		if (this.state.compareAndSet(State.PREPARING, State.ENDED)) {
			return;
		}
		if (this.state.compareAndSet(State.WAITING, State.CLOSING)) {
			try {
				this.channel.callOff();
			}
			catch (IOException ex) {
				// It is of no use any more either way
			}
		}
	}

	private enum State {

		/**
		 * Doesn't block yet.
		 */
		PREPARING,

		/**
		 * Blocks, or is about to.
		 */
		WAITING,

		/**
		 * Was cancelled while it blocked, by closing the channel.
		 */
		CLOSING,

		/**
		 * Has the lock, can't wait, or was cancelled before it did.
		 */
		ENDED

	}

}
