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

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

import org.junit.jupiter.api.Test;

import io.lockfile.LockAttempt;
import io.lockfile.LockFiles;
import io.lockfile.LockHandle;
import io.lockfile.LockMode;
import io.lockfile.LockOutcome;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link LockHistory}.
 */
class LockHistoryTests {

	private static final Instant START = Instant.parse("2026-11-23T09:00:00Z");

	private final SettableClock clock = new SettableClock();

	private final LockHistory history = new LockHistory(this.clock);

	private final LockAttempt attempt = new LockAttempt("report", Path.of("/locks/report"), "os", LockMode.EXCLUSIVE,
			Duration.ZERO);

	@Test
	void timesOfOneIntervalAreAddedUp() {
		this.history.released(this.attempt, Duration.ofMillis(30));
		this.clock.now = START.plusMillis(4999);
		this.history.released(this.attempt, Duration.ofMillis(50));
		this.history.notAcquired(this.attempt, LockOutcome.TIMEOUT, Duration.ofSeconds(2));
		assertThat(this.history.since(START))
			.containsExactly(new LockTimes(START, "report", 0, 1, 2000, 2000, 2, 80, 50));
	}

	@Test
	void waitsCountWhenTheyEnd() {
		try (LockFiles locks = LockFiles.builder().strategy("memory").listener(this.history).build();
				LockHandle held = locks.get("a").named("report").acquire()) {
			assertThat(this.history.since(START)).singleElement().satisfies((times) -> {
				assertThat(times.acquired()).isEqualTo(1);
				assertThat(times.longestWaitMillis()).isEqualTo(held.waited().toNanos() / 1e6);
				assertThat(times.released()).isZero();
			});
		}
		assertThat(this.history.since(START)).extracting(LockTimes::released).containsExactly(1);
	}

	@Test
	void intervalWithTheInstantIsIncluded() {
		this.history.released(this.attempt, Duration.ofMillis(1));
		this.clock.now = START.plusSeconds(7);
		this.history.released(this.attempt, Duration.ofMillis(2));
		assertThat(this.history.since(START.plusSeconds(9))).extracting(LockTimes::start)
			.containsExactly(START.plusSeconds(5));
		assertThat(this.history.since(START.plusSeconds(3))).hasSize(2);
	}

	@Test
	void oldTimesAreForgotten() {
		for (int second = 0; second < 3600; second++) {
			this.clock.now = START.plusSeconds(second);
			this.history.released(this.attempt, Duration.ofMillis(1));
		}
		assertThat(this.history.since(Instant.EPOCH)).hasSize(121)
			.allSatisfy((times) -> assertThat(times.released()).isEqualTo(5));
		this.clock.now = START.plus(Duration.ofHours(2));
		assertThat(this.history.since(Instant.EPOCH)).isEmpty();
	}

	private static final class SettableClock extends Clock {

		private Instant now = START;

		@Override
		public Instant instant() {
			return this.now;
		}

		@Override
		public ZoneId getZone() {
			return ZoneOffset.UTC;
		}

		@Override
		public Clock withZone(ZoneId zone) {
			return this;
		}

	}

}
