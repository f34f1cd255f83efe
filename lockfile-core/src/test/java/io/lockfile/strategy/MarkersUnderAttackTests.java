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
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.lockfile.ClaimRequest;
import io.lockfile.LockAttempt;
import io.lockfile.LockClaim;
import io.lockfile.LockFailedException;
import io.lockfile.LockFile;
import io.lockfile.LockFiles;
import io.lockfile.LockHandle;
import io.lockfile.LockListener;
import io.lockfile.LockOwner;
import io.lockfile.LockPermissions;
import io.lockfile.LockStrategy;
import io.lockfile.ProcessIdentity;
import io.lockfile.testing.ChildJvm;
import io.lockfile.testing.Contender;
import io.lockfile.testing.Guard;
import io.lockfile.testing.Remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What a reviewer who meant no good found in the strategies with markers: readers and
 * cleaners of their files, processes that are stalled at the worst instant, and listeners
 * that take long.
 */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
@EnabledOnOs(value = OS.LINUX, disabledReason = "looks at /proc")
class MarkersUnderAttackTests {

	@TempDir
	private Path directory;

	private LockFiles engine(String strategy) {
		return LockFiles.builder().directory(this.directory).strategy(strategy).build();
	}

	private ChildJvm remote(String strategy) {
		return ChildJvm.start(Remote.class, this.directory, strategy, "a", false);
	}

	@ParameterizedTest
	@ValueSource(strings = { "link", "pid", "symlink" })
	void slotThatOtherCodeOfThisJvmReadsIsNotTakenOver(String strategy) throws IOException {
		try (LockFiles locks = engine(strategy); ChildJvm child = remote(strategy)) {
			LockFile lock = locks.get("a");
			lock.acquire(Duration.ZERO).close();
			try (Stream<Path> files = Files.list(this.directory)) {
				for (Path file : files.toList()) {
					// Closing it again ends the lock that proves that we live
					Files.readAllBytes(file);
				}
			}
			assertThat(child.ask("acquire")).isEqualTo("held");
			assertThat(lock.tryAcquire()).isEmpty();
			assertThat(child.ask("valid")).isEqualTo("true");
			assertThat(child.ask("release")).isEqualTo("released");
			try (LockHandle held = lock.acquire(Duration.ZERO)) {
				assertThat(child.ask("break")).isEqualTo("true");
				assertThat(child.ask("acquire")).isEqualTo("held");
				// If both had one file, we would take this marker for ours
				assertThat(held.isValid()).isFalse();
			}
			assertThat(child.ask("valid")).isEqualTo("true");
		}
	}

	@Test
	void pidFileThatOtherCodeOfThisJvmReadLetsNoTwoHold() throws IOException {
		try (LockFiles locks = engine("pid"); ChildJvm child = remote("pid")) {
			LockFile lock = locks.get("a");
			try (LockHandle held = lock.acquire(Duration.ZERO)) {
				assertThat(Files.readString(this.directory.resolve("a"))).isNotEmpty();
			}
			assertThat(child.ask("acquire")).isEqualTo("held");
			assertThat(lock.tryAcquire()).isEmpty();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "mkdir", "lease" })
	void holdThatWasBrokenStaysSoWhenItsSuccessorGetsTheSameFileNumber(String strategy) {
		try (LockFiles locks = engine(strategy); ChildJvm child = remote(strategy)) {
			LockFile lock = locks.get("a");
			for (int i = 0; i < 5; i++) {
				try (LockHandle held = lock.acquire(Duration.ofSeconds(60))) {
					assertThat(lock.breakLock()).isTrue();
					assertThat(child.ask("acquire")).isEqualTo("held");
					assertThat(held.isValid()).isFalse();
				}
				assertThat(child.ask("valid")).isEqualTo("true");
				assertThat(child.ask("release")).isEqualTo("released");
			}
		}
	}

	@Test
	void livingHolderOfALinkIsSparedThoughItsFileWasDeleted() throws IOException {
		try (LockFiles locks = engine("symlink"); ChildJvm child = remote("symlink")) {
			assertThat(child.ask("acquire")).isEqualTo("held");
			Files.delete(this.directory.resolve(".a.lock.0"));
			assertThatExceptionOfType(LockFailedException.class).isThrownBy(() -> locks.get("a").breakLockUnlessAlive())
				.withMessageContaining("who lives");
			assertThat(child.ask("valid")).isEqualTo("true");
		}
	}

