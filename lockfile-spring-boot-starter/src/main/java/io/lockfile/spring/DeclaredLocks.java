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

import java.io.IOException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.lockfile.LockFailedException;
import io.lockfile.LockFile;
import io.lockfile.LockFiles;
import io.lockfile.LockMode;
import io.lockfile.LockStrategy;

/**
 * The locks that are declared in an application, checked as far as that is possible
 * before one of them is asked for.
 */
final class DeclaredLocks {

	private static final Logger logger = LoggerFactory.getLogger(DeclaredLocks.class);

	private final FileLockedMethods methods;

	private final List<FileLockDefinition> definitions = new ArrayList<>();

	private final Set<String> names = new TreeSet<>();

	private final Set<String> inherited = new TreeSet<>();

	private int count;

	DeclaredLocks(FileLockedMethods methods) {
		this.methods = methods;
	}

	List<FileLockDefinition> definitions() {
		return List.copyOf(this.definitions);
	}

	/**
	 * Add a name that is not an annotation's.
	 * @param name the name
	 */
	void addName(String name) {
		this.names.add(name);
	}

	/**
	 * Add a name of a parent context, whose settings this one inherits.
	 * @param name the name
	 */
	void addInheritedName(String name) {
		this.inherited.add(name);
	}

	Set<String> knownNames() {
		Set<String> known = new TreeSet<>(this.names);
		known.addAll(this.inherited);
		return known;
	}

	/**
	 * Add the locks of a method.
	 * @param method the method, as it was found on the class
	 * @param targetClass the class of the bean
	 * @throws FileLockDefinitionException if one of them can't be had
	 */
	void add(Method method, Class<?> targetClass) {
		FileLockedMethod read = this.methods.get(method, targetClass);
		this.count++;
		for (FileLockSpec spec : read.specs()) {
			this.names.add(spec.name());
			if (this.methods.settings().enabled()) {
				LockFile any = verifyStrategy(spec, method);
				verifyLiteral(spec, method);
				this.definitions.add(new FileLockDefinition(spec.name(), any.strategy(), spec.mode(), read.method(),
						spec.path().toString()));
			}
		}
	}

	private LockFile verifyStrategy(FileLockSpec spec, Method method) {
		LockFile any;
		try {
			any = spec.lock(this.methods.locks(), spec.name().replaceAll("[^\\p{L}\\p{N}-]", "-"));
		}
		catch (IllegalArgumentException ex) {
			throw FileLockedMethodReader.invalid(method, "has a wrong strategy: %s.".formatted(ex.getMessage()),
					"Correct the attribute 'strategy', or property 'lockfile.locks.%s.strategy'."
						.formatted(spec.name()),
					ex);
		}
		verifyAvailable(any.strategy(), method);
		if (!any.supports(spec.mode())) {
			throw FileLockedMethodReader.invalid(method,
					"has mode %s, which strategy '%s' doesn't support.".formatted(spec.mode(), any.strategy()),
					"Use one of these strategies: %s.".formatted(String.join(", ", strategiesThatSupport(spec.mode()))),
					null);
		}
		return any;
	}

	private static void verifyAvailable(String name, Method method) {
		for (LockStrategy strategy : LockFiles.strategies()) {
			try {
				if (strategy.name().equals(name)) {
					strategy.requireAvailable();
				}
			}
			catch (IOException ex) {
				throw FileLockedMethodReader.invalid(method,
						"has strategy '%s', which can't be used here: %s.".formatted(name, ex.getMessage()),
						"Do that, or use another strategy.", ex);
			}
		}
	}

	private static List<String> strategiesThatSupport(LockMode mode) {
		return LockFiles.strategies()
			.stream()
			.filter((strategy) -> strategy.supports(mode))
			.map(LockStrategy::name)
			.toList();
	}

	private void verifyLiteral(FileLockSpec spec, Method method) {
		if (!spec.path().isLiteral()) {
			return;
		}
		try {
			spec.lock(this.methods.locks(), spec.path().literal());
		}
		catch (LockFailedException ex) {
			throw FileLockedMethodReader.invalid(method, "has a wrong path: " + ex.getMessage() + ".",
					"Correct the attribute 'path', or the property that it names.", ex);
		}
	}

	/**
	 * Make sure that all settings of single locks belong to one lock, and say what was
	 * found.
	 * @param complete whether the classes of all beans were known
	 * @throws FileLockDefinitionException if they don't
	 */
	void verifyNames(boolean complete) {
		for (String name : this.names) {
			this.names.stream()
				.filter((other) -> !other.equals(name) && isSame(other, name))
				.findFirst()
				.ifPresent((other) -> {
					throw new FileLockDefinitionException(
							"The locks '%s' and '%s' can't be told apart in properties, which ignore case and dashes."
								.formatted(name, other),
							"Give one of them another name with the attribute 'name'.", null);
				});
		}
		for (String configured : this.methods.settings().locks().keySet()) {
			if (knownNames().stream().noneMatch((name) -> isSame(name, configured))) {
				unknown(configured, complete);
			}
		}
		if (!this.methods.settings().enabled() && this.count > 0) {
			logger.warn("File locks are disabled (lockfile.enabled=false): {} @FileLocked methods run unlocked",
					this.count);
		}
		else {
			logger.debug("{} @FileLocked methods with locks {}", this.count, this.names);
		}
	}

	private static boolean isSame(String name, String other) {
		return FileLockSettings.uniform(name).equals(FileLockSettings.uniform(other));
	}

	private void unknown(String configured, boolean complete) {
		String description = ("There are settings 'lockfile.locks.%s', but no @FileLocked method and no "
				+ "FileLockTemplate bean has that name, nor was it asked for by withName so far.")
			.formatted(configured);
		String action = this.names.isEmpty() ? "Remove them: there are no names."
				: "Remove them, or use one of these names: %s.".formatted(String.join(", ", this.names));
		if (complete) {
			throw new FileLockDefinitionException(description, action, null);
		}
		logger.warn("{} {} Beans that are not there yet, or not in this test, may have more.", description, action);
	}

}
