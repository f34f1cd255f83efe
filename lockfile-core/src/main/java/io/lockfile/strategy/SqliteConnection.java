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
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Objects;
import java.util.Properties;

import org.jspecify.annotations.Nullable;

/**
 * An open database file, and how it is recognised: as long as it is open, no other file
 * can have its key. It is opened, used and closed within the {@link SqliteMutex} only.
 */
final class SqliteConnection {

	/**
	 * How long SQLite waits for others who use the database, in milliseconds: much longer
	 * than they need for a transaction.
	 */
	private static final String BUSY_TIMEOUT = "200";

	private static final int OPEN_READ_ONLY = 0x1;

	private static final int OPEN_READ_WRITE = 0x2;

	private static final int OPEN_NO_FOLLOW = 0x01000000;

	private static final int BUSY = 5;

	private static final byte[] MAGIC = "SQLite format 3\0".getBytes(StandardCharsets.US_ASCII);

	/**
	 * Where the header says how the file is written.
	 */
	private static final int WRITE_VERSION = 18;

	private static final int WRITE_AHEAD_LOG = 2;

	private final Path file;

	private final @Nullable Object key;

	private final Connection connection;

	private SqliteConnection(Path file, @Nullable Object key, Connection connection) {
		this.file = file;
		this.key = key;
		this.connection = connection;
	}

	/**
	 * Open a file that exists.
	 * @param file the file
	 * @param readOnly whether it is only read
	 * @return the connection, or {@code null} if the file was exchanged meanwhile
	 * @throws NoSuchFileException if there is no file
	 * @throws IOException if it is no database, or can't be opened
	 */
	static @Nullable SqliteConnection open(Path file, boolean readOnly) throws IOException {
		Class<?> driver = SqliteDriver.find();
		Object key = key(file);
		checkHeader(file);
		SqliteConnection opened;
		try {
			opened = new SqliteConnection(file, key, connect(driver, file, readOnly));
		}
		catch (SQLException ex) {
			// Tells in its own way that the file isn't there any more
			key(file);
			throw failure(file, ex);
		}
		boolean named = false;
		try {
			named = opened.isStillNamed();
			return named ? opened : null;
		}
		finally {
			if (!named) {
				opened.close();
			}
		}
	}

	private static Connection connect(Class<?> driver, Path file, boolean readOnly) throws IOException, SQLException {
		Properties properties = new Properties();
		// Never to be created by SQLite, which doesn't know with which permissions
		int mode = (readOnly ? OPEN_READ_ONLY : OPEN_READ_WRITE) | OPEN_NO_FOLLOW;
		properties.setProperty("open_mode", Integer.toString(mode));
		properties.setProperty("busy_timeout", BUSY_TIMEOUT);
		try {
			// As a URI: in a plain name the driver takes what follows a question mark for
			// options, and it creates and deletes a file that it doesn't find
			Connection connection = ((Driver) driver.getDeclaredConstructor().newInstance())
				.connect("jdbc:sqlite:" + file.toUri(), properties);
			return Objects.requireNonNull(connection, "connection");
		}
		catch (ReflectiveOperationException | LinkageError ex) {
			Throwable reason = (ex.getCause() != null) ? ex.getCause() : ex;
			throw new IOException("org.xerial:sqlite-jdbc can't be used here (%s). Let java.io.tmpdir or "
				.formatted(String.valueOf(reason.getMessage()).lines().findFirst().orElse(""))
					+ "org.sqlite.tmpdir be a directory that can be written and executed in", ex);
		}
	}

	private static @Nullable Object key(Path file) throws IOException {
		BasicFileAttributes attributes = attributes(file);
		if (!attributes.isRegularFile()) {
			throw new FileSystemException(file.toString(), null,
					(attributes.isSymbolicLink() ? "it is a symbolic link, which is not followed"
							: "it is not a regular file") + ". Use another directory, or remove what is in its place");
		}
		return attributes.fileKey();
	}

	private static BasicFileAttributes attributes(Path file) throws IOException {
		return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
	}

	private static void checkHeader(Path file) throws IOException {
		byte[] header;
		try (InputStream content = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
			header = content.readNBytes(WRITE_VERSION + 1);
		}
		if (header.length == 0) {
			return;
		}
		if (header.length <= WRITE_VERSION || !Arrays.equals(header, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
			throw refused(file, "it is not a SQLite database");
		}
		if (header[WRITE_VERSION] == WRITE_AHEAD_LOG) {
			throw refused(file, "it has a write-ahead log, which neither Python's class nor this library creates");
		}
	}

	private static FileSystemException refused(Path file, @Nullable String reason) {
		return new FileSystemException(file.toString(), null,
				reason + ". Use another directory, or remove the file if nobody needs it");
	}

	private static IOException failure(Path file, SQLException ex) {
		if (ex.getErrorCode() == BUSY) {
			return new SqliteBusyException(file, ex);
		}
		if (ex instanceof SqliteTable.ForeignException) {
			return refused(file, ex.getMessage());
		}
		IOException failure = new FileSystemException(file.toString(), null, ex.getMessage());
		failure.initCause(ex);
		return failure;
	}

	/**
	 * Look whether the path still names this file.
	 * @return {@code true} if it does
	 * @throws IOException if that can't be found out
	 */
	boolean isStillNamed() throws IOException {
		try {
			BasicFileAttributes attributes = attributes(this.file);
			return attributes.isRegularFile() && Objects.equals(this.key, attributes.fileKey());
		}
		catch (NoSuchFileException ex) {
			return false;
		}
	}

	<T> T read(Work<T> work) throws IOException {
		try {
			return work.run(this.connection);
		}
		catch (SQLException ex) {
			throw failure(this.file, ex);
		}
	}

	/**
	 * Work in a transaction that begins as one that writes, so that nothing can change
	 * between what it reads and what it writes.
	 * @param <T> the type of the result
	 * @param work the work
	 * @return its result, after that was committed
	 * @throws SqliteBusyException if others use the database
	 * @throws IOException if that failed
	 */
	<T> T write(Work<T> work) throws IOException {
		return read((database) -> {
			boolean committed = false;
			try {
				SqliteTable.execute(database, "begin immediate");
				T result = work.run(database);
				SqliteTable.execute(database, "commit");
				committed = true;
				return result;
			}
			finally {
				if (!committed) {
					rollBack(database);
				}
			}
		});
	}

	private static void rollBack(Connection database) {
		try {
			SqliteTable.execute(database, "rollback");
		}
		catch (SQLException ex) {
			// There is no transaction, or SQLite has ended it. What led here is thrown
		}
	}

	void close() throws IOException {
		try {
			this.connection.close();
		}
		catch (SQLException ex) {
			throw failure(this.file, ex);
		}
	}

	/**
	 * Something that uses the database.
	 *
	 * @param <T> the type of the result
	 */
	interface Work<T> {

		T run(Connection database) throws SQLException;

	}

}
