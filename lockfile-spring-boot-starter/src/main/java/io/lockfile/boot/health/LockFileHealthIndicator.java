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

package io.lockfile.boot.health;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.function.Function;
import java.util.function.Predicate;

import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;

import io.lockfile.LockDirectoryReport;
import io.lockfile.LockFiles;

/**
 * Tells whether the lock directory can be used with the strategies that are in use. It is
 * down if locks can't be had there, or if the directory is on a network file system that
 * doesn't keep a strategy's locks; never because somebody holds a lock. It claims
 * nothing, and answers within a few seconds also if the file system hangs.
 *
 * @since 0.1.0
 */
public final class LockFileHealthIndicator extends AbstractHealthIndicator {

	private final Function<List<String>, List<LockDirectoryReport>> inspection;

	/**
	 * The configured one first.
	 */
	private final Set<String> strategies = new CopyOnWriteArraySet<>();

	/**
	 * Create an instance that looks at the default strategy.
	 * @param locks whose directory is looked at
	 */
	public LockFileHealthIndicator(LockFiles locks) {
		this(locks::probe, locks.get("any").strategy());
	}

	LockFileHealthIndicator(Function<List<String>, List<LockDirectoryReport>> inspection, String strategy) {
		super("The lock directory can't be looked at");
		this.inspection = inspection;
		this.strategies.add(strategy);
	}

	/**
	 * Add a strategy that is in use.
	 * @param strategy the name of the strategy
	 */
	public void add(String strategy) {
		this.strategies.add(strategy);
	}

	@Override
	protected void doHealthCheck(Health.Builder builder) {
		List<LockDirectoryReport> reports = this.inspection.apply(List.copyOf(this.strategies));
		LockDirectoryReport first = reports.get(0);
		(reports.stream().allMatch(LockFileHealthIndicator::isUsable) ? builder.up() : builder.down())
			.withDetail("directory", first.directory().toString())
			.withDetail("fileSystem", first.fileSystem())
			.withDetail("strategy", first.strategy());
		if (reports.size() > 1) {
			Map<String, String> strategies = new LinkedHashMap<>();
			reports.forEach((report) -> strategies.put(report.strategy(),
					(isUsable(report) ? Status.UP : Status.DOWN).getCode()));
			builder.withDetail("strategies", strategies);
		}
		withMessages(builder, "problems", reports,
				(problem) -> problem.severity() != LockDirectoryReport.Severity.INFO);
		withMessages(builder, "hints", reports, (problem) -> problem.severity() == LockDirectoryReport.Severity.INFO);
	}

	private static void withMessages(Health.Builder builder, String key, List<LockDirectoryReport> reports,
			Predicate<LockDirectoryReport.Problem> condition) {
		List<String> messages = reports.stream()
			.flatMap((report) -> report.problems().stream())
			.filter(condition)
			.map(LockDirectoryReport.Problem::message)
			.distinct()
			.toList();
		if (!messages.isEmpty()) {
			builder.withDetail(key, messages);
		}
	}

	private static boolean isUsable(LockDirectoryReport report) {
		return switch (report.verdict()) {
			case SAFE -> true;
			// Temporary files that may be cleaned up are no reason to take an application
			// out of service
			case RISKY -> !report.network();
			case UNUSABLE -> false;
		};
	}

}
