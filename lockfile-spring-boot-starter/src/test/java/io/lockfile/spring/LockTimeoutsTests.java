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

package io.lockfile.spring;

import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.lockfile.LockFiles;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link LockTimeouts}.
 */
class LockTimeoutsTests {

	@ParameterizedTest
	@CsvSource({ "5s, 5000", "500ms, 500", "PT1M, 60000", "1m30s, 90000", "0, 0", "0s, 0", "' 2s ', 2000" })
	void parsesDurationsWithAUnit(String text, long millis) {
		assertThat(LockTimeouts.parse(text)).isEqualTo(Duration.ofMillis(millis));
	}

	@Test
	void minusOneIsForever() {
		assertThat(LockTimeouts.parse("-1")).isSameAs(LockFiles.FOREVER);
	}

	@ParameterizedTest
	@ValueSource(strings = { "5", "-2", "+1", "-5s", "PT-1S", "soon", "" })
	void refusesTheRestAndSaysWhatToWrite(String text) {
		assertThatIllegalArgumentException().isThrownBy(() -> LockTimeouts.parse(text))
			.withMessageContainingAll("'" + text + "'", "Write");
	}

}
