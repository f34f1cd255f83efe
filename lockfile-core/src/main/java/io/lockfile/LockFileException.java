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

import java.io.Serial;

import org.jspecify.annotations.Nullable;

/**
 * Root of the exceptions of this library. Every message names the path and what to do.
 *
 * @since 0.1.0
 */
public abstract class LockFileException extends RuntimeException {

	@Serial
	private static final long serialVersionUID = 1L;

	private final String path;

	LockFileException(String message, String path, @Nullable Throwable cause) {
		super(message, cause);
		this.path = path;
	}

	/**
	 * Return the path that was to be locked or unlocked.
	 * @return the path
	 */
	public final String getPath() {
		return this.path;
	}

}
