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
import java.util.concurrent.atomic.AtomicReferenceArray;

import org.jspecify.annotations.Nullable;

/**
 * Which paths are claimed by which copy of this library in this JVM, so that copies from
 * different class loaders exclude each other before either of them opens a file: the
 * kernel's record locks belong to the process, and one copy that closes a file would end
 * the lock of the other.
 * <p>
 * All copies share one map, so it has JDK types only: the canonical path, and what is to
 * be told of the holder, as thread name and {@code Instant}, or {@code null} for both
 * while it is not yet known whether the path can be had. It stands in the system
 * properties because nothing else in the JDK is shared by all class loaders. The key ends
 * in the version of this arrangement.
 */
final class JvmClaims {

	private static final String KEY = "io.lockfile.claims.v1";

	private static final Map<String, AtomicReferenceArray<Object>> CLAIMS = shared();

	private JvmClaims() {
	}

	/**
	 * Enter a path, unless it is entered already.
	 * @param path the canonical path
	 * @return the caller's entry, to be {@link #leave left}, or {@code null} if somebody
	 * else has one
	 */
	static @Nullable AtomicReferenceArray<Object> tryEnter(String path) {
		AtomicReferenceArray<Object> entry = new AtomicReferenceArray<>(2);
		return (CLAIMS.putIfAbsent(path, entry) == null) ? entry : null;
	}

	/**
	 * Say who holds a path that the caller has entered.
	 * @param entry the caller's entry
	 * @param thread the name of the thread that holds it
	 * @param since since when
	 */
	static void hold(AtomicReferenceArray<Object> entry, String thread, Instant since) {
		entry.setPlain(0, thread);
		entry.set(1, since);
	}

	static void leave(String path, AtomicReferenceArray<Object> entry) {
		CLAIMS.remove(path, entry);
	}

	static Optional<LockOwner> findOwner(Path path) {
		return Optional.ofNullable(CLAIMS.get(path.toString()))
			.filter((entry) -> entry.get(1) != null)
			.map((entry) -> LocalProcess.owner((String) entry.get(0), (Instant) entry.get(1)));
	}

	@SuppressWarnings("unchecked")
	private static Map<String, AtomicReferenceArray<Object>> shared() {
		return (Map<String, AtomicReferenceArray<Object>>) System.getProperties()
			.computeIfAbsent(KEY, (key) -> new ConcurrentHashMap<String, AtomicReferenceArray<Object>>());
	}

}
