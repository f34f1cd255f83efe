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
 * Who may use the lock files and lock directories that the library creates. Files and
 * directories that exist are used as they are, and on file systems without POSIX
 * permissions the platform's default applies.
 *
 * @since 0.1.0
 */
public enum LockPermissions {

	/**
	 * Only the user that this process runs as: {@code 0600} for files, {@code 0700} for
	 * directories.
	 */
	OWNER("rw-------", "rwx------"),

	/**
	 * That user and its group: {@code 0660} for files, {@code 0770} for directories,
	 * whatever the umask says. Processes of different users need a directory whose group
	 * they share and whose set-group-ID bit is set.
	 */
	GROUP("rw-rw----", "rwxrwx---");

	private final String file;

	private final String directory;

	LockPermissions(String file, String directory) {
		this.file = file;
		this.directory = directory;
	}

	/**
	 * The permissions of a lock file.
	 * @return the permissions in the notation of {@code ls}, for example
	 * {@code rw-------}
	 */
	public String file() {
		return this.file;
	}

	/**
	 * The permissions of a lock directory.
	 * @return the permissions in the notation of {@code ls}, for example
	 * {@code rwx------}
	 */
	public String directory() {
		return this.directory;
	}

}
