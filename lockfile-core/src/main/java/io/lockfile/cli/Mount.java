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

package io.lockfile.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * How a file system is mounted, as far as that matters to locks.
 *
 * @param type the type of the file system
 * @param source what is mounted
 * @param mountPoint where it is mounted, or {@code null} if that isn't known
 * @param options the options that matter to locks
 */
record Mount(String type, String source, @Nullable String mountPoint, List<String> options) {

	private static final Path TABLE = Path.of("/proc/self/mountinfo");

	/**
	 * What decides whether and where locks are kept, and how much is cached.
	 */
	private static final Set<String> RELEVANT = Set.of("ro", "rw", "lock", "nolock", "local_lock", "nobrl", "brl",
			"vers", "nfsvers", "soft", "hard", "cache", "actimeo", "noac", "nosharecache", "localflocks", "mand");

	private static final Set<String> NETWORK = Set.of("9p", "afs", "ceph", "cifs", "fuse", "gfs2", "glusterfs",
			"lustre", "ncpfs", "nfs", "nfs4", "ocfs2", "smb3", "smbfs", "virtiofs");

	private static final Pattern OCTAL = Pattern.compile("\\\\([0-7]{3})");

	/**
	 * Find out what a directory lies on.
	 * @param directory the real path of a directory
	 * @return its mount
	 * @throws IOException if that can't be found out
	 */
	static Mount of(Path directory) throws IOException {
		if (Files.isReadable(TABLE)) {
			Mount mount = find(Files.readAllLines(TABLE, StandardCharsets.ISO_8859_1), directory);
			if (mount != null) {
				return mount;
			}
		}
		FileStore store = Files.getFileStore(directory);
		return new Mount(store.type(), store.name(), null, List.of());
	}

	/**
	 * Find the mount of a directory in the kernel's table, which {@code proc(5)}
	 * describes.
	 * @param table the lines of the table
	 * @param directory the real path of a directory
	 * @return the mount, or {@code null} if there is none
	 */
	static @Nullable Mount find(List<String> table, Path directory) {
		Mount found = null;
		for (String line : table) {
			Mount mount = parse(line);
			// Of two at one place, the later one hides the other
			if (mount != null && mount.contains(directory) && (found == null || mount.isNearerThan(found))) {
				found = mount;
			}
		}
		return found;
	}

	private static @Nullable Mount parse(String line) {
		String[] halves = line.split(" - ", 2);
		String[] first = halves[0].split(" ");
		String[] second = (halves.length == 2) ? halves[1].split(" ") : new String[0];
		if (first.length < 6 || second.length < 2) {
			return null;
		}
		List<String> options = new ArrayList<>();
		Stream.of(first[5], (second.length > 2) ? second[2] : "")
			.flatMap((list) -> Stream.of(list.split(",")))
			.filter((option) -> RELEVANT.contains(option.split("=", 2)[0]))
			.filter((option) -> !options.contains(option))
			.forEach(options::add);
		return new Mount(second[0], unescape(second[1]), unescape(first[4]), options);
	}

	private static String unescape(String text) {
		String bytes = OCTAL.matcher(text)
			.replaceAll((match) -> Matcher
				.quoteReplacement(Character.toString((char) Integer.parseInt(match.group(1), 8))));
		return new String(bytes.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
	}

	private boolean contains(Path directory) {
		return this.mountPoint != null && directory.startsWith(this.mountPoint);
	}

	private boolean isNearerThan(Mount other) {
		return Path.of(String.valueOf(this.mountPoint)).getNameCount() >= Path.of(String.valueOf(other.mountPoint))
			.getNameCount();
	}

	/**
	 * Tell whether other hosts may have it mounted too.
	 * @return {@code true} if it is of such a type
	 */
	boolean isOfNetwork() {
		return NETWORK.contains(this.type.split("\\.", 2)[0]);
	}

	/**
	 * Say what the options mean for locks.
	 * @return a sentence for each option that keeps locks from the server
	 */
	List<String> warnings() {
		List<String> warnings = new ArrayList<>();
		for (String option : this.options) {
			switch (option) {
				case "nolock" -> warnings
					.add("nolock: the kernel's locks stay on this host, so other hosts are not excluded by them");
				case "nobrl" -> warnings
					.add("nobrl: byte-range locks are not sent to the server, so other hosts are not excluded by them");
				case "local_lock=all", "local_lock=posix", "local_lock=flock" -> warnings
					.add(option + ": these locks of the kernel stay on this host, so other hosts are not excluded");
				case "localflocks" -> warnings.add(
						"localflocks: locks of flock(2) and fcntl(2) stay on this host, so other hosts are not excluded");
				default -> {
				}
			}
		}
		return warnings;
	}

	@Override
	public String toString() {
		return "%s, %s%s%s".formatted(this.type, this.source, (this.mountPoint != null) ? " on " + this.mountPoint : "",
				this.options.isEmpty() ? "" : " (" + String.join(",", this.options) + ")");
	}

}
