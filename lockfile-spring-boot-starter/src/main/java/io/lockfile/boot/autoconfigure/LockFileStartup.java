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

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.core.env.Environment;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

import io.lockfile.LockDirectoryReport;
import io.lockfile.LockFile;
import io.lockfile.LockFiles;
import io.lockfile.LockStrategy;
import io.lockfile.spring.FileLockDefinition;
import io.lockfile.spring.FileLockDefinitionException;
import io.lockfile.spring.FileLockDefinitionsListener;

/**
 * Tries at start-up whether locks work where they are to be, and says what is locked how.
 * Unless the result is to stop it, the application starts meanwhile.
 */
final class LockFileStartup implements FileLockDefinitionsListener, DisposableBean {

	/**
	 * How long all strategies together may take: a server that doesn't answer is not to
	 * keep an application from starting.
	 */
	private static final Duration LIMIT = Duration.ofSeconds(20);

	/**
	 * How long an application that ends at once waits for what is still to be said.
	 */
	private static final Duration LAST_WORDS = Duration.ofSeconds(10);

	private static final String PROPERTY = "lockfile.locks.%s.strategy";

	private static final Logger logger = LoggerFactory.getLogger(LockFileStartup.class);

	private final LockFileProperties properties;

	private final LockFiles locks;

	private final Environment environment;

	private final Set<String> seen = new HashSet<>();

	private final List<Thread> threads = new ArrayList<>();

	LockFileStartup(LockFileProperties properties, LockFiles locks, Environment environment) {
		this.properties = properties;
		this.locks = locks;
		this.environment = environment;
	}

	@Override
	public synchronized void defined(List<FileLockDefinition> definitions) {
		if (!this.properties.isEnabled()) {
			return;
		}
		LockFilesFactory factory = new LockFilesFactory(this.properties, this.environment);
		forOwnStrategies(definitions,
				(property, strategy) -> factory.requireSharedDirectory(this.locks.directory(), property, strategy));
		Map<String, String> strategies = strategies(definitions);
		boolean first = this.seen.isEmpty();
		strategies.keySet().removeIf((strategy) -> !this.seen.add(strategy));
		long methods = definitions.stream().map(FileLockDefinition::method).distinct().count();
		Runnable verification = () -> {
			String fileSystem = verify(strategies);
			if (first) {
				logger.info("File locks: {} @FileLocked methods, strategy {}, directory {}{}", methods,
						String.join(", ", strategies.keySet()), this.locks.directory(), fileSystem);
			}
		};
		if (first) {
			warnOfUnknownNames();
		}
		if (this.properties.getVerifyOnStartup() != VerifyOnStartup.FAIL) {
			Thread thread = new Thread(verification, "lockfile-verify-on-startup");
			thread.setDaemon(true);
			thread.setUncaughtExceptionHandler(
					(failed, ex) -> logger.warn("{} could not be verified", this.locks.directory(), ex));
			this.threads.add(thread);
			thread.start();
		}
		else {
			verification.run();
		}
	}

	@Override
	public synchronized void destroy() throws InterruptedException {
		for (Thread thread : this.threads) {
			thread.join(LAST_WORDS.toMillis());
		}
	}

	/**
	 * Tell what binding leaves alone, since other programs have variables too.
	 */
	private void warnOfUnknownNames() {
		for (ConfigurationPropertySource source : ConfigurationPropertySources.get(this.environment)) {
			boolean variables = source.getUnderlyingSource() instanceof SystemEnvironmentPropertySource;
			boolean system = source.getUnderlyingSource() instanceof PropertySource<?> underlying
					&& underlying.getName().equals(StandardEnvironment.SYSTEM_PROPERTIES_PROPERTY_SOURCE_NAME);
			if ((variables || system) && source instanceof IterableConfigurationPropertySource iterable) {
				iterable.stream()
					.filter((name) -> LockFilePropertyNames.PREFIX.isAncestorOf(name)
							&& !LockFilePropertyNames.isKnown(name))
					.forEach((name) -> warnOfUnknownName(name, system));
			}
		}
	}

	private static void warnOfUnknownName(ConfigurationPropertyName name, boolean system) {
		Optional<String> nearest = LockFilePropertyNames.nearest(name);
		if (system || nearest.isPresent()) {
			logger.warn("There is no property '{}', so the {} is ignored.{}", name,
					system ? "system property" : "environment variable",
					nearest.map(" Did you mean '%s'?"::formatted).orElse(""));
		}
	}

