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
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.lockfile.AlreadyLockedException;
import io.lockfile.LockFailedException;
import io.lockfile.LockFile;
import io.lockfile.LockFiles;
import io.lockfile.LockHandle;
import io.lockfile.LockMode;
import io.lockfile.LockOwner;
import io.lockfile.LockPermissions;
import io.lockfile.LockStrategy;
import io.lockfile.ProcessIdentity;
import io.lockfile.RecordingListener;
import io.lockfile.testing.ChildJvm;
import io.lockfile.testing.Contender;
import io.lockfile.testing.Holder;
import io.lockfile.testing.Interval;
import io.lockfile.testing.Remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for the strategies with markers, between JVMs and with what a crash leaves.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "signals, FIFOs and symbolic links")
class MarkersAcrossProcessesTests {

	private static final Duration LONG = Duration.ofSeconds(60);

	private static final String OTHER_SPACE = "0123456789abcdef";

	@TempDir
	private Path directory;

	private final RecordingListener events = new RecordingListener();

	private LockFiles engine(String strategy) {
		return LockFiles.builder().directory(this.directory).strategy(strategy).listener(this.events).build();
	}

	private LockFiles engine(LockStrategy strategy) {
		return LockFiles.builder().directory(this.directory).strategy(strategy).listener(this.events).build();
	}

	private ChildJvm remote(String strategy) {
		return ChildJvm.start(Remote.class, this.directory, strategy, "a", false);
	}

	private Path marker(String strategy) {
		return this.directory.resolve(strategy.equals("pid") ? "a" : "a.lock");
	}

	@ParameterizedTest
	@ValueSource(strings = { "link", "mkdir", "symlink", "pid" })
	void severalJvmsNeverHoldAtOnce(String strategy) throws Exception {
		int jvms = 3;
		int holds = 150;
		assertThat(contend(strategy, jvms, holds)).hasSize(jvms * holds);
		assertThat(marker(strategy)).as("after release").doesNotExist();
	}

	private void awaitBroken() {
		Awaitility.await().atMost(LONG).until(() -> !this.events.broken().isEmpty());
	}

	private List<Interval> contend(String strategy, int jvms, int holds) {
		List<ChildJvm> children = new ArrayList<>();
		List<Interval> intervals = new ArrayList<>();
		try {
			for (int i = 0; i < jvms; i++) {
				children.add(ChildJvm.start(Contender.class, this.directory, strategy, "a", holds));
			}
			children.forEach((child) -> child.expect("ready"));
			children.forEach(ChildJvm::proceed);
			children.forEach((child) -> child.finish().stream().map(Interval::parse).forEach(intervals::add));
		}
		finally {
			children.forEach(ChildJvm::close);
		}
		assertThat(Interval.overlapping(intervals)).isEmpty();
		return intervals;
	}

