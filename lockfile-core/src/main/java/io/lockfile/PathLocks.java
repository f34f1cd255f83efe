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
import java.util.Collection;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;

/**
 * The {@link PathLock}s, one for each canonical path, for all {@link LockFiles} that this
 * class loader has. Who acquires a path leases its lock, and gives it back with the hold,
 * or without one.
 * <p>
 * A lock that nobody leases is dropped, unless its strategy keeps something open for the
 * next claim. Of these a limited number stays, and those that were used lately stay
 * longest: the oldest that wasn't used since its last turn goes.
 */
final class PathLocks {

	private static final ConcurrentMap<Path, PathLock> LOCKS = new ConcurrentHashMap<>();

	/**
	 * Those that keep something open, each once, in the order of their turns.
	 */
	private static final Queue<PathLock> KEPT = new ConcurrentLinkedQueue<>();

	/**
	 * How many get a turn when a lock comes back: enough to return to the limit after
	 * many have been in use, and too few to be felt.
	 */
	private static final int FEW_TURNS = 4;

	private static final AtomicInteger KEPT_COUNT = new AtomicInteger();

	private PathLocks() {
	}

	static PathLock lease(Path path) {
		PathLock found = LOCKS.get(path);
		if (found != null && found.addLease()) {
			return found;
		}
		return LOCKS.compute(path, (key, lock) -> {
			if (lock != null && lock.addLease()) {
				return lock;
			}
			PathLock created = new PathLock(key);
			created.addLease();
			return created;
		});
	}

	/**
	 * Give a lock back.
	 * @param lock the lock
	 * @param maxIdle how many that nobody leases may keep something open
	 */
	static void giveBack(PathLock lock, int maxIdle) {
		switch (lock.removeLease()) {
			case LEASED -> {
			}
			case UNUSED -> drop(lock);
			case IDLE -> {
				if (KEPT_COUNT.get() > maxIdle) {
					trim(maxIdle, FEW_TURNS);
				}
			}
			case IDLE_FOR_THE_FIRST_TIME -> {
				KEPT.add(lock);
				trim(maxIdle, 2 * KEPT_COUNT.incrementAndGet());
			}
		}
	}

	/**
	 * Close what locks that nobody leases keep open.
	 */
	static void trim() {
		trim(0, KEPT_COUNT.get());
	}

	private static void trim(int maxIdle, int turns) {
		for (int i = 0; i < turns && KEPT_COUNT.get() > maxIdle; i++) {
			PathLock oldest = KEPT.poll();
			if (oldest == null) {
				return;
			}
			if (maxIdle > 0 && oldest.wasUsed() || !drop(oldest)) {
				KEPT.add(oldest);
			}
			else {
				KEPT_COUNT.decrementAndGet();
			}
		}
	}

	/**
	 * Take a lock out of the table that nobody leases. Who wants to lease it meanwhile
	 * waits for that, since two locks of one path must not be near its file.
	 * @param lock the lock
	 * @return {@code false} if it is in use
	 */
	private static boolean drop(PathLock lock) {
		boolean[] inUse = new boolean[1];
		LOCKS.computeIfPresent(lock.path(), (path, found) -> {
			if (found == lock && lock.tryDrop()) {
				return null;
			}
			inUse[0] = found == lock;
			return found;
		});
		return !inUse[0];
	}

	static @Nullable PathLock find(Path path) {
		return LOCKS.get(path);
	}

	static Collection<PathLock> all() {
		return LOCKS.values();
	}

	static int size() {
		return LOCKS.size();
	}

}
