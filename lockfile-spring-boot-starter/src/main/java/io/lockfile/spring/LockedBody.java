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

import java.util.concurrent.atomic.AtomicBoolean;

import org.jspecify.annotations.Nullable;

/**
 * A body that may end on another thread than it began on, and more than once.
 */
final class LockedBody {

	private final HeldLocks held;

	private final RunningBodies bodies;

	private final AtomicBoolean ended = new AtomicBoolean();

	/**
	 * Begin a body.
	 * @param held its locks
	 * @param bodies who counts it
	 * @throws io.lockfile.LockFailedException if it must not begin any more
	 */
	LockedBody(HeldLocks held, RunningBodies bodies) {
		this.held = held;
		this.bodies = bodies;
		bodies.began(held);
	}

	HeldLocks held() {
		return this.held;
	}

	/**
	 * Release the locks, the first time.
	 */
	void end() {
		if (this.ended.compareAndSet(false, true)) {
			try {
				this.held.close();
			}
			finally {
				this.bodies.ended(this.held);
			}
		}
	}

	/**
	 * Release the locks, the first time, without hiding why the body ended.
	 * @param reason the body's own failure
	 */
	void endAfter(@Nullable Throwable reason) {
		if (reason != null && !this.ended.get()) {
			this.bodies.failed(this.held, reason);
		}
		try {
			end();
		}
		catch (RuntimeException | Error ex) {
			if (reason == null) {
				throw ex;
			}
			reason.addSuppressed(ex);
		}
	}

}
