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
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.lockfile.LockDirectoryReport.Problem;
import io.lockfile.LockDirectoryReport.Severity;

/**
 * Locks a path once to see whether that works. The path is in a directory of its own, so
 * nobody is in the way, nobody is disturbed, and all of it can be deleted.
 */
final class DirectoryCheck {

	private static final Logger logger = LoggerFactory.getLogger(DirectoryCheck.class);

	private static final String NAME = ".lockfile-check-%d-%016x";

	/**
	 * Those that can be tried a second time by the process that holds a path. Record
	 * locks belong to the process, sqlite takes rows of its own process for left over,
	 * and of strategies of others nothing is known.
	 */
	private static final Set<String> EXCLUDING_THEMSELVES = Set.of("flock", "lease", "link", "mkdir", "pid", "symlink");

	/**
	 * How much clocks may differ where they decide.
	 */
	private static final Duration CLOCKS = Duration.ofSeconds(5);

	private static final SecureRandom RANDOM = new SecureRandom();

	private final LockFiles engine;

	private final LockStrategy strategy;

	private final String subject;

	private final List<Problem> problems = new ArrayList<>();

	private DirectoryCheck(LockFiles engine, LockStrategy strategy) {
		this.engine = engine;
		this.strategy = strategy;
		this.subject = DirectoryLook.subject(engine.directory());
	}

	/**
	 * Look at the lock directory, and lock in it unless that can't be.
	 * @param engine whose directory and settings are used
	 * @param strategy the strategy
	 * @param limit how long that may take
	 * @return what was found
	 */
	static LockDirectoryReport verify(LockFiles engine, LockStrategy strategy, Duration limit) {
		Deadline deadline = Deadline.after(limit);
		Path directory = engine.directory();
		Duration first = (limit.compareTo(DirectoryLook.LIMIT) < 0) ? limit : DirectoryLook.LIMIT;
		DirectoryLook look = DirectoryLook.at(directory, first);
		LockDirectoryReport report = look.report(strategy, List.of());
		if (report.verdict() == LockDirectoryReport.Verdict.UNUSABLE) {
			return report;
		}
		Result result = BoundedCalls.call(new Key(engine, strategy), Duration.ofNanos(deadline.remaining()),
				() -> new DirectoryCheck(engine, strategy).run());
		if (result == null) {
			return look.report(strategy, List.of(DirectoryLook.problem(Severity.ERROR,
					"%s: a lock of strategy %s could not be obtained and released within %s. Look after its file "
							+ "system or server, or use another directory",
					DirectoryLook.subject(directory), strategy.name(), LockMessages.text(limit))));
		}
		return result.look().report(strategy, result.problems());
	}

	private Result run() {
		Path inside = this.engine.paths().resolve(NAME.formatted(LocalProcess.pid(), RANDOM.nextLong()));
		try {
			Path path = this.engine.paths()
				.canonicalize(new LockPath(inside.resolve("lock")), this.strategy.usesFileSystem());
			if (this.strategy.usesFileSystem()) {
				lookAtFiles(path.resolveSibling("file"));
			}
			lock(path);
		}
		catch (IOException | RuntimeException ex) {
			unusable(LockMessages.reason(ex));
		}
		catch (LinkageError ex) {
			unusable(ex.toString());
		}
		finally {
			delete(inside);
		}
		// The directory may have been created meanwhile
		return new Result(DirectoryLook.look(this.engine.directory()), List.copyOf(this.problems));
	}

	private void unusable(String reason) {
		add(Severity.ERROR, "%s can't be used with strategy %s: %s", this.subject, this.strategy.name(), reason);
	}

	private void add(Severity severity, String text, Object... arguments) {
		this.problems.add(DirectoryLook.problem(severity, text, arguments));
	}

