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

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * What can be told of a lock directory and a strategy: whether locks work there, and
 * exclude whom they are to exclude.
 * <p>
 * A report says what was found, and is no guarantee. It doesn't know which hosts and
 * containers use the directory, what a server does with locks, or what file systems do
 * that are not known to this library.
 *
 * @param directory the lock directory, an absolute path
 * @param fileSystem the type of its file system as the system calls it, for example
 * {@code ext4} or {@code nfs4}, or {@code unknown}; of a directory that doesn't exist it
 * is that of the parent
 * @param mount what is mounted where, for example {@code server:/x on /mnt/x}; empty if
 * it isn't known
 * @param mountOptions those options of the mount that matter to locks, separated by
 * commas; empty if they aren't known
 * @param network whether other hosts may have the file system mounted too, as far as its
 * type tells
 * @param strategy the name of the strategy that was looked at
 * @param problems what was found, worst first
 * @param suitable the names of the library's strategies on files that have no problem in
 * this directory but hints. What they need of the class path is not looked at
 * @since 0.1.0
 */
public record LockDirectoryReport(Path directory, String fileSystem, String mount, String mountOptions, boolean network,
		String strategy, List<Problem> problems, List<String> suitable) {

	/**
	 * Create a report.
	 */
	public LockDirectoryReport {
		Objects.requireNonNull(directory, "directory");
		Objects.requireNonNull(fileSystem, "fileSystem");
		Objects.requireNonNull(mount, "mount");
		Objects.requireNonNull(mountOptions, "mountOptions");
		Objects.requireNonNull(strategy, "strategy");
		problems = problems.stream().sorted((left, right) -> right.severity().compareTo(left.severity())).toList();
		suitable = List.copyOf(suitable);
	}

	/**
	 * Return what follows from the problems.
	 * @return the verdict of the worst problem, or {@link Verdict#SAFE} if there is none
	 */
	public Verdict verdict() {
		return this.problems.isEmpty() ? Verdict.SAFE : this.problems.get(0).severity().verdict();
	}

	/**
	 * What a report comes to.
	 */
	public enum Verdict {

		/**
		 * Nothing speaks against locking there with the strategy. There may be hints.
		 */
		SAFE,

		/**
		 * Locks can be had, but may not exclude everybody, or get lost.
		 */
		RISKY,

		/**
		 * Locks can't be had.
		 */
		UNUSABLE

	}

	/**
	 * How much a problem matters.
	 */
	public enum Severity {

		/**
		 * A hint, on what is worth knowing and wrong in some cases only.
		 */
		INFO(Verdict.SAFE),

		/**
		 * Locks may not exclude everybody, or get lost.
		 */
		WARNING(Verdict.RISKY),

		/**
		 * Locks can't be had.
		 */
		ERROR(Verdict.UNUSABLE);

		private final Verdict verdict;

		Severity(Verdict verdict) {
			this.verdict = verdict;
		}

		Verdict verdict() {
			return this.verdict;
		}

	}

	/**
	 * Something that speaks against the directory or the strategy.
	 *
	 * @param severity how much it matters
	 * @param message sentences that name the directory and say what is wrong and what to
	 * do
	 */
	public record Problem(Severity severity, String message) {

		/**
		 * Create a problem.
		 */
		public Problem {
			Objects.requireNonNull(severity, "severity");
			Objects.requireNonNull(message, "message");
		}

		@Override
		public String toString() {
			return this.message;
		}

	}

}
