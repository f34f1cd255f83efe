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

package io.lockfile.strategy;

import java.util.Optional;

import org.jspecify.annotations.Nullable;

import io.lockfile.LockOwner;
import io.lockfile.ProcessIdentity;

/**
 * What stands in the files that this library leaves as markers, or behind them: a line
 * with the version of the format, and one that identifies the process. It begins with a
 * letter, since {@code dotlockfile -p} would take digits for a pid.
 *
 * <pre>
 * lockfile-marker 1
 * 4711-4217-9f1c3a5e7b2d4f60-build-3
 * </pre>
 */
final class MarkerText {

	private static final String FORMAT = "lockfile-marker 1\n";

	private MarkerText() {
	}

	static String ours() {
		return FORMAT + ProcessIdentity.current() + "\n";
	}

	/**
	 * Read who left a marker.
	 * @param text the content of a file
	 * @return the process, or empty if it is not a complete marker of this library
	 */
	static Optional<ProcessIdentity> parse(String text) {
		if (!text.startsWith(FORMAT) || !text.endsWith("\n")) {
			return Optional.empty();
		}
		return ProcessIdentity.parse(text.substring(FORMAT.length(), Math.max(text.length() - 1, FORMAT.length())));
	}

	/**
	 * Describe a process of this host that a neighbour's marker names by its pid only. To
	 * see a process with that pid is taken for a sign of life.
	 * @param pid the pid
	 * @param host the host that the marker names, or {@code null} if it names none
	 * @return the owner
	 */
	static LockOwner neighbour(long pid, @Nullable String host) {
		boolean here = host == null || host.equals(ProcessIdentity.current().host());
		boolean seen = here && ProcessHandle.of(pid).isPresent();
		return new LockOwner(pid, host, null, null, null, seen ? LockOwner.Liveness.ALIVE : LockOwner.Liveness.UNKNOWN);
	}

}
