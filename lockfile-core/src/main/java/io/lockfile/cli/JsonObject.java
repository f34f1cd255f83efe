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

package io.lockfile.cli;

import java.util.StringJoiner;

import org.jspecify.annotations.Nullable;

/**
 * A JSON object that is written in ASCII, so that it arrives whatever the terminal's
 * encoding is.
 */
final class JsonObject {

	private final StringJoiner members = new StringJoiner(",", "{", "}");

	/**
	 * Add a member.
	 * @param name its name
	 * @param value its value: a number, another object, or what is written as text
	 * @return this object
	 */
	JsonObject add(String name, @Nullable Object value) {
		boolean verbatim = value == null || value instanceof Number || value instanceof JsonObject;
		this.members.add(quote(name) + ":" + (verbatim ? String.valueOf(value) : quote(String.valueOf(value))));
		return this;
	}

	private static String quote(String text) {
		StringBuilder quoted = new StringBuilder("\"");
		for (char character : text.toCharArray()) {
			if (character == '"' || character == '\\') {
				quoted.append('\\').append(character);
			}
			else if (character < ' ' || character > '~') {
				quoted.append("\\u%04x".formatted((int) character));
			}
			else {
				quoted.append(character);
			}
		}
		return quoted.append('"').toString();
	}

	@Override
	public String toString() {
		return this.members.toString();
	}

}
