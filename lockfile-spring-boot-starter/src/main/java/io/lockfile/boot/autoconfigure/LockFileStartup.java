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
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.lockfile.LockDirectoryReport;
import io.lockfile.LockFiles;
import io.lockfile.LockStrategy;
import io.lockfile.spring.FileLockDefinition;
import io.lockfile.spring.FileLockDefinitionException;
import io.lockfile.spring.FileLockDefinitionsListener;

/**
 * Tries at start-up whether locks work where they are to be, and says what is locked how.
 */
final class LockFileStartup implements FileLockDefinitionsListener {

	/**
	 * How long all strategies together may take: a server that doesn't answer is not to
	 * keep an application from starting.
	 */
	private static final Duration LIMIT = Duration.ofSeconds(20);

	private static final Logger logger = LoggerFactory.getLogger(LockFileStartup.class);

	private final LockFileProperties properties;

	private final LockFiles locks;

	private final Set<String> seen = new HashSet<>();

	LockFileStartup(LockFileProperties properties, LockFiles locks) {
		this.properties = properties;
		this.locks = locks;
	}

	@Override
	public synchronized void defined(List<FileLockDefinition> definitions) {
		if (!this.properties.isEnabled()) {
			return;
		}
		Map<String, String> strategies = strategies(definitions);
		boolean first = this.seen.isEmpty();
		strategies.keySet().removeIf((strategy) -> !this.seen.add(strategy));
		String fileSystem = verify(strategies);
		if (first) {
			logger.info("File locks: {} @FileLocked methods, strategy {}, directory {}{}",
					definitions.stream().map(FileLockDefinition::method).distinct().count(),
					String.join(", ", strategies.keySet()), this.locks.directory(), fileSystem);
		}
	}

	/**
	 * Find out which strategies are in use.
	 * @param definitions the declared locks
	 * @return the names of the strategies, each with the properties that change it
	 */
	private Map<String, String> strategies(List<FileLockDefinition> definitions) {
		Map<String, Set<String>> strategies = new LinkedHashMap<>();
		String configured = this.properties.getStrategy();
		strategies.computeIfAbsent(configured, (name) -> new LinkedHashSet<>()).add("lockfile.strategy");
		for (FileLockDefinition definition : definitions) {
			if (!definition.strategy().equals(configured)) {
				strategies.computeIfAbsent(definition.strategy(), (name) -> new LinkedHashSet<>())
					.add("lockfile.locks.%s.strategy".formatted(definition.name()));
			}
		}
		Map<String, String> result = new LinkedHashMap<>();
		strategies.forEach((name, changing) -> result.put(name,
				changing.stream().map("'%s'"::formatted).collect(Collectors.joining(", "))));
		return result;
	}

	private String verify(Map<String, String> strategies) {
		if (this.properties.getVerifyOnStartup() == VerifyOnStartup.OFF) {
			return "";
		}
		Set<String> withoutFiles = LockFiles.strategies()
			.stream()
			.filter((strategy) -> !strategy.usesFileSystem())
			.map(LockStrategy::name)
			.collect(Collectors.toSet());
		Set<String> fileSystems = new LinkedHashSet<>();
		strategies.forEach((strategy, changing) -> {
			if (!withoutFiles.contains(strategy)) {
				fileSystems.add(verify(strategy, changing, LIMIT.dividedBy(strategies.size())).fileSystem());
			}
		});
		return fileSystems.isEmpty() ? "" : " (%s)".formatted(String.join(", ", fileSystems));
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
		String action = "Set property 'lockfile.directory' to another directory%s.".formatted(others(report, changing));
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
