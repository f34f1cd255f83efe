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
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.lockfile.LockFiles;

/**
 * Timeouts as they are written on the command line, which is as annotations write them.
 */
final class Timeouts {

	private static final Pattern NUMBER = Pattern.compile("[+-]?(\\d+)");

	private static final Pattern UNITS = Pattern.compile(
			"([+-]?)" + unit("d") + unit("h") + unit("m(?!s)") + unit("s") + unit("ms") + unit("us") + unit("ns"),
			Pattern.CASE_INSENSITIVE);

	private Timeouts() {
	}

	private static String unit(String unit) {
		return "(?:(\\d+)" + unit + "\\s*)?";
	}

	/**
	 * Parse a timeout.
	 * @param text a duration with units, {@code 0} for one try, or {@code -1} for forever
	 * @return the timeout
	 * @throws IllegalArgumentException with what to write instead
	 */
	static Duration parse(String text) {
		String trimmed = text.trim();
		if (trimmed.equals("0")) {
			return Duration.ZERO;
		}
		if (trimmed.equals("-1")) {
			return LockFiles.FOREVER;
		}
		Matcher number = NUMBER.matcher(trimmed);
		if (number.matches()) {
			throw new IllegalArgumentException(
					"'%s' has no unit. Write for example '%ss' or '%sms', 0 for one try, or -1 to wait forever"
						.formatted(text, number.group(1), number.group(1)));
		}
		Duration timeout;
		try {
			timeout = trimmed.toUpperCase(Locale.ROOT).matches("[+-]?P.*") ? Duration.parse(trimmed) : units(trimmed);
		}
		catch (DateTimeParseException | ArithmeticException | NumberFormatException ex) {
			throw new IllegalArgumentException(
					"'%s' is not a duration. Write for example '5s', '500ms', '1m30s' or 'PT1M'".formatted(text), ex);
		}
		if (timeout.isNegative()) {
			throw new IllegalArgumentException(
					"'%s' is negative. Write 0 for one try, or -1 to wait forever".formatted(text));
		}
		return timeout;
	}

	private static Duration units(String text) {
		Matcher matcher = UNITS.matcher(text);
		if (!matcher.matches() || matcher.end() == matcher.end(1)) {
			throw new NumberFormatException(text);
		}
		Duration duration = Duration.ofDays(number(matcher, 2))
			.plusHours(number(matcher, 3))
			.plusMinutes(number(matcher, 4))
			.plusSeconds(number(matcher, 5))
			.plusMillis(number(matcher, 6))
			.plus(Duration.of(number(matcher, 7), ChronoUnit.MICROS))
			.plusNanos(number(matcher, 8));
		return matcher.group(1).equals("-") ? duration.negated() : duration;
	}

	private static long number(Matcher matcher, int group) {
		String number = matcher.group(group);
		return (number != null) ? Long.parseLong(number) : 0;
	}

}
