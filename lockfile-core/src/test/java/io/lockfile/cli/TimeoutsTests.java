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

package io.lockfile.cli;

import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.lockfile.LockFiles;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link Timeouts}.
 */
class TimeoutsTests {

	@ParameterizedTest
	@CsvSource({ "0, PT0S", "0s, PT0S", "5s, PT5S", "+5s, PT5S", "500ms, PT0.5S", "7us, PT0.000007S",
			"7ns, PT0.000000007S", "2m, PT2M", "3h, PT3H", "1d, PT24H", "1m30s, PT1M30S", "1h 30m, PT1H30M",
			"1m5ms, PT1M0.005S", "5S, PT5S", "pt1m, PT1M", "' 5s ', PT5S" })
	void durationsHaveUnits(String text, Duration expected) {
		assertThat(Timeouts.parse(text)).isEqualTo(expected);
	}

	@Test
	void minusOneIsForever() {
		assertThat(Timeouts.parse("-1")).isEqualTo(LockFiles.FOREVER);
	}

	@ParameterizedTest
	@ValueSource(strings = { "5", "-5", "+5", "00" })
	void bareNumbersAreRefused(String text) {
		assertThatIllegalArgumentException().isThrownBy(() -> Timeouts.parse(text))
			.withMessageContainingAll("'" + text + "' has no unit", "Write");
	}

	@ParameterizedTest
	@ValueSource(strings = { "-5s", "-PT5S" })
	void negativesAreRefused(String text) {
		assertThatIllegalArgumentException().isThrownBy(() -> Timeouts.parse(text)).withMessageContaining("negative");
	}

	@ParameterizedTest
	@ValueSource(strings = { "", " ", "-", "s", "5x", "5 s", "5s1m", "1.5s", "PT", "forever", "99999999999999999999s",
			"9223372036854775807d" })
	void othersAreRefused(String text) {
		assertThatIllegalArgumentException().isThrownBy(() -> Timeouts.parse(text))
			.withMessageContaining("'" + text + "' is not a duration");
	}

}
