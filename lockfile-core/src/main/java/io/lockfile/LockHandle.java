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
	 * Return the fencing token of this hold: a number that is greater than every token
	 * that was fixed before for this path, by any process, across crashes, restarts and
	 * the deletion of the lock file. It was fixed before the lock was handed out.
	 * <p>
	 * Pass it on with every write to what the lock protects, and have that refuse tokens
	 * lower than the greatest it has seen: then a holder that was stopped for so long
	 * that it lost its lock can't overwrite what its successor wrote. Handles that are
	 * nested have the token of the hold they are nested in.
	 * @return the token
	 * @throws IllegalStateException if fencing is switched off, see
	 * {@link LockFiles.Builder#fencing(boolean)}
	 */
	long fencingToken();

	/**
	 * Tell whether the last exclusive holder before this one died while it held the lock,
	 * so that what it worked on may be half done.
	 * <p>
	 * This is known if that holder used this library and could leave an owner record
	 * beside the lock file, which has to be empty for that. A holder of another program
	 * leaves no trace here. The answer stays the same for shared holders until an
	 * exclusive one has given the lock back, for it is the one that can mend things.
	 * @return {@code true} if it is known to have died
	 */
	boolean previousHolderCrashed();

	/**
	 * Check against the file system that the lock is still held: that the handle is open,
	 * that the path still names the file that was locked, and on Linux, where the
	 * kernel's table of locks shows it, that the kernel still knows of the lock.
	 * <p>
	 * This finds files that were deleted or replaced, and on Linux also that code in this
	 * JVM opened and closed the lock file by itself, which releases the kernel's lock on
	 * POSIX systems. It can't find the latter on other systems, nor on file systems that
	 * {@code /proc/locks} names in another way than {@code stat} does; nor can it find
	 * what happens a moment after it has looked. A network file system that doesn't
	 * answer is not taken for a loss.
	 * <p>
	 * Holds are also looked at every second (a hundred or so at a time). A hold of 10 ms
	 * or more is looked at once more when it is closed, for deleted and replaced files
	 * only. Listeners are told of a loss then. The check takes a tenth of a millisecond,
	 * more if there are thousands of locks on the machine.
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