	/**
	 * Find out which strategies are in use.
	 * @param definitions the declared locks
	 * @return the names of the strategies, each with what changes it
	 */
	private Map<String, String> strategies(List<FileLockDefinition> definitions) {
		Map<String, Set<String>> strategies = new LinkedHashMap<>();
		String configured = strategyOfEngine();
		strategies.computeIfAbsent(configured, (name) -> new LinkedHashSet<>())
			.add(obeysProperties() ? "'lockfile.strategy'" : "the strategy of the LockFiles bean");
		forOwnStrategies(definitions, (property, strategy) -> {
			if (!strategy.equals(configured)) {
				strategies.computeIfAbsent(strategy, (name) -> new LinkedHashSet<>()).add("'%s'".formatted(property));
			}
		});
		Map<String, String> result = new LinkedHashMap<>();
		strategies.forEach((name, changing) -> result.put(name, String.join(", ", changing)));
		return result;
	}

	/**
	 * Ask the engine, which may be a bean of users that no property changes.
	 * @return the strategy of locks that have none for themselves
	 */
	private String strategyOfEngine() {
		LockFile any = this.locks.get("any");
		// A mock has none
		return (any != null) ? any.strategy() : this.properties.getStrategy();
	}

	/**
	 * Guess whether a property changes what the engine does.
	 * @return whether it has the strategy of the properties
	 */
	private boolean obeysProperties() {
		return strategyOfEngine().equals(this.properties.getStrategy());
	}

	/**
	 * Go through the strategies that locks have for themselves.
	 * @param definitions the declared locks, to which those of named templates come
	 * @param action is called with the property that changes a strategy, and the strategy
	 */
	private void forOwnStrategies(List<FileLockDefinition> definitions, BiConsumer<String, String> action) {
		definitions
			.forEach((definition) -> action.accept(PROPERTY.formatted(definition.name()), definition.strategy()));
		this.properties.getLocks().forEach((name, lock) -> {
			if (lock.getStrategy() != null) {
				action.accept(PROPERTY.formatted(name), lock.getStrategy());
			}
		});
	}

	private String verify(Map<String, String> strategies) {
		Set<String> withoutFiles = LockFiles.strategies()
			.stream()
			.filter((strategy) -> !strategy.usesFileSystem())
			.map(LockStrategy::name)
			.collect(Collectors.toSet());
		Set<String> fileSystems = new LinkedHashSet<>();
		strategies.forEach((strategy, changing) -> {
			if (!withoutFiles.contains(strategy)) {
				fileSystems.add(look(strategy, changing, LIMIT.dividedBy(strategies.size())).fileSystem());
			}
		});
		return fileSystems.isEmpty() ? "" : " (%s)".formatted(String.join(", ", fileSystems));
	}

	private LockDirectoryReport look(String strategy, String changing, Duration limit) {
		// To look writes nothing, and what it finds is said by nobody
		return (this.properties.getVerifyOnStartup() == VerifyOnStartup.OFF) ? this.locks.inspect(strategy)
				: verify(strategy, changing, limit);
	}

	private LockDirectoryReport verify(String strategy, String changing, Duration limit) {
		LockDirectoryReport report = this.locks.verify(strategy, limit);
		List<String> problems = report.problems()
			.stream()
			.filter((problem) -> problem.severity() != LockDirectoryReport.Severity.INFO)
			.map(LockDirectoryReport.Problem::message)
			.toList();
		if (problems.isEmpty()) {
			report.problems().forEach((problem) -> logger.debug("{}", problem));
			return report;
		}
		String description = "%s. (Strategy %s, file system %s%s)".formatted(String.join(". ", problems), strategy,
				report.fileSystem(), report.mount().isEmpty() ? "" : ", " + report.mount());
		String action = "Set %s to another directory%s.".formatted(
				obeysProperties() ? "property 'lockfile.directory'" : "the directory of the LockFiles bean",
				others(report, changing));
		if (this.properties.getVerifyOnStartup() == VerifyOnStartup.FAIL) {
			throw new FileLockDefinitionException(description,
					action + " Property 'lockfile.verify-on-startup' can be set to warn, to start nevertheless.", null);
		}
		logger.warn("{} {} Property 'lockfile.verify-on-startup' can be set to off, to say no more of it, or to fail",
				description, action);
		return report;
	}

	private static String others(LockDirectoryReport report, String changing) {
		List<String> others = report.suitable().stream().filter((name) -> !name.equals(report.strategy())).toList();
		return others.isEmpty() ? "" : ", or %s to a strategy that has no such problem there: %s".formatted(changing,
				String.join(", ", others));
	}

}
