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

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;

/**
 * One lockable path, from {@link LockFiles#get(String)}. Getting it touches nothing; any
 * number of instances for one path are one lock, however they spell it.
 *
 * <h2>Guaranteed</h2>
 * <ul>
 * <li>While a hold in {@link LockMode#EXCLUSIVE} is open, no other acquisition of the
 * path succeeds in this JVM, nor in any process that honours the strategy's protocol on
 * the same file system.</li>
 * <li>Whoever returns from an {@code acquire} method without an exception holds the
 * lock.</li>
 * <li>Threads of this JVM obtain it in the order in which they asked for it, as far as
 * they use one copy of the library.</li>
 * <li>The thread that holds it may acquire it again, through the same {@link LockFiles},
 * as often as it likes; the lock is free when all of these handles are closed. Another
 * {@code LockFiles} is somebody else, even on the same thread, and a lock that is only
 * {@linkplain LockHandle#closeAfter kept} for a while belongs to no thread. A shared
 * acquisition within an exclusive hold nests; the reverse is refused, because two holders
 * that both do it would wait for each other.</li>
 * </ul>
 *
 * <h2>Not guaranteed</h2>
 * <ul>
 * <li>Order between processes. But where the strategy can wait in the system, a process
 * that releases the lock and asks again overtakes those that wait at most once; if its
 * holds take microseconds, a few times.</li>
 * <li>Exclusion of processes that don't ask for the lock, or that delete or replace the
 * lock file. {@link LockHandle#isValid()} finds the latter.</li>
 * </ul>
 *
 * @since 0.1.0
 */
public interface LockFile {

	/**
	 * Return the path that is locked.
	 * @return the absolute path, as spelled by whoever asked for it
	 */
	Path path();

	/**
	 * Return the strategy that locks it.
	 * @return the name of the strategy
	 */
	String strategy();

	/**
	 * Tell whether the lock can be held in a mode, which depends on its strategy.
	 * @param mode the mode
	 * @return {@code false} if acquiring it in that mode is refused
	 */
	boolean supports(LockMode mode);

	/**
	 * Return the same lock under a declared name, which listeners, meters and messages
	 * use. Use one of a few names where paths are many.
	 * @param name the name
	 * @return the lock with that name
	 */
	LockFile named(String name);

	/**
	 * Return the same lock for somebody who uses it, such as a method: so that whoever
	 * looks sees who has it or waits for it. It excludes whom it would exclude anyway.
	 * @param user who that is, for people
	 * @return the lock whose attempts say that
	 * @see LockAttempt#user()
	 */
	LockFile usedBy(String user);

	/**
	 * Acquire the lock exclusively, waiting up to the default timeout of the
	 * {@link LockFiles}.
	 * @return the hold, to be closed
	 * @throws LockNotAcquiredException as {@link #acquire(LockMode, Duration)} does
	 */
	LockHandle acquire();

	/**
	 * Acquire the lock exclusively.
	 * @param timeout how long to wait, as in {@link #acquire(LockMode, Duration)}
	 * @return the hold, to be closed
	 * @throws LockNotAcquiredException as {@link #acquire(LockMode, Duration)} does
	 */
	LockHandle acquire(Duration timeout);

	/**
	 * Acquire the lock.
	 * @param mode the mode
	 * @param timeout how long to wait: zero or negative for one try,
	 * {@link LockFiles#FOREVER} without a limit, which no negative duration is. Time is
	 * measured by the monotonic clock
	 * @return the hold, to be closed
	 * @throws AlreadyLockedException if somebody else has it and the timeout asks for one
	 * try, or {@linkplain LockFiles#stopWaiting() waiting was stopped} before
	 * @throws LockTimeoutException if somebody else still has it when the timeout is over
	 * @throws LockInterruptedException if the thread is interrupted before or while it
	 * waits; its interrupt flag is set again, and nobody else's hold or wait is affected.
	 * One try doesn't wait and isn't interrupted
	 * @throws LockFailedException if it can't be locked for another reason, which is
	 * never waited for; or if waiting was stopped meanwhile
	 */
	LockHandle acquire(LockMode mode, Duration timeout);

	/**
	 * Try once to acquire the lock exclusively.
	 * @return the hold, to be closed, or empty if somebody else has it
	 * @throws LockFailedException if it can't be locked for another reason
	 */
	Optional<LockHandle> tryAcquire();

	/**
	 * Try once to acquire the lock.
	 * @param mode the mode
	 * @return the hold, to be closed, or empty if somebody else has it
	 * @throws LockFailedException if it can't be locked for another reason
	 */
	Optional<LockHandle> tryAcquire(LockMode mode);

