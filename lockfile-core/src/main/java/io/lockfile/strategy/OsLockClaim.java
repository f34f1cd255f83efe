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
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;

import io.lockfile.ClaimRequest;
import io.lockfile.LockClaim;

/**
 * A lock that the kernel has given to this process.
 */
final class OsLockClaim implements LockClaim {

	private final LockChannel channel;

	private final FileLock lock;

	private final ClaimRequest request;

	OsLockClaim(LockChannel channel, FileLock lock, ClaimRequest request) {
		this.channel = channel;
		this.lock = lock;
		this.request = request;
		channel.rememberKernelTable();
	}

	@Override
	public boolean isValid() {
		try {
			return this.lock.isValid() && this.channel.isStillNamed() && this.channel.isStillLocked();
		}
		catch (IOException ex) {
			// Not known to have ended: a network file system may fail for a while
			return true;
		}
	}

	@Override
	public boolean isInPlace() {
		try {
			return this.lock.isValid() && this.channel.isStillNamed();
		}
		catch (IOException ex) {
			return true;
		}
	}

	@Override
	public boolean isOpenToSharers() {
		try {
			return isInPlace() && (!LockRange.WAITS || this.channel.isNobodyNext(true));
		}
		catch (OverlappingFileLockException | IOException ex) {
			return true;
		}
	}

	@Override
	public void release() throws IOException {
		if (!this.lock.isValid()) {
			return;
		}
		if (this.request.deletesOnRelease()) {
			this.channel.releaseAndDelete(this.request, this.lock);
		}
		else {
			this.channel.release(this.lock);
			this.channel.releaseLeft();
		}
	}

}
