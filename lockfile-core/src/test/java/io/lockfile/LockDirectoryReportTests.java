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
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import io.lockfile.LockDirectoryReport.Problem;
import io.lockfile.LockDirectoryReport.Severity;
import io.lockfile.LockDirectoryReport.Verdict;
import io.lockfile.testing.ChildJvm;
import io.lockfile.testing.Inspector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.tuple;

/**
 * Tests for {@link LockFiles#inspect()}.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class LockDirectoryReportTests {

	@TempDir
	private Path directory;

	@Test
	void verdictIsThatOfTheWorstProblem() {
		Problem hint = new Problem(Severity.INFO, "hint");
		Problem warning = new Problem(Severity.WARNING, "warning");
		Problem error = new Problem(Severity.ERROR, "error");
		assertThat(report().verdict()).isEqualTo(Verdict.SAFE);
		assertThat(report(hint).verdict()).isEqualTo(Verdict.SAFE);
		assertThat(report(hint, warning).verdict()).isEqualTo(Verdict.RISKY);
		assertThat(report(hint, error, warning).verdict()).isEqualTo(Verdict.UNUSABLE);
		assertThat(report(hint, error, warning).problems()).containsExactly(error, warning, hint);
	}

	private LockDirectoryReport report(Problem... problems) {
		return new LockDirectoryReport(this.directory, "ext4", "", "", false, "os", List.of(problems), List.of());
	}

	@Test
	void lookingWritesNothing() throws IOException {
		FileTime before = FileTime.from(Instant.parse("2026-01-01T00:00:00Z"));
		Files.setLastModifiedTime(this.directory, before);
		for (LockStrategy strategy : LockFiles.strategies()) {
			LockDirectoryReport report = inspect(this.directory, strategy.name());
			assertThat(report.directory()).isEqualTo(this.directory);
			assertThat(report.strategy()).isEqualTo(strategy.name());
			assertThat(report.fileSystem()).isNotEmpty();
			assertThat(report.verdict()).isNotEqualTo(Verdict.UNUSABLE);
		}
		assertThat(this.directory).isEmptyDirectory();
		assertThat(Files.getLastModifiedTime(this.directory)).isEqualTo(before);
	}

	@Test
	void defaultStrategyIsTheEngines() {
		try (LockFiles locks = LockFiles.builder().directory(this.directory).strategy("mkdir").build()) {
			assertThat(locks.inspect().strategy()).isEqualTo("mkdir");
			assertThat(locks.inspect().suitable()).contains("mkdir").doesNotContain("memory").isSorted();
			assertThatIllegalArgumentException().isThrownBy(() -> locks.inspect("none"));
		}
	}

	@Test
	void missingDirectoryIsCreatedLater() {
		Path missing = this.directory.resolve("a/b");
		LockDirectoryReport report = inspect(missing, "mkdir");
		assertThat(report.verdict()).isEqualTo(Verdict.SAFE);
		assertThat(report.problems()).extracting(Problem::message)
			.containsExactly("Lock directory " + missing + " doesn't exist yet. It is created with the first lock");
		assertThat(report.fileSystem()).isEqualTo(inspect(this.directory, "mkdir").fileSystem());
		assertThat(this.directory).isEmptyDirectory();
	}

	@Test
	void directoryThatIsMissingAfterItWasThereIsAnErrorUntilItIsThereAgain() throws IOException {
		Path path = this.directory.resolve("a");
		try (LockFiles locks = LockFiles.builder().directory(path).strategy("mkdir").build()) {
			assertThat(locks.inspect().verdict()).isEqualTo(Verdict.SAFE);
			assertThat(locks.get("job").isLocked()).isFalse();
			assertThat(locks.inspect().verdict()).isEqualTo(Verdict.SAFE);
			locks.get("job").acquire().close();
			// Nobody has looked meanwhile
			delete(path);
			assertThat(locks.inspect().verdict()).isEqualTo(Verdict.UNUSABLE);
			assertThat(locks.inspect().problems().get(0).message()).startsWith("Lock directory " + path)
				.contains("doesn't exist any more", "lost", "creates the directory anew");
			assertThat(locks.inspect("memory").verdict()).isEqualTo(Verdict.SAFE);
			assertThat(locks.verify(Duration.ofSeconds(60)).verdict()).isEqualTo(Verdict.SAFE);
			assertThat(locks.inspect().verdict()).isEqualTo(Verdict.SAFE);
			delete(path);
			assertThat(locks.inspect().verdict()).isEqualTo(Verdict.UNUSABLE);
			Files.createDirectory(path);
			assertThat(locks.inspect().verdict()).isEqualTo(Verdict.SAFE);
		}
	}

	private static void delete(Path directory) throws IOException {
		try (Stream<Path> files = Files.walk(directory)) {
			for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
				Files.delete(file);
			}
		}
	}

	@Test
	void fileInTheWayIsAnError() throws IOException {
		Path file = Files.createFile(this.directory.resolve("file"));
		for (Path path : List.of(file, file.resolve("below"))) {
			LockDirectoryReport report = inspect(path, "os");
			assertThat(report.verdict()).isEqualTo(Verdict.UNUSABLE);
			assertThat(report.problems().get(0).message()).contains(path.toString(), file + " is not a directory");
			assertThat(report.suitable()).isEmpty();
		}
	}

	@Test
	void linksAreFollowed() throws IOException {
		Path link = Files.createSymbolicLink(this.directory.resolve("link"), this.directory.resolve("target"));
		assertThat(inspect(link, "mkdir").verdict()).isEqualTo(Verdict.UNUSABLE);
		Files.createDirectory(this.directory.resolve("target"));
		assertThat(inspect(link, "mkdir").verdict()).isEqualTo(Verdict.SAFE);
	}

	@Test
	void strategyWithoutFilesNeedsNoDirectory() throws IOException {
		Path file = Files.createFile(this.directory.resolve("file"));
		assertThat(inspect(file, "memory").verdict()).isEqualTo(Verdict.SAFE);
		assertThat(inspect(file, "memory").problems()).isEmpty();
	}

	@Test
	void fileSystemThatHangsIsToldInTime() {
		CountDownLatch hanging = new CountDownLatch(1);
		BoundedCalls.call(this.directory, Duration.ZERO, () -> {
			await(hanging);
			return DirectoryLook.look(this.directory);
		});
		DirectoryLook look = DirectoryLook.at(this.directory, Duration.ofMillis(100));
		assertThat(look.problem()).hasToString("Lock directory " + this.directory
				+ " did not answer within 0.1s. Look after its file system or server, or use another directory");
		hanging.countDown();
		assertThat(DirectoryLook.at(this.directory, Duration.ofSeconds(60)).problem()).isNull();
	}

	private static void await(CountDownLatch latch) {
		try {
			latch.await();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Test
	@EnabledOnOs(value = { OS.LINUX, OS.MAC }, disabledReason = "there is no /tmp")
	void temporaryFilesAreARiskForLockFilesThatStay() {
		Path chosen = Path.of("/tmp/" + this.directory.getFileName() + "-shop");
		assertThat(inspect(chosen, "os").verdict()).isEqualTo(Verdict.RISKY);
		assertThat(inspect(chosen, "os").suitable()).doesNotContain("os", "flock").contains("mkdir");
		assertThat(inspect(chosen, "mkdir").verdict()).isEqualTo(Verdict.SAFE);
		// Nobody is warned of what he hasn't chosen
		assertThat(inspect(LockFiles.defaultDirectory().resolve("application"), "os").verdict())
			.isEqualTo(Verdict.SAFE);
	}

	@Test
	@EnabledOnOs(value = OS.LINUX, disabledReason = "namespaces are of Linux")
	void directoryOfSomebodyElseIsAnError() throws Exception {
		Path locked = Files.createDirectory(this.directory.resolve("locked"));
		Files.setPosixFilePermissions(locked, PosixFilePermissions.fromString("r-xr-xr-x"));
		// In a user namespace of its own, root has no privileges outside
		assertThat(inspectIn("unshare --user", "", locked, "inspect", "os", "mkdir", "memory")).containsExactly(
				"UNUSABLE Lock directory " + locked + " can't be used: this process can create nothing in " + locked
						+ ". Check its owner and permissions, or use another directory",
				"UNUSABLE Lock directory " + locked + " can't be used: this process can create nothing in " + locked
						+ ". Check its owner and permissions, or use another directory",
				"SAFE");
	}

	@Test
	@EnabledOnOs(value = OS.LINUX, disabledReason = "namespaces are of Linux")
	void realMountsAreSeenAsTheyAre() throws Exception {
		String namespace = "unshare --user --map-root-user --mount";
		Path mounted = this.directory.toRealPath();
		assertThat(inspectIn(namespace, "mount -t tmpfs -o size=64k fast '%1$s'", mounted, "inspect", "mkdir"))
			.containsExactly("SAFE");
		assertThat(inspectIn(namespace, "mount -t tmpfs -o ro fast '%1$s'", mounted, "inspect", "mkdir"))
			.containsExactly("UNUSABLE Lock directory " + mounted
					+ " is on a file system that is mounted read-only (tmpfs, fast on " + mounted
					+ "). Use a directory that can be written");
		assertThat(inspectIn(namespace,
				"mount -t tmpfs -o size=64k fast '%1$s' && { cat /dev/zero > '%1$s/full' 2>/dev/null; true; }", mounted,
				"inspect", "mkdir"))
			.containsExactly(
					"UNUSABLE Lock directory " + mounted + " is on a file system without any space left (tmpfs, "
							+ "fast on " + mounted + "). Free some, or use another directory");
	}

	@Test
	@EnabledOnOs(value = OS.LINUX, disabledReason = "namespaces are of Linux")
	void wantOfInodesIsFoundByTrying() throws Exception {
		String namespace = "unshare --user --map-root-user --mount";
		Path mounted = this.directory.toRealPath();
		String full = "mount -t tmpfs -o nr_inodes=2 fast '%1$s' && touch '%1$s/last'";
		// To look is not enough, and to look is all that this does
		assertThat(inspectIn(namespace, full, mounted, "inspect", "mkdir")).containsExactly("SAFE");
		assertThat(inspectIn(namespace, full, mounted, "probe", "mkdir", "memory")).satisfiesExactly(
				(line) -> assertThat(line)
					.startsWith("UNUSABLE Lock directory " + mounted + " can't be used: no file can be created there: "
							+ mounted + "/.lockfile-probe-")
					.endsWith("No space left on device. Free some space or inodes, or lock in another directory"),
				(line) -> assertThat(line).isEqualTo("SAFE"));
		assertThat(inspectIn(namespace, full, mounted, "verify", "mkdir", "memory"))
			.satisfiesExactly((line) -> assertThat(line).startsWith("UNUSABLE Lock directory " + mounted)
				.contains("No space left on device"), (line) -> assertThat(line).isEqualTo("SAFE"));
	}

	@Test
	void probeLeavesNothingAndWritesSeldom() throws IOException {
		FileTime before = FileTime.from(Instant.parse("2026-01-01T00:00:00Z"));
		try (LockFiles locks = LockFiles.builder().directory(this.directory).build()) {
			assertThat(locks.probe(List.of("os", "mkdir", "memory")))
				.extracting(LockDirectoryReport::strategy, (report) -> report.verdict() == Verdict.UNUSABLE)
				.containsExactly(tuple("os", false), tuple("mkdir", false), tuple("memory", false));
			assertThat(this.directory).isEmptyDirectory();
			assertThat(Files.getLastModifiedTime(this.directory).toInstant()).isAfter(before.toInstant());
			Files.setLastModifiedTime(this.directory, before);
			for (int i = 0; i < 100; i++) {
				locks.probe(List.of("os", "mkdir"));
			}
			assertThat(Files.getLastModifiedTime(this.directory)).isEqualTo(before);
			assertThat(locks.snapshot()).noneMatch((snapshot) -> snapshot.path().startsWith(this.directory));
		}
		assertThatIllegalArgumentException().isThrownBy(() -> LockFiles.create().probe(List.of("os", "none")));
	}

	@Test
	void probeCreatesNoDirectoryAndTouchesNoneWithoutNeed() throws IOException {
		Path missing = this.directory.resolve("a");
		try (LockFiles locks = LockFiles.builder().directory(missing).build()) {
			assertThat(locks.probe(List.of("mkdir")).get(0).verdict()).isEqualTo(Verdict.SAFE);
			assertThat(this.directory).isEmptyDirectory();
		}
		FileTime before = FileTime.from(Instant.parse("2026-01-01T00:00:00Z"));
		Files.setLastModifiedTime(this.directory, before);
		try (LockFiles locks = LockFiles.builder().directory(this.directory).build()) {
			assertThat(locks.probe(List.of("memory"))).hasSize(1);
		}
		assertThat(Files.getLastModifiedTime(this.directory)).isEqualTo(before);
	}

	@Test
	void fileSystemThatHangsIsProbedByOneThreadAndToldInTime() {
		CountDownLatch hanging = new CountDownLatch(1);
		DirectoryProbe probe = new DirectoryProbe(new LockPaths(this.directory, LockPermissions.OWNER));
		BoundedCalls.call(probe, Duration.ZERO, () -> {
			await(hanging);
			return null;
		});
		assertThat(probe.problems(Duration.ofMillis(100))).singleElement()
			.hasToString("Lock directory " + this.directory + ": no file could be created within 0.1s. Look after its "
					+ "file system or server, or use another directory");
		hanging.countDown();
	}

	private static List<String> inspectIn(String namespace, String preparation, Path directory, String... arguments)
			throws IOException {
		List<String> command = new ArrayList<>(Arrays.asList(namespace.split(" ")));
		command.addAll(List.of("sh", "-c",
				(preparation.isEmpty() ? "" : preparation.formatted(directory) + " && ") + "exec \"$@\"", "sh",
				Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
				System.getProperty("java.class.path"), Inspector.class.getName(), directory.toString()));
		command.addAll(List.of(arguments));
		try (ChildJvm child = ChildJvm.program(command)) {
			return child.finish();
		}
	}

	private static LockDirectoryReport inspect(Path directory, String strategy) {
		try (LockFiles locks = LockFiles.builder().directory(directory).build()) {
			return locks.inspect(strategy);
		}
	}

}
