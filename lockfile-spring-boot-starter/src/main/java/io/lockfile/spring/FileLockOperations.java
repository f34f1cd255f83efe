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

import org.jspecify.annotations.Nullable;

/**
 * Locks in code, where an annotation doesn't fit: in a loop, around a part of a method,
 * or for a call from the same object. As with the annotation, no body runs without its
 * lock, {@link FileLockContext} knows the lock in it, and the same thread may nest.
 * <p>
 * A body that returns before its work is done, with a {@code Future} or a reactive type,
 * is not followed: use {@link io.lockfile.LockFile#acquireAsync} for that.
 *
 * @since 0.1.0
 */
public interface FileLockOperations {

	/**
	 * Run a body under a lock.
	 * @param <T> the type of its result
	 * @param <E> the type of exception that it throws
	 * @param path the path to lock: absolute, or relative to the lock directory
	 * @param body the body
	 * @return its result
	 * @throws E if the body throws it
	 * @throws io.lockfile.LockNotAcquiredException if the lock was not obtained, and the
	 * body not run
	 */
	<T extends @Nullable Object, E extends Throwable> T execute(String path, FileLockCallback<T, E> body) throws E;

	/**
	 * Run an action if its lock is free.
	 * @param <E> the type of exception that it throws
	 * @param path the path to lock
	 * @param action the action
	 * @return {@code false} if somebody else has the lock, and the action was not run
	 * @throws E if the action throws it
	 * @throws io.lockfile.LockNotAcquiredException if the path can't be locked for
	 * another reason
	 */
	<E extends Throwable> boolean tryRun(String path, FileLockAction<E> action) throws E;

	/**
	 * Run a body if its lock is free.
	 * @param <T> the type of its result
	 * @param <E> the type of exception that it throws
	 * @param path the path to lock
	 * @param body the body
	 * @return whether it was run, and its result
	 * @throws E if the body throws it
	 * @throws io.lockfile.LockNotAcquiredException if the path can't be locked for
	 * another reason
	 */
	<T, E extends Throwable> LockResult<T> tryCall(String path, FileLockCallback<? extends @Nullable T, E> body)
			throws E;

}
