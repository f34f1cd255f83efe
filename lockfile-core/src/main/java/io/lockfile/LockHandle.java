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
 * acquired it until then; a hold of {@link LockFile#acquireAsync} has none, and neither
 * has one that is only {@linkplain #closeAfter kept}.
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
	 * Return when the lock was obtained; a nested handle returns that of its hold.
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
	 * that was fixed before for this path by any process with fencing switched on, across
	 * crashes, restarts and the deletion of the lock file. It was fixed before the lock
	 * was handed out.
	 * <p>
	 * Tokens are positive and may have gaps. Every hold gets one, shared ones too. All
	 * who use the path have to switch fencing on, since holders without it have no token.
	 * Deleting {@code .<name>.fence} starts the tokens anew, and those of strategies
	 * without files last as long as the JVM.
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
	 * Tell whether the last exclusive holder left without giving the lock back, so that
	 * what it worked on may be half done: it was killed, its machine failed, or its JVM
	 * exited without closing the handle. A body that threw an exception and closed its
	 * handle is not meant.
	 * <p>
	 * {@code false} means that nothing is known of such an end. It can be known if that
	 * holder used this library and left an owner record beside the lock file, which has
	 * to be empty for that; a power failure may lose the record. A JVM that ended while
	 * it {@linkplain #closeAfter kept} the lock is reported, and a holder on another host
	 * or in another container that lost its lock file and runs on is as well.
	 * <p>
	 * The answer stays the same until the next exclusive hold is closed: whoever gets
	 * {@code true} has to mend things in that hold, or to remember it elsewhere.
	 * @return {@code true} if its owner record was left behind
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
	 * what happens a moment after it has looked. On Windows, which doesn't number files
	 * for Java, it finds files that were deleted and none that were replaced. A network
	 * file system that doesn't answer is not taken for a loss.
	 * <p>
	 * The listeners are told of a loss the first time that it is found. Holds older than
	 * half a second are also looked at without asking, once a second: a thousand or so of
	 * them for files that were deleted or replaced, and ten to a hundred for everything.
	 * Holds of 10 ms or more are looked at when they are closed, for deleted and replaced
	 * files only. A shorter one may be lost without an event. With strategy {@code os}
	 * the check takes a tenth of a millisecond in a JVM that has warmed up, and more if
	 * there are thousands of locks on the machine.
	 * @return {@code false} if the lock is known not to be held any more
	 */
	boolean isValid();

	/**
	 * Make sure that the lock is still held, as {@link #isValid()} can tell.
	 * @throws LockLostException if the handle is closed or the lock is known to be lost
	 */
	void ensureValid();

	/**
	 * Close this handle; the lock is given back with the last handle of its holder.
	 * Closing twice is harmless, and so is closing what was lost.
	 * @throws UnlockException if the system reported a failure; in this JVM the path is
	 * free all the same
	 */
	@Override
	void close();

	/**
	 * Close this handle as {@link #close()} does, but let the lock be kept until it was
	 * held for a time since {@link #acquiredAt()}, by the monotonic clock. This returns
	 * at once; if that time has passed already, it is {@link #close()}.
	 * <p>
	 * For its user the handle is closed: closing it once more is harmless, and doesn't
	 * shorten the time. The lock belongs to no thread from then on. Whoever wants it
	 * waits, the thread that acquired it too, unless that still has another handle of
	 * this hold that is not kept. {@link LockFile#release()} and
	 * {@link LockFile#isHeldByCurrentThread()} don't see a kept handle.
	 * {@link #isValid()} goes on telling whether the lock stands until it is given back,
	 * and the listeners are told of a loss.
	 * <p>
	 * A thread of the library gives it back; a failure of that is logged. Neither closing
	 * the {@link LockFiles} ends the hold, nor does the hold keep the JVM alive: the end
	 * of the process ends it, as that of any other hold.
	 * @param minHold how long the lock is held at least
	 * @throws UnlockException as {@link #close()} does, if the time has passed already
	 */
	void closeAfter(Duration minHold);

}
