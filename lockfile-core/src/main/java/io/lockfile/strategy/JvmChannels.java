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

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import org.jspecify.annotations.Nullable;

/**
 * How often each file is open in this JVM in order to be locked by strategy {@code os}.
 * Two paths may lead to one file: hard links, or a directory that is mounted twice. The
 * locks of both belong to the process, and closing either file would end those of the
 * other.
 * <p>
 * All copies of this library share one map, of JDK types, in the system properties. What
 * is done with the number of a file is done before anybody else opens it.
 */
final class JvmChannels {

	private static final String KEY = "io.lockfile.channels.v1";

	/**
	 * What a closing adds that is not the last one.
	 */
	private static final long CLOSING = 1L << 32;

	/**
	 * How often each file is open, and in the upper half how often it was closed while it
	 * was open elsewhere.
	 */
	private static final Map<String, Long> OPEN = shared();

	private JvmChannels() {
	}

	static void add(@Nullable String file) {
		if (file != null) {
			OPEN.merge(file, 1L, Long::sum);
		}
	}

	static void remove(@Nullable String file) {
		if (file != null) {
			OPEN.computeIfPresent(file, (key, state) -> without(state));
		}
	}

	private static @Nullable Long without(long state) {
		return isSeveral(state) ? state - 1 + CLOSING : null;
	}

	private static boolean isSeveral(long state) {
		return (int) state > 1;
	}

	/**
	 * Return what changes whenever a file that the caller has open is opened or closed by
	 * somebody else.
	 * @param file the file, or {@code null} where files have no number
	 * @return the state
	 */
	static long state(@Nullable String file) {
		return (file != null) ? OPEN.getOrDefault(file, 1L) : 1;
	}

	/**
	 * Tell whether nobody but the caller has had a file open since he asked for its
	 * state. Otherwise what he has locked meanwhile may have ended by a closing that had
	 * begun before: the JVM forgets the locks of a channel first, and closes it then.
	 * @param file the file, or {@code null} where files have no number
	 * @param before its state then
	 * @return {@code true} if nobody has
	 */
	static boolean isAlone(@Nullable String file, long before) {
		return !isSeveral(before) && state(file) == before;
	}

	/**
	 * Do something with a file that is open, while nobody else in this JVM opens or
	 * closes it.
	 * @param file the file, or {@code null} where files have no number
	 * @param action what to do; is told whether the file is open more than once, and
	 * returns whether it has closed one
	 * @return what the action returned
	 * @throws IOException if the action failed
	 */
	static boolean with(@Nullable String file, Action action) throws IOException {
		if (file == null) {
			return action.run(false);
		}
		boolean[] closed = new boolean[1];
		try {
			OPEN.compute(file, (key, state) -> {
				closed[0] = run(action, state != null && isSeveral(state));
				return (closed[0] && state != null) ? without(state) : state;
			});
		}
		catch (UncheckedIOException ex) {
			throw ex.getCause();
		}
		return closed[0];
	}

	private static boolean run(Action action, boolean severalTimes) {
		try {
			return action.run(severalTimes);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@SuppressWarnings("unchecked")
	private static Map<String, Long> shared() {
		return (Map<String, Long>) System.getProperties()
			.computeIfAbsent(KEY, (key) -> new ConcurrentHashMap<String, Long>());
	}

	@FunctionalInterface
	interface Action {

		boolean run(boolean severalTimes) throws IOException;

	}

}
