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

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

import io.lockfile.LockDirectoryReport.Problem;
import io.lockfile.LockDirectoryReport.Severity;

/**
 * What a look at a directory tells, which claims and writes nothing.
 *
 * @param directory the directory as it is configured
 * @param real the real path of the directory, or of the nearest one above that exists; or
 * the directory itself if that isn't known
 * @param mount how its file system is mounted
 * @param missing whether it was seen that the directory doesn't exist
 * @param problem what is in the way of every strategy on files, or a hint
 */
record DirectoryLook(Path directory, Path real, Mount mount, boolean missing, @Nullable Problem problem) {

	/**
	 * How long a look may take: long enough for a busy machine, and short enough for
	 * those who ask every few seconds.
	 */
	static final Duration LIMIT = Duration.ofSeconds(5);

	private static final List<Path> CLEANED = List.of(Path.of("/tmp"), Path.of("/var/tmp"), Path.of("/private/tmp"),
			Path.of("/private/var/tmp"));

	/**
	 * Look at a directory.
	 * @param directory an absolute path
	 * @param limit how long that may take
	 * @return what was seen; that the directory didn't answer is a problem
	 */
	static DirectoryLook at(Path directory, Duration limit) {
		DirectoryLook look = BoundedCalls.call(directory, limit, () -> look(directory));
		return (look != null) ? look
				: new DirectoryLook(directory, directory, guess(directory), false, problem(Severity.ERROR,
						"%s did not answer within %s. Look after its file system or server, or use another directory",
						subject(directory), LockMessages.text(limit)));
	}

	/**
	 * Look at a lock directory, and remember whether it was there: one that has been
	 * deleted is another matter than one that is yet to be created.
	 * @param paths whose directory it is
	 * @param limit how long that may take
	 * @return what was seen
	 */
	static DirectoryLook at(LockPaths paths, Duration limit) {
		boolean seenBefore = paths.isDirectorySeen();
		DirectoryLook look = at(paths.directory(), limit);
		if (look.missing && seenBefore) {
			// Somebody else's look, whose answer this was, may be older than the
			// directory
			look = at(paths.directory(), limit);
		}
		if (look.isUsable()) {
			paths.directorySeen();
		}
		return (look.missing && seenBefore) ? look.afterDeletion() : look;
	}

	/**
	 * Tell whether the directory is there and nothing is known that is in the way.
	 * @return {@code true} if files can probably be created in it
	 */
	boolean isUsable() {
		return !this.missing && (this.problem == null || this.problem.severity() == Severity.INFO);
	}

	private DirectoryLook afterDeletion() {
		if (this.problem != null && this.problem.severity() == Severity.ERROR) {
			return this;
		}
		return new DirectoryLook(this.directory, this.real, this.mount, true, problem(Severity.ERROR,
				"%s doesn't exist any more. Whoever held a lock in it has lost that lock: the next one who asks creates the "
						+ "directory anew, and gets the lock. Find out who deleted it, or use another directory",
				subject(this.directory)));
	}

	static DirectoryLook look(Path directory) {
		Mount mount = Mount.UNKNOWN;
		Path real = directory;
		try {
			Path existing = existing(directory);
			real = existing.toRealPath();
			mount = Mount.of(real);
			return new DirectoryLook(directory, real, mount, !existing.equals(directory),
					problem(directory, existing, mount));
		}
		catch (IOException ex) {
			return new DirectoryLook(directory, real, mount, false,
					problem(Severity.ERROR, "%s can't be looked at: %s", subject(directory), LockMessages.reason(ex)));
		}
	}

	private static Path existing(Path directory) {
		Path existing = directory;
		while (!Files.exists(existing, LinkOption.NOFOLLOW_LINKS) && existing.getParent() != null) {
			existing = existing.getParent();
		}
		return existing;
	}

	private static @Nullable Problem problem(Path directory, Path existing, Mount mount) {
		String subject = subject(directory);
		if (!Files.isDirectory(existing)) {
			return problem(Severity.ERROR, "%s can't be used: %s is not a directory. Use another path, or remove that",
					subject, existing);
		}
		if (mount.hasAny("ro")) {
			return problem(Severity.ERROR,
					"%s is on a file system that is mounted read-only (%s). Use a directory that can be written",
					subject, mount);
		}
		if (!Files.isWritable(existing) || !Files.isExecutable(existing)) {
			return problem(Severity.ERROR,
					"%s can't be used: this process can create nothing in %s. Check its owner and permissions, or use "
							+ "another directory",
					subject, existing);
		}
		File file = existing.toFile();
		if (file.getUsableSpace() == 0 && file.getTotalSpace() > 0) {
			return problem(Severity.ERROR,
					"%s is on a file system without any space left (%s). Free some, or use another directory", subject,
					mount);
		}
		return existing.equals(directory) ? null
				: problem(Severity.INFO, "%s doesn't exist yet. It is created with the first lock", subject);
	}

	private static Mount guess(Path directory) {
		try {
			return Optional.ofNullable(Mount.inTable(directory)).orElse(Mount.UNKNOWN);
		}
		catch (IOException ex) {
			return Mount.UNKNOWN;
		}
	}

	/**
	 * Say what a strategy has to do with this directory.
	 * @param strategy the strategy
	 * @return what speaks against it
	 */
	List<Problem> problems(LockStrategy strategy) {
		List<Problem> problems = new ArrayList<>();
		if (strategy.usesFileSystem()) {
			Optional.ofNullable(this.problem).ifPresent(problems::add);
			MountRules.judge(strategy, this.mount, subject(this.directory)).ifPresent(problems::add);
			if (strategy.label().afterCrash() == StrategyLabel.AfterCrash.RELEASED
					&& CLEANED.stream().anyMatch(this.real::startsWith)) {
				problems.add(cleaned());
			}
		}
		return problems;
	}

	private Problem cleaned() {
		// Everybody has the default one, who hasn't chosen any
		boolean chosen = !this.directory.startsWith(LockFiles.defaultDirectory());
		return problem(chosen ? Severity.WARNING : Severity.INFO,
				"%s is among temporary files, which many systems delete when they are old. Whoever holds a lock whose file "
						+ "is deleted loses it. Use a directory that is not cleaned",
				subject(this.directory));
	}

	LockDirectoryReport report(LockStrategy strategy, List<Problem> more) {
		List<Problem> problems = problems(strategy);
		problems.addAll(more);
		List<String> suitable = LockStrategies.ofLibrary()
			.stream()
			.filter(LockStrategy::usesFileSystem)
			.filter((candidate) -> problems(candidate).stream()
				.allMatch((problem) -> problem.severity() == Severity.INFO))
			.map(LockStrategy::name)
			.toList();
		return new LockDirectoryReport(this.directory, this.mount.type(), this.mount.place(),
				String.join(",", this.mount.options()), MountRules.isOfNetwork(this.mount), strategy.name(), problems,
				suitable);
	}

	static String subject(Path directory) {
		return "Lock directory " + directory;
	}

	static Problem problem(Severity severity, String text, Object... arguments) {
		return new Problem(severity, LockMessages.printable(text.formatted(arguments)));
	}

}
