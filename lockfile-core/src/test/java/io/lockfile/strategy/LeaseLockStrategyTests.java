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
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.lockfile.AbstractLockStrategyTests;
import io.lockfile.ClaimRequest;
import io.lockfile.LockClaim;
import io.lockfile.LockMode;
import io.lockfile.LockPermissions;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Strategy {@code lease} within a JVM.
 */
class LeaseLockStrategyTests extends AbstractLockStrategyTests {

	LeaseLockStrategyTests() {
		super("lease", false);
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 2, 3, 4 })
	void leaseThatExpiresWhileItIsRenewedIsLost(int looksAtClocks) throws IOException {
		Path path = Files.createDirectories(this.directory).resolve("a");
		PausedStrategy strategy = new PausedStrategy();
		LockClaim claim = strategy.tryClaim(new ClaimRequest(path, LockMode.EXCLUSIVE, LockPermissions.OWNER));
		assertThat(claim).isNotNull();
		assertThat(claim.isValid()).isTrue();
		strategy.pauseAfter(looksAtClocks);
		claim.renew();
		strategy.pauseAfter(0);
		assertThat(claim.isValid()).isFalse();
		claim.release();
	}

	/**
	 * A strategy in a JVM that is paused for longer than a lease lasts, as soon as it has
	 * looked at clocks some times.
	 */
	private static final class PausedStrategy extends LeaseLockStrategy {

		private static final Duration PAUSE = Duration.ofMinutes(1);

		private Duration paused = Duration.ZERO;

		private int left;

		void pauseAfter(int looks) {
			if (this.left > 0) {
				this.paused = PAUSE;
			}
			this.left = looks;
		}

		private Duration look() {
			Duration before = this.paused;
			if (this.left > 0 && --this.left == 0) {
				this.paused = PAUSE;
			}
			return before;
		}

		@Override
		Instant now() {
			return Instant.now().plus(look());
		}

		@Override
		long nanoTime() {
			return System.nanoTime() + look().toNanos();
		}

	}

}
