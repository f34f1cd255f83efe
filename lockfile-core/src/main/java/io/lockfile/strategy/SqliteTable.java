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

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * The table of Python's class, and what is done with it within a transaction.
 */
final class SqliteTable {

	private static final String CREATE = "create table locks(   lock_file varchar(32),   unique_name varchar(32))";

	/**
	 * Python looks whether a path is free, inserts a row, and looks whether it has just
	 * one. So the row of one who comes second is doubled.
	 */
	private static final String CREATE_TRIGGER = "create trigger if not exists lockfile_1 after insert on locks "
			+ "when exists (select 1 from locks where lock_file = new.lock_file and unique_name <> new.unique_name) "
			+ "begin insert into locks values (new.lock_file, new.unique_name); end";

	private static final String KEY_AND_NAME = " where lock_file = ? and unique_name = ?";

	private SqliteTable() {
	}

	/**
	 * Look whether the table is there.
	 * @param connection the database
	 * @return {@code false} if the database is empty
	 * @throws SQLException if looking failed
	 * @throws ForeignException if there is something else
	 */
	static boolean isThere(Connection connection) throws SQLException {
		boolean table = false;
		boolean others = false;
		try (Statement statement = connection.createStatement();
				ResultSet objects = statement.executeQuery("select type, name from sqlite_master")) {
			while (objects.next()) {
				boolean found = "table".equals(objects.getString(1)) && "locks".equalsIgnoreCase(objects.getString(2));
				table |= found;
				others |= !found;
			}
		}
		if (table ? !columns(connection).equals(List.of("lock_file", "unique_name")) : others) {
			throw new ForeignException();
		}
		return table;
	}

	private static List<String> columns(Connection connection) throws SQLException {
		List<String> columns = new ArrayList<>();
		try (Statement statement = connection.createStatement();
				ResultSet infos = statement.executeQuery("pragma table_info(locks)")) {
			while (infos.next()) {
				columns.add(infos.getString("name"));
			}
		}
		return columns;
	}

	/**
	 * Claim a path, unless somebody has it who isn't known to be dead.
	 * @param connection the database, in a transaction
	 * @param key what stands for the path
	 * @param name our unique name
	 * @return how it ended
	 * @throws SQLException if that failed
	 */
	static Outcome claim(Connection connection, String key, String name) throws SQLException {
		if (!isThere(connection)) {
			execute(connection, CREATE);
		}
		execute(connection, CREATE_TRIGGER);
		List<SqliteRow> broken = new ArrayList<>();
		boolean claimed = true;
		for (SqliteRow row : find(connection, key)) {
			if (row.isLeftByUs()) {
				delete(connection, key, row.name());
			}
			else if (row.isDead()) {
				delete(connection, key, row.name());
				broken.add(row);
			}
			else {
				claimed = false;
			}
		}
		if (claimed) {
			change(connection, "insert into locks (lock_file, unique_name) values (?, ?)", key, name);
		}
		return new Outcome(claimed, broken);
	}

	/**
	 * Return who has a path or asks for it.
	 * @param connection the database, which has the table
	 * @param key what stands for the path
	 * @return them, in the order in which they came
	 * @throws SQLException if that failed
	 */
	static List<SqliteRow> find(Connection connection, String key) throws SQLException {
		List<SqliteRow> rows = new ArrayList<>();
		try (PreparedStatement statement = connection
			.prepareStatement("select unique_name, count(*) from locks where lock_file = ?"
					+ " group by unique_name order by min(rowid)")) {
			statement.setString(1, key);
			try (ResultSet found = statement.executeQuery()) {
				while (found.next()) {
					String name = found.getString(1);
					rows.add(new SqliteRow((name != null) ? name : "", found.getInt(2)));
				}
			}
		}
		return rows;
	}

	/**
	 * Look whether there is a row of one who has a path.
	 * @param connection the database
	 * @param key what stands for the path
	 * @param name the unique name
	 * @return {@code true} if there is
	 * @throws SQLException if that failed
	 */
	static boolean has(Connection connection, String key, String name) throws SQLException {
		return count(connection, key, name) > 0;
	}

	private static int count(Connection connection, String key, String name) throws SQLException {
		if (!isThere(connection)) {
			return 0;
		}
		try (PreparedStatement statement = connection.prepareStatement("select count(*) from locks" + KEY_AND_NAME)) {
			statement.setString(1, key);
			statement.setString(2, name);
			try (ResultSet found = statement.executeQuery()) {
				return found.next() ? found.getInt(1) : 0;
			}
		}
	}

	/**
	 * Delete what was judged, unless it has changed since.
	 * @param connection the database, which needn't have the table any more, in a
	 * transaction
	 * @param key what stands for the path
	 * @param judged what is to be deleted
	 * @return {@code false} if it isn't there any more
	 * @throws SQLException if that failed
	 */
	static boolean delete(Connection connection, String key, SqliteRow judged) throws SQLException {
		if (count(connection, key, judged.name()) != judged.count()) {
			return false;
		}
		delete(connection, key, judged.name());
		return true;
	}

	private static void delete(Connection connection, String key, String name) throws SQLException {
		change(connection, "delete from locks" + KEY_AND_NAME, key, name);
	}

	private static void change(Connection connection, String sql, String key, String name) throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(sql)) {
			statement.setString(1, key);
			statement.setString(2, name);
			statement.executeUpdate();
		}
	}

	static void execute(Connection connection, String sql) throws SQLException {
		try (Statement statement = connection.createStatement()) {
			statement.execute(sql);
		}
	}

	/**
	 * How a try to claim a path ended.
	 *
	 * @param claimed whether there is a row of ours now
	 * @param broken the rows of the dead that were removed
	 */
	record Outcome(boolean claimed, List<SqliteRow> broken) {
	}

	/**
	 * The database is somebody else's.
	 */
	static final class ForeignException extends SQLException {

		private static final long serialVersionUID = 1L;

		ForeignException() {
			super("it has no table 'locks' with the columns lock_file and unique_name, but others, so it belongs to "
					+ "something else");
		}

	}

}
