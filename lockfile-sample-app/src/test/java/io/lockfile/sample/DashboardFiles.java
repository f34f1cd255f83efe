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
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What is in {@code docs/dashboards}.
 */
final class DashboardFiles {

	static final Path DIRECTORY = Path.of("..", "docs", "dashboards");

	private static final Pattern OPERATOR_BETWEEN_LINES = Pattern.compile("\n(?:or|and|unless)\n");

	private static final Pattern COMPARISON = Pattern.compile(" (?:[<>]=?|[=!]=) \\d+(?:\\.\\d+)?");

	private DashboardFiles() {
	}

	static JsonNode dashboard() throws IOException {
		return new JsonMapper().readTree(Files.readString(DIRECTORY.resolve("lockfile-dashboard.json")));
	}

	/**
	 * Read the panels, but for the rows.
	 * @return the panels in their order
	 * @throws IOException if the file can't be read
	 */
	static List<Panel> panels() throws IOException {
		List<Panel> panels = new ArrayList<>();
		for (JsonNode panel : dashboard().path("panels")) {
			if (!panel.path("type").asString().equals("row")) {
				List<Target> targets = new ArrayList<>();
				panel.path("targets")
					.forEach((target) -> targets.add(new Target(target.path("expr").asString(),
							target.path("legendFormat").asString(""), column(panel, target))));
				panels.add(new Panel(panel.path("title").asString(), targets));
			}
		}
		return panels;
	}

	private static String column(JsonNode panel, JsonNode target) {
		String value = "Value #" + target.path("refId").asString();
		return panel.path("transformations")
			.valueStream()
			.map((transformation) -> transformation.path("options").path("renameByName").path(value).asString(""))
			.filter((name) -> !name.isEmpty())
			.findFirst()
			.orElse("");
	}

	static String alertRules() throws IOException {
		return Files.readString(DIRECTORY.resolve("lockfile-alerts.yml"));
	}

	/**
	 * Read the alerts.
	 * @return the alerts in their order
	 * @throws IOException if the file can't be read
	 */
	static List<Alert> alerts() throws IOException {
		List<Alert> alerts = new ArrayList<>();
		Map<?, ?> file = new Yaml().load(alertRules());
		for (Object group : (List<?>) file.get("groups")) {
			for (Object rule : (List<?>) ((Map<?, ?>) group).get("rules")) {
				Map<?, ?> alert = (Map<?, ?>) rule;
				alerts.add(new Alert((String) alert.get("alert"), ((String) alert.get("expr")).strip()));
			}
		}
		return alerts;
	}

	/**
	 * A panel of the dashboard.
	 *
	 * @param title its title
	 * @param targets its queries
	 */
	record Panel(String title, List<Target> targets) {

	}

	/**
	 * A query of a panel.
	 *
	 * @param expression in PromQL, with variables of Grafana
	 * @param legend with the names of labels
	 * @param column the name of its column, or nothing if the panel is no table
	 */
	record Target(String expression, String legend, String column) {

	}

	/**
	 * An alert.
	 *
	 * @param name its name
	 * @param expression in PromQL; has an answer while the alert fires
	 */
	record Alert(String name, String expression) {

		/**
		 * Take the expression apart, to have an answer also while the alert doesn't fire.
		 * @return what it combines, without comparisons
		 */
		List<String> withoutThresholds() {
			return OPERATOR_BETWEEN_LINES.splitAsStream(this.expression)
				.map((part) -> COMPARISON.matcher(part).replaceAll(""))
				.toList();
		}

	}

}
