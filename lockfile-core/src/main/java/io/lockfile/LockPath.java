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

/**
 * The absolute path of a lock as its user spells it, and whether that is known to be its
 * canonical form.
 * <p>
 * That is remembered for paths without symbolic links on the way. Should a directory on
 * the way be exchanged for a link later, the system still finds the same file by the same
 * path as everybody else.
 */
final class LockPath {

	private final Path path;

	private volatile boolean canonical;

	LockPath(Path path) {
		this.path = path;
	}

	Path path() {
		return this.path;
	}

	boolean isCanonical() {
		return this.canonical;
	}

	void setCanonical(boolean canonical) {
		this.canonical = canonical;
	}

}
