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

import java.beans.PropertyDescriptor;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import org.springframework.beans.BeanUtils;
import org.springframework.boot.context.properties.bind.DataObjectPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;

/**
 * Which properties there are.
 */
final class LockFilePropertyNames {

	static final ConfigurationPropertyName PREFIX = ConfigurationPropertyName.of("lockfile");

	private static final String ANY = "<name>";

	private LockFilePropertyNames() {
	}

	/**
	 * Return the names of all properties.
	 * @return the names in dashed form, sorted; {@code <name>} stands for that of a lock
	 */
	static List<String> known() {
		return List.copyOf(types().keySet());
	}

	private static SortedMap<String, Class<?>> types() {
		SortedMap<String, Class<?>> types = new TreeMap<>();
		collect(LockFileProperties.class, PREFIX + ".", types);
		return types;
	}

	private static void collect(Class<?> type, String prefix, Map<String, Class<?>> types) {
		for (PropertyDescriptor property : BeanUtils.getPropertyDescriptors(type)) {
			if (property.getReadMethod() == null || property.getName().equals("class")) {
				continue;
			}
			Class<?> propertyType = property.getPropertyType();
			String name = prefix + DataObjectPropertyName.toDashedForm(property.getName());
			if (propertyType == Map.class) {
				collect(LockFileProperties.Lock.class, name + "." + ANY + ".", types);
			}
			else if (propertyType.getEnclosingClass() == LockFileProperties.class && !propertyType.isEnum()) {
				collect(propertyType, name + ".", types);
			}
			else {
				types.put(name, propertyType);
			}
		}
	}

	/**
	 * Tell whether there is a property.
	 * @param name the name, as it may come from an environment variable
	 * @return {@code true} if something reads it
	 */
	static boolean isKnown(ConfigurationPropertyName name) {
		return candidates(name).anyMatch((known) -> squash(known).equals(squash(name.toString())));
	}

	/**
	 * Return the type of a property.
	 * @param name the name, as binding knows it
	 * @return the type, or empty if there is no such property
	 */
	static Optional<Class<?>> type(ConfigurationPropertyName name) {
		int elements = name.getNumberOfElements();
		String lock = (elements == 4) ? name.getElement(2, ConfigurationPropertyName.Form.ORIGINAL) : ANY;
		return types().entrySet()
			.stream()
			.filter((known) -> known.getKey().split("\\.").length == elements
					&& squash(known.getKey().replace(ANY, lock)).equals(squash(name.toString())))
			.<Class<?>>map(Map.Entry::getValue)
			.findFirst();
	}

	/**
	 * Find what somebody may have meant.
	 * @param unknown the name of no property
	 * @return the name of a property that looks like it, or empty if none does
	 */
	static Optional<String> nearest(ConfigurationPropertyName unknown) {
		String wanted = squash(unknown.toString());
		return candidates(unknown).filter((known) -> distance(wanted, squash(known)) <= 3)
			.min(Comparator.comparingInt((known) -> distance(wanted, squash(known))))
			.map(LockFilePropertyNames::withBrackets);
	}

	/**
	 * Put the name of a lock into brackets if it has dots in it, which separate names
	 * otherwise.
	 * @param name the name of a property
	 * @return the name as it can be bound
	 */
	private static String withBrackets(String name) {
		return name.replaceFirst("^(lockfile\\.locks)\\.([^\\[]+\\..+)\\.([a-z-]+)$", "$1[$2].$3");
	}

	private static Stream<String> candidates(ConfigurationPropertyName name) {
		List<String> known = known();
		if (name.getNumberOfElements() <= 3) {
			return known.stream();
		}
		// Environment variables don't tell where the name of a lock ends
		return IntStream.range(3, name.getNumberOfElements())
			.mapToObj((end) -> name.chop(end).subName(2).toString())
			.flatMap((lock) -> known.stream().map((candidate) -> candidate.replace(ANY, lock)));
	}

	/**
	 * Return the names of those below a group of properties.
	 * @param group the name of the group
	 * @return the names
	 */
	static List<String> below(ConfigurationPropertyName group) {
		String lock = (group.getNumberOfElements() == 3) ? group.subName(2).toString() : ANY;
		return known().stream()
			.map((known) -> known.replace(ANY, lock))
			.filter((known) -> known.startsWith(group + "."))
			.toList();
	}

	private static String squash(String name) {
		// Environment variables have neither dots nor dashes
		return name.substring(PREFIX.toString().length()).replaceAll("[^\\p{L}\\p{N}]", "").toLowerCase(Locale.ROOT);
	}

	/**
	 * Count how many letters have to be put in, left out or replaced.
	 * @param left a text
	 * @param right another one
	 * @return the Levenshtein distance
	 */
	private static int distance(String left, String right) {
		int[] previous = new int[right.length() + 1];
		for (int j = 0; j <= right.length(); j++) {
			previous[j] = j;
		}
		for (int i = 1; i <= left.length(); i++) {
			int[] current = new int[right.length() + 1];
			current[0] = i;
			for (int j = 1; j <= right.length(); j++) {
				int replaced = previous[j - 1] + ((left.charAt(i - 1) != right.charAt(j - 1)) ? 1 : 0);
				current[j] = Math.min(replaced, Math.min(previous[j], current[j - 1]) + 1);
			}
			previous = current;
		}
		return previous[right.length()];
	}

}
