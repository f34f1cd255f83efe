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

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import org.jspecify.annotations.Nullable;

import io.lockfile.LockPermissions;

/**
 * The database file of a directory, with one connection for all paths of this class
 * loader in there, for as long as one of them keeps its use. The file may be deleted or
 * replaced at any time: every use begins with a look at it.
 */
final class SqliteDatabase {

	static final String NAME = "locks.db";

	/**
	 * How often SQLite may fail before that is told. Whoever still writes to a file that
	 * was deleted takes the journal of the new one for his own, and vice versa.
	 */
	private static final int MOST_FAILURES = 5;

	private static final Map<Path, SqliteDatabase> USED = new ConcurrentHashMap<>();

	private final Path file;

	private int uses;

	private @Nullable SqliteConnection connection;

	private SqliteDatabase(Path file) {
		this.file = file;
	}

	/**
	 * Use a database. This doesn't open it yet.
	 * @param file the canonical path of the file
	 * @return what is to be closed when it isn't used any more
	 */
	static Use use(Path file) {
		SqliteMutex mutex = SqliteMutex.enter(file);
		try {
			SqliteDatabase database = USED.computeIfAbsent(file, SqliteDatabase::new);
			database.uses++;
			return new Use(database);
		}
		finally {
			mutex.leave();
		}
	}

	/**
	 * Look who has a path or asks for it, whether or not the database is used here. A
	 * file that isn't there is not created.
	 * @param file the canonical path of the file
	 * @param key what stands for the path
	 * @param readOnly whether nothing may be written, not even to undo what a process did
	 * that died in a transaction; looking fails then
	 * @return the rows
	 * @throws IOException if that failed
	 */
	static List<SqliteRow> look(Path file, String key, boolean readOnly) throws IOException {
		SqliteMutex mutex = SqliteMutex.enter(file);
		try {
			SqliteDatabase database = USED.get(file);
			SqliteConnection open = (database != null) ? database.connection : null;
			if (open != null && open.isStillNamed()) {
				return look(open, key);
			}
			SqliteConnection own = SqliteConnection.open(file, readOnly);
			if (own == null) {
				return List.of();
			}
			try {
				return look(own, key);
			}
			finally {
				own.close();
			}
		}
		catch (NoSuchFileException ex) {
			return List.of();
		}
		finally {
			mutex.leave();
		}
	}

	private static List<SqliteRow> look(SqliteConnection open, String key) throws IOException {
		return open.read((connection) -> SqliteTable.isThere(connection) ? SqliteTable.find(connection, key)
				: List.<SqliteRow>of());
	}

	/**
	 * Try to claim a path. The file is created if need be.
	 * @param key what stands for the path
	 * @param name our unique name
	 * @param permissions who may use a file that is created
	 * @return how it ended, in the file that the path named after that
	 * @throws SqliteBusyException if others use the database
	 * @throws IOException if that failed
	 */
	SqliteTable.Outcome claim(String key, String name, LockPermissions permissions) throws IOException {
		SqliteMutex mutex = SqliteMutex.enter(this.file);
		try {
			int failures = 0;
			for (int i = 0; i < OsLockStrategy.MOST_EXCHANGES; i++) {
				try {
					SqliteTable.Outcome outcome = tryClaim(key, name);
					if (outcome != null) {
						return outcome;
					}
				}
				catch (NoSuchFileException ex) {
					LockChannel.create(this.file, permissions);
				}
				catch (SqliteBusyException ex) {
					throw ex;
				}
				catch (IOException ex) {
					failures++;
					if (failures > MOST_FAILURES || !(ex.getCause() instanceof SQLException)) {
						throw ex;
					}
				}
			}
			throw OsLockStrategy.exchanged(this.file);
		}
		finally {
			mutex.leave();
		}
	}

