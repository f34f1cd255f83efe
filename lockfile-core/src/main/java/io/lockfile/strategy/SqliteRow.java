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

import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import io.lockfile.LockOwner;
import io.lockfile.ProcessIdentity;

/**
 * What the table says of one who holds a path or asks for it.
 * <p>
 * Names of ours are {@code lockfile-1}, a random number, the time of the claim in
 * milliseconds since 1970, and the {@linkplain ProcessIdentity process}, with spaces
 * between them. The name of the thread is not in there, since a claim may be passed on to
 * another one before it is granted.
 * <p>
 * Python's are the directory, host, thread, pid and a hash, of which the last two can be
 * told from each other only if the hash is negative.
 *
 * @param name the unique name
 * @param count how many rows have it
 */
record SqliteRow(String name, int count) {

	private static final Pattern OURS = Pattern.compile("lockfile-1 [0-9a-f]{16} (\\d{1,15}) (\\S+)");

	private static final Pattern PYTHONS = Pattern.compile("(?:-[0-9a-f]{1,8})?\\.(\\d{1,10})-\\d+");

	static String newName() {
		return "lockfile-1 %016x %d %s".formatted(ThreadLocalRandom.current().nextLong(), System.currentTimeMillis(),
				ProcessIdentity.current());
	}

	/**
	 * Tell whether this is somebody in Python who came second. The trigger has doubled
	 * his row, so that he will remove both.
	 * @return {@code true} if he doesn't hold the path
	 */
	boolean makesWay() {
		return this.count > 1;
	}

	/**
	 * Tell whether this row is one that this process left, because a release failed. The
	 * caller knows that nobody in this JVM holds the path.
	 * @return {@code true} if nobody needs it
	 */
	boolean isLeftByUs() {
		return process().filter(ProcessIdentity.current()::equals).isPresent();
	}

	boolean isDead() {
		return owner().liveness() == LockOwner.Liveness.DEAD;
	}

	LockOwner owner() {
		Matcher ours = OURS.matcher(this.name);
		ProcessIdentity process = process().orElse(null);
		if (ours.matches() && process != null) {
			Instant since = Instant.ofEpochMilli(Long.parseLong(ours.group(1)));
			return new LockOwner(process.pid(), process.host(), null, null, since, process.liveness());
		}
		return pythonsOwner();
	}

	private Optional<ProcessIdentity> process() {
		Matcher ours = OURS.matcher(this.name);
		return ours.matches() ? ProcessIdentity.parse(ours.group(2)) : Optional.empty();
	}

	private LockOwner pythonsOwner() {
		String host = ProcessIdentity.current().host();
		String last = this.name.substring(this.name.lastIndexOf('/') + 1);
		if (!last.startsWith(host)) {
			return new LockOwner(null, null, null, null, null);
		}
		Matcher rest = PYTHONS.matcher(last.substring(host.length()));
		@Nullable Long pid = rest.matches() ? Long.valueOf(rest.group(1)) : null;
		return new LockOwner(pid, host, null, null, null);
	}

}
