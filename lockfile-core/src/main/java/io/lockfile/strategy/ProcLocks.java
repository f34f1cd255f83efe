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
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import io.lockfile.LockOwner;

/**
 * Who holds a record lock, from {@code /proc/locks} on Linux: without opening the file,
 * and for programs that leave no trace of their own too. The format is described in
 * {@code proc_locks(5)}: {@code 1: POSIX ADVISORY WRITE 4711 08:01:131094 0 EOF}, with
 * {@code ->} in front of the type for those who wait.
 */
final class ProcLocks {

	private static final Path TABLE = Path.of("/proc/locks");

	private static final Set<String> KINDS = Set.of("POSIX", "OFDLCK");

	private ProcLocks() {
	}

	static Optional<LockOwner> findOwner(Path path) throws IOException {
		if (!Files.isReadable(TABLE)) {
			return Optional.empty();
		}
		try {
			Map<String, Object> attributes = Files.readAttributes(path, "unix:dev,ino", LinkOption.NOFOLLOW_LINKS);
			return findOwner(Files.readAllLines(TABLE),
					inode((Long) attributes.get("dev"), (Long) attributes.get("ino")));
		}
		catch (NoSuchFileException ex) {
			return Optional.empty();
		}
	}

	static Optional<LockOwner> findOwner(List<String> table, String inode) {
		return table.stream()
			.map((line) -> line.trim().split("\\s+"))
			.filter((fields) -> fields.length >= 8 && fields[5].equals(inode) && KINDS.contains(fields[1]))
			.map((fields) -> Long.parseLong(fields[4]))
			.findFirst()
			.map((pid) -> new LockOwner((pid > 0) ? pid : null, null, null, null, null));
	}

	/**
	 * Name a file as the kernel's table does.
	 * @param device the device number as {@code stat(2)} gives it
	 * @param inode the inode number
	 * @return for example {@code 08:01:131094}
	 */
	static String inode(long device, long inode) {
		long major = (device >> 8 & 0xfff) | (device >> 32 & 0xfffff000L);
		long minor = (device & 0xff) | (device >> 12 & 0xffffff00L);
		return "%02x:%02x:%d".formatted(major, minor, inode);
	}

}
