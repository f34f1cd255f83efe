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

import java.io.File;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.stream.Stream;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.sqlite.SQLiteJDBCLoader;

import io.lockfile.LockFiles;
import io.lockfile.LockHandle;
import io.lockfile.LockMode;
import io.lockfile.LockStrategy;
import io.lockfile.StrategyLabel;
import io.lockfile.testing.CommandLineProcess;
import io.lockfile.testing.TestStrategies;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of the executable jar, in processes of its own.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class CommandLineIT {

	private static final Path JAR = Path.of(System.getProperty("cli.jar"));

	/**
	 * A command that tells that it was started, and goes on until there is a file
	 * {@code go}.
	 */
	private static final String UNTIL_GO = "touch started; while [ ! -e go ]; do sleep 0.02; done; touch ended; exit 5";

	@TempDir
	private Path directory;

	@TempDir
	private Path strategies;

	private final List<CommandLineProcess> processes = new ArrayList<>();

	@AfterEach
	void endProcesses() throws Exception {
		// A command goes on when its runner was killed
		Files.write(this.directory.resolve("go"), List.of());
		for (CommandLineProcess process : this.processes) {
			process.close();
		}
		if (Files.exists(this.directory.resolve("started"))) {
			awaitFile("ended");
		}
	}

	private CommandLineProcess lockfile(Object... arguments) throws IOException {
		return start(List.of("-jar", JAR.toString()), arguments);
	}

	private CommandLineProcess withTestStrategies(Object... arguments) throws IOException {
		TestStrategies.register(this.strategies);
		String classes = TestStrategies.class.getProtectionDomain().getCodeSource().getLocation().getPath();
		return start(
				List.of("-cp", String.join(File.pathSeparator, JAR.toString(), this.strategies.toString(), classes),
						Main.class.getName()),
				arguments);
	}

	private CommandLineProcess start(List<String> java, Object... arguments) throws IOException {
		CommandLineProcess process = CommandLineProcess.start(java, this.directory, arguments);
		this.processes.add(process);
		return process;
	}

	private void awaitFile(String name) {
		Awaitility.await(name).atMost(60, TimeUnit.SECONDS).until(() -> Files.exists(this.directory.resolve(name)));
	}

	private static void assertFailed(CommandLineProcess process, int exitCode, String... parts) throws Exception {
		assertThat(process.exitCode()).isEqualTo(exitCode);
		assertThat(process.err()).singleElement().asString().contains(parts);
		assertThat(process.out()).isEmpty();
	}

	@Test
	void jarIsComplete() throws Exception {
		try (JarFile jar = new JarFile(JAR.toFile())) {
			Attributes manifest = jar.getManifest().getMainAttributes();
			assertThat(manifest.getValue("Enable-Native-Access")).isEqualTo("ALL-UNNAMED");
			assertThat(manifest.getValue("Implementation-Version")).isEqualTo(System.getProperty("project.version"));
			assertThat(jar.stream().map(Object::toString)).noneMatch((name) -> name.endsWith("module-info.class"))
				.doesNotHaveDuplicates()
				.contains("picocli/CommandLine.class", "com/sun/jna/Native.class", "org/sqlite/JDBC.class",
						"META-INF/services/java.sql.Driver", "META-INF/services/io.lockfile.LockStrategy");
		}
	}

	@Test
	void jarOfTheLibraryIsTheLibraryOnly() throws Exception {
		try (JarFile jar = new JarFile(JAR.toString().replace("-cli.jar", ".jar"))) {
			assertThat(jar.getManifest().getMainAttributes().getValue("Main-Class")).isNull();
			assertThat(jar.stream().map(Object::toString)).contains("module-info.class")
				.noneMatch((name) -> name.startsWith("picocli/") || name.startsWith("org/")
						|| name.endsWith("SLF4JServiceProvider"));
		}
	}

	@Test
	void exitCodeInputAndOutputAreTheCommands() throws Exception {
		CommandLineProcess run = lockfile("run", "a", "--", "sh", "-c",
				"read line; echo got $line \"$@\"; echo warned >&2; exit 7", "sh", "--shared", "--", "@x", "a  b");
		run.send("input");
		assertThat(run.exitCode()).isEqualTo(7);
		assertThat(run.out()).containsExactly("got input --shared -- @x a  b");
		assertThat(run.err()).containsExactly("warned");
		assertThat(this.directory.resolve("a")).isRegularFile();
	}

	@Test
	void librariesSweepTheirOldFilesInSilence() throws Exception {
		Path temporary = Files.createDirectory(this.directory.resolve("temporary"));
		String left = "sqlite-" + SQLiteJDBCLoader.getVersion() + "-left-libsqlitejdbc.so";
		// What can't be deleted stands for what another process deletes at the same time
		Files.createDirectories(temporary.resolve(left).resolve("undeletable"));
		CommandLineProcess run = start(List.of("-Djava.io.tmpdir=" + temporary, "-jar", JAR.toString()), "run",
				"--strategy", "sqlite", "a", "--", "true");
		assertThat(run.exitCode()).isZero();
		assertThat(run.err()).isEmpty();
	}

	@Test
	void commandEndedByASignal() throws Exception {
		assertThat(lockfile("run", "a", "--", "sh", "-c", "kill -s KILL $$").exitCode()).isEqualTo(128 + 9);
	}

	@Test
	void commandThatCannotBeStarted() throws Exception {
		Path file = Files.createFile(this.directory.resolve("file"));
		assertFailed(lockfile("run", "a", "--", "lockfile-no-such-command"), 127, "lockfile-no-such-command",
				this.directory.resolve("a").toString());
		assertFailed(lockfile("run", "a", "--", file), 126, file.toString());
		assertThat(lockfile("status", "a").exitCode()).isZero();
	}

	@Test
	void lockThatIsNotObtained() throws Exception {
		String path = this.directory.resolve("a").toString();
		try (LockFiles locks = LockFiles.create(); LockHandle held = locks.get(path).acquire()) {
			String owner = "pid " + ProcessHandle.current().pid();
			CommandLineProcess oneTry = lockfile("run", "--timeout", "0", "a", "--", "touch", "ran");
			assertFailed(oneTry, 75, path, owner, "leave out --timeout 0");
			assertFailed(lockfile("run", "--timeout", "50ms", "a", "--", "touch", "ran"), 75, path, owner, "of 0.05s",
					"longer --timeout");
			assertThat(held.isValid()).isTrue();
		}
		assertThat(this.directory.resolve("ran")).doesNotExist();
	}

	@Test
	void withoutTimeoutItWaits() throws Exception {
		LockFiles locks = LockFiles.create();
		CommandLineProcess run;
		try (locks; LockHandle held = locks.get(this.directory.resolve("a").toString()).acquire()) {
			run = lockfile("run", "a", "--", "sh", "-c", "cat released");
			assertThat(lockfile("run", "--timeout", "100ms", "a", "--", "true").exitCode()).isEqualTo(75);
			Files.writeString(this.directory.resolve("released"), "released\n");
		}
		assertThat(run.exitCode()).isZero();
		assertThat(run.out()).containsExactly("released");
	}

	@Test
	void sharedLocksAreHeldTogether() throws Exception {
		try (LockFiles locks = LockFiles.create();
				LockHandle held = locks.get(this.directory.resolve("a").toString())
					.acquire(LockMode.SHARED, Duration.ZERO)) {
			assertThat(lockfile("run", "--shared", "--timeout", "0", "a", "--", "true").exitCode()).isZero();
			assertThat(lockfile("run", "--timeout", "0", "a", "--", "true").exitCode()).isEqualTo(75);
			assertThat(held.isValid()).isTrue();
		}
	}

	@Test
	void strategyWithoutSharedLocks() throws Exception {
		assertFailed(withTestStrategies("run", "--shared", "--strategy", "test-marker", "a", "--", "true"), 64,
				"test-marker", "--shared");
	}

	@Test
	void failureToLockIsToldInOneLine() throws Exception {
		Files.createDirectory(this.directory.resolve("dir"));
		assertFailed(lockfile("run", "dir", "--", "true"), 73, this.directory.resolve("dir").toString());
		assertFailed(withTestStrategies("run", "--strategy", "test-unsupported", "a", "--", "true"), 73,
				"no hard links", this.directory.resolve("a").toString(), "test-unsupported");
		assertFailed(withTestStrategies("run", "--strategy", "test-unlinked", "a", "--", "true"), 69, "no library",
				"run --strategy test-unlinked a", "another strategy");
	}

	@Test
	void holderIsShown() throws Exception {
		CommandLineProcess run = lockfile("run", "a", "--", "sh", "-c", UNTIL_GO);
		awaitFile("started");
		CommandLineProcess status = lockfile("status", "a");
		assertThat(status.exitCode()).isOne();
		assertThat(status.out()).singleElement()
			.asString()
			.startsWith(this.directory.resolve("a") + " (strategy os): held by pid " + run.pid())
			.contains("thread main", "since 20")
			.endsWith(", alive");
		CommandLineProcess json = lockfile("status", "--json", "a");
		assertThat(json.exitCode()).isOne();
		assertThat(json.out()).singleElement()
			.asString()
			.matches(("\\{\"path\":\"[^\"]+\",\"strategy\":\"os\",\"state\":\"held\",\"owner\":\\{\"pid\":%d,"
					+ "\"host\":\"[^\"]+\",\"processStart\":\"[^\"]+Z\",\"thread\":\"main\",\"since\":\"[^\"]+Z\","
					+ "\"liveness\":\"alive\"},\"reason\":null}")
				.formatted(run.pid()));
		assertFailed(lockfile("break", "--force", "a"), 1, "pid " + run.pid(), this.directory.resolve("a").toString());
		Files.createFile(this.directory.resolve("go"));
		assertThat(run.exitCode()).isEqualTo(5);
		assertThat(lockfile("status", "a").exitCode()).isZero();
	}

	@ParameterizedTest
	@MethodSource
	void signalReachesTheCommand(String signal) throws Exception {
		CommandLineProcess run = lockfile("run", "a", "--", "sh", "-c", "trap 'echo got %s; touch stopping; %s' %s; %s"
			.formatted(signal, "while [ ! -e go ]; do sleep 0.02; done; touch ended; exit 9", signal, UNTIL_GO));
		awaitFile("started");
		run.signal(signal);
		awaitFile("stopping");
		// The command has not ended yet, so the lock is still held
		assertThat(lockfile("status", "a").exitCode()).isOne();
		Files.createFile(this.directory.resolve("go"));
		assertThat(run.exitCode()).isEqualTo(9);
		assertThat(run.out()).containsExactly("got " + signal);
		assertThat(run.err()).isEmpty();
		assertThat(lockfile("status", "a").exitCode()).isZero();
	}

	static Stream<String> signalReachesTheCommand() throws IOException {
		// Whoever starts this JVM may let it ignore signals, and its children inherit
		// that
		Path status = Path.of("/proc/self/status");
		BigInteger ignored = !Files.exists(status) ? BigInteger.ZERO
				: Files.readAllLines(status)
					.stream()
					.filter((line) -> line.startsWith("SigIgn:"))
					.map((line) -> new BigInteger(line.substring(7).trim(), 16))
					.findFirst()
					.orElseThrow();
		Map<String, Integer> numbers = Map.of("HUP", 1, "INT", 2, "TERM", 15);
		return numbers.keySet().stream().filter((name) -> !ignored.testBit(numbers.get(name) - 1)).sorted();
	}

	@Test
	void commandThatDiesOfTheSignal() throws Exception {
		CommandLineProcess run = lockfile("run", "a", "--", "sh", "-c", "touch running; exec sleep 60");
		awaitFile("running");
		run.signal("TERM");
		assertThat(run.exitCode()).isEqualTo(128 + 15);
		assertThat(lockfile("status", "a").exitCode()).isZero();
	}

	@Test
	@EnabledOnOs(value = OS.LINUX, disabledReason = "only Linux has /proc/locks to show who waits")
	void signalEndsTheWait() throws Exception {
		try (LockFiles locks = LockFiles.create();
				LockHandle held = locks.get(this.directory.resolve("a").toString()).acquire()) {
			CommandLineProcess run = lockfile("run", "a", "--", "touch", "ran");
			Awaitility.await("a waiter")
				.atMost(60, TimeUnit.SECONDS)
				.until(() -> Files.readAllLines(Path.of("/proc/locks"))
					.stream()
					.anyMatch((line) -> line.contains("->") && line.contains(" " + run.pid() + " ")));
			run.signal("TERM");
			assertFailed(run, 128 + 15, "SIGTERM", this.directory.resolve("a").toString(),
					"pid " + ProcessHandle.current().pid());
			assertThat(held.isValid()).isTrue();
		}
		assertThat(this.directory.resolve("ran")).doesNotExist();
	}

	@Test
	void commandOfAKilledRunnerGoesOnWithoutTheLock() throws Exception {
		CommandLineProcess run = lockfile("run", "a", "--", "sh", "-c", UNTIL_GO);
		awaitFile("started");
		run.signal("KILL");
		assertThat(run.exitCode()).isEqualTo(128 + 9);
		assertThat(lockfile("run", "--timeout", "0", "a", "--", "true").exitCode()).isZero();
		assertThat(this.directory.resolve("ended")).doesNotExist();
		Files.createFile(this.directory.resolve("go"));
		awaitFile("ended");
	}

	@ParameterizedTest
	@MethodSource("breakable")
	void lockOfADeadOwnerIsBroken(String strategy) throws Exception {
		CommandLineProcess run = withTestStrategies("run", "--strategy", strategy, "a", "--", "sh", "-c", UNTIL_GO);
		awaitFile("started");
		assertFailed(withTestStrategies("break", "--strategy", strategy, "a"), 1, "pid " + run.pid(), "who lives");
		run.signal("KILL");
		run.exitCode();
		CommandLineProcess status = withTestStrategies("status", "--strategy", strategy, "a");
		assertThat(status.exitCode()).isOne();
		assertThat(status.out()).singleElement().asString().contains("pid " + run.pid()).endsWith("dead");
		CommandLineProcess broken = withTestStrategies("break", "--strategy", strategy, "a");
		assertThat(broken.exitCode()).isZero();
		assertThat(broken.out()).singleElement().asString().contains("broken", "pid " + run.pid());
		assertThat(withTestStrategies("status", "--strategy", strategy, "a").exitCode()).isZero();
		assertThat(withTestStrategies("break", "--strategy", strategy, "a").exitCode()).isZero();
	}

	@ParameterizedTest
	@MethodSource("breakable")
	void lockOfALivingOwnerIsBrokenByForce(String strategy) throws Exception {
		CommandLineProcess run = withTestStrategies("run", "--strategy", strategy, "a", "--", "sh", "-c", UNTIL_GO);
		awaitFile("started");
		assertThat(withTestStrategies("break", "--force", "--strategy", strategy, "a").exitCode()).isZero();
		assertThat(withTestStrategies("run", "--timeout", "0", "--strategy", strategy, "a", "--", "true").exitCode())
			.isZero();
		Files.createFile(this.directory.resolve("go"));
		assertThat(run.exitCode()).isEqualTo(5);
		assertThat(run.err()).singleElement().asString().contains("was lost", this.directory.resolve("a").toString());
	}

	static Stream<String> breakable() {
		return Stream.concat(Stream.of(TestStrategies.Marker.NAME),
				LockFiles.strategies()
					.stream()
					.filter((strategy) -> strategy.label().afterCrash() == StrategyLabel.AfterCrash.PROOF_OF_DEATH)
					.map(LockStrategy::name));
	}

	@Test
	void strategiesAreVerified() throws Exception {
		Path fileSystem = Files.createDirectory(this.directory.resolve("file-system"));
		Files.createSymbolicLink(this.directory.resolve("link"), Path.of("file-system"));
		CommandLineProcess verify = lockfile("verify", "file-system", "link");
		assertThat(verify.exitCode()).isZero();
		assertThat(verify.err()).isEmpty();
		List<String> out = verify.out();
		assertThat(out.get(0)).startsWith(fileSystem.toRealPath() + ": ").isEqualTo(out.get(1));
		assertThat(cells(out, "strategy")).containsExactly("strategy", "result", "after a crash", "waiting", "remarks");
		for (LockStrategy strategy : LockFiles.strategies()) {
			if (strategy.usesFileSystem()) {
				assertThat(cells(out, strategy.name())[1]).as(strategy.name()).matches("safe|unsupported \\(.+\\)");
			}
		}
		assertThat(cells(out, "os")[1]).isEqualTo("safe");
		assertThat(cells(out, "os")[2]).startsWith("released: free after");
		assertThat(out).noneMatch((line) -> line.startsWith("memory"));
		assertThat(fileSystem).isEmptyDirectory();
	}

	@Test
	void badStrategiesAreFound() throws Exception {
		CommandLineProcess verify = withTestStrategies("verify", this.directory);
		assertThat(verify.exitCode()).isOne();
		List<String> out = verify.out();
		assertThat(cells(out, "test-unsafe")[1]).matches("unsafe \\(overlaps: \\d+\\)");
		assertThat(cells(out, "test-unsupported")[1]).isEqualTo("unsupported (it has no hard links)");
		assertThat(cells(out, "test-unlinked")[1]).startsWith("unsupported (").contains("no library");
		assertThat(cells(out, "test-marker")[1]).isEqualTo("safe");
		assertThat(cells(out, "test-marker")[2]).startsWith("broken on proof of death: free after");
		assertThat(this.directory).isEmptyDirectory();
	}

	@Test
	void directoriesOfSeveralFileSystemsAreRefused() throws Exception {
		CommandLineProcess verify = lockfile("verify", this.directory, this.strategies);
		assertThat(verify.exitCode()).isEqualTo(64);
		assertThat(verify.err()).singleElement().asString().contains(this.directory.toString());
		assertThat(this.directory).isEmptyDirectory();
		assertThat(this.strategies).isEmptyDirectory();
	}

	@Test
	void verificationThatIsInterruptedLeavesNothing() throws Exception {
		CommandLineProcess verify = lockfile("verify", this.directory);
		Awaitility.await().atMost(60, TimeUnit.SECONDS).until(() -> !verify.out().isEmpty() && verify.out().size() > 1);
		verify.signal("TERM");
		assertThat(verify.exitCode()).isEqualTo(128 + 15);
		assertThat(this.directory).isEmptyDirectory();
	}

	private static String[] cells(List<String> table, String strategy) {
		return table.stream()
			.map((line) -> line.split("\\s*\\|\\s*", -1))
			.filter((cells) -> cells.length == 5 && cells[0].equals(strategy))
			.findFirst()
			.orElseThrow();
	}

}
