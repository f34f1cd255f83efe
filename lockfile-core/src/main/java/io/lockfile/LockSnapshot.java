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
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;

/**
 * Who holds one path and who waits for it in this JVM, at the instant of
 * {@link LockFiles#snapshot()}.
 *
 * @param path the canonical path
 * @param holds the holds, more than one only if they are shared
 * @param waiting who waits, in the order in which they are served
 * @since 0.1.0
 */
public record LockSnapshot(Path path, List<Held> holds, List<Waiting> waiting) {

	/**
	 * A hold.
	 *
	 * @param attempt the attempt that led to it
	 * @param thread the name of the thread that asked for it
	 * @param since when it began, by the wall clock
	 * @param held how long it has lasted, by the monotonic clock
	 * @param fencingToken its fencing token, or empty if fencing is switched off
	 * @param lost whether it is known to have ended without its holder, which may not
	 * have noticed yet
	 */
	public record Held(LockAttempt attempt, String thread, Instant since, Duration held, OptionalLong fencingToken,
			boolean lost) {
	}

	/**
	 * Somebody who waits.
	 *
	 * @param attempt the attempt
	 * @param thread the name of the thread that asks
	 * @param waited for how long so far, by the monotonic clock
	 */
	public record Waiting(LockAttempt attempt, String thread, Duration waited) {
	}

}
