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

import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.TreeMap;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The strategies that {@link ServiceLoader} finds, by name.
 */
final class LockStrategies {

	private static final Logger logger = LoggerFactory.getLogger(LockStrategies.class);

	private static final Map<String, LockStrategy> LIBRARY = load(LockStrategies.class.getClassLoader());

	private LockStrategies() {
	}

	static LockStrategy named(String name) {
		LockStrategy strategy = LIBRARY.get(name);
		if (strategy != null) {
			return strategy;
		}
		Map<String, LockStrategy> all = byName();
		strategy = all.get(name);
		if (strategy == null) {
			throw new IllegalArgumentException(
					"There is no lock strategy '%s'; there are %s".formatted(name, String.join(", ", all.keySet())));
		}
		return strategy;
	}

	static List<LockStrategy> all() {
		return List.copyOf(byName().values());
	}

	/**
	 * Return those that are always found, without looking for more.
	 * @return the strategies of the library's class loader, in the order of their names
	 */
	static Collection<LockStrategy> ofLibrary() {
		return LIBRARY.values();
	}

	private static Map<String, LockStrategy> byName() {
		Map<String, LockStrategy> all = new TreeMap<>(load(Thread.currentThread().getContextClassLoader()));
		all.putAll(LIBRARY);
		return all;
	}

	static List<String> thatSupport(LockMode mode) {
		return all().stream().filter((strategy) -> strategy.supports(mode)).map(LockStrategy::name).toList();
	}

	private static Map<String, LockStrategy> load(ClassLoader classLoader) {
		Map<String, LockStrategy> strategies = new TreeMap<>();
		ServiceLoader.load(LockStrategy.class, classLoader).stream().forEach((provider) -> {
			try {
				LockStrategy strategy = provider.get();
				strategies.putIfAbsent(strategy.name(), strategy);
			}
			catch (ServiceConfigurationError ex) {
				logger.warn("Lock strategy {} can't be loaded and is left out", provider.type().getName(), ex);
			}
		});
		return Collections.unmodifiableMap(strategies);
	}

}
