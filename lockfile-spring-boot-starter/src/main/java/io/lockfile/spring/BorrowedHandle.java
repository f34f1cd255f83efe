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

package io.lockfile.spring;

import java.time.Duration;
import java.time.Instant;

import io.lockfile.LockFile;
import io.lockfile.LockHandle;
import io.lockfile.LockMode;

/**
 * A handle for those who must not close it, because somebody else will.
 *
 * @param handle the handle
 */
record BorrowedHandle(LockHandle handle) implements LockHandle {

	@Override
	public LockFile lockFile() {
		return this.handle.lockFile();
	}

	@Override
	public LockMode mode() {
		return this.handle.mode();
	}

	@Override
	public Instant acquiredAt() {
		return this.handle.acquiredAt();
	}

	@Override
	public Duration waited() {
		return this.handle.waited();
	}

	@Override
	public long fencingToken() {
		return this.handle.fencingToken();
	}

	@Override
	public boolean previousHolderCrashed() {
		return this.handle.previousHolderCrashed();
	}

	@Override
	public boolean isValid() {
		return this.handle.isValid();
	}

	@Override
	public void ensureValid() {
		this.handle.ensureValid();
	}

	@Override
	public void closeAfter(Duration minHold) {
		close();
	}

	@Override
	public void close() {
		throw new IllegalStateException("Lock %s is released when the body that it protects has ended, not by the body"
			.formatted(this.handle.lockFile().path()));
	}

}