	@ParameterizedTest
	@ValueSource(strings = { "link", "mkdir", "symlink", "pid" })
	void markerOfAKilledProcessIsBrokenOnProofOfItsDeath(String strategy) {
		try (LockFiles locks = engine(strategy);
				ChildJvm child = ChildJvm.start(Holder.class, this.directory, strategy, "a").expect("held")) {
			LockFile lock = locks.get("a");
			LockOwner living = lock.owner().orElseThrow();
			assertThat(living.pid()).isEqualTo(child.pid());
			assertThat(living.liveness()).isEqualTo(LockOwner.Liveness.ALIVE);
			assertThat(living.thread()).isEqualTo("main");
			assertThatExceptionOfType(AlreadyLockedException.class).isThrownBy(() -> lock.acquire(Duration.ZERO))
				.withMessageContaining("pid " + child.pid());
			child.kill();
			LockOwner dead = lock.owner().orElseThrow();
			assertThat(dead.pid()).isEqualTo(child.pid());
			assertThat(dead.liveness()).isEqualTo(LockOwner.Liveness.DEAD);
			assertThat(this.events.names()).doesNotContain("broken");
			try (LockHandle held = lock.acquire(Duration.ZERO)) {
				assertThat(held.isValid()).isTrue();
				assertThat(held.previousHolderCrashed()).isTrue();
			}
			awaitBroken();
			assertThat(this.events.broken()).singleElement().satisfies((owner) -> {
				assertThat(owner.pid()).isEqualTo(child.pid());
				assertThat(owner.liveness()).isEqualTo(LockOwner.Liveness.DEAD);
			});
			assertThat(lock.isLocked()).isFalse();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "link", "mkdir", "symlink", "pid" })
	void waiterGoesOnAfterTheHolderWasKilled(String strategy) {
		try (LockFiles locks = engine(strategy);
				ChildJvm child = ChildJvm.start(Holder.class, this.directory, strategy, "a").expect("held")) {
			CompletableFuture<LockHandle> waiting = locks.get("a")
				.acquireAsync(LockMode.EXCLUSIVE, LONG)
				.toCompletableFuture();
			Awaitility.await().atMost(LONG).until(() -> this.events.count("waiting") > 0);
			child.kill();
			waiting.join().close();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "link", "mkdir", "symlink", "pid" })
	void manyWhoFindADeadHolderNeverHoldAtOnce(String strategy) {
		for (int round = 0; round < 1; round++) {
			try (ChildJvm dead = ChildJvm.start(Holder.class, this.directory, strategy, "a").expect("held")) {
				dead.kill();
			}
			assertThat(contend(strategy, 6, 10)).hasSize(60);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "link", "mkdir", "symlink", "pid" })
	void whatTookTheDeadMarkersPlaceIsNotRemoved(String strategy) throws IOException {
		try (ChildJvm dead = ChildJvm.start(Holder.class, this.directory, strategy, "a").expect("held")) {
			dead.kill();
		}
		Path marker = marker(strategy);
		Successor successor = new Successor(Files.getLastModifiedTime(marker, LinkOption.NOFOLLOW_LINKS));
		LockStrategy racing = switch (strategy) {
			case "link" -> new LinkLockStrategy() {

				@Override
				void beforeRemoval(Path path) {
					successor.enter(path);
				}

			};
			case "mkdir" -> new MkdirLockStrategy() {

				@Override
				void beforeRemoval(Path path) {
					successor.enter(path);
				}

			};
			case "symlink" -> new SymlinkLockStrategy() {

				@Override
				void beforeRemoval(Path path) {
					successor.enter(path);
				}

			};
			default -> new PidLockStrategy() {

				@Override
				void beforeRemoval(Path path) {
					successor.enter(path);
				}

			};
		};
		try (LockFiles locks = engine(racing)) {
			assertThat(locks.get("a").tryAcquire()).isEmpty();
			assertThat(successor.judged).isEqualTo(1);
			successor.assertStanding(marker);
			assertThat(this.events.names()).doesNotContain("broken");
		}
	}

