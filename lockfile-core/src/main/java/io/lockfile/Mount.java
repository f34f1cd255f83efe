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
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * How a file system is mounted, as far as that matters to locks.
 *
 * @param type the type of the file system
 * @param source what is mounted
 * @param point where it is mounted, or an empty text if that isn't known
 * @param options the options that matter to locks
 */
record Mount(String type, String source, String point, List<String> options) {

	/**
	 * Of a file system that can't be looked at.
	 */
	static final Mount UNKNOWN = new Mount("unknown", "", "", List.of());

	private static final Path TABLE = Path.of("/proc/self/mountinfo");

	/**
	 * What decides whether and where locks are kept, and how much is cached.
	 */
	private static final Set<String> RELEVANT = Set.of("ro", "rw", "lock", "nolock", "local_lock", "nobrl", "brl",
			"flock", "noflock", "localflock", "vers", "nfsvers", "soft", "hard", "cache", "actimeo", "noac",
			"nosharecache", "localflocks", "mand");

	private static final Pattern OCTAL = Pattern.compile("\\\\([0-7]{3})");

	/**
	 * The one that the JDK makes paths of, so that both are the same in other ones too.
	 */
	private static final Charset NAMES = charset();

	private static Charset charset() {
		try {
			return Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
		}
		catch (IllegalArgumentException ex) {
			return StandardCharsets.UTF_8;
		}
	}

	/**
	 * Find out what a directory lies on. On Linux that asks the kernel only, and not the
	 * file system, which may hang.
	 * @param directory the real path of a directory
	 * @return its mount
	 * @throws IOException if that can't be found out
	 */
	static Mount of(Path directory) throws IOException {
		Mount mount = inTable(directory);
		if (mount != null) {
			return mount;
		}
		FileStore store = Files.getFileStore(directory);
		return new Mount(store.type(), store.name(), "", store.isReadOnly() ? List.of("ro") : List.of());
	}

	/**
	 * Find out what a directory lies on, without asking its file system.
	 * @param directory the path of a directory
	 * @return its mount, or {@code null} if the platform doesn't tell that
	 * @throws IOException if that can't be found out
	 */
	static @Nullable Mount inTable(Path directory) throws IOException {
		return Files.isReadable(TABLE) ? find(Files.readAllLines(TABLE, StandardCharsets.ISO_8859_1), directory) : null;
	}

	/**
	 * Find the mount of a directory in the kernel's table, which {@code proc(5)}
	 * describes. The way to the directory passes from one mount to the next, and the
	 * first one that covers what is below it hides what was mounted there before.
	 * @param table the lines of the table
	 * @param directory the real path of a directory
	 * @return the mount, or {@code null} if there is none
	 */
	static @Nullable Mount find(List<String> table, Path directory) {
		List<Entry> entries = table.stream().map(Mount::parse).flatMap(Stream::ofNullable).toList();
		Set<String> ids = entries.stream().map(Entry::id).collect(Collectors.toSet());
		List<Entry> rest = new ArrayList<>(
				entries.stream().filter((entry) -> entry.mount().contains(directory.toString())).toList());
		// The root's parent is out of sight, or itself
		Entry next = nearest(rest.stream()
			.filter((entry) -> !ids.contains(entry.parent()) || entry.parent().equals(entry.id()))
			.toList());
		Mount found = null;
		while (next != null) {
			found = next.mount();
			rest.remove(next);
			String id = next.id();
			next = nearest(rest.stream().filter((entry) -> entry.parent().equals(id)).toList());
		}
		return found;
	}

	private static @Nullable Entry nearest(List<Entry> candidates) {
		Entry nearest = null;
		for (Entry entry : candidates) {
			// Of two at one place, the later one hides the other
			if (nearest == null || entry.mount().point().length() <= nearest.mount().point().length()) {
				nearest = entry;
			}
		}
		return nearest;
	}

	private static @Nullable Entry parse(String line) {
		String[] halves = line.split(" - ", 2);
		String[] first = halves[0].split(" ");
		String[] second = (halves.length == 2) ? halves[1].split(" ") : new String[0];
		if (first.length < 6 || second.length < 2) {
			return null;
		}
		List<String> options = Stream.of(first[5], (second.length > 2) ? second[2] : "")
			.flatMap((list) -> Stream.of(list.split(",")))
			.filter((option) -> RELEVANT.contains(option.split("=", 2)[0]))
			.distinct()
			.collect(Collectors.toCollection(ArrayList::new));
		if (options.contains("ro")) {
			// The mount may be read-only, or the file system behind it
			options.remove("rw");
		}
		return new Entry(first[0], first[1],
				new Mount(second[0], unescape(second[1]), unescape(first[4]), List.copyOf(options)));
	}

	private static String unescape(String text) {
		String bytes = OCTAL.matcher(text)
			.replaceAll((match) -> Matcher
				.quoteReplacement(Character.toString((char) Integer.parseInt(match.group(1), 8))));
		return new String(bytes.getBytes(StandardCharsets.ISO_8859_1), NAMES);
	}

	private boolean contains(String directory) {
		return directory.equals(this.point)
				|| directory.startsWith(this.point.endsWith("/") ? this.point : this.point + "/");
	}

	boolean hasAny(String... wanted) {
		return Stream.of(wanted).anyMatch(this.options::contains);
	}

	/**
	 * Say what is mounted, and where.
	 * @return a text, empty if nothing is known
	 */
	String place() {
		return this.point.isEmpty() ? this.source : this.source + " on " + this.point;
	}

	@Override
	public String toString() {
		return this.source.isEmpty() ? this.type : "%s, %s".formatted(this.type, place());
	}

	/**
	 * A line of the table.
	 *
	 * @param id the number of the mount
	 * @param parent the number of the mount that it is mounted in
	 * @param mount the mount
	 */
	private record Entry(String id, String parent, Mount mount) {
	}

}
