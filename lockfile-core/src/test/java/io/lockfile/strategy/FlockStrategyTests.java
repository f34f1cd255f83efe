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
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.lockfile.AbstractLockStrategyTests;
import io.lockfile.LockFailedException;
import io.lockfile.LockFile;
import io.lockfile.LockFiles;
import io.lockfile.LockHandle;
import io.lockfile.LockLostException;
import io.lockfile.LockMode;
import io.lockfile.LockPermissions;
import io.lockfile.testing.ChildJvm;
import io.lockfile.testing.OneTry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link FlockStrategy} within a JVM.
 */
@EnabledOnOs(value = { OS.LINUX, OS.MAC }, disabledReason = "flock(2) is used on Linux and macOS")
class FlockStrategyTests extends AbstractLockStrategyTests {

	private static final int EIO = 5;

	private static final int EBADF = 9;

	private static final int ENOSPC = 28;

	FlockStrategyTests() {
		super("flock", true);
	}

	private SystemCalls real;

	@BeforeEach
	void load() throws IOException {
		this.real = JnaCalls.load();
	}

	@Test
	void fileIsCreatedForItsOwnerAndStaysEmpty() throws IOException {
		this.locks.get("deep/er/a").acquire().close();
		assertThat(this.directory.resolve("deep/er/a")).isEmptyFile();
		assertThat(permissions(this.directory.resolve("deep/er/a"))).isEqualTo("rw-------");
	}

	@Test
	void fileIsCreatedForTheGroupWhateverTheUmask() throws IOException {
		try (LockFiles group = LockFiles.builder()
			.directory(this.directory)
			.strategy("flock")
			.permissions(LockPermissions.GROUP)
			.build()) {
			group.get("a").acquire().close();
		}
		assertThat(permissions(this.directory.resolve("a"))).isEqualTo("rw-rw----");
	}

	@Test
	void directoryIsLockedAndLeftAsItIs() throws Exception {
		Path locked = Files.createDirectory(this.directory.resolve("a"));
		Files.writeString(locked.resolve("inside"), "precious");
		LockFile lock = this.locks.get("a");
		for (int i = 0; i < 3; i++) {
			try (LockHandle held = lock.acquire()) {
				assertThat(held.isValid()).isTrue();
				assertThat(held.previousHolderCrashed()).isFalse();
				assertThat(tryElsewhere(lock)).isEmpty();
				assertThat(oneTry("a")).containsExactly("locked");
				this.locks.get("a/b").acquire(Duration.ZERO).close();
			}
		}
		assertThat(oneTry("a")).containsExactly("held");
		lock.acquire(LockMode.SHARED, Duration.ZERO).close();
		assertThat(locked.resolve("inside")).hasContent("precious");
		assertThat(this.directory.resolve(".a.owner")).doesNotExist();
		try (LockHandle held = lock.acquire()) {
			Files.move(locked, this.directory.resolve("b"));
			assertThat(held.isValid()).isFalse();
		}
	}

	@Test
	void symbolicLinkIsNotFollowed() throws IOException {
		Path victim = Files.writeString(this.directory.resolve("victim"), "precious");
		Files.createSymbolicLink(this.directory.resolve("a"), victim);
		Files.createSymbolicLink(this.directory.resolve("dangling"), this.directory.resolve("nothing"));
		Files.createSymbolicLink(this.directory.resolve("to-directory"), this.directory);
		for (String name : List.of("a", "dangling", "to-directory")) {
			assertThatExceptionOfType(LockFailedException.class).isThrownBy(() -> this.locks.get(name).acquire())
				.withMessageContainingAll(this.directory.resolve(name).toString(), "symbolic link");
		}
		assertThat(victim).hasContent("precious");
		assertThat(this.directory.resolve("nothing")).doesNotExist();
	}

	@Test
	@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
	void fifoAndDeviceAreRefusedWithoutHanging() throws Exception {
		fifo("a");
		for (String name : List.of("a", "/dev/null")) {
			assertThatExceptionOfType(LockFailedException.class).isThrownBy(() -> this.locks.get(name).acquire())
				.withMessageContainingAll(name, "not a regular file");
		}
	}

	@Test
	@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
	void whatTakesThePlaceOfTheFileBeforeItIsOpenedIsRefused() throws Exception {
		Path victim = Files.writeString(this.directory.resolve("victim"), "precious");
		Path fifo = fifo("fifo");
		Path link = Files.createSymbolicLink(this.directory.resolve("link"), victim);
		for (Path other : List.of(fifo, link)) {
			Path path = Files.createFile(this.directory.resolve("a-" + other.getFileName()));
			try (LockFiles faulty = engine(new Forwarding() {

				@Override
				public int open(byte[] spelled, int flags) {
					replace(other, path);
					return super.open(spelled, flags);
				}

			})) {
				LockFile lock = faulty.get(path.toString());
				assertThatExceptionOfType(LockFailedException.class).isThrownBy(() -> lock.acquire())
					.withMessageContaining(path.toString());
			}
		}
		assertThat(victim).hasContent("precious");
		assertThat(openFiles()).isEmpty();
	}