	@Test
	void onlyOneBreaksADeadMarker() throws Exception {
		try (ChildJvm dead = ChildJvm.start(Holder.class, this.directory, "link", "a").expect("held")) {
			dead.kill();
		}
		try (ChildJvm rival = remote("link")) {
			List<String> rivals = new ArrayList<>();
			LockStrategy slow = new LinkLockStrategy() {

				@Override
				void beforeRemoval(Path path) {
					rivals.add(rival.ask("refused"));
				}

			};
			try (LockFiles locks = engine(slow); LockHandle held = locks.get("a").acquire(Duration.ZERO)) {
				assertThat(rivals).containsExactly("true");
				assertThat(held.isValid()).isTrue();
			}
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "link", "mkdir", "symlink", "pid" })
	void operatorBreaksALivingHoldersLockAndItsReleaseLeavesTheSuccessorAlone(String strategy) {
		try (LockFiles locks = engine(strategy); ChildJvm child = remote(strategy)) {
			LockFile lock = locks.get("a");
			assertThat(lock.breakLock()).as("nothing to break").isFalse();
			assertThat(child.ask("acquire")).isEqualTo("held");
			assertThatExceptionOfType(LockFailedException.class).isThrownBy(lock::breakLockUnlessAlive)
				.withMessageContainingAll("pid " + child.pid(), "who lives", lock.path().toString());
			assertThat(child.ask("valid")).isEqualTo("true");
			assertThat(lock.breakLock()).isTrue();
			awaitBroken();
			assertThat(this.events.broken()).singleElement().extracting(LockOwner::pid).isEqualTo(child.pid());
			try (LockHandle held = lock.acquire(Duration.ZERO)) {
				assertThat(child.ask("valid")).isEqualTo("false");
				assertThat(child.ask("lost")).isEqualTo("1");
				assertThat(child.ask("release")).isEqualTo("released");
				assertThat(held.isValid()).isTrue();
				assertThat(marker(strategy))
					.satisfies((marker) -> assertThat(Files.exists(marker, LinkOption.NOFOLLOW_LINKS)).isTrue());
			}
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "link", "mkdir", "symlink", "pid" })
	void lockOfThisJvmCanBeBroken(String strategy) {
		try (LockFiles locks = engine(strategy); ChildJvm child = remote(strategy)) {
			LockFile lock = locks.get("a");
			try (LockHandle held = lock.acquire()) {
				assertThatExceptionOfType(LockFailedException.class).isThrownBy(lock::breakLockUnlessAlive);
				assertThat(lock.breakLock()).isTrue();
				assertThat(held.isValid()).isFalse();
				assertThat(this.events.names()).containsExactly("acquired", "lost", "broken");
				assertThat(child.ask("acquire")).isEqualTo("held");
			}
			assertThat(child.ask("valid")).isEqualTo("true");
			assertThat(lock.tryAcquire()).isEmpty();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "link", "mkdir", "pid" })
	void readingTheMarkerInTheHoldersProcessDoesNotMakeItLookDead(String strategy) throws IOException {
		try (LockFiles locks = engine(strategy);
				LockHandle held = locks.get("a").acquire();
				ChildJvm child = remote(strategy)) {
			Path marker = marker(strategy);
			if (strategy.equals("mkdir")) {
				try (Stream<Path> files = Files.list(marker)) {
					marker = files.findFirst().orElseThrow();
				}
			}
			// Closing the file again ends the lock that proves that we live
			assertThat(Files.readString(marker)).isNotEmpty();
			assertThat(child.ask("refused")).isEqualTo("true");
			assertThat(held.isValid()).isTrue();
		}
	}

	/**
	 * The same for those that have a class of their own.
	 */
	@ParameterizedTest
	@ValueSource(strings = { "link", "mkdir", "symlink", "pid", "lease", "flock" })
	void lookingDoesNotMakeTriesOfOthersFailNorDropLocks(String strategy) throws Exception {
		try (LockFiles locks = engine(strategy); ChildJvm child = remote(strategy)) {
			LockFile lock = locks.get("a");
			AtomicBoolean done = new AtomicBoolean();
			AtomicInteger seen = new AtomicInteger();
			CompletableFuture<Void> looking = CompletableFuture.runAsync(() -> {
				while (!done.get()) {
					if (lock.isLocked()) {
						seen.incrementAndGet();
					}
					locks.snapshot();
				}
			});
			assertThat(child.ask("tries")).as("refused tries").isEqualTo("0");
			List<Interval> intervals = Collections.synchronizedList(new ArrayList<>());
			try (ChildJvm contender = ChildJvm.start(Contender.class, this.directory, strategy, "a", 200)
				.expect("ready")) {
				contender.proceed();
				for (int i = 0; i < 200; i++) {
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
			assertThat(seen).hasPositiveValue();
			assertThat(intervals).hasSize(400);
			assertThat(Interval.overlapping(intervals)).isEmpty();
		}
	}

	@Test
	void dateOfALivingHoldersMarkerIsRenewed() throws Exception {
		Path marker = marker("mkdir");
		try (LockFiles locks = engine("mkdir"); LockHandle held = locks.get("a").acquire()) {
			Instant old = Instant.now().minus(Duration.ofHours(1));
			Files.setLastModifiedTime(marker, FileTime.from(old));
			Awaitility.await()
				.atMost(LONG)
				.until(() -> Files.getLastModifiedTime(marker).toInstant().isAfter(old.plusSeconds(1800)));
			assertThat(held.isValid()).isTrue();
		}
	}

	@Test
	void dateIsRenewedBeforeNeighboursTakeItForDead() throws Exception {
		assertThat(Marker.TOUCH_INTERVAL).isLessThan(Duration.ofMinutes(1));
		Path file = this.directory.resolve("file");
		try (MarkerInode inode = MarkerInode.create(file, LockPermissions.OWNER)) {
			assertThat(inode).isNotNull();
			inode.write("content");
			Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH));
			inode.touchEvery(Duration.ofHours(1));
			assertThat(Files.getLastModifiedTime(file).toInstant()).isEqualTo(Instant.EPOCH);
			inode.touchEvery(Duration.ZERO);
			assertThat(Files.getLastModifiedTime(file).toInstant()).isAfter(Instant.EPOCH.plusSeconds(1));
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "link", "mkdir", "symlink", "pid" })
	@EnabledOnOs(value = OS.LINUX, disabledReason = "namespaces are of Linux")
	void processOfAnotherPidNamespaceIsHeldUntilItsDeathIsProved(String strategy) {
		// Its pid there is one that doesn't live here, or lives and is another process
		List<String> command = List.of("unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child",
				Path.of(System.getProperty("java.home"), "bin", "java").toString(),
				// Which it would share with others that have its pid, and warn of on its
				// output
				"-XX:-UsePerfData", "-cp", System.getProperty("java.class.path"), Holder.class.getName(),
				this.directory.toString(), strategy, "a");
		try (LockFiles locks = engine(strategy); ChildJvm child = ChildJvm.program(command).expect("held")) {
			assertThat(locks.get("a").tryAcquire()).isEmpty();
			assertThat(locks.get("a").owner()).get()
				.extracting(LockOwner::liveness)
				.isNotEqualTo(LockOwner.Liveness.DEAD);
			// And not by closing its standard input, at which it would release the lock
			child.signal("KILL");
			locks.get("a").acquire(LONG).close();
			awaitBroken();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "link", "pid" })
	void holderWhosePidIsNotSeenHereIsHeldByItsLock(String strategy) throws IOException {
		// As in a container that is called like its host
		ProcessIdentity inside = new ProcessIdentity(999999999, 42, OTHER_SPACE, ProcessIdentity.current().host());
		try (LockFiles locks = engine(strategy); ChildJvm child = remote(strategy)) {
			assertThat(child.ask("acquire")).isEqualTo("held");
			Files.writeString(marker(strategy), strategy.equals("pid")
					? "%d \n%s\n".formatted(inside.pid(), inside.host()) : "lockfile-marker 1\n" + inside + "\n");
			assertThat(locks.get("a").tryAcquire()).isEmpty();
			assertThat(child.ask("valid")).isEqualTo("true");
			child.kill();
			locks.get("a").acquire(Duration.ZERO).close();
		}
	}

