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

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

import org.jspecify.annotations.Nullable;

import io.lockfile.LockFile;
import io.lockfile.LockFiles;
import io.lockfile.LockMode;

/**
 * What an annotated method asks for, with everything resolved that doesn't depend on a
 * call.
 *
 * @param name the declared name
 * @param path the path
 * @param timeout how long to wait
 * @param strategy the strategy, or {@code null} for the configured one
 * @param mode the mode
 * @param onUnavailable what happens when somebody else has the lock
 * @param returnType the method's return type
 */
record FileLockSpec(String name, PathTemplate path, Duration timeout, @Nullable String strategy, LockMode mode,
		FileLocked.OnUnavailable onUnavailable, Class<?> returnType) {

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

	/**
	 * Return what the method returns when its body is skipped.
	 * @return {@code null}, or an empty optional
	 */
	@Nullable Object skipped() {
		if (this.returnType == Optional.class) {
			return Optional.empty();
		}
		if (this.returnType == OptionalInt.class) {
			return OptionalInt.empty();
		}
		if (this.returnType == OptionalLong.class) {
			return OptionalLong.empty();
		}
		return (this.returnType == OptionalDouble.class) ? OptionalDouble.empty() : null;
	}

}
