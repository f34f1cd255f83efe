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
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

import com.sun.jna.NativeLibrary;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import io.lockfile.AbstractLockStrategyTests;
import io.lockfile.ClaimRequest;
import io.lockfile.LockClaim;
import io.lockfile.LockFailedException;
import io.lockfile.LockFile;
import io.lockfile.LockFiles;
import io.lockfile.LockHandle;
import io.lockfile.LockInterruptedException;
import io.lockfile.LockLostException;
import io.lockfile.LockMode;
import io.lockfile.LockPermissions;
import io.lockfile.LockTimeoutException;
import io.lockfile.UnlockException;
import io.lockfile.testing.ChildJvm;
import io.lockfile.testing.Contender;
import io.lockfile.testing.Holder;
import io.lockfile.testing.Interval;
import io.lockfile.testing.Prober;
import io.lockfile.testing.Remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link OsLockStrategy} within a JVM.
 */
class OsLockStrategyTests extends AbstractLockStrategyTests {

	OsLockStrategyTests() {
		super("os", true);
	}

	@Test
	void fileStaysAndIsEmpty() throws IOException {
		this.locks.get("deep/er/a").acquire().close();
		assertThat(this.directory.resolve("deep/er/a")).exists().isEmptyFile();
	}

	@Test
	@DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows has no POSIX permissions")
	void createsFilesAndDirectoriesForTheirOwnerOnly() throws IOException {
		Path created = this.directory.resolve("created");
		try (LockFiles own = LockFiles.builder().directory(created).build()) {
			own.get("sub/a").acquire().close();
		}
		assertThat(permissions(created)).isEqualTo("rwx------");
		assertThat(permissions(created.resolve("sub"))).isEqualTo("rwx------");
		assertThat(permissions(created.resolve("sub/a"))).isEqualTo("rw-------");
	}

	@Test
	@DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows has no POSIX permissions")
	void createsFilesAndDirectoriesForTheGroupWhateverTheUmask() throws IOException {
		Path created = this.directory.resolve("created");
		try (LockFiles shared = LockFiles.builder().directory(created).permissions(LockPermissions.GROUP).build()) {
			shared.get("sub/a").acquire().close();
		}
		assertThat(permissions(created)).isEqualTo("rwxrwx---");
		assertThat(permissions(created.resolve("sub/a"))).isEqualTo("rw-rw----");
	}

	@Test
	@DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows has no POSIX permissions")
	void directoriesForTheGroupInheritItFromTheirParent() throws IOException {
		Path created = Files.createDirectory(this.directory.resolve("created"));
		Files.setAttribute(created, "unix:mode", 02770);
		try (LockFiles shared = LockFiles.builder().directory(created).permissions(LockPermissions.GROUP).build()) {
			shared.get("sub/a").acquire().close();
		}
		assertThat((Integer) Files.getAttribute(created.resolve("sub"), "unix:mode") & 07777).isEqualTo(02770);
	}

	@Test
	@DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows has no POSIX permissions")
	void existingDirectoryAndFileAreUsedAsTheyAre() throws IOException {
		Path existing = Files.createDirectory(this.directory.resolve("existing"));
		Files.setPosixFilePermissions(existing, PosixFilePermissions.fromString("rwxr-xr-x"));
		Path data = Files.writeString(existing.resolve("data"), "precious");
		Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rw-r--r--"));
		for (LockMode mode : LockMode.values()) {
			this.locks.get("existing/data").acquire(mode, Duration.ZERO).close();
		}
		assertThat(permissions(existing)).isEqualTo("rwxr-xr-x");
		assertThat(permissions(data)).isEqualTo("rw-r--r--");
		assertThat(data).hasContent("precious");
	}

	@Test
	void parentOfAnAbsolutePathIsNotCreated() {
		Path missing = this.directory.resolveSibling("missing-" + System.nanoTime());
		LockFile lock = this.locks.get(missing.resolve("a").toString());
		assertThatExceptionOfType(LockFailedException.class).isThrownBy(lock::acquire)
			.withMessageContainingAll(missing.toString(), "does not exist");
		assertThat(missing).doesNotExist();
	}

	@Test
	void symbolicLinkIsNotFollowed() throws IOException {
		Path victim = Files.writeString(this.directory.resolve("victim"), "precious");
		Files.createSymbolicLink(this.directory.resolve("a"), victim);
		Files.createSymbolicLink(this.directory.resolve("dangling"), this.directory.resolve("nothing"));
		for (String name : List.of("a", "dangling")) {
			assertThatExceptionOfType(LockFailedException.class).isThrownBy(() -> this.locks.get(name).acquire())
				.withMessageContainingAll(this.directory.resolve(name).toString(), "symbolic link");
		}
		assertThat(victim).hasContent("precious");
		assertThat(this.directory.resolve("nothing")).doesNotExist();
		assertThat(this.events.names()).containsExactly("error", "error");
	}

