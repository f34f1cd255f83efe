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

import java.nio.file.FileSystems;
import java.util.Locale;

/**
 * What the engine has to know of the platform.
 */
final class Platform {

	/**
	 * Whether files have POSIX permissions.
	 */
	static final boolean POSIX = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");

	/**
	 * Whether this is Linux.
	 */
	static final boolean LINUX = System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("linux");

	/**
	 * Whether names that differ in case name two files, as far as the platform can say
	 * that for all of its file systems.
	 */
	static final boolean CASE_SENSITIVE = LINUX;

	private Platform() {
	}

}
