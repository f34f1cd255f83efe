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

package io.lockfile.boot.health;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;

import io.lockfile.LockDirectoryReport;
import io.lockfile.LockFiles;
import io.lockfile.LockHandle;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link LockFileHealthIndicator}.
 */
class LockFileHealthIndicatorTests {

	@TempDir
	private Path directory;

	private static Health health(Path directory) {
		try (LockFiles locks = LockFiles.builder().directory(directory).build()) {
			return new LockFileHealthIndicator(locks).health();
		}
	}

	@Test
	void directoryThatCanBeUsed() {
		Health health = health(this.directory);
		assertThat(health.getStatus()).isEqualTo(Status.UP);
		assertThat(health.getDetails()).containsEntry("directory", this.directory.toAbsolutePath().toString())
			.containsEntry("strategy", "os")
			.hasEntrySatisfying("fileSystem", (type) -> assertThat(type).asString().isNotBlank());
	}

	@Test
	void directoryThatWillBeCreatedIsUpAndTheDetailsSaySo() {
		Path missing = this.directory.resolve("a/b");
		Health health = health(missing);
		assertThat(health.getStatus()).isEqualTo(Status.UP);
		assertThat(health.getDetails().get("hints")).asString()
			.contains("Lock directory " + missing + " doesn't exist yet. It is created with the first lock");
		assertThat(this.directory).isEmptyDirectory();
	}

	@Test
	void directoryThatWasDeletedUnderAHoldIsDownUntilItIsThereAgain() throws IOException {
		Path directory = this.directory.resolve("a/b");
		try (LockFiles locks = LockFiles.builder().directory(directory).build()) {
			LockFileHealthIndicator indicator = new LockFileHealthIndicator(locks);
			try (LockHandle held = locks.get("job").acquire()) {
				assertThat(indicator.health().getStatus()).isEqualTo(Status.UP);
				delete(directory);
				Health health = indicator.health();
				assertThat(health.getStatus()).isEqualTo(Status.DOWN);
				assertThat(health.getDetails().get("problems")).asString()
					.contains("Lock directory " + directory + " doesn't exist any more",
							"Whoever held a lock in it has lost that lock");
				assertThat(held.isValid()).isFalse();
				assertThat(directory).doesNotExist();
				// What the reason says: who asks gets it, in another process for example
				try (LockFiles others = LockFiles.builder().directory(directory).build()) {
					others.get("other").acquire(Duration.ZERO).close();
				}
				assertThat(indicator.health().getStatus()).isEqualTo(Status.UP);
			}
		}
	}