	@Test
	void deadHolderOfALinkIsRecognisedThoughItsFileWasDeleted() throws IOException {
		try (ChildJvm child = remote("symlink")) {
			assertThat(child.ask("acquire")).isEqualTo("held");
			child.kill();
		}
		Files.delete(this.directory.resolve(".a.lock.0"));
		try (LockFiles locks = engine("symlink")) {
			assertThat(locks.get("a").tryAcquire()).hasValueSatisfying(LockHandle::close);
		}
	}

	@Test
	void slotThatWasDeletedAndMadeAnewBySomebodyElseBlocksNobody() throws IOException {
		try (LockFiles locks = engine("link"); ChildJvm child = remote("link")) {
			LockFile lock = locks.get("a");
			lock.acquire(Duration.ZERO).close();
			Files.delete(this.directory.resolve(".a.lock.0"));
			assertThat(child.ask("acquire")).isEqualTo("held");
			assertThat(child.ask("release")).isEqualTo("released");
			assertThat(lock.tryAcquire()).hasValueSatisfying(LockHandle::close);
			assertThat(child.ask("refused")).isEqualTo("false");
		}
	}

	@Test
	void directoryWithDataIsNoMarker() throws IOException {
		Path data = Files.createDirectory(this.directory.resolve("a.lock"));
		Files.writeString(data.resolve("data"), "precious");
		Files.createFile(data.resolve("__init__.py"));
		try (LockFiles locks = engine("mkdir")) {
			assertThatExceptionOfType(LockFailedException.class).isThrownBy(() -> locks.get("a").breakLock())
				.withMessageContaining("no marker of a known format");
			assertThat(locks.get("a").tryAcquire()).isEmpty();
		}
		assertThat(data.resolve("data")).hasContent("precious");
		assertThat(data.resolve("__init__.py")).exists();
	}

	@Test
	void directoryThatCanNotBeSetAsideIsRemovedWithTheNextClaim() throws IOException {
		try (LockFiles locks = engine("mkdir")) {
			LockFile lock = locks.get("a");
			LockHandle held = lock.acquire(Duration.ZERO);
			Path data = Files.createDirectory(this.directory.resolve("a.lock").resolve("data"));
			// What is left aside is not deleted, and the lock is free all the same
			assertThatExceptionOfType(RuntimeException.class).isThrownBy(held::close);
			assertThat(data).doesNotExist();
			assertThat(lock.tryAcquire()).hasValueSatisfying(LockHandle::close);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "lease", "link", "mkdir" })
	void lookingAtALockThatChangesHandsLeaksNoDescriptors(String strategy) throws Exception {
		try (LockFiles locks = engine(strategy);
				ChildJvm child = ChildJvm.start(Contender.class, this.directory, strategy, "a", 500).expect("ready")) {
			LockFile lock = locks.get("a");
			lock.owner();
			long before = descriptors();
			child.proceed();
			Thread looking = new Thread(() -> child.finish());
			looking.start();
			int looks = 0;
			while (looking.isAlive()) {
				lock.owner();
				looks++;
			}
			assertThat(looks).isPositive();
			assertThat(descriptors() - before).isLessThan(5);
		}
	}

	private static long descriptors() throws IOException {
		try (Stream<Path> list = Files.list(Path.of("/proc/self/fd"))) {
			return list.count();
		}
	}

	@Test
	void otherThreadsThatTryDoNotLookLikeTheOwner() throws Exception {
		AtomicBoolean stop = new AtomicBoolean();
		try (LockFiles locks = engine("link"); ChildJvm child = remote("link")) {
			LockFile lock = locks.get("a");
			assertThat(child.ask("acquire")).isEqualTo("held");
			Thread trying = new Thread(() -> {
				while (!stop.get()) {
					lock.tryAcquire();
				}
			});
			trying.start();
			for (int i = 0; i < 3000; i++) {
				assertThat(lock.owner()).get().extracting(LockOwner::pid).isNotEqualTo(ProcessHandle.current().pid());
			}
			stop.set(true);
			trying.join();
		}
	}