	private SqliteTable.@Nullable Outcome tryClaim(String key, String name) throws IOException {
		SqliteConnection open = open();
		SqliteTable.Outcome outcome = null;
		if (open != null && open.isStillNamed()) {
			outcome = run(open, () -> open.write((database) -> SqliteTable.claim(database, key, name)));
		}
		if (open != null && open == this.connection && !open.isStillNamed()) {
			drop(open);
			return null;
		}
		return outcome;
	}

	private @Nullable SqliteConnection open() throws IOException {
		SqliteConnection open = this.connection;
		if (open == null) {
			open = SqliteConnection.open(this.file, false);
			this.connection = open;
		}
		return open;
	}

	/**
	 * Do something with the open database. If that fails, the next one opens it anew.
	 * @param <T> the type of the result
	 * @param open the database
	 * @param step what to do
	 * @return the result, or {@code null} if the path doesn't name the file any more:
	 * SQLite refuses to write to it then
	 * @throws SqliteBusyException if others use the database
	 * @throws IOException if that failed
	 */
	private <T> @Nullable T run(SqliteConnection open, Step<T> step) throws IOException {
		try {
			return step.run();
		}
		catch (SqliteBusyException ex) {
			throw ex;
		}
		catch (IOException ex) {
			boolean named = open.isStillNamed();
			drop(open);
			if (named) {
				throw ex;
			}
			return null;
		}
	}

	/**
	 * Look whether a row is still there.
	 * @param key what stands for the path
	 * @param name its unique name
	 * @return {@code false} if it is gone, or the database with it
	 * @throws IOException if that can't be found out
	 */
	boolean has(String key, String name) throws IOException {
		SqliteMutex mutex = SqliteMutex.enter(this.file);
		try {
			SqliteConnection open = openIfThere();
			return open != null && Boolean.TRUE
				.equals(run(open, () -> open.read((database) -> SqliteTable.has(database, key, name))));
		}
		finally {
			mutex.leave();
		}
	}

	/**
	 * Delete what was judged, unless it has changed since.
	 * @param key what stands for the path
	 * @param judged what is to be deleted
	 * @return {@code false} if it is gone, or the database with it
	 * @throws SqliteBusyException if others use the database
	 * @throws IOException if that failed
	 */
	boolean delete(String key, SqliteRow judged) throws IOException {
		SqliteMutex mutex = SqliteMutex.enter(this.file);
		try {
			for (int failures = 0;; failures++) {
				try {
					SqliteConnection open = openIfThere();
					return open != null && Boolean.TRUE
						.equals(run(open, () -> open.write((database) -> SqliteTable.delete(database, key, judged))));
				}
				catch (SqliteBusyException ex) {
					throw ex;
				}
				catch (IOException ex) {
					if (failures >= MOST_FAILURES || !(ex.getCause() instanceof SQLException)) {
						throw ex;
					}
				}
			}
		}
		finally {
			mutex.leave();
		}
	}

	private @Nullable SqliteConnection openIfThere() throws IOException {
		try {
			SqliteConnection open = open();
			return (open != null && open.isStillNamed()) ? open : null;
		}
		catch (NoSuchFileException ex) {
			return null;
		}
	}

	private void drop(SqliteConnection open) throws IOException {
		this.connection = null;
		open.close();
	}

	private void endUse() throws IOException {
		SqliteMutex mutex = SqliteMutex.enter(this.file);
		try {
			SqliteConnection open = this.connection;
			if (this.uses == 1 && open != null) {
				drop(open);
			}
			this.uses--;
			if (this.uses == 0) {
				USED.remove(this.file);
			}
		}
		finally {
			mutex.leave();
		}
	}

	/**
	 * The use that one path makes of a database.
	 */
	static final class Use implements Closeable {

		private final SqliteDatabase database;

		private boolean ended;

		private Use(SqliteDatabase database) {
			this.database = database;
		}

		SqliteDatabase database() {
			return this.database;
		}

		@Override
		public void close() throws IOException {
			if (!this.ended) {
				this.database.endUse();
				this.ended = true;
			}
		}

	}

	private interface Step<T> {

		T run() throws IOException;

	}

}
