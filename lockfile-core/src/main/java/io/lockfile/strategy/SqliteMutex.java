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

import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets one thread of this JVM at a time use a database file, including its opening and
 * closing. SQLite's own locks are POSIX record locks: they belong to the process and end
 * when it closes any descriptor of the file. One copy of SQLite knows that, but every
 * class loader that loads the driver brings another copy into the process.
 * <p>
 * All copies of this library share one map, of JDK types only, in the system properties.
 * Its entries are there only while somebody uses the file.
 */
final class SqliteMutex {

	private static final String KEY = "io.lockfile.sqlite.v1";

	private static final Map<String, ReentrantLock> LOCKS = shared();

	private final String file;

	private final ReentrantLock lock;

	private SqliteMutex(String file, ReentrantLock lock) {
		this.file = file;
		this.lock = lock;
	}

	/**
	 * Wait until nobody else uses a file. Whoever does so calls no code of others.
	 * @param file the canonical path of the database
	 * @return what is to be {@linkplain #leave left}
	 */
	static SqliteMutex enter(Path file) {
		String name = file.toString();
		while (true) {
			ReentrantLock lock = LOCKS.computeIfAbsent(name, (key) -> new ReentrantLock());
			lock.lock();
			if (LOCKS.get(name) == lock) {
				return new SqliteMutex(name, lock);
			}
			// Whoever had it has removed it
			lock.unlock();
		}
	}

	void leave() {
		LOCKS.remove(this.file, this.lock);
		this.lock.unlock();
	}

	@SuppressWarnings("unchecked")
	private static Map<String, ReentrantLock> shared() {
		return (Map<String, ReentrantLock>) System.getProperties()
			.computeIfAbsent(KEY, (key) -> new ConcurrentHashMap<String, ReentrantLock>());
	}

}
