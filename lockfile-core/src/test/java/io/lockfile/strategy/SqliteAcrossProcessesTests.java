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

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.lockfile.AlreadyLockedException;
import io.lockfile.LockFile;
import io.lockfile.LockFiles;
import io.lockfile.LockHandle;
import io.lockfile.LockOwner;
import io.lockfile.ProcessIdentity;
import io.lockfile.testing.ChildJvm;
import io.lockfile.testing.Contender;
import io.lockfile.testing.Failure;
import io.lockfile.testing.Holder;
import io.lockfile.testing.Interval;
import io.lockfile.testing.Remote;
import io.lockfile.testing.Rival;
import io.lockfile.testing.Survivor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link SqliteLockStrategy} between JVMs, and with the class in Python.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class SqliteAcrossProcessesTests {

	private static final String PYTHON = "/usr/bin/python3";

	@TempDir
	private Path directory;

	@Test
	void fourJvmsNeverHoldAtOnce() {
		int jvms = 4;
		int holds = 100;
		List<ChildJvm> children = new ArrayList<>();
		try {
			for (int i = 0; i < jvms; i++) {
				children.add(ChildJvm.start(Contender.class, this.directory, "sqlite", "contended", holds));
			}
			assertThat(contend(children, "")).hasSize(jvms * holds);
		}
		finally {
			children.forEach(ChildJvm::close);
		}
	}

	private static List<Interval> contend(List<ChildJvm> children, String command) {
		List<Interval> intervals = new ArrayList<>();
		children.forEach((child) -> child.expect("ready"));
		children.forEach((child) -> child.send(command));
		children.forEach((child) -> child.finish().stream().map(Interval::parse).forEach(intervals::add));
		assertThat(Interval.overlapping(intervals)).isEmpty();
		return intervals;
	}

	@Test
	void otherProcessIsNamed() {
		try (LockFiles locks = engine();
				ChildJvm child = ChildJvm.start(Holder.class, this.directory, "sqlite", "a").expect("held")) {
			LockFile lock = locks.get("a");
			LockOwner owner = lock.owner().orElseThrow();
			assertThat(owner.pid()).isEqualTo(child.pid());
			assertThat(owner.since()).isNotNull();
			assertThatExceptionOfType(AlreadyLockedException.class).isThrownBy(() -> lock.acquire(Duration.ZERO))
				.withMessageContaining("pid " + child.pid());
			child.proceed().expect("released");
			assertThat(lock.owner()).isEmpty();
		}
	}

	@Test
	@EnabledOnOs(value = OS.LINUX, disabledReason = "only Linux tells when a process was started")
	void lockOfAKilledProcessGoesToTheNext() {
		try (ChildJvm next = ChildJvm.start(Rival.class, this.directory, "sqlite", "a").expect("ready");
				LockFiles locks = engine();
				ChildJvm child = ChildJvm.start(Holder.class, this.directory, "sqlite", "a").expect("held")) {
			assertThat(next.ask("try")).isEqualTo("refused");
			assertThat(next.ask("release")).isEqualTo("released");
			child.kill();
			assertThat(locks.get("a").owner()).get().extracting(LockOwner::liveness).isEqualTo(LockOwner.Liveness.DEAD);
			assertThat(next.ask("try")).isEqualTo("held");
			assertThat(locks.get("a").tryAcquire()).isEmpty();
			assertThat(next.ask("release")).isEqualTo("released");
			try (LockHandle held = locks.get("a").acquire(Duration.ZERO)) {
				assertThat(held.previousHolderCrashed()).isFalse();
			}
		}
	}

	@Test
	@EnabledOnOs(value = OS.LINUX, disabledReason = "only Linux tells when a process was started")
	void processesThatAreKilledAnywhereAreInNobodysWay() throws Exception {
		int holds = 100;
		List<ChildJvm> survivors = new ArrayList<>();
		CompletableFuture<List<String>> first = new CompletableFuture<>();
		try {
			for (int i = 0; i < 2; i++) {
				survivors.add(ChildJvm.start(Contender.class, this.directory, "sqlite", "a", holds));
			}
			survivors.forEach((child) -> child.expect("ready").proceed());
			first.completeAsync(survivors.get(0)::finish);
			int kills = 0;
			do {
				try (ChildJvm killed = ChildJvm.start(Contender.class, this.directory, "sqlite", "a", 1_000_000)) {
					killed.expect("ready").proceed();
					LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(300_000_000));
				}
				kills++;
			}
			while (!first.isDone() || kills < 10);
			List<Interval> intervals = Stream.concat(first.get().stream(), survivors.get(1).finish().stream())
				.map(Interval::parse)
				.toList();
			assertThat(intervals).hasSize(2 * holds);
			assertThat(Interval.overlapping(intervals)).isEmpty();
		}
		finally {
			survivors.forEach(ChildJvm::close);
		}
		try (LockFiles locks = engine(); LockHandle held = locks.get("a").acquire()) {
			assertThat(held.isValid()).isTrue();
		}
	}

	@Test
	@EnabledOnOs(value = OS.LINUX, disabledReason = "only Linux tells when a process was started")
	void rowOfTheDeadHasOneHeir() throws Exception {
		ProcessIdentity self = ProcessIdentity.current();
		ProcessIdentity dead = new ProcessIdentity(self.pid(), self.ticks() + 1, self.space(), self.host());
		List<ChildJvm> rivals = new ArrayList<>();
		try (LockFiles locks = engine()) {
			locks.get("a").acquire().close();
			for (int i = 0; i < 8; i++) {
				rivals.add(ChildJvm.start(Rival.class, this.directory, "sqlite", "a"));
			}
			rivals.forEach((rival) -> rival.expect("ready"));
			for (int i = 0; i < 30; i++) {
				insert("lockfile-1 0123456789abcdef 1763923600456 " + dead);
				rivals.forEach((rival) -> rival.send("try"));
				List<String> answers = rivals.stream().map(ChildJvm::readLine).toList();
				assertThat(answers).filteredOn("held"::equals).hasSize(1);
				assertThat(answers).filteredOn("refused"::equals).hasSize(7);
				rivals.forEach((rival) -> rival.send("release").expect("released"));
			}
		}
		finally {
			rivals.forEach(ChildJvm::close);
		}
	}

	private void insert(String name) throws Exception {
		try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database());
				Statement statement = connection.createStatement()) {
			statement.execute("insert into locks values ('%s.lock', '%s')".formatted(path("a"), name));
		}
	}

	@Test
	@DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows has no SIGSTOP, and doesn't delete what is open")
	void deletedDatabaseIsToldToAProcessThatWasStopped() throws Exception {
		try (LockFiles locks = engine();
				ChildJvm child = ChildJvm.start(Remote.class, this.directory, "sqlite", "a", true)) {
			assertThat(child.ask("acquire")).isEqualTo("held");
			child.signal("STOP");
			Files.delete(database());
			try (LockHandle held = locks.get("a").acquire(Duration.ZERO)) {
				child.signal("CONT");
				assertThat(child.ask("valid")).isEqualTo("false");
				assertThat(child.ask("lost")).isEqualTo("1");
				assertThat(child.ask("release")).isEqualTo("released");
				assertThat(held.isValid()).as("not affected by the late release").isTrue();
			}
		}
	}

	@Test
	@DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows doesn't delete what is open")
	void deletingTheDatabaseAtRandomIsNoticed() throws Exception {
		int jvms = 4;
		int holds = 40;
		List<ChildJvm> children = new ArrayList<>();
		List<String> lines = new ArrayList<>();
		AtomicBoolean done = new AtomicBoolean();
		try {
			for (int i = 0; i < jvms; i++) {
				children.add(ChildJvm.start(Survivor.class, this.directory, "sqlite", "a", holds));
			}
			children.forEach((child) -> child.expect("ready"));
			children.forEach(ChildJvm::proceed);
			CompletableFuture<Integer> deleting = CompletableFuture.supplyAsync(() -> deleteAtRandom(done));
			children.forEach((child) -> lines.addAll(child.finish()));
			done.set(true);
			assertThat(deleting.get()).as("deletions").isGreaterThan(10);
		}
		finally {
			done.set(true);
			children.forEach(ChildJvm::close);
		}
		assertThat(lines).hasSize(jvms * holds);
		List<String[]> all = lines.stream().map((line) -> line.split(" ")).toList();
		assertThat(all).as("holds that were told to be lost").anyMatch((fields) -> fields[2].equals("true"));
		List<Interval> untold = all.stream()
			.filter((fields) -> fields[2].equals("false"))
			.map((fields) -> new Interval(Long.parseLong(fields[0]), Long.parseLong(fields[1])))
			.toList();
		assertThat(Interval.overlapping(untold)).as("overlaps that nobody was told of").isEmpty();
	}

	private int deleteAtRandom(AtomicBoolean done) {
		int deletions = 0;
		while (!done.get()) {
			LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(80_000_000));
			try {
				deletions += Files.deleteIfExists(database()) ? 1 : 0;
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}
		return deletions;
	}

	@Test
	void lookingMakesNoTryOfOthersFail() throws Exception {
		try (LockFiles locks = engine();
				ChildJvm child = ChildJvm.start(Remote.class, this.directory, "sqlite", "a", false)) {
			AtomicBoolean done = new AtomicBoolean();
			CompletableFuture<Integer> looking = CompletableFuture.supplyAsync(() -> {
				int seen = 0;
				while (!done.get()) {
					seen += locks.get("a").isLocked() ? 1 : 0;
				}
				return seen;
			});
			assertThat(child.ask("tries")).as("refused tries").isEqualTo("0");
			done.set(true);
			assertThat(looking.get()).isPositive();
		}
	}

	@Test
	void pythonAndJavaExcludeEachOther() throws Exception {
		assumePython();
		try (LockFiles locks = engine()) {
			LockFile lock = locks.get("a");
			lock.acquire().close();
			try (ChildJvm python = python("a")) {
				python.expect("ready");
				try (LockHandle held = lock.acquire()) {
					assertThat(python.ask("try")).isEqualTo("refused");
					assertThat(python.ask("locked")).isEqualTo("True");
					assertThat(held.isValid()).isTrue();
				}
				assertThat(python.ask("try")).isEqualTo("held");
				assertThat(lock.tryAcquire()).isEmpty();
				assertThat(lock.owner().orElseThrow().host()).isEqualTo(ProcessIdentity.current().host());
				assertThat(python.ask("release")).isEqualTo("released");
				LockHandle held = lock.acquire(Duration.ZERO);
				assertThat(python.ask("break")).isEqualTo("broken");
				assertThat(held.isValid()).isFalse();
				assertThat(python.ask("try")).isEqualTo("held");
				held.close();
				assertThat(python.ask("mine")).isEqualTo("True");
				assertThat(lock.breakLock()).isTrue();
				assertThat(python.ask("mine")).isEqualTo("False");
				python.kill();
			}
			lock.acquire(Duration.ZERO).close();
		}
	}

	@Test
	void rowOfAPythonProcessThatDiedIsAnOperators() throws Exception {
		assumePython();
		try (LockFiles locks = engine()) {
			LockFile lock = locks.get("a");
			lock.acquire().close();
			try (ChildJvm python = python("a").expect("ready")) {
				assertThat(python.ask("acquire")).isEqualTo("held");
				python.kill();
			}
			assertThat(lock.tryAcquire()).isEmpty();
			assertThat(lock.breakLockUnlessAlive()).isTrue();
			lock.acquire(Duration.ZERO).close();
		}
	}

	@Test
	@DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows doesn't delete what is open")
	void databaseThatItsCreatorInPythonDeletesIsTold() throws Exception {
		assumePython();
		try (LockFiles locks = engine(); ChildJvm python = python("a").expect("ready")) {
			LockHandle lost = locks.get("a").acquire(Duration.ZERO);
			assertThat(python.ask("try")).isEqualTo("refused");
			python.send("contend 0").finish();
			assertThat(database()).doesNotExist();
			assertThat(lost.isValid()).isFalse();
			lost.close();
			locks.get("a").acquire(Duration.ZERO).close();
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void processesOfBothNeverHoldAtOnce(boolean pythonIsFirst) throws Exception {
		assumePython();
		List<ChildJvm> pythons = new ArrayList<>();
		List<ChildJvm> jvms = new ArrayList<>();
		try (LockFiles locks = engine(); ChildJvm creator = pythonIsFirst ? python("b").expect("ready") : null) {
			if (!pythonIsFirst) {
				locks.get("b").acquire().close();
			}
			for (int i = 0; i < 3; i++) {
				pythons.add(python("a"));
			}
			for (int i = 0; i < 2; i++) {
				jvms.add(ChildJvm.start(Contender.class, this.directory, "sqlite", "a", 100));
			}
			Stream.of(pythons, jvms).flatMap(List::stream).forEach((child) -> child.expect("ready"));
			pythons.forEach((child) -> child.send("contend 60"));
			jvms.forEach(ChildJvm::proceed);
			List<Interval> theirs = intervals(pythons);
			List<Interval> ours = intervals(jvms);
			assertThat(theirs).hasSize(180);
			assertThat(ours).hasSize(200);
			List<Interval> all = Stream.of(theirs, ours).flatMap(List::stream).toList();
			assertThat(ours)
				.noneSatisfy((one) -> assertThat(all).anyMatch((other) -> other != one && meet(one, other)));
			if (!pythonIsFirst) {
				// Else two in Python may have got in before the first claim in Java
				assertThat(Interval.overlapping(theirs)).isEmpty();
			}
		}
		finally {
			pythons.forEach(ChildJvm::close);
			jvms.forEach(ChildJvm::close);
		}
	}

	private static List<Interval> intervals(List<ChildJvm> children) {
		return children.stream().flatMap((child) -> child.finish().stream()).map(Interval::parse).toList();
	}

	private static boolean meet(Interval one, Interval other) {
		return one.entered() < other.left() && other.entered() < one.left();
	}

	@Test
	void withoutTheDriverClaimsFailAndSayWhatIsMissing() {
		String classPath = classPath((entry) -> !entry.contains("sqlite-jdbc"));
		assertFailsWithoutDriver(List.of("-cp", classPath));
	}

	@Test
	void onTheModulePathTheDriverIsOptionalToo() throws Exception {
		String library = Path.of(LockFiles.class.getProtectionDomain().getCodeSource().getLocation().toURI())
			.toString();
		String tests = Path.of(Failure.class.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
		String modules = library + File.pathSeparator + classPath((entry) -> entry.contains("slf4j-api"));
		assertFailsWithoutDriver(List.of("--module-path", modules, "--limit-modules", "io.lockfile", "--add-modules",
				"io.lockfile", "-cp", tests));
		String all = modules + File.pathSeparator + classPath((entry) -> entry.contains("sqlite-jdbc"));
		try (ChildJvm child = ChildJvm.start(
				List.of("--module-path", all, "--add-modules", "io.lockfile,org.xerial.sqlitejdbc", "-cp", tests),
				Failure.class.getName(), this.directory, "sqlite")) {
			assertThat(child.finish()).containsExactly("true", "Optional.empty", "true");
		}
	}

	private void assertFailsWithoutDriver(List<String> options) {
		try (ChildJvm child = ChildJvm.start(options, Failure.class.getName(), this.directory, "sqlite")) {
			List<String> lines = child.finish();
			assertThat(lines).hasSize(3);
			assertThat(lines.get(0)).contains("org.xerial:sqlite-jdbc", "strategy sqlite");
			assertThat(lines.subList(1, 3)).containsExactly("Optional.empty", "true");
		}
		assertThat(database()).doesNotExist();
	}

	private static String classPath(Predicate<String> filter) {
		return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
			.filter(filter)
			.collect(Collectors.joining(File.pathSeparator));
	}

	private LockFiles engine() {
		return LockFiles.builder().directory(this.directory).strategy("sqlite").build();
	}

	private Path database() {
		return this.directory.resolve("locks.db");
	}

	private Path path(String name) throws IOException {
		return this.directory.toRealPath().resolve(name);
	}

	private ChildJvm python(String name) throws Exception {
		Path script = Path.of(getClass().getResource("sqlite_peer.py").toURI());
		return ChildJvm.program(List.of(PYTHON, script.toString(), database().toString(), path(name).toString()));
	}

	private static void assumePython() throws Exception {
		Assumptions.assumeTrue(Files.isExecutable(Path.of(PYTHON)), "package python3 is not installed");
		Process process = new ProcessBuilder(PYTHON, "-c", "import lockfile.sqlitelockfile")
			.redirectError(ProcessBuilder.Redirect.DISCARD)
			.start();
		Assumptions.assumeTrue(process.waitFor() == 0, "package python3-lockfile is not installed");
	}

}
