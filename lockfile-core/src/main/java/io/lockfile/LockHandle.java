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
import java.time.Instant;

/**
 * One hold of a lock. The lock is released when the last handle of its holder is closed.
 * <p>
 * A handle may be used and closed from any thread. Reentrancy stays with the thread that
 * acquired it until then.
 *
 * @since 0.1.0
 */
public interface LockHandle extends AutoCloseable {

	/**
	 * Return what is held.
	 * @return the lock file
	 */
	LockFile lockFile();

	/**
	 * Return the mode that was asked for. A shared handle nested in an exclusive hold is
	 * as safe as the hold is.
	 * @return the mode
	 */
	LockMode mode();

	/**
	 * Return when the lock was obtained.
	 * @return the time by the wall clock
	 */
	Instant acquiredAt();

	/**
	 * Return how long its holder waited for it.
	 * @return the time from the call to the grant, by the monotonic clock
	 */
	Duration waited();

	/**
	 * Check against the file system that the lock is still held: that the handle is open,
	 * and that the path still names the file that was locked.
	 * <p>
	 * This finds files that were deleted or replaced. It can't find, on POSIX systems,
	 * that code in this JVM opened and closed the lock file by itself and so released the
	 * kernel's lock: leave lock files alone.
	 * @return {@code false} if the lock is known not to be held any more
	 */
	boolean isValid();

	/**
	 * Make sure that the lock is still held, as {@link #isValid()} can tell.
	 * @throws LockLostException if it is not
	 */
	void ensureValid();

	/**
	 * Give the lock back. Closing twice is harmless, and so is closing what was lost.
	 * @throws UnlockException if the system reported a failure; in this JVM the path is
	 * free all the same
	 */
	@Override
	void close();

}
