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

package io.lockfile.cli;

/**
 * What was seen of a strategy.
 *
 * @param result whether it is safe
 * @param holds how often the lock was obtained
 * @param afterCrash what happened when a holder was killed
 */
record Verdict(String result, int holds, String afterCrash) {

	private static final String UNSAFE = "unsafe";

	static Verdict safe(int holds, String afterCrash) {
		return new Verdict("safe", holds, afterCrash);
	}

	static Verdict unsafe(int holds, int overlaps) {
		return new Verdict("%s (overlaps: %d)".formatted(UNSAFE, overlaps), holds, "-");
	}

	static Verdict unsupported(String reason) {
		return new Verdict("unsupported (%s)".formatted(reason), 0, "-");
	}

	boolean isUnsafe() {
		return this.result.startsWith(UNSAFE);
	}

}
