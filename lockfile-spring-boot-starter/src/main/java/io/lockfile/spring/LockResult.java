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
 * What became of work that is only done if its lock is free.
 *
 * @param <T> the type of its result
 * @param wasExecuted whether the lock was obtained and the work done
 * @param result the result, which may be {@code null}, or {@code null} if it was not done
 * @since 0.1.0
 */
public record LockResult<T>(boolean wasExecuted, @Nullable T result) {

	static <T> LockResult<T> executed(@Nullable T result) {
		return new LockResult<>(true, result);
	}

	static <T> LockResult<T> notExecuted() {
		return new LockResult<>(false, null);
	}

}
