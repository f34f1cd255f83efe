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
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import io.lockfile.LockClaim;

/**
 * A row of ours.
 */
final class SqliteLockClaim implements LockClaim {

	/**
	 * How long a release tries again while others use the database. What stays then is
	 * removed by the next claim of the path in this JVM, or when this JVM has died.
	 */
	private static final long LONGEST_RELEASE = TimeUnit.SECONDS.toNanos(10);

	private static final long LONGEST_PAUSE = TimeUnit.MILLISECONDS.toNanos(20);

	private final SqliteDatabase database;

	private final String key;

	private final String name;

	private final boolean afterCrash;

	SqliteLockClaim(SqliteDatabase database, String key, String name, boolean afterCrash) {
		this.database = database;
		this.key = key;
		this.name = name;
		this.afterCrash = afterCrash;
	}

	@Override
	public boolean isValid() {
		try {
			return this.database.has(this.key, this.name);
		}
		catch (IOException ex) {
			// Not known to have ended: others may use the database right now
			return true;
		}
	}

	@Override
	public boolean isAfterCrash() {
		return this.afterCrash;
	}

	@Override
	public void release() throws IOException {
		long start = System.nanoTime();
		while (true) {
			try {
				this.database.delete(this.key, new SqliteRow(this.name, 1));
				return;
			}
			catch (SqliteBusyException ex) {
				if (System.nanoTime() - start > LONGEST_RELEASE) {
					throw ex;
				}
				LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(LONGEST_PAUSE));
			}
		}
	}

	@Override
	public String toString() {
		return "row %s of %s".formatted(this.name, this.key);
	}

}
