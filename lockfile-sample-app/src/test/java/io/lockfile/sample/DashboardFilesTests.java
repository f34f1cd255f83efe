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

package io.lockfile.sample;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of the files in {@code docs/dashboards} that need no application.
 */
class DashboardFilesTests {

	private static final Pattern VARIABLE = Pattern.compile("\\$\\{?(\\w+)}?");

	// Those that Grafana has anyway
	private static final Set<String> BUILT_IN = Set.of("__range", "__rate_interval", "__all");

	@TempDir
	Path directory;

	@Test
	void panelsAskTheChosenDataSourceAndUseVariablesThatExist() throws Exception {
		JsonNode dashboard = DashboardFiles.dashboard();
		Set<String> variables = new TreeSet<>();
		dashboard.path("templating")
			.path("list")
			.forEach((variable) -> variables.add(variable.path("name").asString()));
		assertThat(variables).containsExactly("application", "datasource", "instance", "lock");
		Set<String> used = new TreeSet<>();
		VARIABLE.matcher(dashboard.toString()).results().map((result) -> result.group(1)).forEach(used::add);
		used.removeAll(BUILT_IN);
		assertThat(used).isEqualTo(variables);
		for (JsonNode panel : dashboard.path("panels")) {
			for (JsonNode target : panel.path("targets")) {
				assertThat(target.path("datasource").path("uid").asString()).isEqualTo("${datasource}");
			}
		}
	}

	@Test
	void everyQueryIsNarrowedByTheVariables() throws Exception {
		assertThat(DashboardFiles.panels()).isNotEmpty()
			.allSatisfy((panel) -> assertThat(panel.targets()).isNotEmpty()
				.allSatisfy((target) -> assertThat(selectors(target.expression())).isNotEmpty()
					.allSatisfy((selector) -> assertThat(selector)
						.contains("application=~\"$application\",instance=~\"$instance\",lock=~\"$lock\""))));
	}

	@Test
	void panelsHaveTheirOwnNumbersAndPlaces() throws Exception {
		Set<Integer> numbers = new HashSet<>();
		Set<String> places = new HashSet<>();
		for (JsonNode panel : DashboardFiles.dashboard().path("panels")) {
			assertThat(numbers.add(panel.path("id").asInt())).as(panel.path("title").asString()).isTrue();
			JsonNode place = panel.path("gridPos");
			for (int x = 0; x < place.path("w").asInt(); x++) {
				for (int y = 0; y < place.path("h").asInt(); y++) {
					int column = place.path("x").asInt() + x;
					assertThat(column).isBetween(0, 23);
					assertThat(places.add(column + "," + (place.path("y").asInt() + y)))
						.as(panel.path("title").asString())
						.isTrue();
				}
			}
		}
	}

	@Test
	void readmeExplainsEveryPanelAndEveryAlert() throws Exception {
		List<String> explained = firstCells(Files.readString(DashboardFiles.DIRECTORY.resolve("README.md")));
		List<String> names = new ArrayList<>();
		DashboardFiles.panels().forEach((panel) -> names.add(panel.title()));
		DashboardFiles.alerts().forEach((alert) -> names.add("`" + alert.name() + "`"));
		assertThat(explained).containsExactlyElementsOf(names);
	}

	@Test
	void readmeHasTheSettingsOfTheSample() throws Exception {
		String readme = Files.readString(DashboardFiles.DIRECTORY.resolve("README.md"));
		String snippet = readme.substring(readme.indexOf("```yaml") + 7, readme.indexOf("```\n\n- The histograms"));
		String sample = Files.readString(Path.of("src", "main", "resources", "application.yml"));
		assertThat(metrics(snippet)).isNotNull().isEqualTo(metrics(sample));
	}

	@Test
	void promtoolAcceptsTheRules() throws Exception {
		assertThat(promtool("check", "rules", "lockfile-alerts.yml"))
			.contains(DashboardFiles.alerts().size() + " rules found");
	}

	@Test
	void rulesPassTheirTests() throws Exception {
		List<String> files = List.of("lockfile-alerts-test.yml", "lockfile-alerts-days-test.yml");
		StringBuilder tests = new StringBuilder();
		for (String file : files) {
			assertThat(promtool("test", "rules", file)).contains("SUCCESS");
			tests.append(Files.readString(DashboardFiles.DIRECTORY.resolve(file)));
		}
		assertThat(DashboardFiles.alerts())
			.allSatisfy((alert) -> assertThat(tests).contains("alertname: " + alert.name()));
	}

	private String promtool(String... arguments) throws IOException, InterruptedException {
		PrometheusServer.require("promtool");
		Path log = this.directory.resolve("promtool.log");
		List<String> command = new ArrayList<>(List.of(arguments));
		command.add(0, "promtool");
		command.set(command.size() - 1,
				DashboardFiles.DIRECTORY.resolve(arguments[arguments.length - 1]).toAbsolutePath().toString());
		Process promtool = PrometheusServer.start(log, command.toArray(String[]::new));
		try {
			assertThat(promtool.waitFor(10, TimeUnit.MINUTES)).isTrue();
			assertThat(promtool.exitValue()).as(Files.readString(log)).isZero();
		}
		finally {
			promtool.destroyForcibly();
		}
		return Files.readString(log);
	}

	private static Object metrics(String yaml) {
		Map<?, ?> file = new Yaml().load(yaml);
		return ((Map<?, ?>) file.get("management")).get("metrics");
	}

	private static List<String> selectors(String expression) {
		return Pattern.compile("lockfile_\\w+(\\{[^}]*})?")
			.matcher(expression)
			.results()
			.map(MatchResult::group)
			.toList();
	}

	private static List<String> firstCells(String markdown) {
		return markdown.lines()
			.filter((line) -> line.startsWith("| ") && !line.startsWith("| ---"))
			.map((line) -> line.split("\\|")[1].strip())
			.filter((cell) -> !cell.equals("panel") && !cell.equals("alert"))
			.toList();
	}

}