	private void lookAtFiles(Path file) throws IOException {
		Instant before = Instant.now();
		this.engine.paths().permissions().createFile(file).close();
		BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
		Instant changed = attributes.lastModifiedTime().toInstant();
		String clock = compare(before, changed, Instant.now());
		if (clock != null && this.strategy.label().afterCrash() == StrategyLabel.AfterCrash.EXPIRY) {
			add(Severity.WARNING,
					"%s: the clock of its server is %s, and clocks decide when a lock of strategy %s expires. "
							+ "Synchronise the clocks of the server and of all hosts",
					this.subject, clock, this.strategy.name());
		}
		Path link = file.resolveSibling("link");
		try {
			Files.createLink(link, file);
		}
		catch (IOException | UnsupportedOperationException ex) {
			add(Severity.INFO,
					"%s has no hard links (%s). Without them there are no owner records and no fencing tokens, and "
							+ "some strategies don't work",
					this.subject, LockMessages.reason(ex));
			return;
		}
		if (!isSame(attributes, file) || !isSame(attributes, link)) {
			add(Severity.WARNING,
					"%s: its file system numbers one file in several ways, so locks are taken for lost. Use another "
							+ "file system",
					this.subject);
		}
	}

	/**
	 * Compare the clock that dates files with the one of this host.
	 * @param before the time before a file was written
	 * @param changed the date of the file
	 * @param after the time after that
	 * @return how much they differ, or {@code null} if they agree well enough
	 */
	static @Nullable String compare(Instant before, Instant changed, Instant after) {
		if (changed.isBefore(before.minus(CLOCKS))) {
			return "behind by " + LockMessages.text(Duration.between(changed, before));
		}
		return changed.isAfter(after.plus(CLOCKS)) ? "ahead by " + LockMessages.text(Duration.between(after, changed))
				: null;
	}

	private static boolean isSame(BasicFileAttributes attributes, Path file) throws IOException {
		Object key = attributes.fileKey();
		return key == null || key.equals(Files.readAttributes(file, BasicFileAttributes.class).fileKey());
	}

	private void lock(Path path) throws IOException {
		KeptResource kept = new KeptResource();
		try {
			LockClaim claim = this.strategy.tryClaim(request(path, kept));
			if (claim == null) {
				unusable("a lock that nobody has was refused. Use another file system or strategy");
				return;
			}
			try {
				lookAtLocked(path, claim);
			}
			finally {
				claim.release();
			}
		}
		finally {
			kept.tryClose();
		}
	}

	private void lookAtLocked(Path path, LockClaim claim) throws IOException {
		if (EXCLUDING_THEMSELVES.contains(this.strategy.name()) && isObtainedAgain(path)) {
			unusable("a lock was obtained twice at once. Use another file system or strategy");
		}
		else if (!claim.isValid()) {
			unusable("a lock was lost at once. Use another file system or strategy");
		}
		else if (this.strategy.usesFileSystem() && (this.engine.isFencing() || this.strategy.fences())) {
			FenceFile.next(path, this.engine.paths().permissions());
		}
	}

	private boolean isObtainedAgain(Path path) throws IOException {
		KeptResource kept = new KeptResource();
		try {
			LockClaim second = this.strategy.tryClaim(request(path, kept));
			if (second != null) {
				second.release();
			}
			return second != null;
		}
		finally {
			kept.tryClose();
		}
	}

	private ClaimRequest request(Path path, KeptResource kept) {
		return new ClaimRequest(path, LockMode.EXCLUSIVE, this.engine.paths().permissions(), Long.MAX_VALUE, kept,
				new ClaimRequest.Context(this.engine.lease(), null, (owner) -> {
				}, null));
	}

	private void delete(Path directory) {
		if (!Files.isDirectory(directory)) {
			return;
		}
		try (Stream<Path> files = Files.walk(directory)) {
			for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
				Files.deleteIfExists(file);
			}
		}
		catch (IOException | RuntimeException ex) {
			logger.debug("{} can't be deleted", directory, ex);
			add(Severity.INFO, "%s could not be deleted after a check. Delete it: nobody needs it", directory);
		}
	}

	/**
	 * Stands for a check.
	 *
	 * @param engine whose directory and settings are used
	 * @param strategy the strategy
	 */
	private record Key(LockFiles engine, LockStrategy strategy) {
	}

	/**
	 * What a check has found.
	 *
	 * @param look the look at the directory after it
	 * @param problems what is wrong
	 */
	private record Result(DirectoryLook look, List<Problem> problems) {
	}

}
