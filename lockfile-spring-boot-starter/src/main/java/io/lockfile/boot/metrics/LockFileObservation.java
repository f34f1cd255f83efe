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

package io.lockfile.boot.metrics;

import io.micrometer.common.docs.KeyName;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;
import io.micrometer.observation.docs.ObservationDocumentation;

/**
 * The observations of locks. Their keys are the tags of the timers and long task timers
 * that Micrometer makes of them, which have the same names as those of
 * {@link LockFileMetrics} and one tag more: {@code error}, the simple class name of what
 * went wrong, or {@code none}.
 *
 * @since 0.1.0
 */
public enum LockFileObservation implements ObservationDocumentation {

	/**
	 * From asking for a lock to having it or giving up. A nested acquisition by the
	 * thread that holds the lock is not observed. Its error is why a lock could not be
	 * asked for, with the outcome {@code error}; that somebody else has the lock is none.
	 */
	WAIT("lockfile.wait") {

		@Override
		public KeyName[] getLowCardinalityKeyNames() {
			return KeyName.merge(Keys.values(), WaitKeys.values());
		}

	},

	/**
	 * From having a lock to the end of what ran under it; a minimum hold is not in it.
	 * Its error is what the body of an annotated method or a template has thrown.
	 */
	HOLD("lockfile.hold") {

		@Override
		public KeyName[] getLowCardinalityKeyNames() {
			return Keys.values();
		}

	};

	private final String name;

	LockFileObservation(String name) {
		this.name = name;
	}

	@Override
	public String getName() {
		return this.name;
	}

	@Override
	public Class<? extends ObservationConvention<? extends Observation.Context>> getDefaultConvention() {
		return DefaultLockFileObservationConvention.class;
	}

	@Override
	public KeyName[] getHighCardinalityKeyNames() {
		return DetailKeys.values();
	}

	/**
	 * Keys of both observations, with a limited number of values.
	 */
	public enum Keys implements KeyName {

		/**
		 * The declared name of the lock, or {@code none}.
		 */
		LOCK("lock"),

		/**
		 * The name of the strategy.
		 */
		STRATEGY("strategy"),

		/**
		 * {@code exclusive} or {@code shared}.
		 */
		MODE("mode");

		private final String key;

		Keys(String key) {
			this.key = key;
		}

		@Override
		public String asString() {
			return this.key;
		}

	}

	/**
	 * Keys of {@link #WAIT} alone.
	 */
	public enum WaitKeys implements KeyName {

		/**
		 * {@code acquired}, {@code unavailable}, {@code timeout}, {@code interrupted} or
		 * {@code error}. Absent while the wait lasts.
		 */
		OUTCOME("outcome");

		private final String key;

		WaitKeys(String key) {
			this.key = key;
		}

		@Override
		public String asString() {
			return this.key;
		}

	}

	/**
	 * Keys with any number of values, which traces have and meters don't.
	 */
	public enum DetailKeys implements KeyName {

		/**
		 * The path that is locked.
		 */
		PATH("path");

		private final String key;

		DetailKeys(String key) {
			this.key = key;
		}

		@Override
		public String asString() {
			return this.key;
		}

	}

}
