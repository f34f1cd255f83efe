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

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Assumptions;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A Prometheus server of its own, on any free port of the loopback address, that scrapes
 * every second.
 */
final class PrometheusServer implements AutoCloseable {

	private static final Pattern LISTENING = Pattern.compile("msg=\"Listening on\" address=127\\.0\\.0\\.1:(\\d+)");

	private final Process process;

	private final Path log;

	private final HttpClient client = HttpClient.newHttpClient();

	private final JsonMapper mapper = new JsonMapper();

	private final URI uri;

	private PrometheusServer(Process process, Path log) {
		this.process = process;
		this.log = log;
		await().atMost(Duration.ofMinutes(1))
			.failFast(() -> assertThat(process.isAlive()).as(() -> read(log)).isTrue())
			.until(() -> LISTENING.matcher(read(log)).find());
		Matcher matcher = LISTENING.matcher(read(log));
		assertThat(matcher.find()).isTrue();
		this.uri = URI.create("http://127.0.0.1:" + matcher.group(1));
	}

	/**
	 * Start a server.
	 * @param directory where it keeps what it needs
	 * @param targets the ports of the instances, by the name of their job
	 * @param rules the alerts
	 * @return the server, which answers
	 * @throws IOException if it can't be started
	 */
	static PrometheusServer start(Path directory, Map<String, List<Integer>> targets, String rules) throws IOException {
		Files.createDirectories(directory);
		Files.writeString(directory.resolve("alerts.yml"), rules);
		StringBuilder configuration = new StringBuilder("""
				global:
				  scrape_interval: 1s
				  evaluation_interval: 1s
				rule_files:
				  - alerts.yml
				scrape_configs:
				""");
		targets.forEach((job, ports) -> configuration.append("""
				  - job_name: %s
				    metrics_path: /actuator/prometheus
				    static_configs:
				      - targets: %s
				""".formatted(job, ports.stream().map((port) -> "'127.0.0.1:%d'".formatted(port)).toList())));
		Path file = Files.writeString(directory.resolve("prometheus.yml"), configuration);
		Path log = directory.resolve("prometheus.log");
		Process process = start(log, "prometheus", "--config.file=" + file,
				"--storage.tsdb.path=" + directory.resolve("data"), "--web.listen-address=127.0.0.1:0");
		try {
			return new PrometheusServer(process, log);
		}
		catch (RuntimeException | Error ex) {
			process.destroyForcibly();
			throw ex;
		}
	}

	static boolean isInstalled() {
		return isInstalled("prometheus");
	}

	private static boolean isInstalled(String program) {
		return Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
			.anyMatch((directory) -> Files.isExecutable(Path.of(directory, program)));
	}

	/**
	 * Skip the test where a program is missing, or fail if it has to be there.
	 * @param program the program
	 */
	static void require(String program) {
		if (!isInstalled(program)) {
			String message = "%s is not installed. Try: sudo apt-get install prometheus".formatted(program);
			if (System.getenv("LOCKFILE_INTEROP_REQUIRED") != null) {
				throw new AssertionError(message);
			}
			Assumptions.abort(message);
		}
	}

	/**
	 * Start one of the programs.
	 * @param log where its output goes
	 * @param command the program and its arguments
	 * @return the process
	 * @throws IOException if it can't be started
	 */
	static Process start(Path log, String... command) throws IOException {
		return new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
	}

	/**
	 * Ask for what an expression yields now.
	 * @param expression in PromQL
	 * @return one sample for each series
	 */
	List<Sample> query(String expression) {
		return query(expression, Instant.now());
	}

	/**
	 * Ask for what an expression yielded.
	 * @param expression in PromQL
	 * @param time when; several answers of one time fit together
	 * @return one sample for each series
	 */
	List<Sample> query(String expression, Instant time) {
		List<Sample> samples = new ArrayList<>();
		JsonNode data = get("/api/v1/query?time=%s&query=%s".formatted(time, encode(expression)));
		assertThat(data.path("resultType").asString()).as(expression).isEqualTo("vector");
		data.path("result").forEach((result) -> {
			Map<String, String> labels = new LinkedHashMap<>();
			result.path("metric")
				.properties()
				.forEach((label) -> labels.put(label.getKey(), label.getValue().asString()));
			samples.add(new Sample(labels, value(result.path("value").path(1).asString())));
		});
		return samples;
	}

	/**
	 * Ask for the values of a label.
	 * @param selector the series that have the label
	 * @param label the name of the label
	 * @return its values
	 */
	List<String> labelValues(String selector, String label) {
		List<String> values = new ArrayList<>();
		get("/api/v1/label/%s/values?match[]=%s".formatted(label, encode(selector)).replace("[]", "%5B%5D"))
			.forEach((value) -> values.add(value.asString()));
		return values;
	}

	private JsonNode get(String path) {
		try {
			HttpRequest request = HttpRequest.newBuilder(this.uri.resolve(path)).timeout(Duration.ofMinutes(1)).build();
			JsonNode answer = this.mapper
				.readTree(this.client.send(request, HttpResponse.BodyHandlers.ofString()).body());
			assertThat(answer.path("status").asString()).as(() -> path + "\n" + answer).isEqualTo("success");
			return answer.path("data");
		}
		catch (IOException ex) {
			throw new AssertionError(read(this.log), ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

	private static double value(String text) {
		return switch (text) {
			case "+Inf" -> Double.POSITIVE_INFINITY;
			case "-Inf" -> Double.NEGATIVE_INFINITY;
			default -> Double.parseDouble(text);
		};
	}

	private static String encode(String text) {
		return URLEncoder.encode(text, StandardCharsets.UTF_8);
	}

	private static String read(Path file) {
		try {
			return Files.readString(file);
		}
		catch (IOException ex) {
			return ex.toString();
		}
	}

	@Override
	public void close() {
		this.process.destroyForcibly().onExit().join();
	}

	/**
	 * The value of a series.
	 *
	 * @param labels its labels
	 * @param value its value, which may be no number
	 */
	record Sample(Map<String, String> labels, double value) {

		String lock() {
			return this.labels.getOrDefault("lock", "");
		}

	}

}
