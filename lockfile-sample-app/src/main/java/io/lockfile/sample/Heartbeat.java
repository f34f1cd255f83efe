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

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

import jakarta.annotation.PreDestroy;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.env.Environment;
import org.springframework.dao.DataAccessException;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Says in the shared database that this instance runs, and reads there who else does and
 * who imported what. What was read is kept, because the page must not wait while the
 * database moves from an instance that died to another one.
 */
@Component
class Heartbeat {

	private static final Logger logger = LoggerFactory.getLogger(Heartbeat.class);

	private static final Duration FORGOTTEN_AFTER = Duration.ofMinutes(10);

	private static final int LATEST_IMPORTS = 6;

	private final InstanceRepository instances;

	private final OrderRepository orders;

	private final Instance instance;

	private final Environment environment;

	private final Clock clock;

	private volatile Picture picture = new Picture(null, List.of(), List.of(), List.of());

	Heartbeat(InstanceRepository instances, OrderRepository orders, Instance instance, Environment environment,
			Clock clock) {
		this.instances = instances;
		this.orders = orders;
		this.instance = instance;
		this.environment = environment;
		this.clock = clock;
	}

	/**
	 * Return what was read last.
	 * @return the picture, which says how old it is
	 */
	Picture picture() {
		return this.picture;
	}

	@Scheduled(fixedDelay = 1000)
	void beat() {
		try {
			Instant now = this.clock.instant();
			// Tests have no server
			Integer port = this.environment.getProperty("local.server.port", Integer.class);
			if (port != null) {
				this.instances
					.save(new RunningInstance(this.instance.name(), ProcessHandle.current().pid(), port, now));
				this.instances.deleteNotSeenSince(now.minus(FORGOTTEN_AFTER));
			}
			List<RunningInstance> others = this.instances.findAll()
				.stream()
				.filter((other) -> !other.name().equals(this.instance.name()))
				.toList();
			this.picture = new Picture(now, others, this.orders.countImportsByInstance(),
					this.orders.findLatestImports(LATEST_IMPORTS));
		}
		catch (DataAccessException ex) {
			logger.debug("The database doesn't answer, what it said before is shown", ex);
		}
	}

	@PreDestroy
	void leave() {
		try {
			this.instances.delete(this.instance.name(), ProcessHandle.current().pid());
		}
		catch (DataAccessException ex) {
			logger.debug("The others will find out by themselves that this instance is gone", ex);
		}
	}

	/**
	 * What the database said.
	 *
	 * @param readAt when that was, or {@code null} if it has never answered
	 * @param others the other instances, the one that was seen last first
	 * @param imports what each instance imported
	 * @param latest the latest imports of all, the last one first
	 */
	record Picture(@Nullable Instant readAt, List<RunningInstance> others, List<ImportCount> imports,
			List<ImportedFile> latest) {

	}

}
