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
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

import org.jspecify.annotations.Nullable;

/**
 * The {@link PathLock}s in use, one for each canonical path, for all {@link LockFiles}
 * that this class loader has. Who acquires a path leases its lock, and gives it back with
 * the hold, or without one; the last one takes it out of the table.
 */
final class PathLocks {

	private static final ConcurrentMap<Path, PathLock> LOCKS = new ConcurrentHashMap<>();

	private PathLocks() {
	}

	static PathLock lease(Path path) {
		return LOCKS.compute(path, (key, lock) -> {
			PathLock leased = (lock != null) ? lock : new PathLock(key);
			leased.addLease();
			return leased;
		});
	}

	static void giveBack(PathLock lock) {
		LOCKS.computeIfPresent(lock.path(), (key, leased) -> leased.removeLease() ? null : leased);
	}

	static @Nullable PathLock find(Path path) {
		return LOCKS.get(path);
	}

	static void wake(LockFiles engine) {
		LOCKS.values().forEach((lock) -> lock.wake(engine));
	}

	static int size() {
		return LOCKS.size();
	}

}
