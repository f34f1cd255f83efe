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

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;

import jakarta.annotation.PreDestroy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.dao.DataAccessException;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.stereotype.Service;
import org.springframework.transaction.TransactionException;

import io.lockfile.LockFiles;
import io.lockfile.LockHandle;
import io.lockfile.LockMode;
import io.lockfile.LockNotAcquiredException;

/**
 * What the buttons of the live page start. Everything is limited, in number and in time.
 */
@Service
class Chores {

	static final int MOST_AT_ONCE = 4;

	static final int MOST_FILES_IN_INBOX = 500;

	private static final Duration WAIT_FOR_HOLD = Duration.ofSeconds(60);

	private static final Logger logger = LoggerFactory.getLogger(Chores.class);

	private final SampleProperties properties;

	private final Instance instance;

	private final NightlyReport nightlyReport;

	private final LockFiles locks;

	private final Executor executor;

	private final TaskScheduler scheduler;

	private final Clock clock;

	private final Semaphore reports = new Semaphore(MOST_AT_ONCE);

	private final Semaphore holds = new Semaphore(MOST_AT_ONCE);

	private final Set<LockHandle> held = ConcurrentHashMap.newKeySet();

	Chores(SampleProperties properties, Instance instance, NightlyReport nightlyReport, LockFiles locks,
			@Qualifier("applicationTaskExecutor") Executor executor, TaskScheduler scheduler, Clock clock) {
		this.properties = properties;
		this.instance = instance;
		this.nightlyReport = nightlyReport;
		this.locks = locks;
		this.executor = executor;
		this.scheduler = scheduler;
		this.clock = clock;
	}

	/**
	 * Put files into the inbox, for all instances.
	 * @param files how many
	 * @return {@code false} if there are too many already
	 * @throws IOException if they can't be written
	 */
	boolean startBurst(int files) throws IOException {
		if (OrderFiles.in(this.properties.inbox()).size() + files > MOST_FILES_IN_INBOX) {
			return false;
		}
		OrderFiles.generate(this.properties.inbox(),
				"burst-%s-%s".formatted(this.instance.name(), Long.toString(this.clock.millis(), 36)), files);
		return true;
	}

	/**
	 * Make a report, as soon as nobody else makes one.
	 * @param pause how long that takes
	 * @return {@code false} if too many wait already
	 */
	boolean startSlowReport(Duration pause) {
		if (!this.reports.tryAcquire()) {
			return false;
		}
		this.executor.execute(() -> {
			try {
				this.nightlyReport.createSlowly(pause);
			}
			catch (LockNotAcquiredException | DataAccessException | TransactionException ex) {
				logger.info("No report: {}", ex.getMessage());
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
			finally {
				this.reports.release();
			}
		});
		return true;
	}

	/**
	 * Hold a lock, as soon as nobody else does. No thread waits or holds meanwhile.
	 * @param lock the lock
	 * @param time for how long
	 * @return {@code false} if there are too many holds already
	 */
	boolean startHold(HoldableLock lock, Duration time) {
		if (!this.holds.tryAcquire()) {
			return false;
		}
		this.locks.get(lock.path(), lock.strategy())
			.named(lock.path())
			.acquireAsync(LockMode.EXCLUSIVE, WAIT_FOR_HOLD)
			.whenComplete((handle, ex) -> {
				if (handle != null) {
					this.held.add(handle);
					this.scheduler.schedule(() -> release(handle), this.clock.instant().plus(time));
				}
				else {
					this.holds.release();
					logger.info("Not held: {}", ex.getMessage());
				}
			});
		return true;
	}

	private void release(LockHandle handle) {
		if (this.held.remove(handle)) {
			this.holds.release();
			handle.close();
		}
	}

	@PreDestroy
	void releaseAll() {
		this.held.forEach(this::release);
	}

}
