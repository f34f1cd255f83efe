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

package io.lockfile.testing;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

import io.lockfile.LockDirectoryReport;
import io.lockfile.LockFiles;

/**
 * A program that inspects, probes or verifies a directory, and prints for each of some
 * strategies the verdict and the worst problem.
 */
public final class Inspector {

	private static final Duration LIMIT = Duration.ofSeconds(60);

	private Inspector() {
	}

	public static void main(String[] args) {
		try (LockFiles locks = LockFiles.builder().directory(Path.of(args[0])).build()) {
			Arrays.stream(args).skip(2).map((strategy) -> switch (args[1]) {
				case "verify" -> locks.verify(strategy, LIMIT);
				case "probe" -> locks.probe(List.of(strategy)).get(0);
				default -> locks.inspect(strategy);
			}).map(Inspector::text).forEach(System.out::println);
		}
	}

	private static String text(LockDirectoryReport report) {
		return report.problems().isEmpty() ? report.verdict().toString()
				: report.verdict() + " " + report.problems().get(0).message();
	}

}
