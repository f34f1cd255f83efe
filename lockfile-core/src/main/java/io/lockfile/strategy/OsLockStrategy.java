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
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

import io.lockfile.BlockingClaim;
import io.lockfile.ClaimRequest;
import io.lockfile.LockClaim;
import io.lockfile.LockOwner;
import io.lockfile.LockStrategy;
import io.lockfile.StrategyLabel;

/**
 * The kernel's own locks through {@link FileChannel}: POSIX record locks, and
 * {@code LockFileEx} on Windows. The kernel releases them when the process ends, however
 * that comes about. They exclude everybody who locks the same file with {@code fcntl(2)}
 * or {@code lockf(3)}.
 * <p>
 * Record locks belong to the process and the file, not to the descriptor: closing any
 * descriptor of the file ends them. So a file is opened and closed only while the engine
 * lets nobody else in this JVM near its path, and stays open between claims.
 */
public final class OsLockStrategy implements LockStrategy {

	/**
	 * How often the file may be exchanged between looking and locking before that is
	 * taken for a fault instead of bad luck.
	 */
	static final int MOST_EXCHANGES = 100;

	private static final StrategyLabel LABEL = new StrategyLabel("`P`; the file stays", true,
			StrategyLabel.AfterCrash.RELEASED,
			LockRange.WAITS ? StrategyLabel.Waiting.KERNEL : StrategyLabel.Waiting.POLLING,
			"Safe where the server locks: NFS 4, NFS 3 with lockd, SMB with byte-range locks; not with `nolock`, "
					+ "`local_lock` or `nobrl`",
			"nothing", List.of("Python fasteners", "oslo.concurrency", "lockf(3)"),
			"Closing any descriptor of the file in the holder's process ends the lock; the holder is told");

	@Override
	public String name() {
		return "os";
	}

	@Override
	public StrategyLabel label() {
		return LABEL;
	}

	@Override
	public boolean tellsOwner() {
		return false;
	}

	@Override
	public @Nullable LockClaim tryClaim(ClaimRequest request) throws IOException {
		return tryOnce(request);
	}

	static @Nullable LockClaim tryOnce(ClaimRequest request) throws IOException {
		for (int i = 0; i < MOST_EXCHANGES; i++) {
			LockChannel channel = LockChannel.of(request);
			FileLock lock = channel.tryLock(request);
			if (lock == null) {
				return null;
			}
			OsLockClaim claim = verify(channel, lock, request);
			if (claim != null) {
				return claim;
			}
		}
		throw exchanged(request.path());
	}

	/**
	 * Make sure that the path still names the file that was locked.
	 * @param channel the file
	 * @param lock the lock on it
	 * @param request what to claim
	 * @return the claim, or {@code null} if the file was deleted or replaced meanwhile
	 * @throws IOException if that can't be found out
	 */
	static @Nullable OsLockClaim verify(LockChannel channel, FileLock lock, ClaimRequest request) throws IOException {
		OsLockClaim claim = null;
		try {
			claim = channel.isStillNamed() ? new OsLockClaim(channel, lock, request) : null;
			return claim;
		}
		finally {
			if (claim == null) {
				request.keep(null);
				try {
					lock.release();
				}
				finally {
					channel.abandon();
				}
			}
		}
	}

	static FileSystemException exchanged(Path path) {
		return new FileSystemException(path.toString(), null,
				"the file is deleted or replaced again and again while it is being locked. Find out by whom");
	}

	@Override
	public @Nullable BlockingClaim prepareBlocking(ClaimRequest request) throws IOException {
		return LockRange.WAITS ? new OsBlockingClaim(request) : null;
	}

	@Override
	public Optional<LockOwner> findOwner(Path path) throws IOException {
		return ProcLocks.findOwner(path, ProcLocks.Kind.RECORD);
	}

}