	/**
	 * Acquire the lock without a thread that waits for it. The hold belongs to its
	 * handle: no thread re-enters it, {@link #release()} doesn't close it, and it lasts
	 * until the handle is closed.
	 * <p>
	 * Where the lock is free, this claims it on the calling thread, which takes as long
	 * as the file system takes, and the stage is complete. Else the stage completes on a
	 * thread of the library. A thread that holds the lock doesn't nest here: what it asks
	 * for waits for its own hold.
	 * <p>
	 * Cancelling the {@linkplain CompletionStage#toCompletableFuture() future} of this
	 * stage gives up; a lock that is obtained in that moment is given back, and the
	 * listeners are told {@link LockOutcome#INTERRUPTED}. It does nothing to a stage that
	 * is complete, nor does cancelling a stage that depends on this one.
	 * @param mode the mode
	 * @param timeout how long to wait, as in {@link #acquire(LockMode, Duration)}
	 * @return a stage of the hold, to be closed; it completes with the exceptions that
	 * {@link #acquire(LockMode, Duration)} throws, but for the one about interrupts; this
	 * method itself throws none of them
	 */
	CompletionStage<LockHandle> acquireAsync(LockMode mode, Duration timeout);

	/**
	 * Close the innermost open handle that the current thread acquired through the same
	 * {@link LockFiles}.
	 * @throws NotLockedException if nobody is known to hold the lock
	 * @throws NotMyLockException if somebody else holds it: another thread, another
	 * {@code LockFiles}, or another process
	 * @throws UnlockException as {@link LockHandle#close()} does
	 */
	void release();

	/**
	 * Tell whether the current thread holds the lock through the same {@link LockFiles}.
	 * @return {@code true} if it has an open handle
	 */
	boolean isHeldByCurrentThread();

	/**
	 * Tell whether a holder is seen, without claiming or disturbing anything:
	 * {@code owner().isPresent()}. This is for showing it to people; to decide whether to
	 * do something, {@linkplain #tryAcquire() try to acquire} the lock.
	 * @return {@code true} if a holder is seen, which may be one that died elsewhere;
	 * {@code false} if there is none, or none that can be seen
	 */
	boolean isLocked();

	/**
	 * Look who holds the lock, without claiming or disturbing anything.
	 * <p>
	 * In the instant of a hand-over the answer may be the previous holder, the next one,
	 * or empty; and by the time it is used it may be wrong anyway.
	 * <p>
	 * Holders in this JVM are always seen. Of other processes, strategy {@code os} sees
	 * those in the kernel's table on Linux, programs that know nothing of this library
	 * included, on file systems that {@code /proc/locks} names as {@code stat} does.
	 * Holders that use this library also leave a record beside an empty lock file, which
	 * tells host, thread and time, and which is all there is on other systems and between
	 * containers. A record of a process that died is not shown where its death can be
	 * proved: on the same host and in the same pid namespace. Elsewhere it is shown until
	 * the next holder has written its own.
	 * <p>
	 * This doesn't throw: failures to look are logged at debug level and give empty.
	 * @return what is known of the holder, or of one of the shared holders, or empty
	 */
	Optional<LockOwner> owner();

	/**
	 * Break the lock, whoever holds it and whether or not he lives: for an operator who
	 * knows that it is in the way. The holder finds out by {@link LockHandle#isValid()},
	 * his listeners are told that it is lost, and his release leaves the next holder
	 * alone; but his body goes on, so that two may run at once. Listeners of this
	 * instance are told that it was broken.
	 * <p>
	 * Whoever obtains the lock while this runs keeps it. Within the JVM of the holder the
	 * path stays with him until he closes his handle. Locks that end with their holder's
	 * process can't be broken, but by ending it; and a holder that was stopped within its
	 * first second has to be ended, too.
	 * @return {@code true} if a lock was broken, and {@code false} if there was none
	 * @throws LockFailedException if it can't be broken: with the strategies {@code os}
	 * and {@code flock}, naming the owner as far as he is known, or because that failed
	 */
	boolean breakLock();

	/**
	 * Break the lock as {@link #breakLock()} does, but not if its holder is seen to live.
	 * @return {@code true} if a lock was broken, and {@code false} if there was none
	 * @throws LockFailedException if its holder lives, or as {@link #breakLock()} does
	 */
	boolean breakLockUnlessAlive();

	/**
	 * Return a view of this lock, in exclusive mode, as a {@link Lock}.
	 * <p>
	 * {@link Lock#lock()} waits forever and is not interrupted, but fails once
	 * {@linkplain LockFiles#stopWaiting() waiting was stopped} and somebody has the lock.
	 * {@link Lock#tryLock()} is one try. A lock that is held has to be unlocked by the
	 * thread that locked it, as often as it did; else {@link Lock#unlock()} throws an
	 * {@link IllegalMonitorStateException}. Handles of the thread and this view are one
	 * hold. Whatever prevents locking apart from another holder is a
	 * {@link LockFailedException}. There are no conditions: {@link Lock#newCondition()}
	 * throws an {@link UnsupportedOperationException}.
	 * @return the view
	 */
	Lock asLock();

	/**
	 * Return a view of this lock as a {@link ReadWriteLock}: reading is shared, writing
	 * exclusive, and both are as in {@link #asLock()}.
	 * <p>
	 * A thread that writes may also read. Until all of its locks are unlocked it keeps
	 * others from reading too: unlocking the write lock first does not admit them, as the
	 * system has no downgrade without a gap. A thread that reads and wants to write gets
	 * a {@link LockFailedException} at once.
	 * @return the view
	 */
	ReadWriteLock asReadWriteLock();

}
