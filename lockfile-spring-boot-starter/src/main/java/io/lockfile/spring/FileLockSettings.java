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
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * What applies to annotated methods beside their annotations.
 *
 * @param enabled whether methods are locked at all
 * @param timeout how long to wait where neither the annotation nor a lock's own settings
 * say
 * @param minHold for how long a lock is kept at least where they don't say
 * @param schedulerWaitWarning after which time a wait on a scheduler's thread is warned
 * about
 * @param locks the settings of locks, by their declared name. Where spellings of one name
 * have different ones, the first one counts
 * @since 0.1.0
 */
public record FileLockSettings(boolean enabled, Duration timeout, Duration minHold, Duration schedulerWaitWarning,
		Map<String, LockSettings> locks) {

	/**
	 * The settings of an application that has set nothing.
	 */
	public static final FileLockSettings NONE = new FileLockSettings(true, Duration.ofSeconds(30), Duration.ZERO,
			Duration.ofSeconds(10), Map.of());

	static final LockSettings UNSET = new LockSettings(null, null, null, null);

	public FileLockSettings {
		locks = Collections.unmodifiableMap(new LinkedHashMap<>(locks));
	}

	Optional<LockSettings> forName(String name) {
		return this.locks.entrySet()
			.stream()
			.filter((entry) -> uniform(entry.getKey()).equals(uniform(name)))
			.map(Map.Entry::getValue)
			.reduce(LockSettings::orElse);
	}

	/**
	 * Reduce a name to what environment variables can carry.
	 * @param name the declared name of a lock, or what a property calls it
	 * @return the form in which the two are equal
	 */
	static String uniform(String name) {
		return name.replaceAll("[^\\p{L}\\p{N}]", "").toLowerCase(Locale.ROOT);
	}

	/**
	 * The settings of one lock; they take precedence over annotations.
	 *
	 * @param timeout how long to wait, if set
	 * @param strategy the name of the strategy, if set
	 * @param minHold for how long the lock is kept at least, if set
	 * @param onUnavailable what happens when somebody else has the lock, if set
	 */
	public record LockSettings(@Nullable Duration timeout, @Nullable String strategy, @Nullable Duration minHold,
			FileLocked.@Nullable OnUnavailable onUnavailable) {

		private LockSettings orElse(LockSettings other) {
			return new LockSettings((this.timeout != null) ? this.timeout : other.timeout,
					(this.strategy != null) ? this.strategy : other.strategy,
					(this.minHold != null) ? this.minHold : other.minHold,
					(this.onUnavailable != null) ? this.onUnavailable : other.onUnavailable);
		}

	}

}
