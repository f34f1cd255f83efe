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

import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;

import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

import io.lockfile.LockDirectoryReport;
import io.lockfile.LockFiles;

/**
 * Tells whether the lock directory can be used with the configured strategy. It is down
 * if locks can't be had there, or if the directory is on a network file system that
 * doesn't keep the strategy's locks; never because somebody holds a lock. It claims
 * nothing, and answers within a few seconds also if the file system hangs.
 *
 * @since 0.1.0
 */
public final class LockFileHealthIndicator extends AbstractHealthIndicator {

	private final Supplier<LockDirectoryReport> inspection;

	/**
	 * Create an instance.
	 * @param locks whose directory is looked at
	 */
	public LockFileHealthIndicator(LockFiles locks) {
		this(locks::inspect);
	}

	LockFileHealthIndicator(Supplier<LockDirectoryReport> inspection) {
		super("The lock directory can't be looked at");
		this.inspection = inspection;
	}

	@Override
	protected void doHealthCheck(Health.Builder builder) {
		LockDirectoryReport report = this.inspection.get();
		(isUsable(report) ? builder.up() : builder.down()).withDetail("directory", report.directory().toString())
			.withDetail("fileSystem", report.fileSystem())
			.withDetail("strategy", report.strategy());
		withMessages(builder, "problems", report, (problem) -> problem.severity() != LockDirectoryReport.Severity.INFO);
		withMessages(builder, "hints", report, (problem) -> problem.severity() == LockDirectoryReport.Severity.INFO);
	}

	private static void withMessages(Health.Builder builder, String key, LockDirectoryReport report,
			Predicate<LockDirectoryReport.Problem> condition) {
		List<String> messages = report.problems()
			.stream()
			.filter(condition)
			.map(LockDirectoryReport.Problem::message)
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
