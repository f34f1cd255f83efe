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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import org.jspecify.annotations.Nullable;

/**
 * By which paths each file is open in this JVM in order to be locked by strategy
 * {@code os}. Two paths may lead to one file: hard links, or a directory that is mounted
 * twice. The locks of both belong to the process, and closing either file would end those
 * of the other.
 * <p>
 * The same path counts as one, however many class loaders have it open. They are near it
 * one after the other: the engine has entered the path for all class loaders whenever a
 * file is opened, locked, waited for or closed by it, and until the lock is released. So
 * whoever is near it knows that no other channel of the path has a lock, and that none is
 * being closed. Whoever calls off a wait has not entered the path; but what he does is
 * over when the wait ends, or does nothing ({@link LockChannel#callOff()}). Another path
 * is entered for itself, and both of its channels may be in use at once.
 * <p>
 * All copies of this library share one map, of JDK types, in the system properties. What
 * is done with the number of a file is done before anybody else opens it.
 */
final class JvmChannels {

	private static final String KEY = "io.lockfile.channels.v1";

	/**
	 * The path of each channel of a file. A list never changes: whoever opens or closes
	 * one puts another list in its place.
	 */
	private static final Map<String, List<String>> OPEN = shared();

	private JvmChannels() {
	}

	static void add(@Nullable String file, String path) {
		if (file != null) {
			OPEN.compute(file, (key, paths) -> with(path, paths));
		}
	}

	private static List<String> with(String path, @Nullable List<String> paths) {
		List<String> more = new ArrayList<>((paths != null) ? paths : List.of());
		more.add(path);
		return more;
	}

	static void remove(@Nullable String file, String path) {
		if (file != null) {
			OPEN.computeIfPresent(file, (key, paths) -> without(path, paths));
		}
	}

	private static @Nullable List<String> without(String path, List<String> paths) {
		List<String> less = new ArrayList<>(paths);
		less.remove(path);
		return less.isEmpty() ? null : less;
	}

	private static boolean isOpenElsewhere(String path, @Nullable List<String> paths) {
		// Nearly always there is one, the caller's
		return paths != null && paths.size() > 1 && paths.stream().anyMatch((other) -> !other.equals(path));
	}

	/**
	 * Return what is another object whenever a file that the caller has open was opened
	 * or closed by somebody else.
	 * @param file the file, or {@code null} where files have no number
	 * @return the state
	 */
	static @Nullable List<String> state(@Nullable String file) {
		return (file != null) ? OPEN.get(file) : null;
	}

	/**
	 * Tell whether a file has been open by no other path since the caller asked for its
	 * state. Otherwise what he has locked meanwhile may have ended by a closing that had
	 * begun before: the JVM forgets the locks of a channel first, and closes it then.
	 * @param file the file, or {@code null} where files have no number
	 * @param path by which the caller has it open
	 * @param before its state then
	 * @return {@code true} if it has not
	 */
	static boolean isAlone(@Nullable String file, String path, @Nullable List<String> before) {
		return !isOpenElsewhere(path, before) && state(file) == before;
	}

	/**
	 * Do something with a file that is open, while nobody else in this JVM opens or
	 * closes it.
	 * @param file the file, or {@code null} where files have no number
	 * @param path by which the caller has it open
	 * @param action what to do; is told whether the file is open by another path, too,
	 * and returns whether it has closed the caller's channel
	 * @return what the action returned
	 * @throws IOException if the action failed
	 */
	static boolean with(@Nullable String file, String path, Action action) throws IOException {
		if (file == null) {
			return action.run(false);
		}
		boolean[] closed = new boolean[1];
		try {
			OPEN.compute(file, (key, paths) -> {
				closed[0] = run(action, isOpenElsewhere(path, paths));
				return (closed[0] && paths != null) ? without(path, paths) : paths;
			});
		}
		catch (UncheckedIOException ex) {
			throw ex.getCause();
		}
		return closed[0];
	}

	private static boolean run(Action action, boolean openElsewhere) {
		try {
			return action.run(openElsewhere);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@SuppressWarnings("unchecked")
	private static Map<String, List<String>> shared() {
		return (Map<String, List<String>>) System.getProperties()
			.computeIfAbsent(KEY, (key) -> new ConcurrentHashMap<String, List<String>>());
	}

	@FunctionalInterface
	interface Action {

		boolean run(boolean openElsewhere) throws IOException;

	}

}
