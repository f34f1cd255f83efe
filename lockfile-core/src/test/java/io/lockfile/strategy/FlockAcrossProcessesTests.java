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

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import io.lockfile.LockFailedException;
import io.lockfile.LockFile;
import io.lockfile.LockFiles;
import io.lockfile.LockHandle;
import io.lockfile.LockMode;
import io.lockfile.LockOwner;
import io.lockfile.testing.ChildJvm;
import io.lockfile.testing.Contender;
import io.lockfile.testing.Holder;
import io.lockfile.testing.Interval;
import io.lockfile.testing.OneTry;
import io.lockfile.testing.Reader;
import io.lockfile.testing.Remote;
import io.lockfile.testing.Survivor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link FlockStrategy} between JVMs, and with {@code flock(1)}.
 */
@EnabledOnOs(value = { OS.LINUX, OS.MAC }, disabledReason = "flock(2) is used on Linux and macOS")
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class FlockAcrossProcessesTests {

	@TempDir
	private Path directory;

	private LockFiles locks;

	private final List<Process> programs = new ArrayList<>();

	private final List<ChildJvm> children = new ArrayList<>();

	@BeforeEach
	void open() {
		this.locks = LockFiles.builder().directory(this.directory).strategy("flock").build();
	}

	@AfterEach
	void close() {
		this.locks.close();
		this.children.forEach(ChildJvm::close);
		this.programs.forEach(Process::destroyForcibly);
	}

	@Test
	void fourJvmsNeverHoldAtOnce() {
		int holds = 300;
		List<Interval> intervals = run(4, Contender.class, "a", holds).stream().map(Interval::parse).toList();
		assertThat(intervals).hasSize(4 * holds);
		assertThat(Interval.overlapping(intervals)).isEmpty();
	}

	@Test
	void fourJvmsNeverHoldADirectoryAtOnce() throws IOException {
		Files.createDirectory(this.directory.resolve("a"));
		int holds = 100;
		List<Interval> intervals = run(4, Contender.class, "a", holds).stream().map(Interval::parse).toList();
		assertThat(intervals).hasSize(4 * holds);
		assertThat(Interval.overlapping(intervals)).isEmpty();
	}

	@Test
	void sharersOfThreeJvmsHoldTogetherAndWritersAlone() {
		int holds = 60;
		List<String> lines = run(3, Reader.class, "a", holds);
		assertThat(lines).hasSize(3 * holds * 3);
		List<Interval> writers = intervals(lines, "EXCLUSIVE ");
		List<Interval> readers = intervals(lines, "SHARED ");
		assertThat(Interval.overlapping(writers)).isEmpty();
		assertThat(writers).noneSatisfy((writer) -> assertThat(readers)
			.anyMatch((reader) -> reader.entered() < writer.left() && writer.entered() < reader.left()));
		assertThat(Interval.overlapping(readers)).as("readers at once").isNotEmpty();
	}

	private static List<Interval> intervals(List<String> lines, String mode) {
		return lines.stream()
			.filter((line) -> line.startsWith(mode))
			.map((line) -> Interval.parse(line.substring(mode.length())))
			.toList();
	}

	private List<String> run(int jvms, Class<?> program, String name, int holds) {
		List<String> lines = new ArrayList<>();
		start(jvms, program, name, holds);
		this.children.forEach((child) -> lines.addAll(child.finish()));
		return lines;
	}

	private void start(int jvms, Class<?> program, String name, int holds) {
		for (int i = 0; i < jvms; i++) {
			child(program, name, holds);
		}
		this.children.forEach((child) -> child.expect("ready"));
		this.children.forEach(ChildJvm::proceed);
	}

	private ChildJvm child(Class<?> program, Object... arguments) {
		List<Object> all = new ArrayList<>(List.of(this.directory, "flock"));
		all.addAll(List.of(arguments));
		ChildJvm child = ChildJvm.start(program, all.toArray());
		this.children.add(child);
		return child;
	}

	@Test
	void lockOfAKilledProcessIsFreeAtOnceAndItsDeathIsKnown() {
		LockFile lock = this.locks.get("a");
		ChildJvm child = child(Holder.class, "a").expect("held");
		assertThat(lock.tryAcquire()).isEmpty();
		assertThat(lock.tryAcquire(LockMode.SHARED)).isEmpty();
		child.kill();
		try (LockHandle held = lock.acquire(Duration.ZERO)) {
			assertThat(held.isValid()).isTrue();
			assertThat(held.previousHolderCrashed()).isTrue();
		}
		try (LockHandle held = lock.acquire(Duration.ZERO)) {
			assertThat(held.previousHolderCrashed()).isFalse();
		}
	}

	@Test
	void waitingEndsWhenTheHolderIsKilled() throws Exception {
		ChildJvm child = child(Holder.class, "a").expect("held");
		CompletableFuture<LockHandle> waiting = waitFor("a");
		child.kill();
		waiting.get(60, TimeUnit.SECONDS).close();
	}

	@Test
	@EnabledOnOs(value = OS.LINUX, disabledReason = "only Linux has /proc/locks to name other processes")
	void otherProcessIsNamedAndItsLockIsNotBroken() {
		ChildJvm child = child(Holder.class, "a").expect("held");
		LockFile lock = this.locks.get("a");
		LockOwner owner = lock.owner().orElseThrow();
		assertThat(owner.pid()).isEqualTo(child.pid());
		assertThat(owner.thread()).isEqualTo("main");
		assertThat(owner.liveness()).isEqualTo(LockOwner.Liveness.ALIVE);
		assertThat(lock.isLocked()).isTrue();
		assertThatExceptionOfType(LockFailedException.class).isThrownBy(lock::breakLock)
			.withMessageContaining("pid " + child.pid());
		child.proceed().expect("released");
		assertThat(lock.isLocked()).isFalse();
		assertThat(lock.breakLock()).isFalse();
	}

	@Test
	@EnabledOnOs(value = OS.LINUX, disabledReason = "only Linux has /proc/locks to name other processes")
	void holderOfADirectoryIsNamed() throws IOException {
		Files.createDirectory(this.directory.resolve("a"));
		ChildJvm child = child(Holder.class, "a").expect("held");
		assertThat(this.locks.get("a").owner().orElseThrow().pid()).isEqualTo(child.pid());
		child.proceed().expect("released");
		assertThat(this.locks.get("a").isLocked()).isFalse();
	}

	@Test
	void lockIsNotInheritedByAProcessThatIsStarted() throws Exception {
		LockFile lock = this.locks.get("a");
		LockHandle held = lock.acquire();
		Process sleep = program("sleep", "60");
		held.close();
		try (ChildJvm child = ChildJvm.start(OneTry.class, this.directory, "flock", "a")) {
			assertThat(child.finish()).containsExactly("held");
		}
		assertThat(sleep.isAlive()).isTrue();
	}

	@Test
	void whoWaitsForAFileThatIsDeletedMovesOnToTheNewOne() throws Exception {
		Path file = this.directory.resolve("a");
		ChildJvm first = child(Remote.class, "a", false);
		ChildJvm second = child(Remote.class, "a", false);
		assertThat(first.ask("acquire")).isEqualTo("held");
		CompletableFuture<LockHandle> waiting = waitFor("a");
		assertThat(second.ask("wait")).isEqualTo("waiting");
		Files.delete(file);
		// One of them creates the file anew, and the other one finds it
		CompletableFuture<String> theirs = CompletableFuture.supplyAsync(second::readLine);
		CompletableFuture.anyOf(waiting, theirs).get(60, TimeUnit.SECONDS);
		assertThat(first.ask("valid")).isEqualTo("false");
		assertThat(first.ask("release")).as("of the deleted file").isEqualTo("released");
		if (waiting.isDone()) {
			assertThat(theirs).isNotDone();
			assertThat(waiting.get().isValid()).isTrue();
			waiting.get().close();
			assertThat(theirs.get(60, TimeUnit.SECONDS)).isEqualTo("held");
		}
		else {
			assertThat(second.ask("valid")).isEqualTo("true");
			assertThat(second.ask("release")).isEqualTo("released");
			waiting.get(60, TimeUnit.SECONDS).close();
		}
	}

	@Test
	void deletingAndReplacingTheFileAtRandomIsNoticed() throws Exception {
		int holds = 60;
		Path file = this.directory.resolve("a");
		start(4, Survivor.class, "a", holds);
		AtomicBoolean done = new AtomicBoolean();
		CompletableFuture<Integer> deleting = CompletableFuture.supplyAsync(() -> deleteAtRandom(file, done));
		List<String[]> byEntry = new ArrayList<>();
		this.children.forEach((child) -> child.finish().forEach((line) -> byEntry.add(line.split(" "))));
		done.set(true);
		assertThat(deleting.get()).as("deletions").isGreaterThan(10);
		assertThat(byEntry).hasSize(4 * holds);
		assertThat(byEntry).as("holds that were told to be lost").anyMatch(FlockAcrossProcessesTests::isLost);
		for (String[] one : byEntry) {
			for (String[] other : byEntry) {
				// Either may be the one that lost it
				boolean overlap = one != other && Long.parseLong(one[0]) < Long.parseLong(other[1])
						&& Long.parseLong(other[0]) < Long.parseLong(one[1]);
				assertThat(overlap && !isLost(one) && !isLost(other)).as("an overlap that nobody was told of")
					.isFalse();
			}
		}
	}

	private static boolean isLost(String[] hold) {
		return hold[2].equals("true");
	}

	private static int deleteAtRandom(Path file, AtomicBoolean done) {
		int deletions = 0;
		Path other = file.resolveSibling("other");
		while (!done.get()) {
			LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(40_000_000));
			try {
				if (ThreadLocalRandom.current().nextBoolean()) {
					Files.deleteIfExists(file);
				}
				else {
					Files.deleteIfExists(other);
					Files.createFile(other);
					Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
				}
				deletions++;
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}
		return deletions;
	}

	@Test
	void flockProgramIsExcludedWhileWeHold() throws Exception {
		assumeFlockProgram();
		LockFile lock = this.locks.get("a");
		try (LockHandle held = lock.acquire()) {
			assertThat(held.isValid()).isTrue();
			assertThat(exitCode("flock", "-n", lock.path().toString(), "true")).isEqualTo(1);
			assertThat(exitCode("flock", "-n", "-s", lock.path().toString(), "true")).isEqualTo(1);
		}
		try (LockHandle held = lock.acquire(LockMode.SHARED, Duration.ZERO)) {
			assertThat(held.isValid()).isTrue();
			assertThat(exitCode("flock", "-n", lock.path().toString(), "true")).isEqualTo(1);
			assertThat(exitCode("flock", "-n", "-s", lock.path().toString(), "true")).isZero();
		}
		assertThat(exitCode("flock", "-n", lock.path().toString(), "true")).isZero();
	}

	@Test
	void flockProgramThatWaitsGetsItWhenWeRelease() throws Exception {
		assumeFlockProgram();
		LockFile lock = this.locks.get("a");
		Process waiting;
		try (LockHandle held = lock.acquire()) {
			assertThat(held.isValid()).isTrue();
			waiting = program("flock", lock.path().toString(), "true");
			assertThat(waiting.waitFor(200, TimeUnit.MILLISECONDS)).isFalse();
		}
		assertThat(waiting.waitFor(60, TimeUnit.SECONDS)).isTrue();
		assertThat(waiting.exitValue()).isZero();
	}

	@Test
	void weAreExcludedWhileTheFlockProgramHolds() throws Exception {
		assumeFlockProgram();
		LockFile lock = this.locks.get("a");
		Process holding = holding("flock", lock.path().toString(), "sh", "-c", "echo held; read line");
		assertThat(lock.tryAcquire()).isEmpty();
		assertThat(lock.tryAcquire(LockMode.SHARED)).isEmpty();
		if (Files.isReadable(Path.of("/proc/locks"))) {
			assertThat(lock.owner().orElseThrow().pid()).isEqualTo(holding.pid());
		}
		CompletableFuture<LockHandle> waiting = waitFor("a");
		end(holding);
		waiting.get(60, TimeUnit.SECONDS).close();
		Process sharing = holding("flock", "-s", lock.path().toString(), "sh", "-c", "echo held; read line");
		assertThat(lock.tryAcquire()).isEmpty();
		lock.acquire(LockMode.SHARED, Duration.ZERO).close();
		end(sharing);
		lock.acquire(Duration.ZERO).close();
	}

	@Test
	void directoriesAreLockedAsTheFlockProgramDoes() throws Exception {
		assumeFlockProgram();
		Path path = Files.createDirectory(this.directory.resolve("a"));
		try (LockHandle held = this.locks.get("a").acquire()) {
			assertThat(held.isValid()).isTrue();
			assertThat(exitCode("flock", "-n", path.toString(), "true")).isEqualTo(1);
		}
		Process holding = holding("flock", path.toString(), "sh", "-c", "echo held; read line");
		assertThat(this.locks.get("a").tryAcquire()).isEmpty();
		end(holding);
		this.locks.get("a").acquire(Duration.ZERO).close();
	}

	@Test
	void shellThatKeepsTheDescriptorIsNotTakenForTheProgramThatIsOver() throws Exception {
		assumeFlockProgram();
		LockFile lock = this.locks.get("a");
		Process shell = holding("sh", "-c", "exec 9>> \"$0\" && flock 9 && echo held && read line",
				lock.path().toString());
		assertThat(lock.tryAcquire()).isEmpty();
		lock.owner().ifPresent((owner) -> {
			assertThat(owner.pid()).isNull();
			assertThat(owner.liveness()).isEqualTo(LockOwner.Liveness.UNKNOWN);
		});
		end(shell);
		lock.acquire(Duration.ZERO).close();
	}

	@Test
	void noUpdateIsLostBetweenUsAndTheFlockProgram() throws Exception {
		assumeFlockProgram();
		Path counter = Files.writeString(this.directory.resolve("counter"), "0\n");
		LockFile lock = this.locks.get("a");
		int rounds = 150;
		List<Process> shells = new ArrayList<>();
		for (int i = 0; i < 2; i++) {
			shells.add(program("sh", "-c",
					"i=0; while [ $i -lt " + rounds + " ]; do i=$((i+1)); flock \"$0\" sh -c "
							+ "'read n < \"$0\"; echo $((n+1)) > \"$0\"' \"$1\" || exit 1; done",
					lock.path().toString(), counter.toString()));
		}
		for (int i = 0; i < rounds; i++) {
			try (LockHandle held = lock.acquire(LockFiles.FOREVER)) {
				int seen = Integer.parseInt(Files.readString(counter).trim());
				Files.writeString(counter, (seen + 1) + "\n");
				held.ensureValid();
			}
		}
		for (Process shell : shells) {
			assertThat(shell.waitFor(60, TimeUnit.SECONDS)).isTrue();
			assertThat(shell.exitValue()).isZero();
		}
		assertThat(counter).hasContent(Integer.toString(3 * rounds));
	}

	private static void assumeFlockProgram() throws InterruptedException {
		try {
			new ProcessBuilder("flock", "--version").redirectErrorStream(true).start().waitFor();
		}
		catch (IOException ex) {
			Assumptions.abort("flock(1) is missing. It is in the Debian package util-linux");
		}
	}

	private CompletableFuture<LockHandle> waitFor(String name) {
		CompletableFuture<LockHandle> future = this.locks.get(name)
			.acquireAsync(LockMode.EXCLUSIVE, LockFiles.FOREVER)
			.toCompletableFuture();
		assertThat(future).isNotDone();
		return future;
	}

	private Process program(String... command) throws IOException {
		Process program = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
		this.programs.add(program);
		return program;
	}

	private Process holding(String... command) throws IOException {
		Process program = program(command);
		BufferedReader output = program.inputReader(StandardCharsets.UTF_8);
		assertThat(output.readLine()).isEqualTo("held");
		return program;
	}

	private static void end(Process program) throws Exception {
		program.getOutputStream().close();
		assertThat(program.waitFor(60, TimeUnit.SECONDS)).isTrue();
	}

	private int exitCode(String... command) throws Exception {
		return program(command).waitFor();
	}

}
