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

/**
 * A hold ended without its holder: the lock file was deleted or replaced, or the lock was
 * broken. Somebody else may hold the lock by now.
 *
 * @since 0.1.0
 */
public final class LockLostException extends LockFileException {

	@Serial
	private static final long serialVersionUID = 1L;

	/**
	 * Create an exception, as the library does or as a test needs it.
	 * @param message the message
	 * @param path the path whose lock was lost
	 */
	public LockLostException(String message, String path) {
		super(message, path, null);
	}

}
