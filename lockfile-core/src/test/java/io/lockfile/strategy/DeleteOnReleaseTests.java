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

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.lockfile.LockFile;
import io.lockfile.LockFiles;
import io.lockfile.LockHandle;
import io.lockfile.LockMode;
import io.lockfile.LockPermissions;
import io.lockfile.RecordingListener;
import io.lockfile.testing.ChildJvm;
import io.lockfile.testing.Contender;
import io.lockfile.testing.Interval;
import io.lockfile.testing.Reader;
import io.lockfile.testing.Remote;
import io.lockfile.testing.Taker;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of lock files that are deleted when their locks are given back.
 */
@EnabledOnOs(value = { OS.LINUX, OS.MAC }, disabledReason = "Windows doesn't number files for Java, so they stay")
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class DeleteOnReleaseTests {

	@TempDir
	private Path directory;

	private final RecordingListener events = new RecordingListener();

	private final List<ChildJvm> children = new ArrayList<>();

	@AfterEach
	void endChildren() {
		this.children.forEach(ChildJvm::close);
	}

	@ParameterizedTest
	@ValueSource(strings = { "os", "flock" })
	void nothingStaysButTheTokens(String strategy) throws IOException {
		try (LockFiles locks = LockFiles.builder()
			.directory(this.directory)
			.strategy(strategy)
			.fencing(true)
			.deleteOnRelease(true)
			.listener(this.events)
			.build()) {
			long last = 0;
			for (int i = 0; i < 20; i++) {
				try (LockHandle held = locks.get("a").acquire(Duration.ZERO)) {
					assertThat(files()).containsExactly(".a.fence", ".a.owner", "a");
					assertThat(held.isValid()).isTrue();
					assertThat(held.previousHolderCrashed()).isFalse();
					assertThat(held.fencingToken()).isGreaterThan(last);
					last = held.fencingToken();
				}
				assertThat(files()).containsExactly(".a.fence");
			}
		}
		assertThat(this.events.count("lost")).isZero();
	}

	@ParameterizedTest
	@ValueSource(strings = { "os", "flock" })
	void onlyTheOutermostHoldDeletesIt(String strategy) {
		Path file = this.directory.resolve("a");
		try (LockFiles locks = engine(strategy)) {
			LockFile lock = locks.get("a");
			LockHandle outer = lock.acquire(Duration.ZERO);
			for (LockMode mode : LockMode.values()) {
				lock.acquire(mode, Duration.ZERO).close();
				assertThat(file).isEmptyFile();
				assertThat(outer.isValid()).isTrue();
			}
			outer.close();
			assertThat(file).doesNotExist();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "os", "flock" })
	void holdThatEndsByItselfDeletesIt(String strategy) {
		Path file = this.directory.resolve("a");
		try (LockFiles locks = engine(strategy)) {
			locks.get("a").acquire(Duration.ZERO).closeAfter(Duration.ofSeconds(1));
			assertThat(file).isEmptyFile();
			Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> Files.notExists(file));
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "os", "flock" })
	void threadsOfTwoEnginesNeverHoldAtOnce(String strategy) throws Exception {
		AtomicInteger inside = new AtomicInteger();
		try (LockFiles deleting = engine(strategy);
				LockFiles keeping = LockFiles.builder().directory(this.directory).strategy(strategy).build()) {
			List<CompletableFuture<Void>> threads = new ArrayList<>();
			for (int i = 0; i < 4; i++) {
				LockFile lock = ((i % 2 != 0) ? deleting : keeping).get("a");
				threads.add(CompletableFuture.runAsync(() -> {
					for (int hold = 0; hold < 300; hold++) {
						try (LockHandle held = lock.acquire()) {
							assertThat(inside.incrementAndGet()).isOne();
							held.ensureValid();
							inside.decrementAndGet();
						}
					}
				}, (task) -> new Thread(task).start()));
			}
			CompletableFuture.allOf(threads.toArray(CompletableFuture[]::new)).get();
			deleting.get("a").acquire().close();
		}
		assertThat(files()).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "os", "flock" })
	@EnabledOnOs(value = OS.LINUX, disabledReason = "only Linux shows what is open")
	void deletedFilesAreNotKeptOpen(String strategy) throws IOException {
		try (LockFiles locks = engine(strategy)) {
			for (int i = 0; i < 200; i++) {
				locks.get("a" + i).acquire().close();
				locks.get("a" + i).acquire(LockMode.SHARED, Duration.ZERO).close();
			}
			assertThat(openFiles()).isEmpty();
		}
		assertThat(files()).isEmpty();
	}

	private List<Path> openFiles() throws IOException {
		List<Path> found = new ArrayList<>();
		try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
			for (Path descriptor : descriptors.toList()) {
				try {
					found.add(Files.readSymbolicLink(descriptor));
				}
				catch (NoSuchFileException ex) {
					// Closed meanwhile
				}
			}
		}
		found.removeIf((file) -> !file.startsWith(this.directory));
		return found;
	}

	@Test
	void whoCreatesAFileDoesNotMindThatOthersDeleteIt() throws Exception {
		Path file = this.directory.resolve("a");
		AtomicBoolean done = new AtomicBoolean();
		CompletableFuture<Void> deleting = CompletableFuture.runAsync(() -> {
			while (!done.get()) {
				file.toFile().delete();
			}
		}, (task) -> new Thread(task).start());
		try {
			for (int i = 0; i < 5000; i++) {
				LockChannel.create(file, LockPermissions.GROUP);
			}
		}
		finally {
			done.set(true);
			deleting.get();
		}
		LockChannel.create(file, LockPermissions.GROUP);
		assertThat(file).isEmptyFile();
	}

	@Test
	void othersAreNotToldToDelete() throws IOException {
		for (String strategy : List.of("link", "mkdir", "symlink", "pid")) {
			try (LockFiles locks = engine(strategy)) {
				locks.get(strategy).acquire(Duration.ZERO).close();
				locks.get(strategy).acquire(Duration.ZERO).close();
			}
		}
		assertThat(files()).containsExactly(".link.lock.owner", ".mkdir.lock.owner", ".pid.owner",
				".symlink.lock.owner");
	}

	@ParameterizedTest
	@ValueSource(strings = { "os", "flock" })
	void lastSharerDeletesIt(String strategy) throws Exception {
		Path file = this.directory.resolve("a");
		try (LockFiles locks = engine(strategy)) {
			ChildJvm child = remote(strategy, true);
			LockFile lock = locks.get("a");
			LockHandle first = lock.acquire(LockMode.SHARED, Duration.ZERO);
			LockHandle second = CompletableFuture.supplyAsync(() -> lock.acquire(LockMode.SHARED, Duration.ZERO)).get();
			first.close();
			assertThat(file).isEmptyFile();
			assertThat(child.ask("try shared")).isEqualTo("held");
			second.close();
			assertThat(file).as("another process has it").isEmptyFile();
			assertThat(child.ask("valid")).isEqualTo("true");
			assertThat(lock.tryAcquire()).isEmpty();
			assertThat(child.ask("release")).isEqualTo("released");
			assertThat(files()).isEmpty();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "os", "flock" })
	void whatIsNotOursStays(String strategy) throws IOException {
		Path data = Files.writeString(this.directory.resolve("data"), "precious");
		Path elsewhere = Files.createDirectory(this.directory.resolve("elsewhere"));
		try (LockFiles locks = engine(strategy)) {
			for (LockMode mode : LockMode.values()) {
				locks.get("data").acquire(mode, Duration.ZERO).close();
				assertThat(data).hasContent("precious");
				try (LockHandle held = locks.get("written").acquire(mode, Duration.ZERO)) {
					assertThat(held.isValid()).isTrue();
					Files.writeString(this.directory.resolve("written"), "meanwhile");
				}
				assertThat(this.directory.resolve("written")).hasContent("meanwhile");
				Path replaced = this.directory.resolve("replaced");
				try (LockHandle held = locks.get("replaced").acquire(mode, Duration.ZERO)) {
					Files.move(replaced, elsewhere.resolve(mode.name()));
					Files.createFile(replaced);
					assertThat(held.isValid()).isFalse();
				}
				assertThat(replaced).isEmptyFile();
				assertThat(elsewhere.resolve(mode.name())).isEmptyFile();
				locks.get("replaced").acquire(mode, Duration.ZERO).close();
				assertThat(replaced).doesNotExist();
			}
		}
	}

	@Test
	void directoryStays() throws IOException {
		Path locked = Files.createDirectory(this.directory.resolve("a"));
		try (LockFiles locks = engine("flock")) {
			locks.get("a").acquire(Duration.ZERO).close();
			locks.get("a").acquire(LockMode.SHARED, Duration.ZERO).close();
		}
		assertThat(locked).isEmptyDirectory();
	}

	@Test
	void recordOfAHolderThatDiedIsLeftToTheNextExclusiveOne() throws IOException {
		ChildJvm child = remote("os", true);
		assertThat(child.ask("acquire")).isEqualTo("held");
		child.kill();
		assertThat(files()).containsExactly(".a.owner", "a");
		try (LockFiles locks = engine("os")) {
			try (LockHandle held = locks.get("a").acquire(LockMode.SHARED, Duration.ZERO)) {
				assertThat(held.previousHolderCrashed()).isTrue();
			}
			assertThat(files()).containsExactly(".a.owner");
			try (LockHandle held = locks.get("a").acquire(Duration.ZERO)) {
				assertThat(held.previousHolderCrashed()).isTrue();
			}
			assertThat(files()).isEmpty();
			try (LockHandle held = locks.get("a").acquire(Duration.ZERO)) {
				assertThat(held.previousHolderCrashed()).isFalse();
			}
		}
	}

	@Test
	@EnabledOnOs(value = OS.LINUX, disabledReason = "only Linux has /proc/locks to see who waits")
	void fileForWhichAnotherProcessWaitsIsLeftToIt() throws Exception {
		Path file = this.directory.resolve("a");
		try (LockFiles locks = engine("os")) {
			ChildJvm child = remote("os", true);
			LockHandle held = locks.get("a").acquire();
			Object key = key(file);
			child.send("wait").expect("waiting");
			// It is told before it has got to the kernel
			Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> isSomebodyAtTheEntry(file));
			held.close();
			child.expect("held");
			assertThat(key(file)).isEqualTo(key);
			assertThat(child.ask("valid")).isEqualTo("true");
			assertThat(child.ask("release")).isEqualTo("released");
			assertThat(files()).isEmpty();
		}
	}

	private static boolean isSomebodyAtTheEntry(Path file) throws IOException {
		String inode = ":" + Files.getAttribute(file, "unix:ino") + " ";
		return Files.readAllLines(Path.of("/proc/locks"))
			.stream()
			.anyMatch((line) -> line.contains(inode + LockRange.ENTRY.start()));
	}

	private static Object key(Path file) throws IOException {
		return Files.getAttribute(file, "unix:ino");
	}

	@Test
	void fileOfASuccessorStaysIfItsLockWasLost() throws Exception {
		Path file = this.directory.resolve("a");
		try (LockFiles locks = engine("os")) {
			ChildJvm child = remote("os", true);
			LockHandle held = locks.get("a").acquire();
			// On POSIX systems, this ends the lock
			FileChannel.open(file, StandardOpenOption.READ).close();
			assertThat(child.ask("try")).isEqualTo("held");
			held.close();
			assertThat(file).isEmptyFile();
			assertThat(child.ask("valid")).isEqualTo("true");
			assertThat(child.ask("release")).isEqualTo("released");
			assertThat(file).doesNotExist();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "os", "flock" })
	void processThatHasTheDeletedFileOpenMovesOnToTheNewOne(String strategy) throws Exception {
		Path file = this.directory.resolve("a");
		try (LockFiles locks = engine(strategy)) {
			// This one keeps what it has opened, and deletes nothing
			ChildJvm keeping = remote(strategy, false);
			ChildJvm third = remote(strategy, true);
			for (int i = 0; i < 30; i++) {
				assertThat(keeping.ask("try")).isEqualTo("held");
				assertThat(keeping.ask("release")).isEqualTo("released");
				locks.get("a").acquire(Duration.ZERO).close();
				assertThat(file).doesNotExist();
				assertThat(third.ask("try")).isEqualTo("held");
				assertThat(keeping.ask("refused")).isEqualTo("true");
				assertThat(locks.get("a").tryAcquire()).isEmpty();
				assertThat(third.ask("release")).isEqualTo("released");
				assertThat(file).doesNotExist();
			}
		}
	}

	@Test
	void processThatWaitsInTheKernelWhenTheFileIsDeletedMovesOnToTheNewOne() throws Exception {
		Path file = this.directory.resolve("a");
		try (LockFiles locks = engine("os")) {
			ChildJvm waiting = remote("os", true);
			ChildJvm third = remote("os", true);
			for (int i = 0; i < 30; i++) {
				LockHandle held = locks.get("a").acquire();
				waiting.send("wait").expect("waiting");
				// As a holder does who looked before that one came
				Files.delete(file);
				assertThat(third.ask("try")).isEqualTo("held");
				held.close();
				assertThat(third.ask("valid")).isEqualTo("true");
				assertThat(third.ask("release")).isEqualTo("released");
				waiting.expect("held");
				assertThat(waiting.ask("valid")).isEqualTo("true");
				assertThat(locks.get("a").tryAcquire()).isEmpty();
				assertThat(waiting.ask("release")).isEqualTo("released");
				assertThat(file).doesNotExist();
			}
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "os", "flock" })
	void eightJvmsNeverHoldAtOnce(String strategy) throws IOException {
		int jvms = 8;
		int holds = 150;
		for (int i = 0; i < jvms; i++) {
			// Some give the others time to delete the file
			child(Contender.class, strategy, "a", holds, LockMode.EXCLUSIVE, (i < 4) ? 0 : 5000, true);
		}
		List<Interval> intervals = run().stream().map(Interval::parse).toList();
		assertThat(intervals).hasSize(jvms * holds);
		assertThat(Interval.overlapping(intervals)).isEmpty();
		assertThat(files()).isEmpty();
	}

	@ParameterizedTest
	@CsvSource({ "os,OWNER", "os,GROUP", "flock,OWNER", "flock,GROUP" })
	void fourJvmsThatDeleteItWithEveryReleaseNeverHoldAtOnce(String strategy, LockPermissions permissions)
			throws IOException {
		int jvms = 4;
		int holds = 250;
		for (int i = 0; i < jvms; i++) {
			child(Taker.class, strategy, "a", holds, permissions);
		}
		List<Interval> intervals = run().stream().map(Interval::parse).toList();
		assertThat(intervals).hasSize(jvms * holds);
		assertThat(Interval.overlapping(intervals)).isEmpty();
		assertThat(files()).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "os", "flock" })
	void thoseWhoDeleteAndThoseWhoDoNotNeverHoldAtOnce(String strategy) {
		int jvms = 4;
		int holds = 200;
		for (int i = 0; i < jvms; i++) {
			child(Contender.class, strategy, "a", holds, LockMode.EXCLUSIVE, 2000, i % 2 == 0);
		}
		List<Interval> intervals = run().stream().map(Interval::parse).toList();
		assertThat(intervals).hasSize(jvms * holds);
		assertThat(Interval.overlapping(intervals)).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "os", "flock" })
	void sharersHoldTogetherAndWritersAlone(String strategy) {
		int jvms = 4;
		int holds = 60;
		for (int i = 0; i < jvms; i++) {
			child(Reader.class, strategy, "a", holds, true);
		}
		List<String> lines = run();
		assertThat(lines).hasSize(jvms * holds * 3);
		List<Interval> writers = intervals(lines, "EXCLUSIVE ");
		List<Interval> readers = intervals(lines, "SHARED ");
		assertThat(Interval.overlapping(writers)).isEmpty();
		assertThat(writers).noneSatisfy((writer) -> assertThat(readers)
			.anyMatch((reader) -> reader.entered() < writer.left() && writer.entered() < reader.left()));
	}

	private static List<Interval> intervals(List<String> lines, String mode) {
		return lines.stream()
			.filter((line) -> line.startsWith(mode))
			.map((line) -> Interval.parse(line.substring(mode.length())))
			.toList();
	}

	private List<String> run() {
		this.children.forEach((child) -> child.expect("ready"));
		this.children.forEach(ChildJvm::proceed);
		List<String> lines = new ArrayList<>();
		this.children.forEach((child) -> lines.addAll(child.finish()));
		return lines;
	}

	private ChildJvm remote(String strategy, boolean delete) {
		return child(Remote.class, strategy, "a", false, delete);
	}

	private ChildJvm child(Class<?> program, Object... arguments) {
		List<Object> all = new ArrayList<>(List.of(this.directory));
		all.addAll(List.of(arguments));
		ChildJvm child = ChildJvm.start(program, all.toArray());
		this.children.add(child);
		return child;
	}

	private LockFiles engine(String strategy) {
		return LockFiles.builder().directory(this.directory).strategy(strategy).deleteOnRelease(true).build();
	}

	private List<String> files() throws IOException {
		try (Stream<Path> files = Files.list(this.directory)) {
			return files.map((file) -> file.getFileName().toString()).sorted().toList();
		}
	}

}
