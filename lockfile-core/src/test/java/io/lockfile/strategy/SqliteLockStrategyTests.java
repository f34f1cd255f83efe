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
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.stream.Stream;

import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.lockfile.AbstractLockStrategyTests;
import io.lockfile.LockAttempt;
import io.lockfile.LockFailedException;
import io.lockfile.LockFile;
import io.lockfile.LockFiles;
import io.lockfile.LockHandle;
import io.lockfile.LockListener;
import io.lockfile.LockOwner;
import io.lockfile.LockPermissions;
import io.lockfile.ProcessIdentity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link SqliteLockStrategy} within a JVM.
 */
class SqliteLockStrategyTests extends AbstractLockStrategyTests {

	private static final ProcessIdentity SELF = ProcessIdentity.current();

	private static final String OTHER_SPACE = "0123456789abcdef";

	SqliteLockStrategyTests() {
		super("sqlite", false);
	}

	@Test
	void rowTellsTheHolderAndIsGoneAfterRelease() throws Exception {
		LockFile lock = this.locks.get("a");
		try (LockHandle held = lock.acquire()) {
			assertThat(query("select lock_file from locks")).containsExactly(lock.path() + ".lock");
			assertThat(query("select unique_name from locks")).singleElement()
				.asString()
				.matches("lockfile-1 [0-9a-f]{16} \\d{13} \\Q" + SELF + "\\E");
			LockOwner owner = new SqliteLockStrategy().findOwner(lock.path()).orElseThrow();
			assertThat(owner.pid()).isEqualTo(SELF.pid());
			assertThat(owner.host()).isEqualTo(SELF.host());
			assertThat(owner.since()).isBetween(held.acquiredAt().minusSeconds(60), held.acquiredAt());
			assertThat(owner.liveness()).isEqualTo(LockOwner.Liveness.ALIVE);
		}
		assertThat(query("select * from locks")).isEmpty();
		assertThat(query("pragma journal_mode")).containsExactly("delete");
		assertThat(new SqliteLockStrategy().findOwner(lock.path())).isEmpty();
	}

	@Test
	void oneDatabaseServesAllPathsOfADirectory() throws Exception {
		List<LockHandle> held = new ArrayList<>();
		for (int i = 0; i < 50; i++) {
			held.add(this.locks.get("n" + i).acquire());
		}
		assertThat(query("select count(*) from locks")).containsExactly("50");
		assertThat(openDatabases()).as("descriptors").hasSizeLessThanOrEqualTo(1);
		assertThat(held).allMatch(LockHandle::isValid);
		held.forEach(LockHandle::close);
		try (Stream<Path> files = Files.list(this.directory)) {
			assertThat(files).extracting((file) -> file.getFileName().toString()).containsExactly("locks.db");
		}
		this.locks.close();
		assertThat(openDatabases()).isEmpty();
	}

