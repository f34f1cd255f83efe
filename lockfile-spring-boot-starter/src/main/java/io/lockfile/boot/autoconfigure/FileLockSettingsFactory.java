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

package io.lockfile.boot.autoconfigure;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

import io.lockfile.spring.FileLockSettings;
import io.lockfile.spring.LockTimeouts;

/**
 * From the properties to what annotated methods need of them.
 */
final class FileLockSettingsFactory {

	private FileLockSettingsFactory() {
	}

	static FileLockSettings create(LockFileProperties properties) {
		Map<String, FileLockSettings.LockSettings> locks = new LinkedHashMap<>();
		properties.getLocks().forEach((name, lock) -> {
			@Nullable Duration timeout = (lock.getTimeout() != null)
					? timeout("lockfile.locks." + name + ".timeout", lock.getTimeout()) : null;
			@Nullable Duration minHold = (lock.getMinHold() != null)
					? minHold("lockfile.locks." + name + ".min-hold", lock.getMinHold()) : null;
			locks.put(name,
					new FileLockSettings.LockSettings(timeout, lock.getStrategy(), minHold, lock.getOnUnavailable()));
		});
		return new FileLockSettings(properties.isEnabled(), timeout("lockfile.timeout", properties.getTimeout()),
				minHold("lockfile.min-hold", properties.getMinHold()),
				timeout("lockfile.scheduler-wait-warning", properties.getSchedulerWaitWarning()), locks);
	}

	static Duration minHold(String property, String value) {
		return duration(property, value, LockTimeouts::parseMinHold);
	}

	static Duration timeout(String property, String value) {
		return duration(property, value, LockTimeouts::parse);
	}

	private static Duration duration(String property, String value, Function<String, Duration> parser) {
		try {
			return parser.apply(value);
		}
		catch (IllegalArgumentException ex) {
			throw new InvalidConfigurationPropertyValueException(property, value, ex.getMessage() + ".");
		}
	}

}
