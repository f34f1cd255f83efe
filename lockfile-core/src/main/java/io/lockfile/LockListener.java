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

import org.jspecify.annotations.Nullable;

/**
 * Is told what happens to the locks of a {@link LockFiles}. Every acquisition ends in
 * exactly one {@link #acquired} or {@link #notAcquired}, every {@link #acquired} in one
 * {@link #released}. A nested acquisition by the thread that holds the lock is part of
 * its hold and no event.
 * <p>
 * Events are told on the thread that they happen to, without any lock of the engine held.
 * A listener that takes long delays its caller, and with it whoever waits for that
 * caller; so it should return soon. What a listener throws is logged and changes nothing.
 *
 * @since 0.1.0
 */
public interface LockListener {

	/**
	 * A lock is asked for, and nothing is known of how that will end. Told before
	 * anything else of an attempt, but not of one that fails before the lock's path is
	 * found: that is told as {@link #notAcquired} only.
	 * @param attempt the attempt
	 */
	default void attempting(LockAttempt attempt) {
	}

	/**
	 * A thread starts to wait, because somebody else has the lock. Locks that are
	 * obtained at once, and single tries, never wait.
	 * @param attempt the attempt
	 */
	default void waiting(LockAttempt attempt) {
	}

	/**
	 * The lock was obtained.
	 * @param attempt the attempt
	 * @param handle the hold, for looking at; {@link LockHandle#waited()} has the time
	 */
	default void acquired(LockAttempt attempt, LockHandle handle) {
	}

	/**
	 * The lock was not obtained.
	 * @param attempt the attempt
	 * @param outcome why
	 * @param waited how long that took
	 */
	default void notAcquired(LockAttempt attempt, LockOutcome outcome, Duration waited) {
	}

	/**
	 * The holder has closed his last handle, by {@link LockHandle#closeAfter}, and the
	 * lock is kept until its minimum time is over. {@link #released} follows.
	 * @param attempt the attempt that led to the hold
	 * @param held how long its holder had it
	 */
	default void kept(LockAttempt attempt, Duration held) {
	}

	/**
	 * The lock was given back, and others may have it already.
	 * @param attempt the attempt that led to the hold
	 * @param held how long its holder had it, up to the moment in which he closed his
	 * last handle. If that was by {@link LockHandle#closeAfter}, the lock was kept for
	 * longer, and this is told when that time is over
	 */
	default void released(LockAttempt attempt, Duration held) {
	}

	/**
	 * The hold was found to have ended without its holder. Told once per hold, on the
	 * thread that finds it: when the holder checks it, by the look that is taken at holds
	 * once a second, or when a hold of 10 ms or more is closed.
	 * {@link LockHandle#isValid()} says what can be found.
	 * @param attempt the attempt that led to the hold
	 * @param handle the hold
	 */
	default void lost(LockAttempt attempt, LockHandle handle) {
	}

	/**
	 * Somebody else's lock was broken: because its holder's death was proved, because it
	 * had expired, or because an operator asked for it. Whoever broke it doesn't hold it
	 * yet, and another one may be faster. This may be told on a thread of the library, a
	 * moment later.
	 * @param attempt the attempt that met the lock, or that stands for the operator's
	 * wish
	 * @param owner what is known of its holder
	 */
	default void broken(LockAttempt attempt, @Nullable LockOwner owner) {
	}

}
