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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * What is known of file systems.
 */
final class Mounts {

	private static final Set<String> LOCAL = Set.of("apfs", "bcachefs", "ext2", "ext3", "ext4", "f2fs", "hfs", "jfs",
			"overlay", "ramfs", "reiserfs", "tmpfs", "xfs");

	private static final boolean WINDOWS = System.getProperty("os.name", "").startsWith("Windows");

	/**
	 * By the number of the device, since looking into the kernel's table takes longer
	 * than many a hold.
	 */
	private static final ConcurrentMap<Object, Boolean> OF_NETWORK = new ConcurrentHashMap<>();

	private Mounts() {
	}

	/**
	 * Tell whether other hosts may have the file system of a directory mounted too. They
	 * remember for seconds which file a path names.
	 * @param directory the directory
	 * @return {@code true} if it is of such a type
	 * @throws IOException if its file system can't be found out
	 */
	static boolean isOfNetwork(Path directory) throws IOException {
		if (!Platform.POSIX) {
			return MountRules.isOfNetwork(Mount.of(directory));
		}
		Object device = Files.getAttribute(directory, "unix:dev");
		Boolean known = OF_NETWORK.get(device);
		if (known == null) {
			known = MountRules.isOfNetwork(Mount.of(directory));
			OF_NETWORK.put(device, known);
		}
		return known;
	}

	/**
	 * Tell whether a file lies on a file system of this machine, where all its processes
	 * see through memory what one of them writes.
	 * @param file the file
	 * @return {@code true} if that is certain
	 * @throws IOException if its file system can't be found out
	 */
	static boolean isLocal(Path file) throws IOException {
		return Platform.POSIX && LOCAL.contains(Files.getFileStore(file).type());
	}

	/**
	 * Tell whether the system tells, without asking again and again, what happens in a
	 * directory. On macOS the JDK asks every few seconds.
	 * @param directory the directory
	 * @return {@code true} if it does, for all processes that can change the directory
	 * @throws IOException if its file system can't be found out
	 */
	static boolean tellsEvents(Path directory) throws IOException {
		return WINDOWS || (Platform.LINUX && isLocal(directory));
	}

}
