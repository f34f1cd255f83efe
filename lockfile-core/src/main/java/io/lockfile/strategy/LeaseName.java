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

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import io.lockfile.LockOwner;
import io.lockfile.ProcessIdentity;

/**
 * The name of a holder's file, as flufl.lock makes it: the path that is locked, the host,
 * the pid and something random. In ours that also tells how long the lease lasts, and the
 * start and the space of the process.
 *
 * @param file the file, beside the path that is locked
 * @param holder the process
 * @param duration how long the lease lasts, or {@code null} if that isn't told
 */
record LeaseName(Path file, ProcessIdentity holder, @Nullable Duration duration) {

	private static final char SEPARATOR = (File.separatorChar == '\\') ? '^' : '|';

	private static final Pattern NAME = Pattern
		.compile("(.*)[|^]([^|^/\\\\]{1,255})[|^](\\d{1,10})[|^]([^|^/\\\\]{1,255})");

	private static final Pattern OURS = Pattern
		.compile("lockfile-1-(\\d{1,12})-(\\d{1,16})-([0-9a-f]{16})-[0-9a-f]{16}");

	static Path of(Path marker, ProcessIdentity self, Duration duration, long random) {
		return marker.resolveSibling(
				"%s%c%s%c%d%clockfile-1-%d-%d-%s-%016x".formatted(marker.getFileName(), SEPARATOR, self.host(),
						SEPARATOR, self.pid(), SEPARATOR, duration.toMillis(), self.ticks(), self.space(), random));
	}

	/**
	 * Read the content of a marker.
	 * @param marker the path that is locked
	 * @param content the content, one character for a byte
	 * @return the name, if it is that of a file beside the path
	 */
	static Optional<LeaseName> parse(Path marker, String content) {
		String text = new String(content.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8).strip();
		String name = text.substring(Math.max(text.lastIndexOf('/'), text.lastIndexOf('\\')) + 1);
		Matcher matcher = NAME.matcher(name);
		if (!matcher.matches() || !matcher.group(1).equals(String.valueOf(marker.getFileName()))) {
			// Anybody could have written it, so nothing but such a file is believed
			return Optional.empty();
		}
		Path file = marker.resolveSibling(name);
		long pid = Long.parseLong(matcher.group(3));
		Matcher ours = OURS.matcher(matcher.group(4));
		if (!ours.matches()) {
			return Optional.of(new LeaseName(file, new ProcessIdentity(pid, 0, "", matcher.group(2)), null));
		}
		return Optional.of(new LeaseName(file,
				new ProcessIdentity(pid, Long.parseLong(ours.group(2)), ours.group(3), matcher.group(2)),
				Duration.ofMillis(Long.parseLong(ours.group(1)))));
	}

	LockOwner owner() {
		return (this.duration != null) ? this.holder.toOwner()
				: MarkerText.neighbour(this.holder.pid(), this.holder.host());
	}

}
