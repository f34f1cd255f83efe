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

import java.util.Arrays;
import java.util.Optional;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import io.lockfile.LockDirectoryReport.Problem;
import io.lockfile.LockDirectoryReport.Severity;

/**
 * Which strategies are safe on which file systems, as far as type and mount options tell.
 * What is not known to be in the way isn't.
 */
final class MountRules {

	/**
	 * Those whose server keeps the kernel's locks, unless an option says otherwise.
	 */
	private static final Set<String> WITH_LOCKS = Set.of("ceph", "cifs", "fuse.ceph", "fuse.ceph-fuse",
			"fuse.glusterfs", "fuse.juicefs", "gfs2", "glusterfs", "gpfs", "lustre", "nfs", "nfs4", "smb2", "smb3",
			"smbfs");

	/**
	 * Those that keep the kernel's locks on each host, or may do so.
	 */
	private static final Set<String> WITHOUT_LOCKS = Set.of("9p", "afs", "afpfs", "beegfs", "davfs", "fuse.davfs",
			"fuse.grpcfuse", "fuse.osxfs", "fuse.sshfs", "fuse.vmhgfs-fuse", "ncpfs", "ocfs2", "prl_fs", "vboxsf",
			"virtiofs", "vmhgfs", "webdav");

	/**
	 * Stores of objects, on which two can create the same file.
	 */
	private static final Set<String> OBJECTS = Set.of("fuse.blobfuse", "fuse.blobfuse2", "fuse.curlftpfs",
			"fuse.gcsfuse", "fuse.geesefs", "fuse.goofys", "fuse.mount-s3", "fuse.mountpoint-s3", "fuse.rclone",
			"fuse.s3fs");

	/**
	 * With these, virtual machines get their own file system from their host, too.
	 */
	private static final Set<String> OF_VIRTUAL_MACHINES = Set.of("9p", "virtiofs");

	private static final Set<String> WITHOUT_LINKS = Set.of("exfat", "msdos", "vfat");

	private final LockStrategy strategy;

	private final Mount mount;

	private final String subject;

	private MountRules(LockStrategy strategy, Mount mount, String subject) {
		this.strategy = strategy;
		this.mount = mount;
		this.subject = subject;
	}

	/**
	 * Tell whether other hosts may have a file system mounted too.
	 * @param mount how it is mounted
	 * @return {@code true} if it is of such a type
	 */
	static boolean isOfNetwork(Mount mount) {
		String type = mount.type();
		return WITH_LOCKS.contains(type) || OBJECTS.contains(type)
				|| (WITHOUT_LOCKS.contains(type) && !isOwnOfMachine(mount));
	}

	private static boolean isOwnOfMachine(Mount mount) {
		return OF_VIRTUAL_MACHINES.contains(mount.type()) && mount.point().equals("/");
	}

	/**
	 * Tell whether the kernel's record locks are known to stay on this host while others
	 * may have the file system mounted, too.
	 * @param mount how it is mounted
	 * @return {@code true} if so
	 */
	static boolean keepsRecordLocksHere(Mount mount) {
		return OBJECTS.contains(mount.type()) || (isOfNetwork(mount) && keptHere(mount, Kind.RECORD_LOCK) != null);
	}

	/**
	 * Judge a strategy.
	 * @param strategy the strategy
	 * @param mount how the file system is mounted
	 * @param subject the beginning of a sentence, which names the directory
	 * @return what speaks against it there
	 */
	static Optional<Problem> judge(LockStrategy strategy, Mount mount, String subject) {
		return Optional.ofNullable(new MountRules(strategy, mount, subject).judge());
	}

	private @Nullable Problem judge() {
		Kind kind = Kind.of(this.strategy);
		if (!Platform.POSIX && kind.isPosix()) {
			return problem(Severity.ERROR, ": strategy %s doesn't work on this platform (it needs %s). Use strategy os",
					this.strategy.name(), this.strategy.label().needs());
		}
		if (WITHOUT_LINKS.contains(this.mount.type()) && kind.needsLinks()) {
			return problem(Severity.ERROR,
					" is on %s, which has no links, but strategy %s needs them. Use another file system, or strategy os",
					this.mount, this.strategy.name());
		}
		if (isOfNetwork(this.mount)) {
			return ofNetwork(kind);
		}
		if (this.mount.type().equals("overlay")) {
			return problem(Severity.INFO,
					" is on %s, the file system of a container, and other containers don't see its locks. If they are to "
							+ "be excluded, lock in a volume that all of them mount",
					this.mount);
		}
		return null;
	}

