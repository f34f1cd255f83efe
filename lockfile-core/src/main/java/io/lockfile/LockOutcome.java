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

/**
 * Why an acquisition ended without the lock.
 *
 * @since 0.1.0
 */
public enum LockOutcome {

	/**
	 * Somebody else has it, and one try was all that was asked for or, after
	 * {@link LockFiles#stopWaiting()}, allowed.
	 */
	UNAVAILABLE,

	/**
	 * Somebody else had it for as long as the caller was ready to wait.
	 */
	TIMEOUT,

	/**
	 * The waiting thread was interrupted, or the future of an asynchronous acquisition
	 * was cancelled.
	 */
	INTERRUPTED,

	/**
	 * The lock could not be asked for: input/output, permissions, an unsupported mode, or
	 * a {@link LockFiles} that was closed or stopped waiting.
	 */
	ERROR

}