	@Test
	void leaseThatWasLostBeforeItsTokenWasFixedIsNotObtained() {
		try (ChildJvm child = ChildJvm.start(Remote.class, this.directory, "lease", "a", true)) {
			LockStrategy stalled = new LeaseLockStrategy() {

				@Override
				@Nullable LockClaim publish(ClaimRequest request, Path marker, boolean afterCrash) throws IOException {
					LockClaim claim = super.publish(request, marker, afterCrash);
					// A pause: somebody else breaks what has been published, and enters
					assertThat(child.ask("break")).isEqualTo("true");
					assertThat(child.ask("acquire")).isEqualTo("held");
					return claim;
				}

			};
			try (LockFiles locks = LockFiles.builder().directory(this.directory).strategy(stalled).build()) {
				assertThat(locks.get("a").tryAcquire()).isEmpty();
				assertThat(child.ask("valid")).isEqualTo("true");
			}
		}
	}

	@Test
	void listenerThatTakesLongKeepsNobodyElseFromBeingTold() throws Exception {
		CountDownLatch first = new CountDownLatch(1);
		CountDownLatch second = new CountDownLatch(1);
		CountDownLatch goOn = new CountDownLatch(1);
		LockListener listener = new LockListener() {

			@Override
			public void lost(LockAttempt attempt, LockHandle handle) {
				try {
					if (attempt.path().endsWith("a")) {
						first.countDown();
						goOn.await();
					}
					else {
						second.countDown();
					}
				}
				catch (InterruptedException ex) {
					Thread.currentThread().interrupt();
				}
			}

		};
		try (LockFiles locks = LockFiles.builder()
			.directory(this.directory)
			.strategy("link")
			.listener(listener)
			.build(); LockHandle a = locks.get("a").acquire(); LockHandle b = locks.get("b").acquire()) {
			Files.delete(this.directory.resolve("a.lock"));
			assertThat(first.await(60, TimeUnit.SECONDS)).isTrue();
			Files.delete(this.directory.resolve("b.lock"));
			assertThat(second.await(60, TimeUnit.SECONDS)).isTrue();
			goOn.countDown();
		}
	}

	@Test
	void listenerOfABrokenLockMayUseTheLock() throws Exception {
		try (ChildJvm child = remote("link")) {
			assertThat(child.ask("acquire")).isEqualTo("held");
			child.kill();
		}
		CountDownLatch used = new CountDownLatch(1);
		LockFile[] lock = new LockFile[1];
		LockListener listener = new LockListener() {

			@Override
			public void broken(LockAttempt attempt, @Nullable LockOwner owner) {
				lock[0].acquire(Duration.ofSeconds(60)).close();
				used.countDown();
			}

		};
		try (LockFiles locks = LockFiles.builder()
			.directory(this.directory)
			.strategy("link")
			.listener(listener)
			.build()) {
			lock[0] = locks.get("a");
			lock[0].acquire(Duration.ZERO).close();
			assertThat(used.await(60, TimeUnit.SECONDS)).isTrue();
		}
	}

	@Test
	void directoryThatANeighbourHasTakenMeanwhileIsLeftAsItIs() throws IOException {
		Path marker = this.directory.resolve("a.lock");
		FileTime date = FileTime.from(Instant.now().minusSeconds(1));
		// proper-lockfile bears an empty directory for some seconds
		LockStrategy stalled = stalled(false, () -> {
			Files.delete(marker);
			Files.createDirectory(marker);
			return Files.setLastModifiedTime(marker, date);
		});
		try (LockFiles locks = LockFiles.builder().directory(this.directory).strategy(stalled).build()) {
			assertThat(locks.get("a").tryAcquire()).isEmpty();
			assertThat(marker).isEmptyDirectory();
			// It goes by that
			assertThat(Files.getLastModifiedTime(marker)).isEqualTo(date);
			Files.delete(marker);
			locks.get("a").acquire(Duration.ZERO).close();
		}
	}