	@Test
	void linkWhoseFileADeadProcessHasMadeAnewIsHeld() throws IOException {
		ProcessIdentity self = ProcessIdentity.current();
		ProcessIdentity dead = new ProcessIdentity(self.pid(), self.ticks() + 1, self.space(), self.host());
		ProcessIdentity holder = new ProcessIdentity(4711, 42, OTHER_SPACE, "build-3");
		Path target = Path.of("lockfile-1:0:0123456789abcdef:" + holder);
		Files.createSymbolicLink(marker("symlink"), target);
		Files.writeString(this.directory.resolve(".a.lock.0"), "lockfile-marker 1\n" + dead + "\n");
		try (LockFiles locks = engine("symlink")) {
			assertThat(locks.get("a").tryAcquire()).isEmpty();
			assertThat(Files.readSymbolicLink(marker("symlink"))).isEqualTo(target);
		}
	}

	@Test
	void lockThatCanBeHadProvesNothingOfOtherHostsWhereLocksStayOnEachHost() throws IOException {
		try (ChildJvm dead = ChildJvm.start(Holder.class, this.directory, "link", "a").expect("held")) {
			dead.kill();
		}
		String text = Files.readString(marker("link"));
		Files.writeString(marker("link"), text.replace(ProcessIdentity.current().space(), OTHER_SPACE));
		Files.delete(marker("link").resolveSibling("." + marker("link").getFileName() + ".owner"));
		LockStrategy here = new LinkLockStrategy() {

			@Override
			boolean seesLocksOfOtherHosts(Path file) {
				return false;
			}

		};
		try (LockFiles locks = engine(here)) {
			LockFile lock = locks.get("a");
			assertThat(lock.tryAcquire()).isEmpty();
			assertThat(lock.owner()).get().extracting(LockOwner::liveness).isEqualTo(LockOwner.Liveness.UNKNOWN);
			assertThat(lock.tryAcquire()).isEmpty();
		}
		try (LockFiles locks = engine("link")) {
			locks.get("a").acquire(Duration.ZERO).close();
			awaitBroken();
		}
	}

