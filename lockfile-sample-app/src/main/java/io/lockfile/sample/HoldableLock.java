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

package io.lockfile.sample;

import java.util.Optional;
import java.util.stream.Stream;

/**
 * The locks that the live page can hold for a while.
 */
enum HoldableLock {

	/**
	 * A lock of the kernel, which makes reports wait.
	 */
	NIGHTLY_REPORT("nightly-report", "os"),

	/**
	 * A file with the holder's pid, which stays when its holder is killed.
	 */
	CASHBOOK("cashbook", "pid");

	private final String path;

	private final String strategy;

	HoldableLock(String path, String strategy) {
		this.path = path;
		this.strategy = strategy;
	}

	static Optional<HoldableLock> of(String path) {
		return Stream.of(values()).filter((lock) -> lock.path.equals(path)).findFirst();
	}

	String path() {
		return this.path;
	}

	String strategy() {
		return this.strategy;
	}

}