	@Test
	void directoryThatWasSeenByNobodyButTheHealthIsDownWhenItIsDeleted() throws IOException {
		Path directory = Files.createDirectory(this.directory.resolve("a"));
		try (LockFiles locks = LockFiles.builder().directory(directory).strategy("mkdir").build()) {
			LockFileHealthIndicator indicator = new LockFileHealthIndicator(locks);
			assertThat(indicator.health().getStatus()).isEqualTo(Status.UP);
			delete(directory);
			assertThat(indicator.health().getStatus()).isEqualTo(Status.DOWN);
			locks.get("job").acquire().close();
			assertThat(indicator.health().getStatus()).isEqualTo(Status.UP);
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
	void directoryThatCanNotBeCreated() throws IOException {
		Path file = Files.createFile(this.directory.resolve("file"));
		for (Path directory : List.of(file, file.resolve("a/b"))) {
			Health health = health(directory);
			assertThat(health.getStatus()).isEqualTo(Status.DOWN);
			assertThat(health.getDetails().get("problems")).asString().contains(file + " is not a directory");
		}
	}

	@Test
	void busyLockIsNoReasonToBeDownAndNothingIsClaimed() throws IOException {
		try (LockFiles locks = LockFiles.builder().directory(this.directory).build()) {
			LockFileHealthIndicator indicator = new LockFileHealthIndicator(locks);
			Health before = indicator.health();
			assertThat(this.directory).isEmptyDirectory();
			try (LockHandle held = locks.get("a").acquire()) {
				assertThat(held.isValid()).isTrue();
				assertThat(indicator.health()).isEqualTo(before);
			}
			assertThat(locks.snapshot()).noneMatch((snapshot) -> snapshot.path().startsWith(this.directory));
		}
	}

	@Test
	void strategyWithoutFilesNeedsNoDirectory() {
		try (LockFiles locks = LockFiles.builder().directory(Path.of("/dev/null/a")).strategy("memory").build()) {
			assertThat(new LockFileHealthIndicator(locks).health().getStatus()).isEqualTo(Status.UP);
		}
	}

	@ParameterizedTest
	@CsvSource({ "INFO, false, UP", "INFO, true, UP", "WARNING, false, UP", "WARNING, true, DOWN", "ERROR, false, DOWN",
			"ERROR, true, DOWN" })
	void verdicts(LockDirectoryReport.Severity severity, boolean network, String status) {
		LockDirectoryReport report = new LockDirectoryReport(Path.of("/srv/locks"), "nfs4", "server:/x on /srv",
				"nolock", network, "os", List.of(new LockDirectoryReport.Problem(severity, "It is so. Change it")),
				List.of());
		Health health = new LockFileHealthIndicator((strategies) -> List.of(report), "os").health();
		assertThat(health.getStatus().getCode()).isEqualTo(status);
		assertThat(health.getDetails()).containsEntry("fileSystem", "nfs4");
		if (severity == LockDirectoryReport.Severity.INFO) {
			assertThat(health.getDetails()).doesNotContainKey("problems")
				.containsEntry("hints", List.of("It is so. Change it"));
		}
		else {
			assertThat(health.getDetails()).doesNotContainKey("hints")
				.containsEntry("problems", List.of("It is so. Change it"));
		}
	}

	@Test
	void oneStrategyThatCanNotBeUsedIsEnoughToBeDown() {
		LockFileHealthIndicator indicator = new LockFileHealthIndicator(
				(strategies) -> strategies.stream().map(LockFileHealthIndicatorTests::report).toList(), "mkdir");
		assertThat(indicator.health().getStatus()).isEqualTo(Status.UP);
		assertThat(indicator.health().getDetails()).doesNotContainKey("strategies");
		for (String strategy : List.of("os", "flock", "mkdir", "os")) {
			indicator.add(strategy);
		}
		Health health = indicator.health();
		assertThat(health.getStatus()).isEqualTo(Status.DOWN);
		assertThat(health.getDetails()).containsEntry("strategy", "mkdir")
			.containsEntry("fileSystem", "nfs4")
			.containsEntry("strategies", Map.of("mkdir", "UP", "os", "DOWN", "flock", "DOWN"))
			.containsEntry("problems", List.of("Kernel locks stay on each host"));
	}

	private static LockDirectoryReport report(String strategy) {
		List<LockDirectoryReport.Problem> problems = strategy.equals("mkdir") ? List.of()
				: List.of(new LockDirectoryReport.Problem(LockDirectoryReport.Severity.WARNING,
						"Kernel locks stay on each host"));
		return new LockDirectoryReport(Path.of("/srv/locks"), "nfs4", "server:/x on /srv", "local_lock=all", true,
				strategy, problems, List.of());
	}

	@Test
	void strategyOnFilesBesideOneWithoutIsLookedAt() throws IOException {
		Path file = Files.createFile(this.directory.resolve("file"));
		try (LockFiles locks = LockFiles.builder().directory(file).strategy("memory").build()) {
			LockFileHealthIndicator indicator = new LockFileHealthIndicator(locks);
			assertThat(indicator.health().getStatus()).isEqualTo(Status.UP);
			indicator.add("pid");
			assertThat(indicator.health().getStatus()).isEqualTo(Status.DOWN);
			assertThat(indicator.health().getDetails()).containsEntry("strategies",
					Map.of("memory", "UP", "pid", "DOWN"));
		}
	}

	@Test
	@EnabledOnOs(value = OS.LINUX, disabledReason = "namespaces are of Linux")
	void directoryThatIsFullOrCanNotBeWrittenIsDownWithTheReason() throws Exception {
		String root = "unshare --user --map-root-user --mount";
		Path mounted = Files.createDirectory(this.directory.toRealPath().resolve("mounted"));
		assertThat(healthIn(root, "mount -t tmpfs -o size=64k fast %s", mounted)).startsWith("UP");
		assertThat(healthIn(root, "mount -t tmpfs -o size=64k fast %1$s && { cat /dev/zero > %1$s/a 2>&1; true; }",
				mounted))
			.startsWith("DOWN")
			.contains("without any space left");
		assertThat(healthIn(root, "mount -t tmpfs -o nr_inodes=2 fast %1$s && touch %1$s/last", mounted))
			.startsWith("DOWN")
			.contains("no file can be created there", "No space left on device", "inodes");
		assertThat(healthIn(root, "mount -t tmpfs -o ro fast %s", mounted)).startsWith("DOWN")
			.contains("mounted read-only");
		Files.setPosixFilePermissions(mounted, PosixFilePermissions.fromString("r-xr-xr-x"));
		// In a user namespace of its own, root has no privileges outside
		assertThat(healthIn("unshare --user", "true", mounted)).startsWith("DOWN")
			.contains("this process can create nothing in " + mounted);
	}

	private static String healthIn(String namespace, String preparation, Path directory) throws Exception {
		List<String> command = new ArrayList<>(List.of(namespace.split(" ")));
		command.addAll(List.of("sh", "-c", preparation.formatted(directory) + " && exec \"$@\"", "sh"));
		command.addAll(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
				System.getProperty("java.class.path"), HealthOfDirectory.class.getName(), directory.toString()));
		Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
		String health = process.inputReader().lines().collect(Collectors.joining("\n"));
		assertThat(process.waitFor()).isZero();
		return health;
	}

	@Test
	void failureToLook() {
		Health health = new LockFileHealthIndicator((strategies) -> {
			throw new IllegalStateException("no answer");
		}, "os").health();
		assertThat(health.getStatus()).isEqualTo(Status.DOWN);
		assertThat(health.getDetails().get("error")).asString().contains("no answer");
	}

}
