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

import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Interval}.
 */
class IntervalTests {

	@Test
	void intervalsThatTouchDoNotOverlap() {
		assertThat(Interval.overlaps(List.of(Interval.parse("3 5"), Interval.parse("1 3")))).isZero();
	}

	@Test
	void intervalsWithinALongOneOverlap() {
		assertThat(Interval.overlaps(List.of(Interval.parse("1 10"), Interval.parse("2 3"), Interval.parse("4 5"))))
			.isEqualTo(2);
	}

}
