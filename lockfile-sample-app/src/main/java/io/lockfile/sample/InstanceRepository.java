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

package io.lockfile.sample;

import java.time.Instant;
import java.util.List;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/**
 * The table {@code instance} of {@code schema.sql}.
 */
@Repository
class InstanceRepository {

	private final JdbcClient jdbcClient;

	InstanceRepository(JdbcClient jdbcClient) {
		this.jdbcClient = jdbcClient;
	}

	/**
	 * Write the row of an instance, in the place of an earlier one of that name.
	 * @param instance the instance
	 */
	void save(RunningInstance instance) {
		this.jdbcClient.sql("MERGE INTO instance (name, pid, port, last_seen) KEY (name) VALUES (?, ?, ?, ?)")
			.params(instance.name(), instance.pid(), instance.port(), instance.lastSeen())
			.update();
	}

	/**
	 * Delete the row of an instance, unless another one has its name by now.
	 * @param name the name
	 * @param pid its process
	 */
	void delete(String name, long pid) {
		this.jdbcClient.sql("DELETE FROM instance WHERE name = ? AND pid = ?").params(name, pid).update();
	}

	void deleteNotSeenSince(Instant time) {
		this.jdbcClient.sql("DELETE FROM instance WHERE last_seen < ?").param(time).update();
	}

	List<RunningInstance> findAll() {
		return this.jdbcClient.sql("SELECT name, pid, port, last_seen FROM instance ORDER BY last_seen DESC, name")
			.query((result, number) -> new RunningInstance(result.getString(1), result.getLong(2), result.getInt(3),
					result.getObject(4, Instant.class)))
			.list();
	}

}
