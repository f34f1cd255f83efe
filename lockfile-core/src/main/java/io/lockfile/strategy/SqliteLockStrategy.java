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
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;

import io.lockfile.ClaimRequest;
import io.lockfile.LockClaim;
import io.lockfile.LockOwner;
import io.lockfile.LockStrategy;
import io.lockfile.StrategyLabel;

/**
 * Rows of a SQLite database, {@code locks.db} in the directory of the path, as Python
 * lockfile's {@code SQLiteLockFile} writes them: one row for a path that is claimed, with
 * a name that tells who did it. Transactions decide between claims of this library, and a
 * trigger makes Python's check, which is no transaction, see that it came second.
 * <p>
 * It needs {@code org.xerial:sqlite-jdbc}. Without that, claims fail and say so; this
 * class mentions no type of {@code java.sql}, so that it can be loaded all the same.
 */
public final class SqliteLockStrategy implements LockStrategy {

	/**
	 * How often a look is repeated before those who make way are taken to have died while
	 * they did so. Making way takes two transactions.
	 */
	private static final int MOST_LOOKS = 20;

	private static final StrategyLabel LABEL = new StrategyLabel("a row in `locks.db` beside `P`; the database stays",
			false, StrategyLabel.AfterCrash.PROOF_OF_DEATH, StrategyLabel.Waiting.POLLING,
			"No: SQLite itself isn't safe there", "org.xerial:sqlite-jdbc", List.of("Python lockfile SQLiteLockFile"),
			"Death is proved on Linux, within one boot and pid namespace. The rows of Python, and those that are "
					+ "left by a machine that crashed, are an operator's to break. The Python process that creates "
					+ "the table deletes the database when it ends, so let this library create it. Python has to "
					+ "set SQLiteLockFile.testdb, and to name the path without symbolic links");

	@Override
	public String name() {
		return "sqlite";
	}

	@Override
	public StrategyLabel label() {
		return LABEL;
	}

	@Override
	public void requireAvailable() throws IOException {
		SqliteDriver.find();
	}

	@Override
	public @Nullable LockClaim tryClaim(ClaimRequest request) throws IOException {
		SqliteDatabase database = database(request);
		String key = key(request.path());
		String name = SqliteRow.newName();
		SqliteTable.Outcome outcome;
		try {
			outcome = database.claim(key, name, request.permissions());
		}
		catch (SqliteBusyException ex) {
			return null;
		}
		for (SqliteRow row : outcome.broken()) {
			request.broke(row.owner());
		}
		return outcome.claimed() ? new SqliteLockClaim(database, key, name, !outcome.broken().isEmpty()) : null;
	}

	@Override
	public Optional<LockOwner> findOwner(Path path) throws IOException {
		List<SqliteRow> rows = look(path, true);
		// A dead one counts, as it does for whoever wants the path, if nobody else is
		// there
		return rows.stream()
			.filter((row) -> !row.isDead())
			.findFirst()
			.or(() -> rows.stream().findFirst())
			.map(SqliteRow::owner);
	}

	@Override
	public BreakOutcome breakLock(ClaimRequest request, Predicate<LockOwner> condition) throws IOException {
		for (int i = 0; i < MOST_LOOKS; i++) {
			List<SqliteRow> rows = look(request.path(), false);
			if (rows.isEmpty()) {
				return BreakOutcome.FREE;
			}
			SqliteRow holder = rows.stream().filter((row) -> !row.makesWay()).findFirst().orElse(rows.get(0));
			if (holder.makesWay() && i < MOST_LOOKS / 2) {
				// Without its rows it would not notice that it came second
				LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
				continue;
			}
			LockOwner owner = holder.owner();
			if (!condition.test(owner)) {
				return BreakOutcome.REFUSED;
			}
			if (database(request).delete(key(request.path()), holder)) {
				request.broke(owner);
				return BreakOutcome.BROKEN;
			}
		}
		throw new IOException("it passes from one to the next all the time. Try again");
	}

	private static List<SqliteRow> look(Path path, boolean readOnly) throws IOException {
		Path file = file(path);
		if (Files.notExists(file, LinkOption.NOFOLLOW_LINKS)) {
			return List.of();
		}
		SqliteDriver.find();
		return SqliteDatabase.look(file, key(path), readOnly);
	}

	private static SqliteDatabase database(ClaimRequest request) throws IOException {
		SqliteDatabase.Use kept = request.kept(SqliteDatabase.Use.class);
		if (kept != null) {
			return kept.database();
		}
		SqliteDriver.find();
		SqliteDatabase.Use use = SqliteDatabase.use(file(request.path()));
		request.keep(use);
		return use.database();
	}

	private static Path file(Path path) {
		return path.resolveSibling(SqliteDatabase.NAME);
	}

	private static String key(Path path) {
		return path + ".lock";
	}

}