	@Test
	@DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows has no FIFOs in its file system")
	void whatIsNoFileIsRefusedWithoutHanging() throws Exception {
		Files.createDirectory(this.directory.resolve("directory"));
		assertThat(new ProcessBuilder("mkfifo", this.directory.resolve("fifo").toString()).start().waitFor()).isZero();
		for (String name : List.of("directory", "fifo")) {
			assertThatExceptionOfType(LockFailedException.class).isThrownBy(() -> this.locks.get(name).acquire())
				.withMessageContaining(this.directory.resolve(name).toString());
		}
	}

	@Test
	void nameThatIsTooLongFailsAtOnce() {
		String name = "x".repeat(300);
		assertThatExceptionOfType(LockFailedException.class).isThrownBy(() -> this.locks.get(name).acquire())
			.withMessageContaining(name);
	}

	@Test
	@DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows doesn't delete what is open")
	void holderIsToldThatItsFileWasDeletedOrReplaced() throws Exception {
		LockFile lock = this.locks.get("a");
		try (LockHandle held = lock.acquire()) {
			Files.delete(lock.path());
			assertThat(held.isValid()).isFalse();
			assertThatExceptionOfType(LockLostException.class).isThrownBy(held::ensureValid)
				.withMessageContainingAll(lock.path().toString(), "deleted or replaced");
		}
		assertThat(this.events.names()).containsExactly("acquired", "lost", "released");
		try (LockHandle held = lock.acquire()) {
			Path other = Files.createFile(this.directory.resolve("other"));
			Files.move(other, lock.path(), StandardCopyOption.REPLACE_EXISTING);
			assertThat(held.isValid()).isFalse();
			assertThat(lock.path()).exists();
		}
		assertThat(lock.path()).as("somebody else's by now").exists();
	}

	@Test
	@DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows doesn't delete what is open")
	void nobodyJoinsAHoldWhoseFileIsGone() throws Exception {
		LockFile lock = this.locks.get("a");
		LockHandle lost = lock.acquire(LockMode.SHARED, Duration.ZERO);
		Files.delete(lock.path());
		try (ChildJvm child = holder().expect("held")) {
			assertThat(callElsewhere(() -> lock.tryAcquire(LockMode.SHARED))).isEmpty();
			assertThatExceptionOfType(LockFailedException.class).isThrownBy(() -> lock.acquire(LockMode.SHARED, LONG))
				.withMessageContaining("lost");
			Future<Boolean> waiter = elsewhere(() -> {
				try (LockHandle held = lock.acquire(LockMode.SHARED, LONG)) {
					return held.isValid();
				}
			});
			awaitWaiting(1);
			child.proceed().expect("released");
			lost.close();
			assertThat(waiter.get()).isTrue();
		}
	}

	@Test
	void parentsOutsideOfTheLockDirectoryAreNotCreatedByDetours() {
		Path missing = this.directory.resolveSibling("missing-" + System.nanoTime());
		LockFile lock = this.locks
			.get(this.directory.resolve("..").resolve(missing.getFileName()).resolve("a").toString());
		assertThatExceptionOfType(LockFailedException.class).isThrownBy(lock::acquire);
		assertThat(missing).doesNotExist();
	}

	@Test
	void lockThatOtherCodeInThisJvmHoldsIsWaitedForAndNotDropped() throws Exception {
		LockFile lock = this.locks.get("a");
		lock.acquire().close();
		Future<Boolean> waiter;
		try (FileChannel channel = FileChannel.open(lock.path(), StandardOpenOption.WRITE)) {
			FileLock foreign = channel.lock();
			assertThat(lock.tryAcquire()).isEmpty();
			assertThat(lock.tryAcquire(LockMode.SHARED)).isEmpty();
			waiter = elsewhere(() -> {
				try (LockHandle held = lock.acquire(LONG)) {
					return held.isValid();
				}
			});
			awaitWaiting(1);
			try (ChildJvm child = ChildJvm.start(Prober.class, this.directory)) {
				assertThat(child.finish()).containsExactly("locked");
			}
			foreign.release();
		}
		assertThat(waiter.get()).isTrue();
	}

	@Test
	void givingUpAndClosingDoesNotDropTheLockOfOtherCodeInThisJvm() throws Exception {
		LockFile lock = this.locks.get("a");
		lock.acquire().close();
		try (FileChannel channel = FileChannel.open(lock.path(), StandardOpenOption.WRITE);
				FileLock foreign = channel.lock()) {
			for (int i = 0; i < 30; i++) {
				assertThatExceptionOfType(LockTimeoutException.class)
					.isThrownBy(() -> lock.acquire(Duration.ofMillis(3)));
				lock.acquireAsync(LockMode.EXCLUSIVE, LONG).toCompletableFuture().cancel(false);
			}
			this.locks.close();
			assertThat(foreign.isValid()).isTrue();
			try (ChildJvm child = ChildJvm.start(Prober.class, this.directory)) {
				assertThat(child.finish()).containsExactly("locked");
			}
			assertThat(openFiles()).as("files that can't be closed yet").isNotEmpty();
		}
		try (LockFiles others = engine()) {
			others.get("a").acquire().close();
		}
		assertThat(openFiles()).isEmpty();
	}

