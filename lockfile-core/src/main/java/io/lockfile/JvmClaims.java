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
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which paths are claimed by which copy of this library in this JVM, so that copies from
 * different class loaders exclude each other before either of them opens a file: the
 * kernel's record locks belong to the process, and one copy that closes a file would end
 * the lock of the other.
 * <p>
 * All copies share one map, so it has JDK types only: the canonical path, and what is to
 * be told of the holder, as {@code {thread name, since}}, or an empty array while it is
 * not yet known whether the path can be had. It stands in the system properties because
 * nothing else in the JDK is shared by all class loaders. The key ends in the version of
 * this arrangement.
 */
final class JvmClaims {

	private static final String KEY = "io.lockfile.claims.v1";

	private static final Object[] UNDECIDED = {};

	private static final Map<String, Object[]> CLAIMS = shared();

	private JvmClaims() {
	}

	/**
	 * Enter a path, unless it is entered already.
	 * @param path the canonical path
	 * @return {@code true} if the caller has it now and has to {@link #leave} it
	 */
	static boolean tryEnter(Path path) {
		return CLAIMS.putIfAbsent(path.toString(), UNDECIDED) == null;
	}

	/**
	 * Say who holds a path that the caller has entered.
	 * @param path the canonical path
	 * @param thread the name of the thread that holds it
	 * @param since since when
	 */
	static void hold(Path path, String thread, Instant since) {
		CLAIMS.put(path.toString(), new Object[] { thread, since });
	}

	static void leave(Path path) {
		CLAIMS.remove(path.toString());
	}

	static Optional<LockOwner> findOwner(Path path) {
		return Optional.ofNullable(CLAIMS.get(path.toString()))
			.filter((entry) -> entry.length > 0)
			.map((entry) -> LocalProcess.owner((String) entry[0], (Instant) entry[1]));
	}

	@SuppressWarnings("unchecked")
	private static Map<String, Object[]> shared() {
		return (Map<String, Object[]>) System.getProperties()
			.computeIfAbsent(KEY, (key) -> new ConcurrentHashMap<String, Object[]>());
	}

}
