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

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link LocalProcess}.
 */
class LocalProcessTests {

	@Test
	void processThatIsNotSeenIsGoneOnlyWhereThoseOfOthersAreSeen() {
		assertThat(LocalProcess.isGone(4711, (pid) -> pid == 1)).isTrue();
		assertThat(LocalProcess.isGone(4711, (pid) -> true)).isFalse();
		// As with hidepid
		assertThat(LocalProcess.isGone(4711, (pid) -> pid == 4712)).isFalse();
	}

	@Test
	void processWhoseStartIsNotToldIsDeadOnlyIfItIsGone() {
		String here = LocalProcess.space();
		assertThat(LocalProcess.liveness(here, 999999999, 42, (pid) -> pid == 1)).isEqualTo(LockOwner.Liveness.DEAD);
		// As with hidepid
		assertThat(LocalProcess.liveness(here, 999999999, 42, (pid) -> false)).isEqualTo(LockOwner.Liveness.UNKNOWN);
		assertThat(LocalProcess.liveness("0123456789abcdef", 999999999, 42, (pid) -> pid == 1))
			.isEqualTo(LockOwner.Liveness.UNKNOWN);
	}

}
