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

package io.lockfile.boot.metrics;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.lockfile.LockAttempt;

/**
 * What locks are called in tags: one of a limited number of names, whatever users put
 * into them.
 */
final class LockNames {

	private static final String UNNAMED = "none";

	private static final int MOST_UNDECLARED = 1000;

	private final Set<String> declared = ConcurrentHashMap.newKeySet();

	private final Set<String> undeclared = ConcurrentHashMap.newKeySet();

	LockNames() {
		declare(UNNAMED);
	}

	void declare(String name) {
		this.declared.add(name);
	}

	String of(LockAttempt attempt) {
		return of(attempt.name().orElse(UNNAMED));
	}

	String of(String name) {
		if (this.declared.contains(name) || this.undeclared.contains(name)) {
			return name;
		}
		// Threads that come together may add a few more
		if (this.undeclared.size() < MOST_UNDECLARED) {
			this.undeclared.add(name);
			return name;
		}
		return "other";
	}

}