	@Test
	void fileThatCameTooLateIntoADirectoryIsNoClaim() throws IOException {
		Path marker = this.directory.resolve("a.lock");
		LockStrategy stalled = stalled(true, () -> null);
		try (LockFiles locks = LockFiles.builder().directory(this.directory).strategy(stalled).build()) {
			assertThat(locks.get("a").tryAcquire()).isEmpty();
			assertThat(marker).isEmptyDirectory();
			Files.delete(marker);
			locks.get("a").acquire(Duration.ZERO).close();
		}
	}

	@Test
	void fileOfOneThatCameTooLateAndDiedThereProvesNothing() throws IOException {
		ProcessIdentity self = ProcessIdentity.current();
		Path marker = this.directory.resolve("a.lock");
		try (LockFiles locks = engine("mkdir"); ChildJvm child = remote("mkdir")) {
			assertThat(child.ask("acquire")).isEqualTo("held");
			for (int i = 1; i <= 20; i++) {
				// The file system decides which one is found first
				ProcessIdentity dead = new ProcessIdentity(self.pid(), self.ticks() + i, self.space(), self.host());
				Files.writeString(marker.resolve(MkdirLockStrategy.INNER + dead), "lockfile-marker 1\n" + dead + "\n");
			}
			LockFile lock = locks.get("a");
			assertThat(lock.tryAcquire()).isEmpty();
			assertThat(lock.owner()).get().extracting(LockOwner::pid).isEqualTo(child.pid());
			assertThatExceptionOfType(LockFailedException.class).isThrownBy(lock::breakLockUnlessAlive);
			assertThat(child.ask("valid")).isEqualTo("true");
			child.kill();
			lock.acquire(Duration.ZERO).close();
			assertThat(marker).doesNotExist();
		}
	}

	private LockStrategy stalled(boolean withFile, Callable<?> meanwhile) {
		return new MkdirLockStrategy() {

			private long passed;

			@Override
			long nanoTime() {
				String[] files = MarkersUnderAttackTests.this.directory.resolve("a.lock").toFile().list();
				if (this.passed == 0 && files != null && (files.length > 0) == withFile) {
					this.passed = Duration.ofMinutes(1).toNanos();
					try {
						meanwhile.call();
					}
					catch (Exception ex) {
						throw new IllegalStateException(ex);
					}
				}
				return System.nanoTime() + this.passed;
			}

		};
	}

	@ParameterizedTest
	@ValueSource(strings = { "link", "mkdir", "pid", "symlink", "lease" })
	void deadMarkerThatSomebodyIsAboutToRemoveIsLeftToHim(String strategy) throws IOException {
		try (ChildJvm dead = remote(strategy)) {
			assertThat(dead.ask("acquire")).isEqualTo("held");
			dead.kill();
		}
		Path marker = this.directory.resolve(List.of("pid", "lease").contains(strategy) ? "a" : "a.lock");
		if (strategy.equals("lease")) {
			Files.setLastModifiedTime(marker, FileTime.from(Instant.now().minusSeconds(60)));
		}
		Path locked = switch (strategy) {
			case "symlink" -> this.directory.resolve(".a.lock.0");
			case "mkdir" -> {
				try (Stream<Path> files = Files.list(marker)) {
					yield files.findFirst().orElseThrow();
				}
			}
			default -> marker;
		};
		try (LockFiles locks = engine(strategy); ChildJvm operator = ChildJvm.start(Guard.class, locked)) {
			operator.expect("guarded");
			assertThat(locks.get("a").tryAcquire()).isEmpty();
			assertThat(Files.exists(marker, LinkOption.NOFOLLOW_LINKS)).isTrue();
			operator.proceed().finish();
			locks.get("a").acquire(Duration.ZERO).close();
		}
	}

	@Test
	void renewingTheDateEndsNoLock() throws IOException {
		Path file = this.directory.resolve("file");
		try (MarkerInode inode = MarkerInode.create(file, LockPermissions.OWNER)) {
			assertThat(inode).isNotNull();
			inode.write("content");
			assertThat(inode.tryOwn()).isTrue();
			assertThat(inode.tryGuard()).isTrue();
			List<String> locks = locks(file);
			assertThat(locks).isNotEmpty();
			inode.touchEvery(Duration.ZERO);
			assertThat(locks(file)).isEqualTo(locks);
			assertThat(file).hasContent("content");
		}
	}

