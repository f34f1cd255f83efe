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

	private static final Map<String, Integer> OPEN = shared();

	private JvmChannels() {
	}

	static void add(@Nullable Object fileKey) {
		if (fileKey != null) {
			OPEN.merge(fileKey.toString(), 1, Integer::sum);
		}
	}

	static void remove(@Nullable Object fileKey) {
		if (fileKey != null) {
			OPEN.computeIfPresent(fileKey.toString(), (key, count) -> (count > 1) ? count - 1 : null);
		}
	}

	/**
	 * Do something with a file that is open, while nobody else in this JVM opens or
	 * closes it.
	 * @param fileKey the file, or {@code null} where files have no number
	 * @param action what to do; is told whether the file is open more than once, and
	 * returns whether it has closed one
	 * @return what the action returned
	 * @throws IOException if the action failed
	 */
	static boolean with(@Nullable Object fileKey, Action action) throws IOException {
		if (fileKey == null) {
			return action.run(false);
		}
		boolean[] closed = new boolean[1];
		try {
			OPEN.compute(fileKey.toString(), (key, count) -> {
				closed[0] = run(action, count != null && count > 1);
				if (!closed[0] || count == null) {
					return count;
				}
				return (count > 1) ? count - 1 : null;
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
	private static Map<String, Integer> shared() {
		return (Map<String, Integer>) System.getProperties()
			.computeIfAbsent(KEY, (key) -> new ConcurrentHashMap<String, Integer>());
	}

	@FunctionalInterface
	interface Action {

		boolean run(boolean severalTimes) throws IOException;

	}

}