	private Problem ofNetwork(Kind kind) {
		if (OBJECTS.contains(this.mount.type())) {
			return problem(Severity.WARNING,
					" is on %s, where two hosts can create the same file and have its locks at once. Use a file system "
							+ "with locks, or let one host only lock there",
					this.mount);
		}
		String local = keptHere(this.mount, kind);
		if (local != null) {
			return switch (kind) {
				case RECORD_LOCK, FLOCK, OTHER_KERNEL_LOCK -> problem(Severity.WARNING,
						" is on %s, %s: locks of the kernel stay on this host, so strategy %s doesn't exclude other hosts. %s",
						this.mount, local, this.strategy.name(), remedy());
				default -> problem(Severity.WARNING,
						" is on %s, %s: locks of the kernel stay on this host, so strategy %s can't prove that a holder on "
								+ "another host or before a reboot is dead, and an operator has to break its lock. %s",
						this.mount, local, this.strategy.name(), remedy());
			};
		}
		if (kind == Kind.DATABASE) {
			return problem(Severity.WARNING,
					" is on %s, and SQLite isn't safe on network file systems. Use strategy os, or a local file system",
					this.mount);
		}
		return problem(Severity.INFO,
				" is on %s, which other hosts may have mounted. What is known of strategy %s there: %s", this.mount,
				this.strategy.name(), this.strategy.label().networkFileSystems());
	}

	/**
	 * Say what keeps those locks of the kernel on this host that a strategy depends on.
	 * @param mount how the file system is mounted
	 * @param kind what the strategy locks with
	 * @return a text that follows the file system, or {@code null} if nothing is known to
	 */
	private static @Nullable String keptHere(Mount mount, Kind kind) {
		if (kind == Kind.LEASE || kind == Kind.DATABASE || kind == Kind.UNKNOWN) {
			return null;
		}
		if (WITHOUT_LOCKS.contains(mount.type())) {
			return "which may not pass on locks";
		}
		String option = firstOf(mount, "nolock", "local_lock=all", "nobrl", "localflocks", "localflock", "noflock");
		if (option == null && kind != Kind.FLOCK) {
			option = firstOf(mount, "local_lock=posix");
		}
		if (option == null && (kind == Kind.FLOCK || kind == Kind.OTHER_KERNEL_LOCK)) {
			option = firstOf(mount, "local_lock=flock");
		}
		if (option == null && mount.type().equals("lustre") && !mount.hasAny("flock")) {
			return "mounted without flock";
		}
		return (option != null) ? "mounted with " + option : null;
	}

	private static @Nullable String firstOf(Mount mount, String... options) {
		return Arrays.stream(options).filter((option) -> mount.hasAny(option)).findFirst().orElse(null);
	}

	private String remedy() {
		return WITHOUT_LOCKS.contains(this.mount.type())
				? "Use a file system that does, or strategy lease if clocks agree, or let one host only lock there"
				: "Mount it so that the server keeps them, or use strategy lease if clocks agree, or let one host only "
						+ "lock there";
	}

	private Problem problem(Severity severity, String text, Object... arguments) {
		return new Problem(severity, LockMessages.printable(this.subject + text.formatted(arguments)));
	}

	/**
	 * What a strategy's locks depend on.
	 */
	private enum Kind {

		RECORD_LOCK, FLOCK, OTHER_KERNEL_LOCK, MARKER, LINKED_MARKER, LEASE, DATABASE, UNKNOWN;

		static Kind of(LockStrategy strategy) {
			return switch (strategy.name()) {
				case "os" -> RECORD_LOCK;
				case "flock" -> FLOCK;
				case "mkdir" -> MARKER;
				case "link", "pid", "symlink" -> LINKED_MARKER;
				case "lease" -> LEASE;
				case "sqlite" -> DATABASE;
				default ->
					(strategy.label().afterCrash() == StrategyLabel.AfterCrash.RELEASED) ? OTHER_KERNEL_LOCK : UNKNOWN;
			};
		}

		boolean isPosix() {
			return this == FLOCK || this == MARKER || needsLinks();
		}

		boolean needsLinks() {
			return this == LINKED_MARKER || this == LEASE;
		}

	}

}
