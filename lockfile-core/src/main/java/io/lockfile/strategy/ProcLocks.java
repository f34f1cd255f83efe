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
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import io.lockfile.LockOwner;

/**
 * Who holds a lock, from {@code /proc/locks} on Linux: without opening the file, and for
 * programs that leave no trace of their own too. The format is described in
 * {@code proc_locks(5)}: {@code 1: POSIX ADVISORY WRITE 4711 08:01:131094 0 EOF}, with
 * {@code ->} in front of the type for those who wait.
 */
final class ProcLocks {

	private static final Path TABLE = Path.of("/proc/locks");

	/**
	 * How often a lock is looked for in vain until it is believed that there is none.
	 */
	private static final int MISSES = 10;

	/**
	 * Where the ranges begin that say nothing of a holder.
	 */
	private static final Set<String> NOT_HELD = Set.of(LockRange.ENTRY.start(), LockRange.LAST.start());

	private static final String PID = Long.toString(ProcessHandle.current().pid());

	/**
	 * Whether the table shows the locks on a device, by device.
	 */
	private static final ConcurrentMap<String, Boolean> SHOWN = new ConcurrentHashMap<>();

	private final String inode;

	private ProcLocks(String inode) {
		this.inode = inode;
	}

	/**
	 * Find a file on which this process has a record lock.
	 * @param path its path
	 * @return where to find it again, or {@code null} if the table doesn't show it
	 */
	static @Nullable ProcLocks of(Path path) {
		try {
			if (!Files.isReadable(TABLE)) {
				return null;
			}
			ProcLocks found = new ProcLocks(inode(path));
			String device = found.inode.substring(0, found.inode.lastIndexOf(':'));
			Boolean shown = SHOWN.get(device);
			if (shown == null) {
				shown = found.isLockedByThisProcess();
				SHOWN.put(device, shown);
			}
			return shown ? found : null;
		}
		catch (IOException | RuntimeException ex) {
			return null;
		}
	}

	/**
	 * Look whether this process still has a record lock on the file.
	 * @return {@code true} if it has
	 * @throws IOException if the table can't be read
	 */
	boolean isLockedByThisProcess() throws IOException {
		// A table of more than a page is read in steps, and misses lines if others end in
		// between
		for (int i = 0; i < MISSES; i++) {
			if (holders(Files.readAllLines(TABLE), this.inode, Kind.RECORD)
				.anyMatch((fields) -> fields[4].equals(PID))) {
				return true;
			}
		}
		return false;
	}

	static Optional<LockOwner> findOwner(Path path, Kind kind) throws IOException {
		if (!Files.isReadable(TABLE)) {
			return Optional.empty();
		}
		try {
			return findOwner(Files.readAllLines(TABLE), inode(path), kind);
		}
		catch (NoSuchFileException ex) {
			return Optional.empty();
		}
	}

	static Optional<LockOwner> findOwner(List<String> table, String inode, Kind kind) {
		return holders(table, inode, kind).map((fields) -> Long.parseLong(fields[4]))
			.findFirst()
			.map((pid) -> new LockOwner((pid > 0) ? pid : null, null, null, null, null));
	}

	private static Stream<String[]> holders(List<String> table, String inode, Kind kind) {
		return table.stream()
			.filter((line) -> line.contains(inode))
			.map((line) -> line.trim().split("\\s+"))
			.filter((fields) -> fields.length >= 8 && fields[5].equals(inode) && kind.types.contains(fields[1])
					&& !NOT_HELD.contains(fields[6]));
	}

	private static String inode(Path path) throws IOException {
		Map<String, Object> attributes = Files.readAttributes(path, "unix:dev,ino", LinkOption.NOFOLLOW_LINKS);
		return inode((Long) attributes.get("dev"), (Long) attributes.get("ino"));
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

	/**
	 * Locks that know of each other.
	 */
	enum Kind {

		/**
		 * Those of {@code fcntl(2)}.
		 */
		RECORD("POSIX", "OFDLCK"),

		/**
		 * Those of {@code flock(2)}.
		 */
		FLOCK("FLOCK");

		private final Set<String> types;

		Kind(String... types) {
			this.types = Set.of(types);
		}

	}

}
