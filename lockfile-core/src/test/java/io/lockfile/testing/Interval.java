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

package io.lockfile.testing;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * When somebody held a lock, by the monotonic clock.
 *
 * @param entered the time after the lock was obtained
 * @param left the time before it was released
 */
public record Interval(long entered, long left) {

	public static Interval parse(String line) {
		String[] times = line.split(" ");
		return new Interval(Long.parseLong(times[0]), Long.parseLong(times[1]));
	}

	/**
	 * Find the intervals that began before an earlier one was over.
	 * @param intervals the intervals
	 * @return the ones that overlap, which are to be none
	 */
	public static List<Interval> overlapping(Collection<Interval> intervals) {
		List<Interval> sorted = intervals.stream().sorted(Comparator.comparingLong(Interval::entered)).toList();
		return sorted.stream()
			.skip(1)
			.filter((interval) -> sorted.get(sorted.indexOf(interval) - 1).left() > interval.entered())
			.toList();
	}

}
