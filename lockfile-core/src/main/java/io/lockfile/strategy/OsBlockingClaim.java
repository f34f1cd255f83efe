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
import java.util.concurrent.atomic.AtomicReference;

import org.jspecify.annotations.Nullable;

import io.lockfile.BlockingClaim;
import io.lockfile.ClaimRequest;
import io.lockfile.LockClaim;
import io.lockfile.LockMode;

/**
 * Waits in the kernel: first for the entry, then for the main range, and leaves the entry
 * to the next one. Cancelling closes the channel, on which nothing else depends, since
 * this process has no lock on the file while it waits for one.
 * <p>
 * The kernel refuses to wait where it sees a deadlock. It sees processes and not threads,
 * so what it sees need not be one. As every failure to wait, this is left to the engine,
 * which tries again later.
 */
final class OsBlockingClaim implements BlockingClaim {

	private final ClaimRequest request;

	private final AtomicReference<State> state = new AtomicReference<>(State.WAITING);

	private volatile LockChannel channel;

	OsBlockingClaim(ClaimRequest request) throws IOException {
		this.request = request;
		this.channel = LockChannel.of(request);
	}

	@Override
	public @Nullable LockClaim claim() throws IOException {
		for (int i = 0; i < OsLockStrategy.MOST_EXCHANGES; i++) {
			LockChannel waiting = LockChannel.of(this.request);
			this.channel = waiting;
			if (this.state.get() == State.CANCELLED) {
				return null;
			}
			FileLock lock = await(waiting);
			if (lock == null) {
				return null;
			}
			LockClaim claim = OsLockStrategy.verify(waiting, lock, this.request);
			if (claim != null) {
				return claim;
			}
		}
		throw OsLockStrategy.exchanged(this.request.path());
	}

	/**
	 * Wait for the lock.
	 * @param waiting the channel
	 * @return the lock, which can't be called off any more, or {@code null}
	 * @throws IOException if something can't be given back
	 */
	private @Nullable FileLock await(LockChannel waiting) throws IOException {
		boolean shared = this.request.mode() == LockMode.SHARED;
		FileLock entry = null;
		FileLock main = null;
		try {
			entry = LockRange.ENTRY.lock(waiting.channel(), shared);
			main = LockRange.MAIN.lock(waiting.channel(), shared);
			return this.state.compareAndSet(State.WAITING, State.CLAIMED) ? main : null;
		}
		catch (ClosedChannelException | OverlappingFileLockException ex) {
			return null;
		}
		catch (IOException ex) {
			// A deadlock, or what one try will tell better
			return null;
		}
		finally {
			release(waiting, entry);
			if (this.state.get() != State.CLAIMED) {
				release(waiting, main);
			}
		}
	}

	private static void release(LockChannel waiting, @Nullable FileLock lock) throws IOException {
		if (lock != null && waiting.channel().isOpen()) {
			try {
				lock.release();
			}
			catch (ClosedChannelException ex) {
				// Called off meanwhile
			}
		}
	}

	@Override
	public void cancel() {
		if (this.state.compareAndSet(State.WAITING, State.CANCELLED)) {
			try {
				this.channel.channel().close();
			}
			catch (IOException ex) {
				// It is of no use any more either way
			}
		}
	}

	private enum State {

		WAITING, CLAIMED, CANCELLED

	}

}
