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

import java.io.IOException;
import java.nio.file.Path;

/**
 * Others have used the database for longer than it takes to lock or unlock.
 */
final class SqliteBusyException extends IOException {

	private static final long serialVersionUID = 1L;

	SqliteBusyException(Path file, Throwable cause) {
		super("%s is in use by others all the time, or by one that was stopped".formatted(file), cause);
	}

}
