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

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The labels of the strategies are what the documentation says, and what the strategies
 * do.
 */
class StrategyLabelsTests {

	private static final Path PAGE = Path.of("..", "docs", "strategies.md");

	static List<LockStrategy> strategies() {
		return LockFiles.strategies();
	}

	@Test
	@EnabledOnOs(value = OS.LINUX, disabledReason = "on Windows os polls, and the page is of Linux")
	void pageHasTheLabelsAsTheyAre() throws IOException {
		String table = strategies().stream().map(StrategyLabelsTests::row).collect(Collectors.joining());
		assertThat(Files.readString(PAGE)).contains(table);
	}

	private static String row(LockStrategy strategy) {
		StrategyLabel label = strategy.label();
		return "| `%s` | %s | %s | %s | %s | %s | %s | %s | %s |%n".formatted(strategy.name(), label.onDisk(),
				label.shared() ? "yes" : "no", text(label.afterCrash()), text(label.waiting()), label.needs(),
				label.networkFileSystems(), label.excludes().isEmpty() ? "-" : String.join(", ", label.excludes()),
				label.remarks());
	}

	private static String text(Enum<?> value) {
		return value.name().toLowerCase(Locale.ROOT).replace('_', ' ');
	}

	@ParameterizedTest
	@MethodSource("strategies")
	void labelSaysWhatTheStrategyDoes(LockStrategy strategy) {
		assertThat(strategy.supports(LockMode.EXCLUSIVE)).isTrue();
		assertThat(strategy.supports(LockMode.SHARED)).isEqualTo(strategy.label().shared());
	}

	@Test
	void allStrategiesOfTheContractAreThere() {
		assertThat(strategies()).extracting(LockStrategy::name)
			.contains("flock", "lease", "link", "memory", "mkdir", "os", "pid", "sqlite", "symlink");
	}

}
