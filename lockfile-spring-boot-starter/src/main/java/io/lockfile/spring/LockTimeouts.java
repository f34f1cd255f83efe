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
import java.util.regex.Pattern;

import org.springframework.format.datetime.standard.DurationFormatterUtils;

import io.lockfile.LockFiles;

/**
 * Timeouts as annotations and properties write them.
 *
 * @since 0.1.0
 */
public final class LockTimeouts {

	private static final Pattern BARE_NUMBER = Pattern.compile("[+-]?\\d+");

	private LockTimeouts() {
	}

	/**
	 * Parse a timeout.
	 * @param text a duration with a unit, {@code 0} for one try, or {@code -1} for
	 * forever
	 * @return the timeout
	 * @throws IllegalArgumentException with what to write instead
	 */
	public static Duration parse(String text) {
		return text.trim().equals("-1") ? LockFiles.FOREVER : parse(text, ", 0 for one try, or -1 to wait forever");
	}

	/**
	 * Parse the time after which something is warned about.
	 * @param text a duration with a unit, or {@code -1} for never
	 * @return the time
	 * @throws IllegalArgumentException with what to write instead
	 */
	public static Duration parseBound(String text) {
		return text.trim().equals("-1") ? LockFiles.FOREVER : parse(text, ", or -1 for never");
	}

	/**
	 * Parse a minimum duration of holds.
	 * @param text a duration with a unit, or {@code 0} for none
	 * @return the duration
	 * @throws IllegalArgumentException with what to write instead
	 */
	public static Duration parseMinHold(String text) {
		return parse(text, ", or 0 for none");
	}

	/**
	 * Parse a duration that has no special values.
	 * @param text a duration with a unit
	 * @return the duration
	 * @throws IllegalArgumentException with what to write instead
	 */
	public static Duration parseDuration(String text) {
		return parse(text, "");
	}

	private static Duration parse(String text, String orElse) {
		String trimmed = text.trim();
		if (trimmed.equals("0")) {
			return Duration.ZERO;
		}
		if (BARE_NUMBER.matcher(trimmed).matches() && !trimmed.startsWith("-")) {
			String number = trimmed.replace("+", "");
			throw new IllegalArgumentException(
					"'%s' has no unit. Write for example '%ss' or '%sms'%s".formatted(text, number, number, orElse));
		}
		Duration duration = BARE_NUMBER.matcher(trimmed).matches() ? Duration.ZERO.minusNanos(1)
				: detectAndParse(trimmed, text, orElse);
		if (duration.isNegative()) {
			throw new IllegalArgumentException("'%s' is negative. Write for example '5s'%s".formatted(text, orElse));
		}
		return duration;
	}

	private static Duration detectAndParse(String trimmed, String text, String orElse) {
		try {
			return DurationFormatterUtils.detectAndParse(trimmed);
		}
		catch (IllegalArgumentException | ArithmeticException ex) {
			throw new IllegalArgumentException(
					"'%s' is not a duration. Write for example '5s', '500ms' or 'PT1M'%s".formatted(text, orElse), ex);
		}
	}

}
