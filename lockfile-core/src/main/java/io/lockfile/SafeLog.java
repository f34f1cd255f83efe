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

package io.lockfile;

import org.slf4j.Logger;

/**
 * Warnings from where nothing may be thrown: a log can fail, too, for example on a full
 * disk or on a stack that has overflown.
 */
final class SafeLog {

	private SafeLog() {
	}

	/**
	 * Warn, if that is possible.
	 * @param logger the logger
	 * @param message the message
	 * @param failure what is warned about
	 */
	static void warn(Logger logger, String message, Throwable failure) {
		try {
			logger.warn(message, failure);
		}
		catch (Throwable ex) {
			// Whoever warns has more important things to do
		}
	}

}
