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

import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What locks may be called: names that properties, the path of the actuator endpoint and
 * the tags of meters can carry, where some stand for something else.
 */
final class FileLockNames {

	/**
	 * What locks without a name, and those beyond a number of them, are called there.
	 */
	private static final Set<String> RESERVED = Set.of("none", "other");

	private static final Pattern ALLOWED = Pattern.compile("[\\p{L}\\p{N}._-]*[\\p{L}\\p{N}][\\p{L}\\p{N}._-]*");

	private FileLockNames() {
	}

	/**
	 * Find out what is wrong with a name.
	 * @param name the declared name of a lock
	 * @return a clause, or empty if locks may have that name
	 */
	static Optional<String> problem(String name) {
		if (isReserved(name)) {
			return Optional.of("which stands for locks without a name, or for many together, in meters");
		}
		return ALLOWED.matcher(name).matches() ? Optional.empty()
				: Optional.of("which is not made of letters, digits, '-', '_' and '.'");
	}

	static boolean isReserved(String name) {
		return RESERVED.contains(name);
	}

	/**
	 * Make a name of a text.
	 * @param text a text that has letters
	 * @return the text without what names can't have
	 */
	static String cleaned(String text) {
		return text.replaceAll("[^\\p{L}\\p{N}._-]+", "-");
	}

}
