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

package io.lockfile.strategy;

/**
 * The system calls that Java has no other way to. Results below zero are error numbers
 * with their signs turned.
 */
interface SystemCalls {

	/**
	 * Return the platform whose numbers they take.
	 * @return the platform
	 */
	UnixPlatform platform();

	/**
	 * Open what is there, as {@code open(2)} does.
	 * @param path the path as the system spells it, with a zero at its end
	 * @param flags the {@code O_} flags
	 * @return the descriptor
	 */
	int open(byte[] path, int flags);

	/**
	 * Lock or unlock, as {@code flock(2)} does.
	 * @param descriptor the descriptor
	 * @param operation the {@code LOCK_} flags
	 * @return zero
	 */
	int flock(int descriptor, int operation);

	/**
	 * Close a descriptor, as {@code close(2)} does.
	 * @param descriptor the descriptor, which is closed even if an error is returned
	 * @return zero
	 */
	int close(int descriptor);

	/**
	 * Describe an error.
	 * @param error its number, greater than zero
	 * @return a text of the system
	 */
	String describe(int error);

}
