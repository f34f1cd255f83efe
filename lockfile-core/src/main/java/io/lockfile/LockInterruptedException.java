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
import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * The thread was interrupted while it waited for the lock. Its interrupt flag is set
 * again.
 *
 * @since 0.1.0
 */
public final class LockInterruptedException extends LockNotAcquiredException {

	@Serial
	private static final long serialVersionUID = 1L;

	/**
	 * Create an exception, as the library does or as a test needs it.
	 * @param message the message
	 * @param path the path that was to be locked
	 * @param strategy the name of the strategy
	 * @param waited how long the thread had waited
	 * @param owner who has the lock, where known
	 */
	public LockInterruptedException(String message, String path, String strategy, Duration waited,
			@Nullable LockOwner owner) {
		super(message, path, strategy, waited, owner, null);
	}

}
