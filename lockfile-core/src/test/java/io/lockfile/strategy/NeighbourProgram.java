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

import java.nio.file.Path;

import io.lockfile.LockMode;

/**
 * The programs that strategies promise to exclude, and what is to be expected with each
 * of them. This is the table of {@link InteroperabilityTests}.
 */
enum NeighbourProgram {

	FASTENERS("fasteners", "fasteners `InterProcessLock`", "os", "python3-fasteners", Tells.PID, Theirs.AT_ONCE,
			Ours.AT_ONCE),

	FASTENERS_READER_WRITER("fasteners-rw", "fasteners `InterProcessReaderWriterLock`", "os", "python3-fasteners",
			Tells.PID, Theirs.AT_ONCE, Ours.AT_ONCE),

	FASTENERS_READER("fasteners-rw", "fasteners `InterProcessReaderWriterLock`, reading", "os", "python3-fasteners",
			Tells.PID, Theirs.AT_ONCE, Ours.AT_ONCE) {

		@Override
		LockMode mode() {
			return LockMode.SHARED;
		}

	},

	OSLO_CONCURRENCY("oslo", "oslo.concurrency `lock(external=True)`", "os", "python3-oslo.concurrency", Tells.PID,
			Theirs.AT_ONCE, Ours.AT_ONCE),

	LOCKF("lockf", "`fcntl.lockf`", "os", "python3", Tells.PID, Theirs.AT_ONCE, Ours.AT_ONCE),

	FLOCK("flock", "`flock(1)`", "flock", "util-linux", Tells.PID, Theirs.AT_ONCE, Ours.AT_ONCE),

	FLOCK_READER("flock", "`flock(1) --shared`", "flock", "util-linux", Tells.PID, Theirs.AT_ONCE, Ours.AT_ONCE) {

		@Override
		LockMode mode() {
			return LockMode.SHARED;
		}

	},

	FLOCK_DESCRIPTOR("flock-descriptor", "`flock(1)` on a descriptor", "flock", "util-linux", Tells.NOTHING,
			Theirs.AT_ONCE, Ours.AT_ONCE),

	FILELOCK("filelock", "filelock `FileLock`", "flock", "python3-filelock", Tells.PID, Theirs.AT_ONCE, Ours.AT_ONCE),

	PORTALOCKER("portalocker", "portalocker `Lock`", "flock", "python3-portalocker", Tells.PID, Theirs.AT_ONCE,
			Ours.AT_ONCE),

	LINK_LOCK_FILE("lockfile-link", "lockfile `LinkLockFile`", "link", "python3-lockfile", Tells.NOTHING,
			Theirs.OPERATOR, Ours.UNTIL_BROKEN),

	DOTLOCKFILE("dotlockfile", "`dotlockfile`", "link", "liblockfile-bin", Tells.NOTHING, Theirs.OPERATOR,
			Ours.FIVE_MINUTES) {

		@Override
		Path pathOf(Path path) {
			return withSuffix(path);
		}

	},

	DOTLOCKFILE_WITH_PID("dotlockfile-pid", "`dotlockfile -p`", "link", "liblockfile-bin", Tells.PID, Theirs.OPERATOR,
			Ours.FIVE_MINUTES) {

		@Override
		Path pathOf(Path path) {
			return withSuffix(path);
		}

	},

	LOCKFILE_CREATE("lockfile-create", "`lockfile-create`", "link", "lockfile-progs", Tells.NOTHING, Theirs.OPERATOR,
			Ours.FIVE_MINUTES),

	PROCMAIL("procmail", "procmail's `lockfile`", "link", "procmail", Tells.NOTHING, Theirs.OPERATOR, Ours.FORCED) {

		@Override
		Path pathOf(Path path) {
			return withSuffix(path);
		}

	},

	MKDIR_LOCK_FILE("lockfile-mkdir", "lockfile `MkdirLockFile`", "mkdir", "python3-lockfile", Tells.NOTHING,
			Theirs.OPERATOR, Ours.UNTIL_BROKEN),

	PROPER_LOCKFILE("proper-lockfile", "npm proper-lockfile", "mkdir", "node-proper-lockfile", Tells.NOTHING,
			Theirs.OPERATOR, Ours.NOT_EMPTY),

	SYMLINK_LOCK_FILE("lockfile-symlink", "lockfile `SymlinkLockFile`", "symlink", "python3-lockfile", Tells.NOTHING,
			Theirs.OPERATOR, Ours.UNTIL_BROKEN),

	PID_LOCK_FILE("lockfile-pid", "lockfile `PIDLockFile`", "pid", "python3-lockfile", Tells.PID, Theirs.OPERATOR,
			Ours.UNTIL_BROKEN),

	DAEMON_PID_LOCK_FILE("daemon", "python-daemon `TimeoutPIDLockFile`", "pid", "python3-daemon", Tells.PID,
			Theirs.OPERATOR, Ours.UNTIL_BROKEN),

	SOFT_FILE_LOCK("filelock-soft", "filelock `SoftFileLock`", "pid", "python3-filelock", Tells.NOTHING,
			Theirs.OPERATOR, Ours.UNTIL_WE_COME),

