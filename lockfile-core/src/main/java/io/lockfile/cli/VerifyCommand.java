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

package io.lockfile.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import io.lockfile.LockDirectoryReport;
import io.lockfile.LockFiles;
import io.lockfile.LockStrategy;
import io.lockfile.StrategyLabel;

/**
 * Tries out which strategies are safe on a file system.
 */
@Command(name = "verify", mixinStandardHelpOptions = true,
		description = { "Tells which strategies are safe on a file system, by letting processes contend there.",
				"Exit code: 0, or 1 if any of them is unsafe" })
final class VerifyCommand implements Callable<Integer> {

	private static final int UNSAFE = 1;

	private static final String ROW = "%-10s | %-12s | %-46s | %-7s | %s";

	@Spec
	private @Nullable CommandSpec spec;

	@Parameters(paramLabel = "DIR", arity = "1..*",
			description = "A directory on the file system; several are mounts of the same one.")
	private List<String> directories = new ArrayList<>();

	@Override
	public Integer call() {
		if (this.spec == null) {
			throw new IllegalStateException("There is no command line");
		}
		PrintWriter out = this.spec.commandLine().getOut();
		List<Path> directories = this.directories.stream().map(VerifyCommand::directory).toList();
		Set<String> warnings = new LinkedHashSet<>();
		boolean ofNetwork = false;
		for (Path directory : directories) {
			List<LockDirectoryReport> reports = inspect(directory);
			LockDirectoryReport any = reports.get(0);
			out.println(Main.oneLine(
					"%s: %s%s%s".formatted(directory, any.fileSystem(), any.mount().isEmpty() ? "" : ", " + any.mount(),
							any.mountOptions().isEmpty() ? "" : " (" + any.mountOptions() + ")")));
			reports.stream()
				.flatMap((report) -> report.problems().stream())
				.filter((problem) -> problem.severity() != LockDirectoryReport.Severity.INFO)
				.forEach((problem) -> warnings.add(problem.message()));
			ofNetwork |= any.network();
		}
		warnings.forEach((warning) -> out.println("  " + warning));
		try (Scratch scratch = new Scratch(directories)) {
			return verify(scratch, out, ofNetwork);
		}
	}

	private static Path directory(String name) {
		try {
			Path directory = Path.of(name).toRealPath();
			if (!Files.isDirectory(directory)) {
				throw new NotDirectoryException(name);
			}
			return directory;
		}
		catch (IOException | IllegalArgumentException ex) {
			throw new CommandFailure(ExitCodes.NO_INPUT, "DIR '%s' can't be used: %s".formatted(name,
					(ex instanceof IOException failure) ? CommandFailure.reason(failure) : ex.getMessage()));
		}
	}

	private static List<LockDirectoryReport> inspect(Path directory) {
		try (LockFiles locks = LockFiles.builder().directory(directory).build()) {
			return LockOptions.strategies().stream().map((strategy) -> locks.inspect(strategy.name())).toList();
		}
	}

	private static int verify(Scratch scratch, PrintWriter out, boolean ofNetwork) {
		List<LockStrategy> strategies = LockOptions.strategies();
		strategies.forEach((strategy) -> scratch.createDirectory(strategy.name()));
		int exitCode = ExitCodes.OK;
		out.println(row("strategy", "result", "after a crash", "waiting", "remarks"));
		Contest contest = new Contest(scratch.directories());
		scratch.setContest(contest);
		for (LockStrategy strategy : strategies) {
			StrategyLabel label = strategy.label();
			Verdict verdict = contest.verify(strategy);
			if (verdict.isUnsafe()) {
				exitCode = UNSAFE;
			}
			out.println(row(strategy.name(), verdict.result(), verdict.afterCrash(),
					label.waiting().name().toLowerCase(Locale.ROOT),
					"%s%s%s".formatted((verdict.holds() > 0) ? verdict.holds() + " holds. " : "", label.remarks(),
							ofNetwork ? ". On network file systems: " + label.networkFileSystems() : "")));
		}
		return exitCode;
	}

	private static String row(String... cells) {
		return Main.oneLine(ROW.formatted((Object[]) cells));
	}

	/**
	 * A directory of our own in the directories that are verified. It is removed when the
	 * JVM ends, too.
	 */
	private static final class Scratch implements AutoCloseable {

		private final List<Path> directories;

		private final Thread hook = new Thread(this::remove, "lockfile-verify-cleanup");

		private @Nullable Contest contest;

		Scratch(List<Path> mounts) {
			Path first = create(mounts.get(0));
			this.directories = mounts.stream()
				.map((mount) -> mount.resolve(String.valueOf(first.getFileName())))
				.toList();
			Runtime.getRuntime().addShutdownHook(this.hook);
			for (Path directory : this.directories) {
				if (!Files.isDirectory(directory)) {
					close();
					throw new CommandFailure(ExitCodes.USAGE,
							"%s doesn't show what was created in %s. Write mounts of one file system, at the same directory in it"
								.formatted(directory.getParent(), mounts.get(0)));
				}
			}
		}

		private static Path create(Path directory) {
			try {
				return Files.createTempDirectory(directory, ".lockfile-verify-");
			}
			catch (IOException ex) {
				throw CommandFailure.of("Nothing can be created in %s".formatted(directory), ex);
			}
		}

		List<Path> directories() {
			return this.directories;
		}

		void createDirectory(String name) {
			Path directory = this.directories.get(0).resolve(name);
			try {
				Files.createDirectory(directory);
			}
			catch (IOException ex) {
				throw CommandFailure.of("%s can't be created".formatted(directory), ex);
			}
		}

		synchronized void setContest(Contest contest) {
			this.contest = contest;
		}

		private synchronized void remove() {
			if (this.contest != null) {
				this.contest.close();
			}
			try (Stream<Path> files = Files.walk(this.directories.get(0))) {
				files.sorted(Comparator.reverseOrder()).forEach((file) -> {
					if (!file.toFile().delete()) {
						System.err.println("lockfile verify: %s can't be deleted. Delete it".formatted(file));
					}
				});
			}
			catch (IOException ex) {
				System.err.println(Main.oneLine(
						"lockfile verify: %s can't be deleted. Delete it: %s".formatted(this.directories.get(0), ex)));
			}
		}

		@Override
		public void close() {
			try {
				Runtime.getRuntime().removeShutdownHook(this.hook);
			}
			catch (IllegalStateException ex) {
				// The JVM ends, and the hook does it
				return;
			}
			remove();
		}

	}

}
