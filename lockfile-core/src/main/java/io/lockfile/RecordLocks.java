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

import java.io.IOException;
import java.nio.file.Path;

/**
 * How far the kernel's record locks reach, for strategies that take a lock which they
 * obtain for the proof that its holder is dead.
 *
 * @since 0.1.0
 */
public final class RecordLocks {

	private RecordLocks() {
	}

	/**
	 * Tell whether a process on another host that has a file locked would be seen from
	 * here. That is not so on network file systems that are known to keep locks on each
	 * host, by their type or by an option of their mount.
	 * @param file the path of a file, whose directory has no symbolic links in it
	 * @return {@code false} if it is known that it wouldn't
	 */
	public static boolean reachOtherHosts(Path file) {
		Path directory = file.getParent();
		try {
			Mount mount = (directory != null) ? Mount.inTable(directory) : null;
			return mount == null || !MountRules.keepsRecordLocksHere(mount);
		}
		catch (IOException ex) {
			// As on platforms that don't tell
			return true;
		}
	}

}
