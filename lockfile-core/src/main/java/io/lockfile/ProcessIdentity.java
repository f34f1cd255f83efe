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

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * What tells a process from every other one that has had, has or will have its pid: for
 * strategies whose markers have to prove the death of those who left them.
 * <p>
 * Dates are of no use for that, as clocks are set. So this is the pid, the start of the
 * process in ticks since the boot, and the space in which both mean something: the boot
 * and the pid namespace. A process of another space can't be told to be dead.
 *
 * @param pid the pid
 * @param ticks the start of the process in the kernel's ticks since its boot, or 0 where
 * the platform doesn't tell it
 * @param space 16 hexadecimal digits that stand for the host, its boot and the pid
 * namespace
 * @param host the name of the host
 * @since 0.1.0
 */
public record ProcessIdentity(long pid, long ticks, String space, String host) {

	private static final Pattern TEXT = Pattern.compile("(\\d{1,10})-(\\d{1,16})-([0-9a-f]{16})-(\\S{1,255})");

	/**
	 * Return this process.
	 * @return its identity
	 */
	public static ProcessIdentity current() {
		return new ProcessIdentity(LocalProcess.pid(), LocalProcess.ticks(), LocalProcess.space(), LocalProcess.host());
	}

	/**
	 * Read an identity from its {@linkplain #toString() text}.
	 * @param text the text
	 * @return the identity, or empty if it is none
	 */
	public static Optional<ProcessIdentity> parse(@Nullable String text) {
		Matcher matcher = TEXT.matcher((text != null) ? text : "");
		if (!matcher.matches()) {
			return Optional.empty();
		}
		return Optional.of(new ProcessIdentity(Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2)),
				matcher.group(3), matcher.group(4)));
	}

	/**
	 * Tell what can be proved of its life: it is dead if, in the same space, no process
	 * has its pid, provided that processes of others can be seen at all, or one that was
	 * started at another time has it.
	 * @return what can be proved
	 */
	public LockOwner.Liveness liveness() {
		return LocalProcess.liveness(this.space, this.pid, this.ticks);
	}

	/**
	 * Return this process as the owner of a lock.
	 * @return the owner
	 */
	public LockOwner toOwner() {
		return new LockOwner(this.pid, this.host, null, null, null, liveness());
	}

	/**
	 * Return a text without spaces that {@link #parse} reads.
	 * @return pid, ticks, space and host with hyphens between them
	 */
	@Override
	public String toString() {
		return "%d-%d-%s-%s".formatted(this.pid, this.ticks, this.space, this.host.replaceAll("\\s", "_"));
	}

}