	@Test
	void leaseThatIsBrokenIsGuardedUntilItIsRemoved() throws IOException {
		Path file = this.directory.resolve("a|host|1|2");
		Path marker = this.directory.resolve("a");
		Path kept = this.directory.resolve("kept");
		try (MarkerInode inode = MarkerInode.create(file, LockPermissions.OWNER)) {
			assertThat(inode).isNotNull();
			Files.createLink(marker, file);
			Files.createLink(kept, file);
			assertThat(inode.tryGuard()).isTrue();
			List<String> locks = locks(kept);
			assertThat(locks).isNotEmpty();
			new LeaseLockStrategy.LeaseMarker(marker, inode, file, FileTime.from(Instant.EPOCH)).remove();
			assertThat(marker).doesNotExist();
			assertThat(file).doesNotExist();
			assertThat(locks(kept)).isEqualTo(locks);
			assertThat(Files.getLastModifiedTime(kept).toInstant()).isAfter(Instant.now());
		}
	}

	private static List<String> locks(Path file) throws IOException {
		String inode = ":" + Files.getAttribute(file, "unix:ino") + " ";
		try (Stream<String> lines = Files.lines(Path.of("/proc/locks"))) {
			return lines.filter((line) -> line.contains(inode)).map((line) -> line.replaceFirst("\\d+: ", "")).toList();
		}
	}

	@Test
	void operatorWaitsForSomebodyWhoIsAboutToRemoveTheMarker() throws IOException {
		Path marker = this.directory.resolve("a.lock");
		try (LockFiles locks = engine("link"); ChildJvm child = remote("link")) {
			assertThat(child.ask("acquire")).isEqualTo("held");
			LockFile lock = locks.get("a");
			try (ChildJvm other = ChildJvm.start(Guard.class, marker).expect("guarded")) {
				assertThatExceptionOfType(LockFailedException.class).isThrownBy(lock::breakLock)
					.withMessageContaining("doesn't let go");
				assertThat(marker).exists();
				other.proceed().finish();
			}
			assertThat(child.ask("valid")).isEqualTo("true");
			assertThat(lock.breakLock()).isTrue();
		}
	}

	@ParameterizedTest
	@CsvSource({ "link, false", "link, true", "pid, false", "symlink, false", "symlink, true", "lease, false",
			"lease, true" })
	void fileSystemWithoutHardLinksIsAFailureAndNoWait(String strategy, boolean unsupported) throws IOException {
		LockStrategy without = switch (strategy) {
			case "link" -> new LinkLockStrategy() {

				@Override
				void link(Path name, Path file) throws IOException {
					refuse(name, file, unsupported);
				}

			};
			case "pid" -> new PidLockStrategy() {

				@Override
				void link(Path name, Path file) throws IOException {
					refuse(name, file, unsupported);
				}

			};
			case "symlink" -> new SymlinkLockStrategy() {

				@Override
				void link(Path name, Path file) throws IOException {
					refuse(name, file, unsupported);
				}

			};
			default -> new LeaseLockStrategy() {

				@Override
				void link(Path name, Path file) throws IOException {
					refuse(name, file, unsupported);
				}

			};
		};
		try (LockFiles locks = LockFiles.builder().directory(this.directory).strategy(without).build()) {
			assertThatExceptionOfType(LockFailedException.class)
				.isThrownBy(() -> locks.get("a").acquire(Duration.ofSeconds(60)))
				.withMessageContainingAll("no hard link can be created here", "Operation not permitted", "strategy os");
		}
		assertThat(this.directory).isEmptyDirectory();
	}

	private static void refuse(Path name, Path file, boolean unsupported) throws FileSystemException {
		if (unsupported) {
			throw new UnsupportedOperationException("Operation not permitted");
		}
		throw new FileSystemException(name.toString(), file.toString(), "Operation not permitted");
	}

	@Test
	void notToBeAbleToLookProvesNoLoss() {
		Marker marker = new Marker(this.directory.resolve("a"), null) {

			@Override
			boolean isStanding() throws IOException {
				throw new IOException("Input/output error");
			}

			@Override
			void remove() {
			}

		};
		assertThat(new MarkerClaim(marker, false).isValid()).isTrue();
	}

}
