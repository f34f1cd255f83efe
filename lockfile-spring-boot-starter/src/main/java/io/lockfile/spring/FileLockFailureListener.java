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

import io.lockfile.LockHandle;

/**
 * Is told that a body that ran under locks has failed, before they are released.
 *
 * @since 0.1.0
 */
@FunctionalInterface
public interface FileLockFailureListener {

	/**
	 * A body has failed.
	 * @param handle one of its locks; each is told
	 * @param failure what it has thrown, or why what it returned has failed
	 */
	void failed(LockHandle handle, Throwable failure);

}