	@Test
	@DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows numbers no files for Java, and drops no locks")
	void closingAFileByAnotherNameDoesNotDropTheLock() throws Exception {
		Path first = Files.createDirectories(this.directory).resolve("first");
		Path second = Files.createLink(this.directory.resolve("second"), Files.createFile(first));
		try (LockHandle held = this.locks.get("first").acquire()) {
			try (LockFiles others = LockFiles.builder().directory(this.directory).build()) {
				assertThat(others.get(second.toString()).tryAcquire()).isEmpty();
			}
			assertThat(held.isValid()).isTrue();
		}
		assertThat(this.locks.get("second").tryAcquire()).get().satisfies(LockHandle::close);
	}

	@Test
	@DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows numbers no files for Java, and drops no locks")
	void closingAnIdleFileWhoseNameIsGoneDoesNotDropTheLockByItsOtherName() throws Exception {
		Path first = Files.createDirectories(this.directory).resolve("first");
		Files.createLink(this.directory.resolve("second"), Files.createFile(first));
		LockFiles idle = LockFiles.builder().directory(this.directory).build();
		idle.get("first").acquire().close();
		try (LockHandle held = this.locks.get("second").acquire()) {
			Files.delete(first);
			idle.close();
			assertThat(held.isValid()).isTrue();
			try (ChildJvm child = ChildJvm.start(Remote.class, this.directory, "os", "second", false)) {
				child.send("refused").expect("true");
			}
		}
		Awaitility.await().atMost(LONG).until(() -> {
			// What could not be closed then is tried again
			this.locks.get("second").acquire().close();
			LockFiles.builder().directory(this.directory).build().close();
			return openFiles().isEmpty();
		});
	}

	@Test
	@DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows numbers no files for Java, and drops no locks")
	void givingUpDoesNotDropTheLockByAnotherName() throws Exception {
		Path first = Files.createDirectories(this.directory).resolve("first");
		Files.createLink(this.directory.resolve("second"), Files.createFile(first));
		LockFile second = this.locks.get("second");
		try (LockHandle held = this.locks.get("first").acquire()) {
			for (int i = 0; i < 6000 && held.isValid(); i++) {
				// Gives up at any time while the claimer is about to wait
				Duration timeout = Duration.ofNanos(1 + i % 400 * 1000);
				assertThatExceptionOfType(LockTimeoutException.class).isThrownBy(() -> second.acquire(timeout));
			}
			assertThat(held.isValid()).isTrue();
		}
		try (LockHandle held = this.locks.get("first").acquire()) {
			CompletionStage<LockHandle> waiter = second.acquireAsync(LockMode.EXCLUSIVE, LONG);
			held.close();
			waiter.toCompletableFuture().get().close();
		}
	}

	@Test
	@DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows numbers no files for Java, and drops no locks")
	void closingAFileByAnotherNameDoesNotDropTheLockThatIsJustTaken() throws Exception {
		Path first = Files.createFile(Files.createDirectories(this.directory).resolve("first"));
		ClaimRequest other = new ClaimRequest(Files.createLink(this.directory.resolve("second"), first),
				LockMode.EXCLUSIVE, LockPermissions.OWNER);
		AtomicBoolean ended = new AtomicBoolean();
		CompletableFuture<?> closing = CompletableFuture.runAsync(() -> {
			while (!ended.get()) {
				openAndClose(other);
			}
		});
		ClaimRequest request = new ClaimRequest(first, LockMode.EXCLUSIVE, LockPermissions.OWNER);
		int lost = 0;
		for (int i = 0; i < 12_000; i++) {
			LockClaim claim = OsLockStrategy.tryOnce(request);
			if (claim != null) {
				lost += claim.isValid() ? 0 : 1;
				claim.release();
			}
			LockSupport.parkNanos(1);
		}
		ended.set(true);
		closing.get();
		assertThat(lost).isZero();
	}

	private static void openAndClose(ClaimRequest request) {
		try {
			LockChannel.of(request).close();
		}
		catch (IOException ex) {
			// It is locked by its other name
			Thread.onSpinWait();
		}
	}

