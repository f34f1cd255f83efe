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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;

/**
 * A lock file in one mode, seen as a {@link Lock}.
 */
final class LockView implements Lock {

	private final DefaultLockFile lockFile;

	private final LockMode mode;

	LockView(DefaultLockFile lockFile, LockMode mode) {
		this.lockFile = lockFile;
		this.mode = mode;
	}

	@Override
	public void lock() {
		this.lockFile.acquire(this.mode, LockFiles.FOREVER, false);
	}

	@Override
	public void lockInterruptibly() throws InterruptedException {
		acquire(LockFiles.FOREVER);
	}

	@Override
	public boolean tryLock() {
		return this.lockFile.tryAcquire(this.mode).isPresent();
	}

	@Override
	public boolean tryLock(long time, TimeUnit unit) throws InterruptedException {
		try {
			acquire(Duration.ofNanos(unit.toNanos(time)));
			return true;
		}
		catch (LockUnavailableException ex) {
			return false;
		}
	}

	private void acquire(Duration timeout) throws InterruptedException {
		if (Thread.interrupted()) {
			throw new InterruptedException();
		}
		try {
			this.lockFile.acquire(this.mode, timeout, true);
		}
		catch (LockInterruptedException ex) {
			Thread.interrupted();
			InterruptedException interrupted = new InterruptedException(ex.getMessage());
			interrupted.initCause(ex);
			throw interrupted;
		}
	}

	@Override
	public void unlock() {
		Hold hold = this.lockFile.innermost(this.mode);
		if (hold == null) {
			throw new IllegalMonitorStateException("Lock %s (strategy %s) is not held %s by this thread"
				.formatted(this.lockFile.path(), this.lockFile.strategy(), this.mode));
		}
		hold.close();
	}

	@Override
	public Condition newCondition() {
		throw new UnsupportedOperationException("A lock between processes has no conditions");
	}

	@Override
	public String toString() {
		return "%s, %s".formatted(this.lockFile, this.mode);
	}

}
