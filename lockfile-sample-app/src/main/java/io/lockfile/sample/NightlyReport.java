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

import java.time.Duration;
import java.time.Instant;
import java.util.List;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Service;

import io.lockfile.spring.FileLocked;

/**
 * Makes the report, at night and on demand, one at a time.
 */
@Service
class NightlyReport {

	private static final Logger logger = LoggerFactory.getLogger(NightlyReport.class);

	private final OrderRepository orders;

	private final Instance instance;

	NightlyReport(OrderRepository orders, Instance instance) {
		this.orders = orders;
		this.instance = instance;
	}

	/**
	 * Make the report of the night, unless another instance makes it or has just made it,
	 * which the minimum hold is for.
	 */
	@Scheduled(cron = "${sample.report.cron:0 0 2 * * *}")
	@FileLocked(path = "nightly-report", onUnavailable = FileLocked.OnUnavailable.SKIP, minHold = "10s")
	void createAtNight() {
		create();
	}

	/**
	 * Make a report, after whoever makes one.
	 * @return the report
	 */
	@FileLocked(path = "nightly-report", timeout = "${sample.report.timeout:10s}")
	Report create() {
		List<Report.Total> totals = this.orders.findTotals();
		logger.info("{} made a report of {} totals", this.instance.name(), totals.size());
		return new Report(this.instance.name(), Instant.now(), totals);
	}

	/**
	 * Make a report that takes its time. All methods have one lock, because they name one
	 * path.
	 * @param pause how long it takes at least
	 * @return the report
	 * @throws InterruptedException if the application is shut down meanwhile
	 */
	@FileLocked(path = "nightly-report", timeout = "${sample.report.timeout:10s}")
	Report createSlowly(Duration pause) throws InterruptedException {
		Thread.sleep(pause.toMillis());
		return create();
	}

}