	@Test
	@EnabledOnOs(value = OS.LINUX, disabledReason = "only Linux tells that a lock was dropped")
	void whoCallsOffTooLateDoesNotDropTheLockOfTheNextHolder() throws Exception {
		Path path = Files.createFile(Files.createDirectories(this.directory).resolve("a"));
		LockChannel abandoned = LockChannel.of(new ClaimRequest(path, LockMode.EXCLUSIVE, LockPermissions.OWNER));
		try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
			FileLock foreign = channel.lock();
			abandoned.abandon();
			assertThat(abandoned.channel().isOpen()).isTrue();
			foreign.release();
			ClaimRequest next = new ClaimRequest(path, LockMode.EXCLUSIVE, LockPermissions.OWNER);
			LockClaim claim = OsLockStrategy.tryOnce(next);
			assertThat(claim).isNotNull();
			abandoned.callOff();
			assertThat(claim.isValid()).isTrue();
			claim.release();
			closeKept(next);
		}
	}

	@Test
	@EnabledOnOs(value = OS.LINUX, disabledReason = "only Linux shows descriptors")
	void lockThatCouldNotBeReleasedIsReleasedByTheNextClaim() throws Exception {
		LockFile lock = this.locks.get("a");
		LockHandle held = lock.acquire();
		int descriptor = descriptor(lock.path().toRealPath());
		int saved = call("dup", descriptor);
		// One that stands for the path only fails at everything
		int pathOnly = call("open", lock.path().toString(), 010000000);
		call("dup2", pathOnly, descriptor);
		assertThatExceptionOfType(UnlockException.class).isThrownBy(held::close);
		assertThatExceptionOfType(LockFailedException.class).isThrownBy(lock::tryAcquire);
		call("dup2", saved, descriptor);
		call("close", saved);
		call("close", pathOnly);
		assertThat(lock.tryAcquire()).get().satisfies(LockHandle::close);
	}

	@Test
	@DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows numbers no files for Java")
	void fileWhoseClosingFailsIsNotCountedAnyMore() throws Exception {
		ClaimRequest request = request(LockMode.EXCLUSIVE);
		FaultyChannel.keep(request).failingClose = true;
		LockChannel kept = request.kept(LockChannel.class);
		assertThat(JvmChannels.state(FaultyChannel.file(request))).hasSize(1);
		assertThatExceptionOfType(IOException.class).isThrownBy(kept::close).withMessageContaining("on purpose");
		assertThat(JvmChannels.state(FaultyChannel.file(request))).isNull();
		kept.close();
	}

	@Test
	@DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows has no entry")
	void entryThatCanNotBeReleasedDoesNoHarmToWhoHasWaited() throws Exception {
		ClaimRequest request = request(LockMode.EXCLUSIVE);
		FaultyChannel channel = FaultyChannel.keep(request);
		channel.failingRelease.set(FaultyChannel.ENTRY_SIZE);
		LockClaim claim = new OsBlockingClaim(request).claim();
		assertThat(claim).isNotNull();
		assertThat(channel.failingRelease).hasValue(0);
		assertThat(claim.isValid()).isTrue();
		claim.release();
		try (ChildJvm child = ChildJvm.start(Prober.class, this.directory)) {
			assertThat(child.finish()).containsExactly("free");
		}
		closeKept(request);
	}

	@Test
	@DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows has no entry")
	void entryThatCanNotBeReleasedAfterAVainWaitIsReleasedByTheNextOne() throws Exception {
		ClaimRequest request = request(LockMode.EXCLUSIVE);
		FaultyChannel channel = FaultyChannel.keep(request);
		channel.failingLock.set(FaultyChannel.MAIN_SIZE);
		channel.failingRelease.set(FaultyChannel.ENTRY_SIZE);
		assertThatIOException().isThrownBy(() -> new OsBlockingClaim(request).claim());
		LockClaim claim = new OsBlockingClaim(request).claim();
		assertThat(claim).isNotNull();
		claim.release();
		try (ChildJvm child = ChildJvm.start(Prober.class, this.directory)) {
			assertThat(child.finish()).containsExactly("free");
		}
		closeKept(request);
	}

	@Test
	@DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows can't wait")
	void waitThatIsCalledOffIsOverForItsCancellerAlthoughAReleaseFails() throws Exception {
		ClaimRequest request = request(LockMode.EXCLUSIVE);
		FaultyChannel channel = FaultyChannel.keep(request);
		channel.failingRelease.set(FaultyChannel.MAIN_SIZE);
		CountDownLatch free = new CountDownLatch(1);
		channel.free = free;
		OsBlockingClaim waiting = new OsBlockingClaim(request);
		CompletableFuture<LockClaim> result = new CompletableFuture<>();
		Thread claimer = new Thread(() -> {
			try {
				result.complete(waiting.claim());
			}
			catch (IOException ex) {
				result.completeExceptionally(ex);
			}
		});
		claimer.start();
		channel.waiting.await();
		// Who cancels is stopped before he closes the file
		Thread canceller = new Thread(waiting::cancel);
		LockClaim[] next = new LockClaim[1];
		JvmChannels.with(FaultyChannel.file(request), request.path().toString(), (openElsewhere) -> {
			canceller.start();
			Awaitility.await().atMost(LONG).until(() -> canceller.getState() == Thread.State.BLOCKED);
			free.countDown();
			Awaitility.await().atMost(LONG).until(() -> result.isDone() || claimer.getState() == Thread.State.BLOCKED);
			channel.free = null;
			next[0] = result.isDone() ? OsLockStrategy.tryOnce(request) : null;
			return false;
		});
		canceller.join();
		claimer.join();
		assertThat(result).isCompletedExceptionally();
		LockClaim claim = (next[0] != null) ? next[0] : OsLockStrategy.tryOnce(request);
		assertThat(claim).isNotNull();
		assertThat(claim.isValid()).isTrue();
		claim.release();
		closeKept(request);
	}

	@Test
	@DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows has no entry")
	void entryThatCanNotBeReleasedKeepsNoSharerOut() throws Exception {
		ClaimRequest request = request(LockMode.SHARED);
		FaultyChannel channel = FaultyChannel.keep(request);
		LockClaim claim = OsLockStrategy.tryOnce(request);
		assertThat(claim).isNotNull();
		channel.failingRelease.set(FaultyChannel.ENTRY_SIZE);
		for (int i = 0; i < 3; i++) {
			assertThat(claim.isOpenToSharers()).isTrue();
			assertThat(channel.failingRelease).hasValue(0);
		}
		FileLock entry = LockRange.ENTRY.tryLock(channel, true);
		assertThat(entry).as("released by the next one who has looked").isNotNull();
		entry.release();
		claim.release();
		closeKept(request);
	}

	@Test
	@EnabledOnOs(value = OS.LINUX, disabledReason = "only Linux tells that a lock was dropped, and shows descriptors")
	void channelOfACollectedClassLoaderIsNotClosedWhileAnotherOneHasThePath() throws Exception {
		ClaimRequest request = request(LockMode.EXCLUSIVE);
		openAndForget(request.path());
		LockClaim claim = OsLockStrategy.tryOnce(request);
		assertThat(claim).isNotNull();
		// What is closed by the garbage collector is closed before this
		Path later = this.directory.resolve("later");
		assertThat(FileChannel.open(later, StandardOpenOption.CREATE, StandardOpenOption.WRITE).isOpen()).isTrue();
		Awaitility.await().atMost(LONG).until(() -> {
			System.gc();
			return !openFiles().contains(later.toString());
		});
		assertThat(claim.isValid()).isTrue();
		claim.release();
		closeKept(request);
	}

	private static void openAndForget(Path path) throws IOException {
		LockChannel channel = LockChannel.of(new ClaimRequest(path, LockMode.EXCLUSIVE, LockPermissions.OWNER));
		Set<?> kept = (Set<?>) System.getProperties().get("io.lockfile.kept.v1");
		assertThat(kept.contains(channel.channel())).isTrue();
	}

	private static void closeKept(ClaimRequest request) throws IOException {
		LockChannel kept = request.kept(LockChannel.class);
		assertThat(kept).isNotNull();
		kept.close();
	}

	private ClaimRequest request(LockMode mode) throws IOException {
		return new ClaimRequest(Files.createFile(Files.createDirectories(this.directory).resolve("a")), mode,
				LockPermissions.OWNER);
	}

	private static int descriptor(Path path) throws IOException {
		try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
			return descriptors.filter((descriptor) -> path.toString().equals(target(descriptor)))
				.mapToInt((descriptor) -> Integer.parseInt(descriptor.getFileName().toString()))
				.findFirst()
				.orElseThrow();
		}
	}

	private static @Nullable String target(Path descriptor) {
		try {
			return Files.readSymbolicLink(descriptor).toString();
		}
		catch (IOException ex) {
			return null;
		}
	}

	private static int call(String function, Object... arguments) {
		return NativeLibrary.getProcess().getFunction(function).invokeInt(arguments);
	}

	@Test
	@EnabledOnOs(value = OS.LINUX, disabledReason = "only Linux has a directory in which nothing can be created")
	void directoryInWhichNothingCanBeCreatedFailsBothWays() throws Exception {
		LockFile lock = this.locks.get("/proc/lockfile");
		assertThatExceptionOfType(LockFailedException.class).isThrownBy(lock::acquire)
			.withMessageContaining("/proc/lockfile");
		assertThat(lock.acquireAsync(LockMode.EXCLUSIVE, LONG).toCompletableFuture()).failsWithin(LONG)
			.withThrowableThat()
			.withCauseInstanceOf(LockFailedException.class)
			.withMessageContaining("/proc/lockfile");
	}

	@Test
	void interruptedTriesDoNotDropTheLockOfAnotherThread() throws Exception {
		LockFile lock = this.locks.get("a");
		try (LockHandle held = lock.acquire()) {
			for (int i = 0; i < 50; i++) {
				callElsewhere(() -> {
					Thread.currentThread().interrupt();
					assertThat(lock.tryAcquire()).isEmpty();
					return catchThrowable(() -> lock.acquire(LONG));
				});
			}
			assertThat(held.isValid()).isTrue();
			try (ChildJvm child = ChildJvm.start(Prober.class, this.directory)) {
				assertThat(child.finish()).containsExactly("locked");
			}
		}
	}

	@Test
	void aProcessStartedMeanwhileDoesNotInheritTheLock() throws Exception {
		LockFile lock = this.locks.get("a");
		LockHandle held = lock.acquire();
		try (ChildJvm unrelated = ChildJvm.start(Holder.class, this.directory, "os", "unrelated").expect("held")) {
			held.close();
			try (ChildJvm child = holder()) {
				child.expect("held").proceed().expect("released");
			}
			unrelated.proceed().expect("released");
		}
	}

	@Test
	void whoWaitsInTheKernelGivesUpWithoutHarm() throws Exception {
		LockFile lock = this.locks.get("a");
		try (ChildJvm child = holder().expect("held")) {
			List<Thread> waiters = new CopyOnWriteArrayList<>();
			List<Future<Throwable>> interrupted = new ArrayList<>();
			for (int i = 0; i < 4; i++) {
				interrupted.add(elsewhere(() -> {
					waiters.add(Thread.currentThread());
					return catchThrowable(() -> lock.acquire(LONG));
				}));
			}
			awaitWaiting(4);
			assertThat(callElsewhere(() -> catchThrowable(() -> lock.acquire(SHORT))))
				.isInstanceOf(LockTimeoutException.class)
				.hasMessageContaining("pid " + child.pid());
			Future<Boolean> patient = elsewhere(() -> {
				try (LockHandle held = lock.acquire(LONG)) {
					return held.isValid();
				}
			});
			awaitWaiting(6);
			waiters.forEach(Thread::interrupt);
			for (Future<Throwable> one : interrupted) {
				assertThat(one.get()).isInstanceOf(LockInterruptedException.class);
			}
			assertThat(callElsewhere(() -> lock.tryAcquire())).isEmpty();
			child.proceed().expect("released");
			assertThat(patient.get()).isTrue();
		}
	}

	@Test
	void oneTryIsNotRefusedWhileAWaitIsBeingCalledOff() throws Exception {
		LockFile lock = this.locks.get("a");
		try (ChildJvm child = ChildJvm.start(Remote.class, this.directory, "os", "a", false)) {
			for (int i = 0; i < 50; i++) {
				assertThat(child.ask("acquire")).isEqualTo("held");
				assertThatExceptionOfType(LockTimeoutException.class)
					.isThrownBy(() -> lock.acquire(Duration.ofMillis(3)));
				assertThat(child.ask("release")).isEqualTo("released");
				lock.acquire(Duration.ZERO).close();
			}
		}
	}

	@Test
	void interruptStorm() throws Exception {
		LockFile lock = this.locks.get("a");
		try (ChildJvm child = ChildJvm.start(Contender.class, this.directory, "os", "a", 300).expect("ready")) {
			child.proceed();
			AtomicBoolean done = new AtomicBoolean();
			List<Thread> waiters = new CopyOnWriteArrayList<>();
			List<Future<Integer>> counts = new ArrayList<>();
			List<Interval> intervals = Collections.synchronizedList(new ArrayList<>());
			for (int i = 0; i < 3; i++) {
				counts.add(elsewhere(() -> {
					waiters.add(Thread.currentThread());
					int interrupts = 0;
					while (!done.get()) {
						try (LockHandle held = lock.acquire(LONG)) {
							long entered = System.nanoTime();
							held.ensureValid();
							intervals.add(new Interval(entered, System.nanoTime()));
						}
						catch (LockInterruptedException ex) {
							interrupts++;
						}
						Thread.interrupted();
					}
					return interrupts;
				}));
			}
			Future<?> storm = elsewhere(() -> {
				while (!done.get()) {
					waiters.forEach(Thread::interrupt);
					LockSupport.parkNanos(200_000);
				}
				return null;
			});
			List<Interval> theirs = child.finish().stream().map(Interval::parse).toList();
			done.set(true);
			storm.get();
			int interrupts = 0;
			for (Future<Integer> count : counts) {
				interrupts += count.get();
			}
			assertThat(theirs).hasSize(300);
			assertThat(interrupts).as("interrupted waits").isPositive();
			assertThat(intervals).as("holds in between").isNotEmpty();
			intervals.addAll(theirs);
			assertThat(Interval.overlapping(intervals)).isEmpty();
		}
	}

	@Test
	void closingEndsWaitingInTheKernelAndItsThreadsAndFiles() throws Exception {
		try (ChildJvm child = holder().expect("held")) {
			LockFile lock = this.locks.get("a");
			Future<Throwable> waiter = elsewhere(() -> catchThrowable(() -> lock.acquire(LockFiles.FOREVER)));
			CompletionStage<LockHandle> stage = lock.acquireAsync(LockMode.SHARED, LockFiles.FOREVER);
			awaitWaiting(2);
			assertThat(helpers()).isNotEmpty();
			this.locks.close();
			assertThat(waiter.get()).isInstanceOf(LockFailedException.class).hasMessageContaining("closed");
			assertThat(stage.toCompletableFuture()).failsWithin(LONG)
				.withThrowableThat()
				.withCauseInstanceOf(LockFailedException.class);
			Awaitility.await().atMost(LONG).until(() -> helpers().isEmpty());
			Awaitility.await().atMost(LONG).until(() -> openFiles().isEmpty());
			child.proceed().expect("released");
		}
	}

	@Test
	void filesThatAreNotLockedStayOpenUpToALimit() throws Exception {
		for (int limit : List.of(0, 1, 5)) {
			try (LockFiles limited = LockFiles.builder().directory(this.directory).maxIdleFiles(limit).build()) {
				for (int i = 0; i < 500; i++) {
					try (LockHandle held = limited.get("n" + i).acquire();
							LockHandle second = limited.get("hot").acquire()) {
						assertThat(held.isValid() && second.isValid()).isTrue();
					}
				}
				assertThat(openFiles()).hasSizeLessThanOrEqualTo(limit);
				if (limit == 5) {
					assertThat(openFiles()).as("what was used lately").anyMatch((file) -> file.endsWith("/hot"));
				}
			}
			assertThat(openFiles()).isEmpty();
		}
		assertThatIllegalArgumentException().isThrownBy(() -> LockFiles.builder().maxIdleFiles(-1));
	}

	private List<String> openFiles() throws IOException {
		Path descriptors = Path.of("/proc/self/fd");
		if (!Files.isDirectory(descriptors)) {
			return List.of();
		}
		List<String> open = new ArrayList<>();
		try (Stream<Path> files = Files.list(descriptors)) {
			for (Path file : files.toList()) {
				try {
					open.add(Files.readSymbolicLink(file).toString());
				}
				catch (IOException ex) {
					// Closed meanwhile
				}
			}
		}
		return open.stream().filter((file) -> file.startsWith(this.directory.toString())).toList();
	}

	@Test
	@EnabledOnOs(value = OS.LINUX, disabledReason = "only Linux shows in /proc/locks what the kernel still knows")
	void holderIsToldThatOtherCodeOfThisJvmHasDroppedItsLock() throws Exception {
		LockFile lock = this.locks.get("a");
		try (LockHandle held = lock.acquire()) {
			assertThat(held.isValid()).isTrue();
			Files.readString(lock.path());
			assertThat(held.isValid()).isFalse();
		}
		assertThat(this.events.names()).containsExactly("acquired", "lost", "released");
	}

	@Test
	@DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows doesn't delete what is open")
	void lossIsToldWithoutAsking() throws Exception {
		LockFile lock = this.locks.get("a");
		try (LockHandle held = lock.acquire()) {
			Files.delete(lock.path());
			Awaitility.await().atMost(LONG).until(() -> this.events.count("lost") == 1);
			assertThat(held.isValid()).isFalse();
		}
		assertThat(this.events.names()).containsExactly("acquired", "lost", "released");
	}

	@Test
	@DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows doesn't delete what is open")
	void directoryThatWasDeletedIsMadeAnew() throws Exception {
		LockFile lock = this.locks.get("sub/a");
		for (int i = 0; i < 3; i++) {
			lock.acquire().close();
			lock.acquireAsync(LockMode.EXCLUSIVE, LONG).toCompletableFuture().get().close();
			deleteRecursively(this.directory.resolve("sub"));
		}
		lock.acquireAsync(LockMode.EXCLUSIVE, LONG).toCompletableFuture().get().close();
		assertThat(lock.path()).exists();
	}

	@Test
	@DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows doesn't delete what is open")
	void directoryThatIsDeletedWhileSomebodyWaitsIsMadeAnew() throws Exception {
		LockFile lock = this.locks.get("sub/a");
		Future<Boolean> waiter;
		try (LockHandle held = lock.acquire()) {
			waiter = elsewhere(() -> {
				try (LockHandle handle = lock.acquire(LONG)) {
					return handle.isValid();
				}
			});
			awaitWaiting(1);
			deleteRecursively(this.directory.resolve("sub"));
		}
		assertThat(waiter.get()).isTrue();
	}

	private static void deleteRecursively(Path directory) throws IOException {
		try (Stream<Path> files = Files.walk(directory)) {
			for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
				Files.delete(file);
			}
		}
	}

	@Test
	void dataOfOthersStaysAsItIsAndGetsNoSidecar() throws Exception {
		Path data = Files.writeString(this.directory.resolve("data"), "precious");
		for (int i = 0; i < 20; i++) {
			this.locks.get("data").acquire().close();
		}
		assertThat(data).hasContent("precious");
		assertThat(this.directory.resolve(".data.owner")).doesNotExist();
		try (LockHandle held = this.locks.get("data").acquire()) {
			assertThat(held.previousHolderCrashed()).isFalse();
		}
	}

	@Test
	void ownerRecordIsReadableText() throws Exception {
		Path file = this.directory.resolve(".a.owner");
		for (int i = 0; i < 20; i++) {
			try (LockHandle held = this.locks.get("a").acquire()) {
				assertThat(file).content()
					.startsWith("lockfile-owner 1\nstate held\n")
					.contains("\npid   %010d\n".formatted(ProcessHandle.current().pid()),
							"\nthread " + Thread.currentThread().getName(),
							"\nsince %016d\n".formatted(held.acquiredAt().toEpochMilli()));
			}
			assertThat(file).content().startsWith("lockfile-owner 1\nstate free\n");
		}
		assertThat(permissions(file)).isEqualTo("rw-------");
	}

	@Test
	void foreignFilesWithTheNamesOfSidecarsAreLeftAlone() throws Exception {
		Path victim = Files.writeString(this.directory.resolve("victim"), "precious");
		Files.createSymbolicLink(this.directory.resolve(".a.owner"), victim);
		Files.writeString(this.directory.resolve(".b.owner"), "something else");
		Files.createFile(this.directory.resolve(".c.owner"));
		Files.createDirectory(this.directory.resolve(".d.owner"));
		for (String name : List.of("a", "b", "c", "d")) {
			for (int i = 0; i < 20; i++) {
				try (LockHandle held = this.locks.get(name).acquire()) {
					assertThat(held.isValid()).isTrue();
				}
			}
		}
		assertThat(victim).hasContent("precious");
		assertThat(this.directory.resolve(".b.owner")).hasContent("something else");
		assertThat(this.directory.resolve(".c.owner")).isEmptyFile();
		Files.writeString(this.directory.resolve(".e.fence"), "something else");
		try (LockFiles fenced = LockFiles.builder().directory(this.directory).fencing(true).build()) {
			assertThatExceptionOfType(LockFailedException.class).isThrownBy(() -> fenced.get("e").acquire())
				.withMessageContaining(".e.fence");
		}
		this.locks.get("e").acquire(Duration.ZERO).close();
	}

	@Test
	void recordThatIsTruncatedOrDeletedWhileItIsUsedDoesNoHarm() throws Exception {
		Path file = this.directory.resolve(".a.owner");
		for (int i = 0; i < 60; i++) {
			try (LockHandle held = this.locks.get("a").acquire()) {
				if (i == 30) {
					try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
						channel.truncate(0);
					}
				}
				assertThat(held.isValid()).isTrue();
			}
		}
		Files.delete(file);
		try (LockFiles others = engine(); LockHandle held = others.get("a").acquire()) {
			assertThat(held.isValid()).isTrue();
		}
	}

	@Test
	void tokensSurviveTheDeletionOfTheLockFileAndABootThatLostSome() throws Exception {
		Path fence = this.directory.resolve(".a.fence");
		try (LockFiles fenced = LockFiles.builder().directory(this.directory).fencing(true).build()) {
			LockFile lock = fenced.get("a");
			assertThat(token(lock)).isEqualTo(1);
			Files.delete(lock.path());
			assertThat(token(lock)).isEqualTo(2);
			String content = Files.readString(fence);
			assertThat(content).contains("token 0000000000000000002", "limit 0000000000000001001");
			Files.writeString(fence, content.replaceAll("boot  .{8}", "boot  00000000").replace("000002", "000001"));
			assertThat(token(lock)).as("after all that could have been given out").isEqualTo(1002);
			assertThat(token(lock)).isEqualTo(1003);
			Thread.currentThread().interrupt();
			try (LockHandle held = lock.tryAcquire().orElseThrow()) {
				assertThat(held.fencingToken()).isEqualTo(1004);
			}
			assertThat(Thread.interrupted()).isTrue();
		}
	}

	private static long token(LockFile lock) {
		try (LockHandle held = lock.acquire()) {
			return held.fencingToken();
		}
	}

	private ChildJvm holder() {
		return ChildJvm.start(Holder.class, this.directory, "os", "a");
	}

	private static String permissions(Path path) throws IOException {
		return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
	}

}
