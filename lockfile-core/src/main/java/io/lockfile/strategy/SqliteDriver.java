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

import org.jspecify.annotations.Nullable;

/**
 * Finds the driver, which is an optional dependency. Like the strategy, this class
 * mentions no type of {@code java.sql}, which may be absent too.
 */
final class SqliteDriver {

	private static final String NAME = "org.sqlite.JDBC";

	private SqliteDriver() {
	}

	/**
	 * Find the driver where this library comes from, or where the application does.
	 * @return a {@code java.sql.Driver}
	 * @throws IOException if it is absent
	 */
	static Class<?> find() throws IOException {
		try {
			return load(SqliteDriver.class.getClassLoader());
		}
		catch (ClassNotFoundException | LinkageError ex) {
			try {
				return load(Thread.currentThread().getContextClassLoader());
			}
			catch (ClassNotFoundException | LinkageError ignored) {
				throw new IOException("strategy sqlite needs org.xerial:sqlite-jdbc, which is absent. Add that "
						+ "dependency; on the module path also modules org.xerial.sqlitejdbc and java.sql", ex);
			}
		}
	}

	private static Class<?> load(@Nullable ClassLoader classLoader) throws ClassNotFoundException {
		return Class.forName(NAME, true, classLoader);
	}

}
