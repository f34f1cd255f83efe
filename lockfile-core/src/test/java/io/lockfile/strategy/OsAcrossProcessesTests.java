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
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import io.lockfile.AlreadyLockedException;
import io.lockfile.LockFile;
import io.lockfile.LockFiles;
import io.lockfile.LockHandle;
import io.lockfile.LockMode;
import io.lockfile.LockOwner;
import io.lockfile.NotMyLockException;
import io.lockfile.testing.ChildJvm;
import io.lockfile.testing.Contender;
import io.lockfile.testing.Holder;
import io.lockfile.testing.Interval;
import io.lockfile.testing.Reader;
import io.lockfile.testing.Remote;
import io.lockfile.testing.Survivor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link OsLockStrategy} between JVMs.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class OsAcrossProcessesTests {

	@TempDir
	private Path directory;

	@Test
	void fourJvmsNeverHoldAtOnce() {
		int jvms = 4;
		int holds = 500;
		List<ChildJvm> children = new ArrayList<>();
		List<Interval> intervals = new ArrayList<>();
		try {
			for (int i = 0; i < jvms; i++) {
				children.add(ChildJvm.start(Contender.class, this.directory, "os", "contended", holds));
			}
			children.forEach((child) -> child.expect("ready"));
			children.forEach(ChildJvm::proceed);
			children.forEach((child) -> child.finish().stream().map(Interval::parse).forEach(intervals::add));
		}
		finally {
			children.forEach(ChildJvm::close);
		}
		assertThat(intervals).hasSize(jvms * holds);
		assertThat(Interval.overlapping(intervals)).isEmpty();
	}

	@Test
	void lockOfAKilledProcessIsFreeAtOnce() {
		try (LockFiles locks = LockFiles.builder().directory(this.directory).build();
				ChildJvm child = ChildJvm.start(Holder.class, this.directory, "os", "a").expect("held")) {
			assertThat(locks.get("a").tryAcquire()).isEmpty();
			child.kill();
			try (LockHandle held = locks.get("a").acquire(Duration.ZERO)) {
				assertThat(held.isValid()).isTrue();
			}
		}
	}

	@Test
	@EnabledOnOs(value = OS.LINUX, disabledReason = "only Linux has /proc/locks to name other processes")
	void otherProcessIsNamed() {
		try (LockFiles locks = LockFiles.builder().directory(this.directory).build();
				ChildJvm child = ChildJvm.start(Holder.class, this.directory, "os", "a").expect("held")) {
			LockFile lock = locks.get("a");
			LockOwner owner = lock.owner().orElseThrow();
			assertThat(owner.pid()).isEqualTo(child.pid());
			assertThat(owner.liveness()).isEqualTo(LockOwner.Liveness.ALIVE);
			assertThatExceptionOfType(AlreadyLockedException.class).isThrownBy(() -> lock.acquire(Duration.ZERO))
				.withMessageContaining("pid " + child.pid());
			assertThatExceptionOfType(NotMyLockException.class).isThrownBy(lock::release)
				.withMessageContaining("pid " + child.pid());
			child.proceed().expect("released");
			assertThat(lock.owner()).isEmpty();
		}
	}

	@Test
	void sharersOfFourJvmsHoldTogetherAndWritersAlone() {
		int jvms = 4;
		int holds = 100;
		List<String> lines = new ArrayList<>();
		List<ChildJvm> children = start(jvms, () -> ChildJvm.start(Reader.class, this.directory, "os", "a", holds));
		try {
			children.forEach((child) -> child.expect("ready"));
			children.forEach(ChildJvm::proceed);
			children.forEach((child) -> lines.addAll(child.finish()));
		}
		finally {
			children.forEach(ChildJvm::close);
		}
		assertThat(lines).hasSize(jvms * holds * 3);
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

	private static List<ChildJvm> start(int count, Supplier<ChildJvm> start) {
		List<ChildJvm> children = new ArrayList<>();
		for (int i = 0; i < count; i++) {
			children.add(start.get());
		}
		return children;
	}

	@Test
	void writerOfAnotherProcessIsNotStarvedByArrivingReaders() throws Exception {
		try (LockFiles locks = LockFiles.builder().directory(this.directory).build(); ChildJvm child = remote(false)) {
			LockFile lock = locks.get("a");
			LockHandle current = lock.acquire(LockMode.SHARED, Duration.ZERO);
			child.send("wait").expect("waiting");
			// Readers that overlap without end, until one of them has to queue
			ExecutorService readers = Executors.newCachedThreadPool();
			try {
				CompletableFuture<LockHandle> next = readLater(lock, readers);
				while (joinsSoon(next)) {
					current.close();
					current = next.get();
					next = readLater(lock, readers);
				}
				current.close();
				child.expect("held");
				assertThat(lock.tryAcquire(LockMode.SHARED)).isEmpty();
				assertThat(child.ask("release")).isEqualTo("released");
				next.get(60, TimeUnit.SECONDS).close();
			}
			finally {
				readers.shutdown();
				assertThat(readers.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
			}
		}
	}

	private static CompletableFuture<LockHandle> readLater(LockFile lock, ExecutorService readers) {
		return CompletableFuture.supplyAsync(() -> lock.acquire(LockMode.SHARED, LockFiles.FOREVER), readers);
	}

	private static boolean joinsSoon(CompletableFuture<LockHandle> next) throws Exception {
		try {
			next.get(200, TimeUnit.MILLISECONDS);
			return true;
		}
		catch (TimeoutException ex) {
			return false;
		}
	}

	@Test
	void whoReleasesDoesNotOvertakeAProcessThatWaits() {
		try (LockFiles locks = LockFiles.builder().directory(this.directory).build(); ChildJvm child = remote(false)) {
			LockFile lock = locks.get("a");
			CompletableFuture<String> theirs;
			int holds = 0;
			try (LockHandle first = lock.acquire()) {
				child.send("wait").expect("waiting");
				theirs = CompletableFuture.supplyAsync(child::readLine);
				theirs.thenRun(() -> child.send("release"));
				LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
			}
			while (!theirs.isDone()) {
				try (LockHandle held = lock.acquire(LockFiles.FOREVER)) {
					holds++;
					LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
				}
				assertThat(holds).as("holds while another process waits").isLessThan(10);
			}
			assertThat(theirs.join()).isEqualTo("held");
		}
	}

	@Test
	void deletingAndReplacingTheFileAtRandomIsNoticed() throws Exception {
		int jvms = 4;
		int holds = 60;
		Path file = this.directory.resolve("a");
		List<ChildJvm> children = start(jvms, () -> ChildJvm.start(Survivor.class, this.directory, "os", "a", holds));
		List<String> lines = new ArrayList<>();
		try {
			children.forEach((child) -> child.expect("ready"));
			children.forEach(ChildJvm::proceed);
			AtomicBoolean done = new AtomicBoolean();
			CompletableFuture<Integer> deleting = CompletableFuture.supplyAsync(() -> deleteAtRandom(file, done));
			children.forEach((child) -> lines.addAll(child.finish()));
			done.set(true);
			assertThat(deleting.get()).as("deletions").isGreaterThan(10);
		}
		finally {
			children.forEach(ChildJvm::close);
		}
		assertThat(lines).hasSize(jvms * holds);
		List<String[]> byEntry = lines.stream()
			.map((line) -> line.split(" "))
			.sorted(Comparator.comparingLong((fields) -> Long.parseLong(fields[0])))
			.toList();
		assertThat(byEntry).as("holds that were told to be lost").anyMatch((fields) -> fields[2].equals("true"));
		for (int i = 0; i < byEntry.size(); i++) {
			for (int j = i + 1; j < byEntry.size(); j++) {
				// Either may be the one that lost: it may have had to wait for a
				// processor
				// between obtaining the lock and looking at the clock
				boolean overlap = Long.parseLong(byEntry.get(i)[1]) > Long.parseLong(byEntry.get(j)[0]);
				boolean told = byEntry.get(i)[2].equals("true") || byEntry.get(j)[2].equals("true");
				assertThat(overlap && !told).as("an overlap that nobody was told of").isFalse();
			}
		}
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
	void lookingDoesNotMakeTriesOfOthersFailNorDropLocks() throws Exception {
		try (LockFiles locks = LockFiles.builder().directory(this.directory).build(); ChildJvm child = remote(false)) {
			LockFile lock = locks.get("a");
			AtomicBoolean done = new AtomicBoolean();
			AtomicInteger looks = new AtomicInteger();
			AtomicInteger seen = new AtomicInteger();
			CompletableFuture<Void> looking = CompletableFuture.runAsync(() -> {
				while (!done.get()) {
					looks.incrementAndGet();
					if (lock.isLocked()) {
						seen.incrementAndGet();
					}
					lock.owner();
					lock.isHeldByCurrentThread();
					locks.snapshot();
				}
			});
			assertThat(child.ask("tries")).as("refused tries").isEqualTo("0");
			List<Interval> intervals = Collections.synchronizedList(new ArrayList<>());
			try (ChildJvm contender = ChildJvm.start(Contender.class, this.directory, "os", "a", 300).expect("ready")) {
				contender.proceed();
				for (int i = 0; i < 300; i++) {
					try (LockHandle held = lock.acquire(LockFiles.FOREVER)) {
						long entered = System.nanoTime();
						held.ensureValid();
						intervals.add(new Interval(entered, System.nanoTime()));
					}
				}
				contender.finish().stream().map(Interval::parse).forEach(intervals::add);
			}
			done.set(true);
			looking.get();
			assertThat(looks).hasPositiveValue();
			assertThat(seen).hasPositiveValue();
			assertThat(intervals).hasSize(600);
			assertThat(Interval.overlapping(intervals)).isEmpty();
		}
	}

	@Test
	void threadsThatCrossBetweenTwoProcessesAreNoDeadlock() throws Exception {
		// The kernel sees two processes that wait for each other, but no thread does
		try (LockFiles locks = LockFiles.builder().directory(this.directory).build();
				ChildJvm other = ChildJvm.start(Remote.class, this.directory, "os", "b", false)) {
			LockHandle ours = locks.get("a").acquire();
			assertThat(other.ask("acquire")).isEqualTo("held");
			CompletableFuture<LockHandle> waiting = locks.get("b")
				.acquireAsync(LockMode.EXCLUSIVE, LockFiles.FOREVER)
				.toCompletableFuture();
			assertThat(other.ask("cross")).isEqualTo("waiting");
			// Time for the kernel to refuse one of them
			Awaitility.await().pollDelay(Duration.ofMillis(300)).until(() -> !waiting.isDone());
			ours.close();
			assertThat(other.readLine()).isEqualTo("crossed");
			assertThat(other.ask("release")).isEqualTo("released");
			waiting.get(60, TimeUnit.SECONDS).close();
		}
	}

	@Test
	@EnabledOnOs(value = OS.LINUX, disabledReason = "only Linux has /proc/locks to name other processes")
	void otherProcessIsNamedWithThreadAndTime() {
		try (LockFiles locks = LockFiles.builder().directory(this.directory).build(); ChildJvm child = remote(false)) {
			assertThat(child.send("wait").readLine()).isEqualTo("held");
			LockOwner owner = locks.get("a").owner().orElseThrow();
			assertThat(owner.pid()).isEqualTo(child.pid());
			assertThat(owner.thread()).isEqualTo("waiter");
			assertThat(owner.since()).isNotNull();
			assertThat(owner.liveness()).isEqualTo(LockOwner.Liveness.ALIVE);
			assertThat(locks.get("a").isLocked()).isTrue();
			child.kill();
			assertThat(locks.get("a").isLocked()).as("its record is still there").isFalse();
		}
	}

	@Test
	void nextHolderKnowsThatThePreviousOneDied() {
		try (LockFiles locks = LockFiles.builder().directory(this.directory).build()) {
			LockFile lock = locks.get("a");
			try (ChildJvm child = remote(false)) {
				assertThat(child.ask("acquire")).isEqualTo("held");
				assertThat(child.ask("release")).isEqualTo("released");
				try (LockHandle held = lock.acquire()) {
					assertThat(held.previousHolderCrashed()).isFalse();
				}
				assertThat(child.ask("acquire")).isEqualTo("held");
				child.kill();
			}
			try (LockHandle reading = lock.acquire(LockMode.SHARED, Duration.ZERO)) {
				assertThat(reading.previousHolderCrashed()).isTrue();
			}
			try (LockHandle held = lock.acquire()) {
				assertThat(held.previousHolderCrashed()).as("a reader mends nothing").isTrue();
			}
			try (LockHandle held = lock.acquire()) {
				assertThat(held.previousHolderCrashed()).isFalse();
			}
		}
	}

	@Test
	@DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows has no SIGSTOP, and doesn't delete what is open")
	void stoppedHolderHasALowerTokenThanItsSuccessorAndIsTold() throws Exception {
		try (LockFiles locks = LockFiles.builder().directory(this.directory).fencing(true).build();
				ChildJvm child = remote(true)) {
			assertThat(child.ask("acquire")).isEqualTo("held");
			child.signal("STOP");
			Files.delete(this.directory.resolve("a"));
			long ours;
			try (LockHandle held = locks.get("a").acquire(Duration.ZERO)) {
				ours = held.fencingToken();
				child.signal("CONT");
				assertThat(child.ask("valid")).isEqualTo("false");
				assertThat(child.ask("lost")).isEqualTo("1");
				assertThat(Long.parseLong(child.ask("token"))).isLessThan(ours);
				assertThat(child.ask("release")).isEqualTo("released");
				assertThat(held.isValid()).as("not affected by the late release").isTrue();
				assertThat(locks.get("a").owner().orElseThrow().pid()).isEqualTo(ProcessHandle.current().pid());
			}
		}
	}

	@Test
	void tokensIncreaseOverProcesses() {
		long last = 0;
		try (ChildJvm first = remote(true); ChildJvm second = remote(true)) {
			for (int i = 0; i < 20; i++) {
				ChildJvm child = (i % 3 == 0) ? first : second;
				assertThat(child.ask("acquire")).isEqualTo("held");
				long token = Long.parseLong(child.ask("token"));
				assertThat(token).isGreaterThan(last);
				last = token;
				assertThat(child.ask("release")).isEqualTo("released");
			}
		}
	}

	@Test
	void pathThroughALinkedDirectoryIsTheSameLockForAnotherProcess() throws Exception {
		Path real = Files.createDirectory(this.directory.resolve("real"));
		Path link = Files.createSymbolicLink(this.directory.resolve("link"), real);
		try (LockFiles locks = LockFiles.builder().directory(link).build();
				ChildJvm child = ChildJvm.start(Remote.class, real, "os", "a", false)) {
			assertThat(child.ask("acquire")).isEqualTo("held");
			assertThat(locks.get("a").tryAcquire()).isEmpty();
			assertThat(child.ask("release")).isEqualTo("released");
			locks.get("a").acquire(Duration.ZERO).close();
		}
	}

	private ChildJvm remote(boolean fencing) {
		return ChildJvm.start(Remote.class, this.directory, "os", "a", fencing);
	}

}
