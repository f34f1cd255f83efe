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
		String trimmed = text.trim();
		if (trimmed.equals("0")) {
			return Duration.ZERO;
		}
		if (trimmed.equals("-1")) {
			return LockFiles.FOREVER;
		}
		if (BARE_NUMBER.matcher(trimmed).matches()) {
			throw new IllegalArgumentException(
					"'%s' has no unit. Write for example '%ss' or '%sms', 0 for one try, or -1 to wait forever"
						.formatted(text, trimmed.replaceAll("[+-]", ""), trimmed.replaceAll("[+-]", "")));
		}
		Duration timeout = detectAndParse(trimmed, text);
		if (timeout.isNegative()) {
			throw new IllegalArgumentException(
					"'%s' is negative. Write 0 for one try, or -1 to wait forever".formatted(text));
		}
		return timeout;
	}

	/**
	 * Parse a minimum duration of holds.
	 * @param text a duration with a unit, or {@code 0} for none
	 * @return the duration
	 * @throws IllegalArgumentException with what to write instead
	 */
	public static Duration parseMinHold(String text) {
		Duration duration = parse(text);
		if (duration.equals(LockFiles.FOREVER)) {
			throw new IllegalArgumentException("'%s' is negative. Write 0 for none".formatted(text));
		}
		return duration;
	}

	private static Duration detectAndParse(String trimmed, String text) {
		try {
			return DurationFormatterUtils.detectAndParse(trimmed);
		}
		catch (IllegalArgumentException ex) {
			throw new IllegalArgumentException(
					"'%s' is not a duration. Write for example '5s', '500ms' or 'PT1M'".formatted(text), ex);
		}
	}

}