	private List<String> openDatabases() throws IOException {
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
	void enginesOfDifferentDirectoriesExcludeEachOtherForOneAbsolutePath() throws Exception {
		Path other = Files.createDirectory(this.directory.resolve("other"));
		try (LockFiles others = LockFiles.builder().directory(other).strategy("sqlite").build();
				LockHandle held = this.locks.get("a").acquire()) {
			assertThat(others.get(held.lockFile().path().toString()).tryAcquire()).isEmpty();
			assertThat(other.resolve("locks.db")).doesNotExist();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "what?", "a?busy_timeout=1&b", "50%", "a#b", "a b", "it's \"quoted\"", "ümläut" })
	@DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows has no such names")
	void namesThatMeanSomethingInUrlsAreJustNames(String name) throws Exception {
		LockFile lock = this.locks.get(name + "/" + name);
		try (LockHandle held = lock.acquire()) {
			assertThat(held.isValid()).isTrue();
			assertThat(this.directory.resolve(name).resolve("locks.db")).isNotEmptyFile();
			assertThat(new SqliteLockStrategy().findOwner(lock.path())).isPresent();
		}
		try (Stream<Path> files = Files.list(this.directory)) {
			assertThat(files).containsExactly(this.directory.resolve(name));
		}
	}

	@Test
	@DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows has no POSIX permissions")
	void createsTheDatabaseForItsOwnerOrGroup() throws IOException {
		this.locks.get("a").acquire().close();
		assertThat(permissions(this.directory.resolve("locks.db"))).isEqualTo("rw-------");
		try (LockFiles shared = LockFiles.builder()
			.directory(this.directory.resolve("shared"))
			.strategy("sqlite")
			.permissions(LockPermissions.GROUP)
			.build()) {
			shared.get("a").acquire().close();
		}
		assertThat(permissions(this.directory.resolve("shared/locks.db"))).isEqualTo("rw-rw----");
	}

	private static String permissions(Path path) throws IOException {
		return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
	}

	@Test
	void emptyDatabaseAndOneWithPythonsTableOnlyAreCompleted() throws Exception {
		Files.createFile(file());
		this.locks.get("a").acquire().close();
		assertThat(query("select name from sqlite_master")).containsExactly("locks", "lockfile_1");
		update("drop trigger lockfile_1");
		this.locks.get("a").acquire().close();
		assertThat(query("select name from sqlite_master")).containsExactly("locks", "lockfile_1");
	}

	@ParameterizedTest
	@ValueSource(strings = { "garbage", "a text that is longer than the header of a database of SQLite, to be read" })
	void fileThatIsNoDatabaseIsRefused(String content) throws Exception {
		Files.writeString(file(), content);
		assertRefused("not a SQLite database");
	}

	@Test
	void damagedDatabaseIsRefused() throws Exception {
		byte[] damaged = new byte[8192];
		System.arraycopy("SQLite format 3\0".getBytes(StandardCharsets.US_ASCII), 0, damaged, 0, 16);
		Files.write(file(), damaged);
		assertRefused("SQLITE_NOTADB");
	}

	@Test
	void databasesOfOthersAreRefused() throws Exception {
		update("create table customers(name)");
		assertRefused("belongs to something else");
		update("create table locks(name)");
		assertRefused("belongs to something else");
		Files.delete(file());
		update("pragma journal_mode=wal");
		assertRefused("write-ahead log");
	}

	@Test
	void linkAndDirectoryAreRefused() throws Exception {
		Path victim = this.directory.resolve("victim");
		Files.createSymbolicLink(file(), victim);
		assertRefused("symbolic link");
		assertThat(victim).doesNotExist();
		Files.writeString(victim, "precious");
		assertRefused("symbolic link");
		assertThat(victim).hasContent("precious");
		Files.delete(file());
		Files.createDirectory(file());
		assertRefused("not a regular file");
	}

	private void assertRefused(String reason) throws IOException {
		LockFile lock = this.locks.get("a");
		byte[] before = Files.isRegularFile(file()) ? Files.readAllBytes(file()) : null;
		assertThatExceptionOfType(LockFailedException.class).isThrownBy(lock::acquire)
			.withMessageContainingAll("locks.db", reason);
		assertThatExceptionOfType(LockFailedException.class).isThrownBy(lock::breakLock)
			.withMessageContainingAll("locks.db", reason);
		assertThat(lock.owner()).isEmpty();
		if (before != null) {
			assertThat(file()).hasBinaryContent(before);
		}
	}

	@Test
	void lookingCreatesNothing() throws Exception {
		assertThat(this.locks.get("a").isLocked()).isFalse();
		assertThat(this.locks.get("a").breakLock()).isFalse();
		assertThat(file()).doesNotExist();
		Files.createFile(file());
		assertThat(this.locks.get("a").isLocked()).isFalse();
		assertThat(this.locks.get("a").breakLock()).isFalse();
		assertThat(file()).isEmptyFile();
	}

	@Test
	void interruptedThreadMayOpenTheDatabase() {
		Thread.currentThread().interrupt();
		try (LockHandle held = this.locks.get("a").tryAcquire().orElseThrow()) {
			assertThat(held.isValid()).isTrue();
		}
		assertThat(Thread.interrupted()).isTrue();
	}

	@Test
	@DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows doesn't delete what is open")
	void deletedDatabaseIsTold() throws Exception {
		LockFile lock = this.locks.get("a");
		LockHandle lost = lock.acquire();
		LockHandle alsoLost = this.locks.get("b").acquire();
		Files.delete(file());
		assertThat(lost.isValid()).isFalse();
		assertThat(this.locks.get("c").tryAcquire()).as("in a new database").isPresent();
		assertThat(alsoLost.isValid()).isFalse();
		assertThat(new SqliteLockStrategy().findOwner(lock.path())).isEmpty();
		lost.close();
		alsoLost.close();
		assertThat(this.events.count("lost")).isEqualTo(2);
		assertThat(query("select lock_file from locks")).as("not touched by late releases")
			.containsExactly(this.directory.toRealPath().resolve("c") + ".lock");
		this.locks.get("c").release();
	}

	@Test
	@DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows doesn't replace what is open")
	void replacedDatabaseIsTold() throws Exception {
		LockFile lock = this.locks.get("a");
		Path other = Files.writeString(this.directory.resolve("other"), "precious");
		try (LockHandle held = lock.acquire()) {
			Files.move(other, file(), StandardCopyOption.REPLACE_EXISTING);
			Awaitility.await().atMost(LONG).until(() -> this.events.count("lost") == 1);
			assertThat(held.isValid()).isFalse();
		}
		assertThat(file()).hasContent("precious");
		assertRefused("not a SQLite database");
	}

	@Test
	void rowThatPythonBrokeIsTold() throws Exception {
		LockFile lock = this.locks.get("a");
		LockHandle lost = lock.acquire();
		update("delete from locks");
		assertThat(lost.isValid()).isFalse();
		insert("a", "/somewhere/host-1.23");
		lost.close();
		assertThat(query("select unique_name from locks")).containsExactly("/somewhere/host-1.23");
		assertThat(lock.tryAcquire()).isEmpty();
	}

	@Test
	@EnabledOnOs(value = OS.LINUX, disabledReason = "only Linux tells when a process was started")
	void rowOfADeadProcessIsBrokenOnce() throws Exception {
		List<@Nullable LockOwner> broken = new CopyOnWriteArrayList<>();
		LockListener listener = new LockListener() {

			@Override
			public void broken(LockAttempt attempt, @Nullable LockOwner owner) {
				broken.add(owner);
			}

		};
		this.locks.get("b").acquire().close();
		insert("a", ours(new ProcessIdentity(SELF.pid(), SELF.ticks() + 1, SELF.space(), SELF.host())));
		assertThat(this.locks.get("a").owner()).get()
			.extracting(LockOwner::liveness)
			.isEqualTo(LockOwner.Liveness.DEAD);
		try (LockFiles told = LockFiles.builder()
			.directory(this.directory)
			.strategy("sqlite")
			.listener(listener)
			.build()) {
			try (LockHandle held = told.get("a").acquire(Duration.ZERO)) {
				assertThat(held.previousHolderCrashed()).isTrue();
			}
			try (LockHandle held = told.get("a").acquire(Duration.ZERO)) {
				assertThat(held.previousHolderCrashed()).isFalse();
			}
		}
		Awaitility.await().atMost(LONG).until(() -> !broken.isEmpty());
		assertThat(broken).singleElement().satisfies((owner) -> {
			assertThat(owner.pid()).isEqualTo(SELF.pid());
			assertThat(owner.liveness()).isEqualTo(LockOwner.Liveness.DEAD);
		});
	}

	@Test
	void whatProvesNothingIsHeld() throws Exception {
		this.locks.get("b").acquire().close();
		List<String> names = List.of(ours(new ProcessIdentity(999999999, 42, OTHER_SPACE, SELF.host())),
				"lockfile-2 of a version to come", "lockfile-1 0123456789abcdef 0 nonsense", "",
				"/somewhere/" + SELF.host() + "-7f12ab.999999999-42", "/somewhere/host.999999999-42");
		for (String name : names) {
			insert("a", name);
			LockFile lock = this.locks.get("a");
			assertThat(lock.tryAcquire()).as(name).isEmpty();
			assertThat(lock.owner().orElseThrow().liveness()).as(name).isEqualTo(LockOwner.Liveness.UNKNOWN);
			assertThat(query("select unique_name from locks")).containsExactly(name);
			assertThat(lock.breakLockUnlessAlive()).as(name).isTrue();
			assertThat(query("select * from locks")).isEmpty();
		}
	}

	@Test
	void ownerInPythonIsToldAsFarAsHisNameTellsHim() throws Exception {
		this.locks.get("b").acquire().close();
		LockFile lock = this.locks.get("a");
		insert("a", "/somewhere/" + SELF.host() + "-7f12ab.4711-8234");
		assertThat(lock.owner().orElseThrow().pid()).isEqualTo(4711);
		assertThat(lock.owner().orElseThrow().host()).isEqualTo(SELF.host());
		update("update locks set unique_name = '/somewhere/" + SELF.host() + ".47118234'");
		assertThat(lock.owner().orElseThrow().pid()).as("or 471182").isNull();
		assertThat(lock.owner().orElseThrow().host()).isEqualTo(SELF.host());
	}

	@Test
	void rowThatAFailedReleaseOfThisProcessLeftIsTakenOver() throws Exception {
		this.locks.get("b").acquire().close();
		insert("a", ours(SELF));
		try (LockHandle held = this.locks.get("a").acquire(Duration.ZERO)) {
			assertThat(held.previousHolderCrashed()).isFalse();
			assertThat(query("select count(*) from locks")).containsExactly("1");
		}
	}

	@Test
	void breakingRemovesTheHolderAndNotWhoMakesWay() throws Exception {
		LockFile lock = this.locks.get("a");
		this.locks.get("b").acquire().close();
		String holder = ours(new ProcessIdentity(4711, 42, OTHER_SPACE, "elsewhere"));
		insert("a", holder);
		insert("a", "/somewhere/second");
		assertThat(query("select unique_name from locks")).containsExactly(holder, "/somewhere/second",
				"/somewhere/second");
		assertThat(lock.tryAcquire()).isEmpty();
		assertThat(lock.owner().orElseThrow().host()).isEqualTo("elsewhere");
		assertThat(lock.breakLock()).isTrue();
		assertThat(query("select unique_name from locks")).containsExactly("/somewhere/second", "/somewhere/second");
		assertThat(lock.breakLock()).as("he died while he made way").isTrue();
		assertThat(lock.breakLock()).isFalse();
		lock.acquire(Duration.ZERO).close();
	}

	@Test
	void holderInThisJvmCanBeBroken() throws Exception {
		LockFile lock = this.locks.get("a");
		try (LockHandle held = lock.acquire()) {
			assertThatExceptionOfType(LockFailedException.class).isThrownBy(lock::breakLockUnlessAlive);
			assertThat(lock.breakLock()).isTrue();
			assertThat(held.isValid()).isFalse();
			assertThat(query("select * from locks")).isEmpty();
		}
		assertThat(this.events.names()).contains("lost");
	}

	@Test
	void databaseThatOthersUseIsNoFailure() throws Exception {
		LockFile lock = this.locks.get("a");
		LockHandle held = lock.acquire();
		CountDownLatch began = new CountDownLatch(1);
		CountDownLatch end = new CountDownLatch(1);
		Future<?> other = elsewhere(() -> {
			try (Connection connection = connect(); Statement statement = connection.createStatement()) {
				statement.execute("begin exclusive");
				began.countDown();
				end.await();
				statement.execute("commit");
			}
			return null;
		});
		began.await();
		assertThat(held.isValid()).as("as far as can be known").isTrue();
		assertThat(this.locks.get("b").tryAcquire()).isEmpty();
		Future<?> releasing = elsewhere(() -> {
			held.close();
			return null;
		});
		Future<?> waiting = elsewhere(() -> {
			lock.acquire(LONG).close();
			return null;
		});
		awaitWaiting(1);
		assertThat(releasing).isNotDone();
		end.countDown();
		other.get();
		releasing.get();
		waiting.get();
		assertThat(query("select * from locks")).isEmpty();
	}

	private static String ours(ProcessIdentity process) {
		return "lockfile-1 0123456789abcdef 1763923600456 " + process;
	}

	private Path file() {
		return this.directory.resolve("locks.db");
	}

	private void insert(String path, String name) throws Exception {
		update("insert into locks values ('" + this.directory.toRealPath().resolve(path) + ".lock', '" + name + "')");
	}

	private Connection connect() throws SQLException {
		return DriverManager.getConnection("jdbc:sqlite:" + file());
	}

	private void update(String sql) throws Exception {
		try (Connection connection = connect(); Statement statement = connection.createStatement()) {
			statement.execute(sql);
		}
	}

	private List<String> query(String sql) throws Exception {
		List<String> values = new ArrayList<>();
		try (Connection connection = connect();
				Statement statement = connection.createStatement();
				ResultSet rows = statement.executeQuery(sql)) {
			while (rows.next()) {
				values.add(rows.getString(1));
			}
		}
		return values;
	}

}
