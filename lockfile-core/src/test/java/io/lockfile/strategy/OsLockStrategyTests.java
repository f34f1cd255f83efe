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
import java.util.List;
import java.util.concurrent.Future;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

import io.lockfile.AbstractLockStrategyTests;
import io.lockfile.LockFailedException;
import io.lockfile.LockFile;
import io.lockfile.LockFiles;
import io.lockfile.LockHandle;
import io.lockfile.LockLostException;
import io.lockfile.LockMode;
import io.lockfile.LockPermissions;
import io.lockfile.testing.ChildJvm;
import io.lockfile.testing.Holder;
import io.lockfile.testing.Prober;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

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

	private ChildJvm holder() {
		return ChildJvm.start(Holder.class, this.directory, "os", "a");
	}

	private static String permissions(Path path) throws IOException {
		return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
	}

}
