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

package io.lockfile.spring;

import java.lang.reflect.Method;
import java.time.Duration;

import org.jspecify.annotations.Nullable;

import io.lockfile.LockFile;
import io.lockfile.LockFiles;
import io.lockfile.LockMode;

/**
 * One lock that an annotated method asks for, with everything resolved that doesn't
 * depend on a call.
 *
 * @param name the declared name
 * @param path the path
 * @param timeout how long to wait
 * @param strategy the strategy, or {@code null} for the configured one
 * @param mode the mode
 * @param minHold for how long it is kept at least
 * @param onUnavailable what happens when somebody else has the lock
 * @param fallback what is called then, or {@code null}
 */
record FileLockSpec(String name, PathTemplate path, Duration timeout, @Nullable String strategy, LockMode mode,
		Duration minHold, FileLocked.OnUnavailable onUnavailable, @Nullable Method fallback) {

	/**
	 * Return the lock of a path.
	 * @param locks the engine
	 * @param path the path of a call
	 * @return the lock under its declared name
	 */
	LockFile lock(LockFiles locks, String path) {
		return ((this.strategy != null) ? locks.get(path, this.strategy) : locks.get(path)).named(this.name);
	}

	boolean isSkipping() {
		return this.onUnavailable == FileLocked.OnUnavailable.SKIP;
	}

}
