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
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

import org.springframework.format.annotation.DateTimeFormat;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.ErrorResponseException;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/**
 * What the live page shows and starts. An instance asks the others below
 * {@code /api/instance}, which tells what one instance knows by itself.
 */
@RestController
@RequestMapping("/api")
class LiveController {

	private final AllLocks allLocks;

	private final OwnLocks ownLocks;

	private final LockHistory history;

	private final Neighbours neighbours;

	private final Heartbeat heartbeat;

	private final Chores chores;

	private final Instance instance;

	private final Clock clock;

	LiveController(AllLocks allLocks, OwnLocks ownLocks, LockHistory history, Neighbours neighbours,
			Heartbeat heartbeat, Chores chores, Instance instance, Clock clock) {
		this.allLocks = allLocks;
		this.ownLocks = ownLocks;
		this.history = history;
		this.neighbours = neighbours;
		this.heartbeat = heartbeat;
		this.chores = chores;
		this.instance = instance;
		this.clock = clock;
	}

	@GetMapping("/locks")
	LocksView locks() {
		return this.allLocks.find();
	}

	@GetMapping("/activity")
	ActivityView activity(@RequestParam(defaultValue = "1970-01-01T00:00:00Z") @DateTimeFormat(
			iso = DateTimeFormat.ISO.DATE_TIME) Instant since) {
		List<InstanceTimes> instances = new ArrayList<>();
		instances.add(instanceActivity(since));
		this.neighbours.ask("/api/instance/activity?since=" + since, InstanceTimes.class)
			.values()
			.forEach((answer) -> answer.ifPresent(instances::add));
		Heartbeat.Picture picture = this.heartbeat.picture();
		return new ActivityView(this.clock.instant(), LockHistory.INTERVAL.toSeconds(), LockHistory.KEPT.toSeconds(),
				instances, picture.readAt(), picture.imports(), picture.latest());
	}

	@GetMapping("/instance/locks")
	InstanceLocks instanceLocks() {
		return this.ownLocks.find();
	}

	@GetMapping("/instance/activity")
	InstanceTimes instanceActivity(@RequestParam(defaultValue = "1970-01-01T00:00:00Z") @DateTimeFormat(
			iso = DateTimeFormat.ISO.DATE_TIME) Instant since) {
		return new InstanceTimes(this.instance.name(), ProcessHandle.current().pid(), this.history.since(since));
	}

	@PostMapping("/bursts")
	@ResponseStatus(HttpStatus.ACCEPTED)
	Started startBurst(@RequestBody Burst burst) throws IOException {
		requireBetween("files", burst.files(), 1, 100);
		if (!this.chores.startBurst(burst.files())) {
			throw tooMuch("The inbox has %d files or would have more".formatted(Chores.MOST_FILES_IN_INBOX));
		}
		return new Started(this.instance.name());
	}

	@PostMapping("/reports/slow")
	@ResponseStatus(HttpStatus.ACCEPTED)
	Started startSlowReport(@RequestBody SlowReport report) {
		requireBetween("seconds", report.seconds(), 1, 60);
		if (!this.chores.startSlowReport(Duration.ofSeconds(report.seconds()))) {
			throw tooMuch("%d slow reports of this instance are not done yet".formatted(Chores.MOST_AT_ONCE));
		}
		return new Started(this.instance.name());
	}

	@PostMapping("/holds")
	@ResponseStatus(HttpStatus.ACCEPTED)
	Started startHold(@RequestBody Hold hold) {
		requireBetween("seconds", hold.seconds(), 1, 60);
		HoldableLock lock = HoldableLock.of(hold.lock())
			.orElseThrow(() -> problem(HttpStatus.BAD_REQUEST, "There is no lock '%s' to hold".formatted(hold.lock())));
		if (!this.chores.startHold(lock, Duration.ofSeconds(hold.seconds()))) {
			throw tooMuch("%d holds of this instance are not over yet".formatted(Chores.MOST_AT_ONCE));
		}
		return new Started(this.instance.name());
	}

	private static void requireBetween(String name, int value, int least, int most) {
		if (value < least || value > most) {
			throw problem(HttpStatus.BAD_REQUEST,
					"'%s' is %d, but has to be between %d and %d".formatted(name, value, least, most));
		}
	}

	private static ErrorResponseException tooMuch(String reason) {
		return problem(HttpStatus.TOO_MANY_REQUESTS, reason + ". Try again in a while.");
	}

	private static ErrorResponseException problem(HttpStatus status, String detail) {
		return new ErrorResponseException(status, ProblemDetail.forStatusAndDetail(status, detail), null);
	}

	/**
	 * Files for the inbox.
	 *
	 * @param files how many
	 */
	record Burst(int files) {

	}

	/**
	 * A report that takes its time.
	 *
	 * @param seconds how long
	 */
	record SlowReport(int seconds) {

	}

	/**
	 * A lock to be held.
	 *
	 * @param lock the name of the lock
	 * @param seconds for how long
	 */
	record Hold(String lock, int seconds) {

	}

	/**
	 * Says that something was started.
	 *
	 * @param instance which instance does it
	 */
	record Started(String instance) {

	}

}