	SQLITE_LOCK_FILE("lockfile-sqlite", "lockfile `SQLiteLockFile`", "sqlite", "python3-lockfile", Tells.HOST,
			Theirs.OPERATOR, Ours.UNTIL_BROKEN),

	FLUFL_LOCK("flufl", "flufl.lock", "lease", "python3-flufl.lock", Tells.PID_AND_HOST, Theirs.EXPIRY, Ours.EXPIRY);

	private final String script;

	private final String label;

	private final String strategy;

	private final String debianPackage;

	private final Tells tells;

	private final Theirs theirs;

	private final Ours ours;

	NeighbourProgram(String script, String label, String strategy, String debianPackage, Tells tells, Theirs theirs,
			Ours ours) {
		this.script = script;
		this.label = label;
		this.strategy = strategy;
		this.debianPackage = debianPackage;
		this.tells = tells;
		this.theirs = theirs;
		this.ours = ours;
	}

	/**
	 * Return what the scripts call it.
	 * @return a short name
	 */
	String script() {
		return this.script;
	}

	/**
	 * Return what the documentation calls it.
	 * @return the first cell of its row
	 */
	String label() {
		return this.label;
	}

	/**
	 * Return the strategy that excludes it.
	 * @return the name of the strategy
	 */
	String strategy() {
		return this.strategy;
	}

	/**
	 * Return the Debian package that it is in.
	 * @return the name of the package
	 */
	String debianPackage() {
		return this.debianPackage;
	}

	/**
	 * Return what is to be known of the program while it holds the lock, at least: some
	 * formats tell more now and then.
	 * @return what its format always tells
	 */
	Tells tells() {
		return this.tells;
	}

	/**
	 * Return what ends the program's lock if it is killed.
	 * @return what is to be seen
	 */
	Theirs theirs() {
		return this.theirs;
	}

	/**
	 * Return what ends our lock for the program if we are killed.
	 * @return what is to be seen
	 */
	Ours ours() {
		return this.ours;
	}

	/**
	 * Return the mode that both sides hold the lock in.
	 * @return the mode
	 */
	LockMode mode() {
		return LockMode.EXCLUSIVE;
	}

	/**
	 * Return the path that the program is given, so that it meets us.
	 * @param path the path that we are given
	 * @return that path, or with {@code .lock} for programs that don't append it
	 */
	Path pathOf(Path path) {
		return path;
	}

	private static Path withSuffix(Path path) {
		return path.resolveSibling(path.getFileName() + ".lock");
	}

	@Override
	public String toString() {
		return this.label.replace("`", "");
	}

	/**
	 * What is known of a holder.
	 */
	enum Tells {

		/**
		 * The pid.
		 */
		PID(true, false, "refused, its pid is named"),

		/**
		 * The host.
		 */
		HOST(false, true, "refused, its host is named"),

		/**
		 * The pid and the host.
		 */
		PID_AND_HOST(true, true, "refused, its pid and host are named"),

		/**
		 * Only that somebody holds the lock.
		 */
		NOTHING(false, false, "refused");

		private final boolean pid;

		private final boolean host;

		private final String cell;

		Tells(boolean pid, boolean host, String cell) {
			this.pid = pid;
			this.host = host;
			this.cell = cell;
		}

		boolean pid() {
			return this.pid;
		}

		boolean host() {
			return this.host;
		}

		String cell() {
			return this.cell;
		}

	}

	/**
	 * What ends the lock of a neighbour that was killed.
	 */
	enum Theirs {

		/**
		 * The kernel.
		 */
		AT_ONCE("recovered at once"),

		/**
		 * An operator.
		 */
		OPERATOR("held until `breakLock()`"),

		/**
		 * The expiry of its lease.
		 */
		EXPIRY("recovered 10 s after expiry");

		private final String cell;

		Theirs(String cell) {
			this.cell = cell;
		}

		String cell() {
			return this.cell;
		}

	}

	/**
	 * What ends our lock for a neighbour if we were killed. Another one of us recovers
	 * all of them, but for the lease, at once.
	 */
	enum Ours {

		/**
		 * The kernel.
		 */
		AT_ONCE("recovered at once"),

		/**
		 * Another one of us or the program's own operation to break a lock, which nobody
		 * calls but an operator.
		 */
		UNTIL_BROKEN("held until its `break_lock()` or until one of us comes"),

		/**
		 * Another one of us; the program has no such operation.
		 */
		UNTIL_WE_COME("held until one of us comes"),

		/**
		 * The program, when the marker is old, or another one of us before.
		 */
		FIVE_MINUTES("recovered after 5 minutes, or when one of us comes"),

		/**
		 * The program, if it is asked for, or another one of us.
		 */
		FORCED("recovered with `-l`, or when one of us comes"),

		/**
		 * Another one of us. The program tries when the marker is old, and fails.
		 */
		NOT_EMPTY("fails with `ENOTEMPTY` when stale, until one of us comes"),

		/**
		 * The expiry of our lease.
		 */
		EXPIRY("recovered 10 s after expiry");

		private final String cell;

		Ours(String cell) {
			this.cell = cell;
		}

		String cell() {
			return this.cell;
		}

	}

}
