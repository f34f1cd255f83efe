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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * This process as an owner of locks, and what it can tell of others on its host.
 */
final class LocalProcess {

	private static final long PID = ProcessHandle.current().pid();

	private static final @Nullable Instant START = ProcessHandle.current().info().startInstant().orElse(null);

	private LocalProcess() {
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

	static LockOwner.Liveness liveness(LockOwner owner) {
		if (owner.pid() == null || !host().equals(owner.host())) {
			return LockOwner.Liveness.UNKNOWN;
		}
		if (owner.pid() == PID && (owner.processStart() == null || owner.processStart().equals(START))) {
			return LockOwner.Liveness.ALIVE;
		}
		Instant start = start(owner.pid());
		return (start != null && start.equals(owner.processStart())) ? LockOwner.Liveness.ALIVE
				: LockOwner.Liveness.UNKNOWN;
	}

	private static @Nullable Instant start(long pid) {
		Optional<Instant> start = ProcessHandle.of(pid).flatMap((process) -> process.info().startInstant());
		return start.orElse(null);
	}

	private static String host() {
		return Host.NAME;
	}

	/**
	 * Holder of the host's name: on some platforms asking for it asks the network.
	 */
	private static final class Host {

		static final String NAME = find();

		private static String find() {
			try {
				return Files.readString(Path.of("/proc/sys/kernel/hostname")).trim();
			}
			catch (IOException | RuntimeException ex) {
				// not Linux
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
