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
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongPredicate;

import org.jspecify.annotations.Nullable;

/**
 * This process as an owner of locks, and what it can tell of others on its host.
 */
final class LocalProcess {

	private static final long PID = ProcessHandle.current().pid();

	private static final @Nullable Instant START = ProcessHandle.current().info().startInstant().orElse(null);

	private LocalProcess() {
	}

	static long pid() {
		return PID;
	}

	static @Nullable Instant start() {
		return START;
	}

	/**
	 * Return when this process was started, as the kernel counts from its boot. Unlike a
	 * date, that doesn't move when the clock is set.
	 * @return the number of ticks, or 0 where the platform doesn't tell it
	 */
	static long ticks() {
		return Host.TICKS;
	}

	/**
	 * Return what proof there is of the life of a process.
	 * @param space the {@link #space} that it was seen in
	 * @param pid its pid there
	 * @param ticks its start, or 0 if that isn't known
	 * @return what can be proved
	 */
	static LockOwner.Liveness liveness(String space, long pid, long ticks) {
		return liveness(space, pid, ticks, LocalProcess::isSeen);
	}

	static LockOwner.Liveness liveness(String space, long pid, long ticks, LongPredicate seen) {
		if (!space.equals(space()) || ticks == 0) {
			return LockOwner.Liveness.UNKNOWN;
		}
		long now = ticks(Long.toString(pid));
		if (now != 0) {
			return (now == ticks) ? LockOwner.Liveness.ALIVE : LockOwner.Liveness.DEAD;
		}
		return isGone(pid, seen) ? LockOwner.Liveness.DEAD : LockOwner.Liveness.UNKNOWN;
	}

	private static long ticks(String process) {
		String line = firstLine("/proc/" + process + "/stat");
		// The name of the program is in parentheses, and may contain anything
		String[] fields = line.substring(line.lastIndexOf(')') + 1).trim().split(" ");
		return (fields.length > 19) ? Long.parseLong(fields[19]) : 0;
	}

	private static String firstLine(String file) {
		try {
			return Files.readString(Path.of(file)).trim();
		}
		catch (IOException | RuntimeException ex) {
			// not Linux, or no such process
			return "";
		}
	}

	/**
	 * Return where the pids that this process sees mean something.
	 * @return 16 digits that stand for the boot of the host and for the pid namespace
	 */
	static String space() {
		return Host.SPACE;
	}

	/**
	 * Return the boot of the host.
	 * @return its UUID, or an empty text where the platform doesn't tell it
	 */
	static String boot() {
		return Host.BOOT;
	}

	/**
	 * Tell whether there is certainly no process with a pid.
	 * @param pid a pid from this process's {@link #space}
	 * @return {@code true} if it is gone
	 */
	static boolean isGone(long pid) {
		return isGone(pid, LocalProcess::isSeen);
	}

	private static boolean isSeen(long pid) {
		return ProcessHandle.of(pid).isPresent();
	}

	/**
	 * Tell whether there is certainly no process with a pid, as far as one can see.
	 * @param pid the pid
	 * @param seen tells which processes can be seen
	 * @return {@code true} if it is gone
	 */
	static boolean isGone(long pid, LongPredicate seen) {
		// Where processes of others are hidden, not to see one proves nothing
		return !seen.test(pid) && seen.test(1);
	}

	/**
	 * Describe a thread of this process as the owner of a lock.
	 * @param thread the name of the thread
	 * @param since when it obtained the lock
	 * @return the owner
	 */
	static LockOwner owner(String thread, Instant since) {
		return new LockOwner(PID, host(), START, thread, since);
	}

	/**
	 * Complete an owner of whom only the pid is known to be one on this host.
	 * @param owner what is known
	 * @return what is known, with the host and the process's start
	 */
	static LockOwner complete(LockOwner owner) {
		if (owner.pid() == null || owner.host() != null) {
			return owner;
		}
		Instant start = (owner.processStart() != null) ? owner.processStart() : start(owner.pid());
		return new LockOwner(owner.pid(), host(), start, owner.thread(), owner.since());
	}

	static LockOwner.Liveness liveness(@Nullable Long pid, @Nullable String host, @Nullable Instant processStart) {
		if (pid == null || !host().equals(host)) {
			return LockOwner.Liveness.UNKNOWN;
		}
		if (pid == PID && (processStart == null || processStart.equals(START))) {
			return LockOwner.Liveness.ALIVE;
		}
		Instant start = start(pid);
		return (start != null && start.equals(processStart)) ? LockOwner.Liveness.ALIVE : LockOwner.Liveness.UNKNOWN;
	}

	private static @Nullable Instant start(long pid) {
		Optional<Instant> start = ProcessHandle.of(pid).flatMap((process) -> process.info().startInstant());
		return start.orElse(null);
	}

	static String host() {
		return Host.NAME;
	}

	/**
	 * Holder of the host's name: on some platforms asking for it asks the network.
	 */
	private static final class Host {

		static final String NAME = find();

		static final String BOOT = firstLine("/proc/sys/kernel/random/boot_id");

		static final String SPACE = findSpace();

		static final long TICKS = ticks("self");

		private static String findSpace() {
			String namespace = "";
			try {
				namespace = Files.readSymbolicLink(Path.of("/proc/self/ns/pid")).toString();
			}
			catch (IOException | RuntimeException ex) {
				// not Linux
			}
			UUID space = UUID
				.nameUUIDFromBytes(String.join("\n", NAME, BOOT, namespace).getBytes(StandardCharsets.UTF_8));
			return "%016x".formatted(space.getMostSignificantBits());
		}

		private static String find() {
			String linux = firstLine("/proc/sys/kernel/hostname");
			if (!linux.isEmpty()) {
				return linux;
			}
			String windows = System.getenv("COMPUTERNAME");
			if (windows != null) {
				return windows;
			}
			try {
				return InetAddress.getLocalHost().getHostName();
			}
			catch (UnknownHostException ex) {
				return "localhost";
			}
		}

	}

}
