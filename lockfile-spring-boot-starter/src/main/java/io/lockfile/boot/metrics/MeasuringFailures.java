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

import org.slf4j.Logger;

/**
 * What registries, their filters and handlers throw, which is logged and goes no further.
 */
final class MeasuringFailures {

	private final Logger logger;

	private volatile boolean warned;

	MeasuringFailures(Logger logger) {
		this.logger = logger;
	}

	void keepFrom(Runnable action) {
		try {
			action.run();
		}
		catch (RuntimeException ex) {
			if (this.warned) {
				this.logger.debug("Locks could not be measured", ex);
			}
			else {
				this.warned = true;
				this.logger.warn(
						"Locks could not be measured; they are not affected. More of this is logged at debug level",
						ex);
			}
		}
	}

}
