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

import java.io.Serial;

/**
 * A property has a value that can be read, but not be used.
 */
final class InvalidLockFilePropertyException extends RuntimeException {

	@Serial
	private static final long serialVersionUID = 1L;

	private final String property;

	private final String value;

	private final String reason;

	private final String action;

	/**
	 * Create an exception.
	 * @param property the name of the property
	 * @param value its value
	 * @param reason what is wrong with it, the rest of a sentence
	 * @param action what to write instead, in whole sentences
	 */
	InvalidLockFilePropertyException(String property, String value, String reason, String action) {
		super("The value '%s' of property '%s' is not valid: %s. %s".formatted(value, property, reason, action));
		this.property = property;
		this.value = value;
		this.reason = reason;
		this.action = action;
	}

	String property() {
		return this.property;
	}

	String value() {
		return this.value;
	}

	String reason() {
		return this.reason;
	}

	String action() {
		return this.action;
	}

}
