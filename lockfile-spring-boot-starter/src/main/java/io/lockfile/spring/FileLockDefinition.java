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

import java.lang.reflect.Method;

import io.lockfile.LockMode;

/**
 * One lock of an annotated method, with everything resolved that doesn't depend on a
 * call.
 *
 * @param name the declared name
 * @param strategy the name of the strategy, the configured one where the annotation
 * doesn't say
 * @param mode the mode
 * @param method the annotated method
 * @param path the path, or a template with expressions
 * @since 0.1.0
 */
public record FileLockDefinition(String name, String strategy, LockMode mode, Method method, String path) {

	/**
	 * Return what is said of who uses the lock when the method is called.
	 * @return the method with the class that declares it
	 * @see io.lockfile.LockAttempt#user()
	 */
	public String user() {
		return FileLockedMethod.text(this.method);
	}

}