	@Test
	void otherFileThatTakesThePlaceBeforeItIsOpenedIsLocked() throws Exception {
		Path other = Files.writeString(this.directory.resolve("other"), "data");
		Path path = Files.createFile(this.directory.resolve("a"));
		try (LockFiles slow = engine(new Forwarding() {

			@Override
			public int open(byte[] spelled, int flags) {
				if (Files.exists(other)) {
					replace(other, path);
				}
				return super.open(spelled, flags);
			}

		}); LockHandle held = slow.get("a").acquire()) {
			assertThat(held.isValid()).isTrue();
			assertThat(oneTry("a")).containsExactly("locked");
		}
		assertThat(path).hasContent("data");
	}

	@Test
	void dataOfOthersStaysAsItIsAndGetsNoSidecar() throws Exception {
		Path data = Files.writeString(this.directory.resolve("data"), "precious");
		Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("r--r--r--"));
		FileTime time = FileTime.from(Instant.parse("2020-01-01T00:00:00Z"));
		Files.setLastModifiedTime(data, time);
		for (LockMode mode : LockMode.values()) {
			for (int i = 0; i < 10; i++) {
				this.locks.get("data").acquire(mode, Duration.ZERO).close();
			}
		}
		assertThat(data).hasContent("precious");
		assertThat(Files.getLastModifiedTime(data)).isEqualTo(time);
		assertThat(permissions(data)).isEqualTo("r--r--r--");
		assertThat(this.directory.resolve(".data.owner")).doesNotExist();
	}

	@Test
	void otherCodeOfThisJvmThatOpensAndClosesTheFileDoesNotDropTheLock() throws Exception {
		LockFile lock = this.locks.get("a");
		try (LockHandle held = lock.acquire()) {
			assertThat(Files.readString(lock.path())).isEmpty();
			assertThat(held.isValid()).isTrue();
			assertThat(oneTry("a")).containsExactly("locked");
		}
		assertThat(oneTry("a")).containsExactly("held");
	}

	@Test
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
			replace(Files.createFile(this.directory.resolve("other")), lock.path());
			assertThat(held.isValid()).isFalse();
			assertThat(oneTry("a")).as("whoever finds the new file").containsExactly("held");
		}
	}

	@Test
	void lossIsToldWithoutAsking() throws Exception {
		LockFile lock = this.locks.get("a");
		try (LockHandle held = lock.acquire()) {
			Files.delete(lock.path());
			Awaitility.await().atMost(LONG).until(() -> this.events.count("lost") == 1);
			assertThat(held.isValid()).isFalse();
		}
	}

	@Test
	void namesAreSpelledAsTheSystemDoes() throws Exception {
		String name = (System.getProperty("sun.jnu.encoding", "").startsWith("UTF")) ? "a ü€" : "a b";
		try (LockHandle held = this.locks.get(name).acquire()) {
			assertThat(held.isValid()).isTrue();
			assertThat(oneTry(name)).containsExactly("locked");
		}
	}

	@Test
	void nameThatIsTooLongFailsAtOnce() {
		String name = "x".repeat(300);
		assertThatExceptionOfType(LockFailedException.class).isThrownBy(() -> this.locks.get(name).acquire())
			.withMessageContaining(name);
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 1, 5 })
	void filesThatAreNotLockedStayOpenUpToALimit(int limit) throws Exception {
		try (LockFiles limited = LockFiles.builder()
			.directory(this.directory)
			.strategy("flock")
			.maxIdleFiles(limit)
			.build()) {
			for (int i = 0; i < 100; i++) {
				limited.get("n" + i).acquire().close();
				limited.get("hot").acquire().close();
			}
			assertThat(openFiles()).hasSizeLessThanOrEqualTo(limit);
		}
		assertThat(openFiles()).isEmpty();
	}

	@Test
	@EnabledOnOs(value = OS.LINUX, disabledReason = "only Linux shows the flags of descriptors, in /proc")
	void descriptorIsClosedInProcessesThatAreStarted() throws Exception {
		try (LockHandle held = this.locks.get("a").acquire()) {
			List<Path> descriptors = descriptors(held.lockFile().path());
			assertThat(descriptors).hasSize(1);
			Path information = Path.of("/proc/self/fdinfo").resolve(descriptors.get(0).getFileName());
			String flags = Files.readAllLines(information)
				.stream()
				.filter((line) -> line.startsWith("flags:"))
				.map((line) -> line.substring(6).trim())
				.collect(Collectors.joining());
			assertThat(Integer.parseInt(flags, 8) & 02000000).as("O_CLOEXEC").isNotZero();
		}
	}

	@Test
	void interruptedCallIsRepeated() throws Exception {
		AtomicInteger calls = new AtomicInteger();
		try (LockFiles interrupted = engine(new Forwarding() {

			@Override
			public int flock(int descriptor, int operation) {
				return (calls.incrementAndGet() % 4 != 0) ? -4 : super.flock(descriptor, operation);
			}

		}); LockHandle held = interrupted.get("a").acquire()) {
			assertThat(calls).hasValue(4);
			assertThat(oneTry("a")).containsExactly("locked");
		}
		assertThat(calls).hasValue(8);
		assertThat(oneTry("a")).containsExactly("held");
	}

	@Test
	void failureIsNeitherALockNorSomebodyElses() throws Exception {
		try (LockFiles unopened = engine(new Forwarding() {

			@Override
			public int open(byte[] path, int flags) {
				return -EIO;
			}

		}); LockFiles unlocked = engine(new Forwarding() {

			@Override
			public int flock(int descriptor, int operation) {
				return -ENOSPC;
			}

		}); LockFiles denied = engine(new Forwarding() {

			@Override
			public int open(byte[] path, int flags) {
				return -UnixPlatform.ACCESS_DENIED;
			}

		})) {
			for (LockMode mode : LockMode.values()) {
				assertThatExceptionOfType(LockFailedException.class)
					.isThrownBy(() -> unopened.get("a").acquire(mode, LONG))
					.withMessageContainingAll(this.directory.resolve("a").toString(), "flock", "can't be opened",
							"Input/output error", "errno 5");
				assertThatExceptionOfType(LockFailedException.class)
					.isThrownBy(() -> unlocked.get("a").acquire(mode, LONG))
					.withMessageContainingAll("can't be locked", "No space left", "errno 28");
				assertThatExceptionOfType(LockFailedException.class)
					.isThrownBy(() -> denied.get("a").acquire(mode, LONG))
					.withMessageContaining("is denied");
			}
		}
		assertThat(openFiles()).isEmpty();
		this.locks.get("a").acquire(Duration.ZERO).close();
	}

	@Test
	void fileIsOpenedForWritingWhereOnlyThatCanBeLocked() throws Exception {
		Path data = Files.writeString(this.directory.resolve("a"), "precious");
		List<Integer> accesses = new ArrayList<>();
		try (LockFiles network = engine(new Forwarding() {

			@Override
			public int open(byte[] path, int flags) {
				accesses.add(flags & 3);
				return super.open(path, flags);
			}

			@Override
			public int flock(int descriptor, int operation) {
				boolean reading = accesses.get(accesses.size() - 1) == UnixPlatform.READING;
				return (reading && (operation & UnixPlatform.LOCK_EXCLUSIVE) != 0) ? -EBADF
						: super.flock(descriptor, operation);
			}

		})) {
			network.get("a").acquire(LockMode.SHARED, Duration.ZERO).close();
			assertThat(accesses).containsExactly(UnixPlatform.READING);
			for (int i = 0; i < 2; i++) {
				try (LockHandle held = network.get("a").acquire()) {
					assertThat(held.isValid()).isTrue();
					assertThat(oneTry("a")).containsExactly("locked");
				}
			}
			assertThat(accesses).containsExactly(UnixPlatform.READING, UnixPlatform.READING_AND_WRITING);
			assertThat(openFiles()).hasSizeLessThanOrEqualTo(1);
		}
		assertThat(data).hasContent("precious");
	}

	@Test
	void lockThatCanNotBeGivenBackEndsAllTheSame() throws Exception {
		try (LockFiles stuck = engine(new Forwarding() {

			@Override
			public int flock(int descriptor, int operation) {
				return (operation == UnixPlatform.UNLOCK) ? -EIO : super.flock(descriptor, operation);
			}

		})) {
			for (int i = 0; i < 3; i++) {
				stuck.get("a").acquire(Duration.ZERO).close();
				assertThat(oneTry("a")).containsExactly("held");
			}
		}
	}

	@Test
	void fileThatIsReplacedAgainAndAgainIsToldAndNotWaitedFor() throws Exception {
		try (LockFiles bothered = engine(new Forwarding() {

			@Override
			public int flock(int descriptor, int operation) {
				int result = super.flock(descriptor, operation);
				try {
					Files.deleteIfExists(FlockStrategyTests.this.directory.resolve("a"));
				}
				catch (IOException ex) {
					throw new IllegalStateException(ex);
				}
				return result;
			}

		})) {
			assertThatExceptionOfType(LockFailedException.class).isThrownBy(() -> bothered.get("a").acquire())
				.withMessageContaining("again and again");
		}
		assertThat(openFiles()).isEmpty();
	}

	@Test
	void absentJnaIsToldWithTheDependencyToAdd() {
		String without = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
			.filter((entry) -> !Path.of(entry).getFileName().toString().startsWith("jna-"))
			.collect(Collectors.joining(File.pathSeparator));
		assertThat(without).isNotEqualTo(System.getProperty("java.class.path"));
		assertThat(tries(List.of("-cp", without), "flock")).hasSize(2)
			.allSatisfy((line) -> assertThat(line).startsWith("LockFailedException")
				.contains("strategy flock", "net.java.dev.jna:jna"));
		assertThat(tries(List.of("-cp", without), "os")).containsExactly("held", "held");
	}

	@Test
	void jnaThatCanNotBeLoadedIsTold() {
		List<String> options = List.of("-Djna.noclasspath=true", "-Djna.nosys=true", "-cp",
				System.getProperty("java.class.path"));
		assertThat(tries(options, "flock")).hasSize(2)
			.allSatisfy((line) -> assertThat(line).startsWith("LockFailedException").contains("JNA", "java.io.tmpdir"));
	}

	@Test
	void otherPlatformIsTold() {
		List<String> options = List.of("-Dos.name=SunOS", "-Dos.arch=sparcv9", "-cp",
				System.getProperty("java.class.path"));
		assertThat(tries(options, "flock")).hasSize(2)
			.allSatisfy((line) -> assertThat(line).startsWith("LockFailedException")
				.contains("strategy flock", "SunOS", "Linux and macOS"));
	}

	private List<String> tries(List<String> options, String strategy) {
		try (ChildJvm child = ChildJvm.start(options, OneTry.class.getName(), this.directory, strategy, "a", "b")) {
			return child.finish();
		}
	}

	@Test
	void fileOfASuccessorIsNotDeletedIfTheLockWasLost() throws IOException {
		AtomicInteger refused = new AtomicInteger();
		SystemCalls losing = new Forwarding() {

			private boolean held;

			@Override
			public int flock(int descriptor, int operation) {
				if (operation == UnixPlatform.UNLOCK) {
					return super.flock(descriptor, operation);
				}
				if (this.held) {
					// As after a server has forgotten it, and given it to somebody else
					refused.incrementAndGet();
					return -platform().wouldBlock();
				}
				this.held = true;
				return super.flock(descriptor, operation);
			}

		};
		try (LockFiles locks = LockFiles.builder()
			.directory(this.directory)
			.strategy(new FlockStrategy(losing))
			.deleteOnRelease(true)
			.build()) {
			locks.get("a").acquire(Duration.ZERO).close();
		}
		assertThat(refused).hasValue(1);
		assertThat(this.directory.resolve("a")).isEmptyFile();
		assertThat(oneTry("a")).containsExactly("held");
	}

	private List<String> oneTry(String name) {
		try (ChildJvm child = ChildJvm.start(OneTry.class, this.directory, "flock", name)) {
			return child.finish();
		}
	}

	private LockFiles engine(SystemCalls system) {
		return LockFiles.builder().directory(this.directory).strategy(new FlockStrategy(system)).build();
	}

	private Path fifo(String name) throws Exception {
		Path fifo = this.directory.resolve(name);
		assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor()).isZero();
		return fifo;
	}

	private static void replace(Path other, Path path) {
		try {
			Files.move(other, path, StandardCopyOption.REPLACE_EXISTING);
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static String permissions(Path path) throws IOException {
		return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
	}

	private List<Path> openFiles() throws IOException {
		return descriptors(this.directory);
	}

	private static List<Path> descriptors(Path prefix) throws IOException {
		Path all = Path.of("/proc/self/fd");
		if (!Files.isDirectory(all)) {
			return List.of();
		}
		List<Path> found = new ArrayList<>();
		try (Stream<Path> descriptors = Files.list(all)) {
			for (Path descriptor : descriptors.toList()) {
				try {
					if (Files.readSymbolicLink(descriptor).startsWith(prefix)) {
						found.add(descriptor);
					}
				}
				catch (IOException ex) {
					// Closed meanwhile
				}
			}
		}
		return found;
	}

	/**
	 * The real system calls, to be overridden by failing ones.
	 */
	private class Forwarding implements SystemCalls {

		@Override
		public UnixPlatform platform() {
			return FlockStrategyTests.this.real.platform();
		}

		@Override
		public int open(byte[] path, int flags) {
			return FlockStrategyTests.this.real.open(path, flags);
		}

		@Override
		public int flock(int descriptor, int operation) {
			return FlockStrategyTests.this.real.flock(descriptor, operation);
		}

		@Override
		public int close(int descriptor) {
			return FlockStrategyTests.this.real.close(descriptor);
		}

		@Override
		public String describe(int error) {
			return FlockStrategyTests.this.real.describe(error);
		}

	}

}
