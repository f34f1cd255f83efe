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

import java.time.Duration;

/**
 * For how long strategies with leases take them.
 *
 * @param duration how long a lease lasts that isn't renewed
 * @param renewInterval how often it is renewed
 */
record Lease(Duration duration, Duration renewInterval) {

	private static final Duration SHORTEST = Duration.ofSeconds(3);

	static final Lease DEFAULT = of(Duration.ofSeconds(15));

	Lease {
		if (duration.compareTo(SHORTEST) < 0) {
			throw new IllegalArgumentException(
					"The lease duration is %s, but it needs 3s or more, so that a short pause doesn't end it"
						.formatted(LockMessages.text(duration)));
		}
		if (renewInterval.compareTo(Duration.ofSeconds(1)) < 0 || renewInterval.compareTo(duration.dividedBy(2)) > 0) {
			throw new IllegalArgumentException(
					"The renew interval is %s, but has to be between 1s and a half of the lease duration, which is %s"
						.formatted(LockMessages.text(renewInterval), LockMessages.text(duration)));
		}
	}

	static Lease of(Duration duration) {
		return new Lease(duration, duration.dividedBy(3));
	}

}
