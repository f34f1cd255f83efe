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

import java.util.List;

/**
 * Is told which locks the annotated methods declare: once when the application has
 * started its beans, and again when a bean that is created later has more.
 *
 * @since 0.1.0
 */
@FunctionalInterface
public interface FileLockDefinitionsListener {

	/**
	 * Locks were found.
	 * @param definitions what was found; some may have been told before
	 */
	void defined(List<FileLockDefinition> definitions);

}