	@Test
	void recycledPidIsNoLife() throws IOException {
		ProcessIdentity self = ProcessIdentity.current();
		ProcessIdentity earlier = new ProcessIdentity(self.pid(), self.ticks() + 1, self.space(), self.host());
		Files.writeString(marker("link"), "lockfile-marker 1\n" + earlier + "\n");
		try (LockFiles locks = engine("link"); LockHandle held = locks.get("a").acquire(Duration.ZERO)) {
			assertThat(held.isValid()).isTrue();
			awaitBroken();
		}
	}

	@Test
	void livingProcessWithoutItsLockIsStillAlive() throws IOException {
		try (ChildJvm child = remote("link"); LockFiles locks = engine("link")) {
			assertThat(child.ask("acquire")).isEqualTo("held");
			String text = Files.readString(marker("link"));
			// A copy, which nobody has locked
			Files.delete(marker("link"));
			Files.writeString(marker("link"), text);
			assertThat(locks.get("a").tryAcquire()).isEmpty();
			child.kill();
			locks.get("a").acquire(Duration.ZERO).close();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "4711\n", "0", "some data\n", "lockfile-marker 1\n", "lockfile-marker 1\n12-3",
			"lockfile-marker 1\n4711-42-0123456789abcdef-buil" })
	void whatIsNoCompleteMarkerOfOursIsNeverBroken(String content) throws IOException {
		assertNeverBroken("link", content);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "4711\n", "0", "4711 \n", "4711 \nbuil", "4711\nbuild-3\n" })
	void whatIsNoCompletePidFileOfOursIsNeverBroken(String content) throws IOException {
		assertNeverBroken("pid", content);
	}

	private void assertNeverBroken(String strategy, String content) throws IOException {
		Path marker = marker(strategy);
		for (Instant time : List.of(Instant.EPOCH, Instant.now(), Instant.now().plus(Duration.ofHours(2)))) {
			Files.writeString(marker, content);
			Files.setLastModifiedTime(marker, FileTime.from(time));
			try (LockFiles locks = engine(strategy)) {
				assertThat(locks.get("a").tryAcquire()).isEmpty();
				assertThat(locks.get("a").isLocked()).isTrue();
			}
			assertThat(Files.readString(marker)).isEqualTo(content);
			assertThat(Files.getLastModifiedTime(marker).toInstant().getEpochSecond()).isEqualTo(time.getEpochSecond());
		}
	}

	@Test
	void directoryWhoseFileIsNotWrittenYetIsHeld() throws IOException {
		// It may be stopped, in another namespace, before it has locked the file
		ProcessIdentity writer = new ProcessIdentity(4711, 42, OTHER_SPACE, "build-3");
		Path marker = Files.createDirectory(marker("mkdir"));
		Path file = Files.createFile(marker.resolve(MkdirLockStrategy.INNER + writer));
		try (LockFiles locks = engine("mkdir")) {
			assertThat(locks.get("a").tryAcquire()).isEmpty();
			Files.writeString(file, "lockfile-marker 1\n4711-42-");
			assertThat(locks.get("a").tryAcquire()).isEmpty();
		}
		assertThat(file).exists();
	}

	@ParameterizedTest
	@ValueSource(strings = { "link", "mkdir", "symlink", "pid" })
	void dateProvesNeitherDeathNorLife(String strategy) throws IOException {
		Instant future = Instant.now().plus(Duration.ofHours(2));
		try (LockFiles locks = engine(strategy); ChildJvm child = remote(strategy)) {
			assertThat(child.ask("acquire")).isEqualTo("held");
			for (Instant date : List.of(Instant.EPOCH, future)) {
				setDates(date);
				assertThat(locks.get("a").tryAcquire()).isEmpty();
			}
			assertThat(child.ask("valid")).isEqualTo("true");
			child.kill();
			setDates(future);
			locks.get("a").acquire(Duration.ZERO).close();
		}
	}

	private void setDates(Instant date) throws IOException {
		try (Stream<Path> files = Files.walk(this.directory)) {
			for (Path file : files.filter((file) -> !Files.isSymbolicLink(file)).toList()) {
				Files.setLastModifiedTime(file, FileTime.from(date));
			}
		}
	}

	@Test
	void operatorBreaksNeighboursMarkersButNoOtherFiles() throws IOException {
		try (LockFiles locks = engine("link")) {
			LockFile lock = locks.get("a");
			for (String content : List.of("", "4711\n", "0")) {
				Files.writeString(marker("link"), content);
				assertThat(lock.breakLock()).isTrue();
				assertThat(marker("link")).doesNotExist();
			}
			Files.writeString(marker("link"), "some data\n");
			assertThatExceptionOfType(LockFailedException.class).isThrownBy(lock::breakLock)
				.withMessageContaining("no marker of a known format");
			assertThat(marker("link")).hasContent("some data");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "link", "mkdir", "symlink", "pid" })
	void whatCanNotBeAMarkerIsRefusedAndLeftAlone(String strategy) throws Exception {
		Path marker = marker(strategy);
		Path victim = Files.writeString(this.directory.resolve("victim"), "precious");
		try (LockFiles locks = engine(strategy)) {
			LockFile lock = locks.get("a");
			if (!strategy.equals("symlink")) {
				Files.createSymbolicLink(marker, victim);
				assertThatExceptionOfType(LockFailedException.class).isThrownBy(lock::tryAcquire)
					.withMessageContaining(marker.toString());
				assertThatExceptionOfType(LockFailedException.class).isThrownBy(lock::breakLock);
				assertThat(lock.owner()).isEmpty();
				Files.delete(marker);
			}
			assertThat(new ProcessBuilder("mkfifo", marker.toString()).start().waitFor()).isZero();
			assertThatExceptionOfType(LockFailedException.class).isThrownBy(lock::tryAcquire)
				.withMessageContaining(marker.toString());
			assertThatExceptionOfType(LockFailedException.class).isThrownBy(lock::breakLock);
			assertThat(lock.owner()).isEmpty();
			assertThat(Files.exists(marker)).isTrue();
		}
		assertThat(victim).hasContent("precious");
	}

	@ParameterizedTest
	@ValueSource(strings = { "link", "mkdir", "symlink" })
	void fileThatIsLockedIsNeverTouched(String strategy) throws IOException {
		Path data = Files.writeString(this.directory.resolve("a"), "data");
		Files.setLastModifiedTime(data, FileTime.from(Instant.EPOCH));
		try (LockFiles locks = engine(strategy); LockHandle held = locks.get("a").acquire()) {
			assertThat(held.isValid()).isTrue();
		}
		assertThat(data).hasContent("data");
		assertThat(Files.getLastModifiedTime(data).toInstant()).isEqualTo(Instant.EPOCH);
	}

	@Test
	void fileSystemWithoutHardLinksIsAFailureAndNoWait() {
		LockStrategy without = new LinkLockStrategy() {

			@Override
			void link(Path marker, Path file) throws IOException {
				throw new FileSystemException(marker.toString(), file.toString(), "Input/output error");
			}

		};
		try (LockFiles locks = engine(without)) {
			assertThatExceptionOfType(LockFailedException.class).isThrownBy(() -> locks.get("a").acquire(LONG))
				.withMessageContainingAll("no hard link can be created here", "Input/output error", "strategy os");
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void markerThatCanNotBeLinkedIsAFailureAndNoWait(boolean unsupported) {
		LockStrategy without = new LinkLockStrategy() {

			@Override
			void link(Path name, Path file) throws IOException {
				if (!name.endsWith("a.lock")) {
					super.link(name, file);
				}
				else if (unsupported) {
					throw new UnsupportedOperationException("Too many links");
				}
				else {
					throw new FileSystemException(name.toString(), file.toString(), "Too many links");
				}
			}

		};
		try (LockFiles locks = engine(without)) {
			assertThatExceptionOfType(LockFailedException.class).isThrownBy(() -> locks.get("a").acquire(LONG))
				.withMessageContainingAll("no hard link can be created here", "Too many links", "strategy os");
		}
		assertThat(marker("link")).doesNotExist();
	}

	@ParameterizedTest
	@ValueSource(strings = { "link", "pid" })
	void markerAppearsCompleteAndLocked(String strategy) throws IOException {
		List<String> appearances = new ArrayList<>();
		try (ChildJvm rival = remote(strategy)) {
			LockStrategy observed = strategy.equals("pid") ? new PidLockStrategy() {

				@Override
				void link(Path name, Path file) throws IOException {
					super.link(name, file);
					observe(name, strategy, rival, appearances);
				}

			} : new LinkLockStrategy() {

				@Override
				void link(Path name, Path file) throws IOException {
					super.link(name, file);
					observe(name, strategy, rival, appearances);
				}

			};
			try (LockFiles locks = engine(observed); LockHandle held = locks.get("a").acquire(Duration.ZERO)) {
				assertThat(held.isValid()).isTrue();
				assertThat(appearances)
					.containsExactly("%d bytes, refused: true".formatted(Files.size(marker(strategy))));
			}
		}
	}

	private void observe(Path name, String strategy, ChildJvm rival, List<String> appearances) throws IOException {
		if (name.endsWith(marker(strategy).getFileName())) {
			// Not by reading it: closing it again would end its lock
			appearances.add("%d bytes, refused: %s".formatted(Files.size(name), rival.ask("refused")));
		}
	}

	@Test
	void lostAnswerToASuccessfulLinkIsASuccess() {
		LockStrategy lossy = new LinkLockStrategy() {

			@Override
			void link(Path marker, Path file) throws IOException {
				super.link(marker, file);
				throw new FileSystemException(marker.toString(), file.toString(), "Input/output error");
			}

		};
		try (LockFiles locks = engine(lossy); LockHandle held = locks.get("a").acquire(LONG)) {
			assertThat(held.isValid()).isTrue();
		}
		assertThat(marker("link")).doesNotExist();
	}

	@Test
	void directoryOfAHolderThatDiedHalfWayIsForAnOperator() throws IOException {
		Path marker = Files.createDirectory(marker("mkdir"));
		try (LockFiles locks = engine("mkdir")) {
			assertThat(locks.get("a").tryAcquire()).isEmpty();
			Files.createFile(marker.resolve(MkdirLockStrategy.INNER + "1-2"));
			assertThat(locks.get("a").tryAcquire()).isEmpty();
			assertThat(locks.get("a").breakLock()).isTrue();
			locks.get("a").acquire(Duration.ZERO).close();
		}
		try (Stream<Path> files = Files.list(this.directory)) {
			assertThat(files).allMatch((file) -> file.getFileName().toString().endsWith(".owner"));
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "link", "symlink", "pid" })
	void slotsThatCrashesLeaveAreUsedAgain(String strategy) throws IOException {
		for (int i = 0; i < 3; i++) {
			try (ChildJvm child = ChildJvm.start(Holder.class, this.directory, strategy, "a").expect("held")) {
				child.kill();
			}
		}
		try (Stream<Path> files = Files.list(this.directory)) {
			assertThat(files.map((file) -> file.getFileName().toString()).filter((name) -> name.matches(".*\\.\\d+")))
				.hasSizeLessThanOrEqualTo(2);
		}
	}

	/**
	 * Breaks a dead marker between the judgement of somebody else and his removal, and
	 * stands there with a neighbour's one.
	 */
	private static final class Successor {

		private final FileTime time;

		private int judged;

		Successor(FileTime time) {
			this.time = time;
		}

		void enter(Path marker) {
			this.judged++;
			if (this.judged > 1) {
				return;
			}
			try {
				if (Files.isSymbolicLink(marker)) {
					Files.delete(marker);
					Files.createSymbolicLink(marker, Path.of("build-3.1"));
				}
				else if (Files.isDirectory(marker)) {
					try (Stream<Path> files = Files.list(marker)) {
						Files.delete(files.findFirst().orElseThrow());
					}
					Files.delete(marker);
					Files.createDirectory(marker);
					Files.setLastModifiedTime(marker, this.time);
				}
				else {
					Files.delete(marker);
					Files.writeString(marker, "1\n");
					Files.setLastModifiedTime(marker, this.time);
				}
			}
			catch (IOException ex) {
				throw new IllegalStateException(ex);
			}
		}

		void assertStanding(Path marker) throws IOException {
			if (Files.isSymbolicLink(marker)) {
				assertThat(Files.readSymbolicLink(marker)).hasToString("build-3.1");
			}
			else if (Files.isDirectory(marker)) {
				assertThat(marker).isEmptyDirectory();
			}
			else {
				assertThat(marker).hasContent("1");
			}
		}

	}

}
