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

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * When somebody held the lock, by the monotonic clock.
 *
 * @param entered the time after it was obtained
 * @param left the time before it was released
 */
record Interval(long entered, long left) {

	static Interval parse(String line) {
		String[] times = line.split(" ");
		return new Interval(Long.parseLong(times[0]), Long.parseLong(times[1]));
	}

	/**
	 * Count the intervals that began before all earlier ones were over.
	 * @param intervals the intervals
	 * @return how many there are
	 */
	static int overlaps(Collection<Interval> intervals) {
		List<Interval> sorted = intervals.stream().sorted(Comparator.comparingLong(Interval::entered)).toList();
		int overlaps = 0;
		long end = Long.MIN_VALUE;
		for (Interval interval : sorted) {
			if (interval.entered() < end) {
				overlaps++;
			}
			end = Math.max(end, interval.left());
		}
		return overlaps;
	}

}
