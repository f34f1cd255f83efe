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

import java.io.IOException;
import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * A path that a {@link LockStrategy} has claimed for this process. The engine shares one
 * claim between nested and shared holders and releases it once, after the last of them.
 *
 * @since 0.1.0
 */
public interface LockClaim {

	/**
	 * Check against the file system that the claim still stands. Looking takes no lock,
	 * and opens no file that this claim has locked.
	 * @return {@code false} if it is known to have ended; {@code true} does not exclude
	 * what the platform can't tell
	 */
	boolean isValid();

	/**
	 * Check only that which costs little of what {@link #isValid()} checks.
	 * @return {@code false} if it is known to have ended
	 */
	default boolean isInPlace() {
		return isValid();
	}

	/**
	 * Tell whether another shared holder of this process may join this shared claim: it
	 * still stands, and no other process waits that the newcomer would overtake.
	 * @return {@code false} if the newcomer is to queue for a claim of its own
	 */
	default boolean isOpenToSharers() {
		return isInPlace();
	}

	/**
	 * Tell whether the holder before this one died while it held the path, as far as what
	 * it left behind shows that.
	 * @return {@code true} if it is known to have died
	 */
	default boolean isAfterCrash() {
		return false;
	}

	/**
	 * Return how often the claim is to be {@linkplain #renew() renewed} while it is held.
	 * @return an interval of a second or more, or {@code null} if it needs no renewal
	 */
	default @Nullable Duration renewInterval() {
		return null;
	}

	/**
	 * Show others that the holder lives. Called by a thread of the engine, never by two
	 * at once, and perhaps while the claim is released. A claim that has ended meanwhile
	 * leaves alone what a successor has put in its place.
	 * @throws IOException if that failed; it is tried again soon, and the claim stands as
	 * long as {@link #isValid()} says so
	 */
	default void renew() throws IOException {
	}

	/**
	 * Give the path back. A claim that has ended without us is given up in silence, and
	 * whatever a successor has put in its place is left alone.
	 * @throws IOException if that failed; the claim must not be in the way of another one
	 * in this JVM all the same
	 */
	void release() throws IOException;

}
