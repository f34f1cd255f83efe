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

import io.lockfile.LockFiles;
import io.lockfile.spring.FileLockSettings;
import io.lockfile.spring.LockTimeouts;

/**
 * From the properties to what annotated methods need of them.
 */
final class FileLockSettingsFactory {

	private FileLockSettingsFactory() {
	}

	/**
	 * Create the settings.
	 * @param properties the properties
	 * @param engine what knows the strategies
	 * @return the settings
	 */
	static FileLockSettings create(LockFileProperties properties, LockFiles engine) {
		Map<String, FileLockSettings.LockSettings> locks = new LinkedHashMap<>();
		properties.getLocks().forEach((name, lock) -> {
			@Nullable Duration timeout = (lock.getTimeout() != null)
					? timeout("lockfile.locks." + name + ".timeout", lock.getTimeout()) : null;
			@Nullable Duration minHold = (lock.getMinHold() != null)
					? minHold("lockfile.locks." + name + ".min-hold", lock.getMinHold()) : null;
			if (lock.getStrategy() != null) {
				strategy("lockfile.locks." + name + ".strategy", lock.getStrategy(), engine, properties.isEnabled());
			}
			locks.put(name,
					new FileLockSettings.LockSettings(timeout, lock.getStrategy(), minHold, lock.getOnUnavailable()));
		});
		return new FileLockSettings(properties.isEnabled(), timeout("lockfile.timeout", properties.getTimeout()),
				minHold("lockfile.min-hold", properties.getMinHold()), duration("lockfile.scheduler-wait-warning",
						properties.getSchedulerWaitWarning(), LockTimeouts::parseBound),
				locks);
	}

	static Duration minHold(String property, String value) {
		return duration(property, value, LockTimeouts::parseMinHold);
	}

	static Duration timeout(String property, String value) {
		return duration(property, value, LockTimeouts::parse);
	}

	static Duration duration(String property, String value, Function<String, Duration> parser) {
		try {
			return parser.apply(value);
		}
		catch (IllegalArgumentException ex) {
			throw invalid(property, value, ex.getMessage());
		}
	}

	private static void strategy(String property, String value, LockFiles engine, boolean enabled) {
		try {
			engine.get("any", value);
		}
		catch (IllegalArgumentException ex) {
			throw LockFilesFactory.unknownStrategy(property, value);
		}
		if (enabled) {
			LockFilesFactory.requireAvailable(property, value);
		}
	}

	/**
	 * Create an exception of a message that ends with what to write.
	 * @param property the name of a property
	 * @param value its value
	 * @param message what is wrong and what to write instead
	 * @return the exception
	 */
	static InvalidLockFilePropertyException invalid(String property, String value, String message) {
		int action = message.lastIndexOf(". Write ");
		return (action < 0) ? new InvalidLockFilePropertyException(property, value, message, "Write another value.")
				: new InvalidLockFilePropertyException(property, value, message.substring(0, action),
						message.substring(action + 2) + ".");
	}

}
