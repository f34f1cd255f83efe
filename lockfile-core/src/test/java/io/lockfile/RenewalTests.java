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

package io.lockfile;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link Renewal}.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class RenewalTests {

	private static final Duration LONG = Duration.ofSeconds(60);

	@TempDir
	private Path directory;

	private final AtomicInteger renewals = new AtomicInteger();

	private final RecordingListener events = new RecordingListener();

	@Test
	void failureIsNoLossAndDoesNotEndTheRenewals() {
		try (LockFiles locks = LockFiles.builder()
			.directory(this.directory)
			.strategy(new Renewed())
			.listener(this.events)
			.build(); LockHandle held = locks.get("a").acquire()) {
			Awaitility.await().atMost(LONG).until(() -> this.renewals.get() >= 3);
			assertThat(held.isValid()).isTrue();
		}
		assertThat(this.events.names()).containsExactly("acquired", "released");
	}

	@Test
	void failedAcquisitionOfAnotherThreadDoesNotEndTheRenewals() throws Exception {
		try (LockFiles locks = LockFiles.builder().directory(this.directory).strategy(new Renewed()).build();
				LockHandle held = locks.get("a").acquire()) {
			FutureTask<Boolean> other = new FutureTask<>(() -> {
				assertThatExceptionOfType(LockTimeoutException.class)
					.isThrownBy(() -> locks.get("a").acquire(Duration.ofMillis(10)));
				return locks.get("a").tryAcquire().isEmpty();
			});
			new Thread(other).start();
			assertThat(other.get()).isTrue();
			int before = this.renewals.get();
			Awaitility.await().atMost(LONG).until(() -> this.renewals.get() > before + 1);
			assertThat(held.isValid()).isTrue();
		}
	}

	/**
	 * A strategy whose first renewals fail.
	 */
	private final class Renewed implements LockStrategy {

		@Override
		public String name() {
			return "renewed";
		}

		@Override
		public LockClaim tryClaim(ClaimRequest request) {
			return new LockClaim() {

				@Override
				public boolean isValid() {
					return true;
				}

				@Override
				public Duration renewInterval() {
					return Duration.ofSeconds(1);
				}

				@Override
				public void renew() throws IOException {
					if (RenewalTests.this.renewals.incrementAndGet() <= 2) {
						throw new IOException("Input/output error");
					}
				}

				@Override
				public void release() {
				}

			};
		}

	}

}
