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
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

import io.lockfile.LockFiles;
import io.lockfile.LockHandle;
import io.lockfile.sample.DashboardFiles.Alert;
import io.lockfile.sample.DashboardFiles.Panel;
import io.lockfile.sample.DashboardFiles.Target;
import io.lockfile.sample.PrometheusServer.Sample;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests that ask a Prometheus server everything that the dashboard and the alerts in
 * {@code docs/dashboards} ask, while it scrapes instances of the sample. Its jobs:
 * {@code healthy}, two instances that import together; {@code restarted}, one that found
 * the lock of a process that was killed; {@code disturbed}, one that meets trouble. The
 * tests are skipped where Prometheus is not installed, but fail with
 * {@code LOCKFILE_INTEROP_REQUIRED}.
 */
class DashboardsTests {

	private static final int FILES = 40;

	private static final Pattern LABELS = Pattern.compile("\\bby \\(([^)]*)\\)");

	private static final Pattern LEGEND = Pattern.compile("\\{\\{(\\w+)}}");

	private static final Pattern PORT = Pattern.compile("Tomcat started on port (\\d+)");

	// What is above zero there asks for a look; the others show usual business
	private static final List<String> TROUBLE = List.of("Longest running wait", "Longest running hold",
			"Who waits, who holds", "Timeouts", "Skips", "Errors and interruptions", "Lost", "Broken",
			"Overview, Skipped", "Overview, Timeouts", "Overview, Errors", "Overview, Lost", "Overview, Broken",
			"Overview, Waits for", "Overview, Held for");

	private static final List<SampleProcess> processes = new ArrayList<>();

	private static final HttpClient client = HttpClient.newHttpClient();

	@TempDir
	static Path directory;

	private static List<Integer> healthy;

	private static int restarted;

	private static int disturbed;

	private static PrometheusServer prometheus;

	@BeforeAll
	static void instancesWorkAndAreScraped() throws Exception {
		if (!PrometheusServer.isInstalled()) {
			// A skip from here would be in no report: the tests say it
			return;
		}
		SampleProcess first = start("healthy", "first", "--sample.row-delay=2ms");
		SampleProcess second = start("healthy", "second", "--sample.row-delay=2ms");
		SampleProcess troubled = start("disturbed", "troubled", "--sample.row-delay=100ms",
				"--sample.report.timeout=5s");
		SampleProcess survivor = startAfterCrash();
		healthy = List.of(port(first), port(second));
		disturbed = port(troubled);
		restarted = port(survivor);
		Map<String, List<Integer>> targets = new LinkedHashMap<>();
		targets.put("healthy", healthy);
		targets.put("restarted", List.of(restarted));
		targets.put("disturbed", List.of(disturbed));
		String rules = DashboardFiles.alertRules().replaceAll("(?m)^( +for:) .*$", "$1 0s");
		prometheus = PrometheusServer.start(directory.resolve("prometheus"), targets, rules);
		// From here on the zeros are on record, and what is counted later is an increase
		eventually().until(() -> prometheus.query("up == 1").size() == 4);
		OrderFiles.generate(inbox("healthy"), FILES);
		assertThat(post(healthy.get(0), "/reports")).isEqualTo(200);
		assertThat(post(healthy.get(1), "/reports")).isEqualTo(200);
		eventually().untilAsserted(() -> assertThat(done("healthy")).hasSize(FILES));
		eventually().untilAsserted(() -> assertThat(value("""
				sum(increase(lockfile_wait_seconds_count{job="healthy",lock="import",outcome="acquired"}[1h]))"""))
			.isGreaterThan(FILES / 2));
	}

	@BeforeEach
	void prometheusIsInstalled() {
		PrometheusServer.require("prometheus");
	}

	@AfterAll
	static void stopAll() {
		if (prometheus != null) {
			prometheus.close();
		}
		processes.forEach(SampleProcess::kill);
	}

	@Test
	void everyPanelHasAnAnswer() throws Exception {
		String instances = healthy.get(0) + "|" + healthy.get(1);
		List<Map<String, String>> choices = List.of(Map.of("application", ".*", "instance", ".*", "lock", ".*"),
				Map.of("application", "lockfile-sample-app", "instance", "127.0.0.1:(" + instances + ")", "lock",
						"import|nightly-report"));
		for (Map<String, String> choice : choices) {
			for (Panel panel : DashboardFiles.panels()) {
				for (Target target : panel.targets()) {
					List<Sample> samples = prometheus.query(substitute(target.expression(), choice));
					assertThatIsPlausible(target.expression(), samples);
					assertThat(samples).as(target.expression())
						.allSatisfy((sample) -> assertThat(sample.lock()).matches(choice.get("lock")))
						.extracting(Sample::lock)
						.contains("import", "nightly-report");
					assertThat(samples).allSatisfy(
							(sample) -> assertThat(sample.labels().keySet()).containsAll(names(target.legend())));
				}
			}
		}
	}

	@Test
	void percentilesAreInOrderAndWithinWhatCanBe() throws Exception {
		Map<String, String> all = Map.of("application", ".*", "instance", ".*", "lock", "import|nightly-report");
		for (String title : List.of("Wait percentiles", "Hold percentiles")) {
			Map<String, List<Double>> values = new LinkedHashMap<>();
			for (Target target : panel(title).targets()) {
				prometheus.query(substitute(target.expression(), all))
					.forEach((sample) -> values.computeIfAbsent(sample.lock(), (lock) -> new ArrayList<>())
						.add(sample.value()));
			}
			assertThat(values).as(title).containsOnlyKeys("import", "nightly-report");
			assertThat(values.values()).as(title)
				.allSatisfy((percentiles) -> assertThat(percentiles).hasSize(3).isSorted().allMatch(Double::isFinite));
			if (title.startsWith("Hold")) {
				// A file has 10 rows at least, with a pause of 2 ms after each
				assertThat(values.get("import").get(2)).isGreaterThanOrEqualTo(0.02);
			}
		}
		assertThat(value("""
				max(histogram_quantile(1, sum by (lock, le) (lockfile_hold_seconds_bucket{job="healthy"})))"""))
			.isGreaterThanOrEqualTo(value("""
					max(lockfile_hold_seconds_sum{job="healthy"} / lockfile_hold_seconds_count{job="healthy"})"""));
	}

	@Test
	void overviewCountsWhatHappened() throws Exception {
		Map<String, String> healthyOnly = Map.of("application", ".*", "instance",
				"127.0.0.1:(" + healthy.get(0) + "|" + healthy.get(1) + ")", "lock", "import");
		List<Double> columns = panel("Overview").targets()
			.stream()
			.map((column) -> value(substitute(column.expression(), healthyOnly)))
			.toList();
		assertThat(columns.get(0)).as("acquired in a day").isGreaterThan(FILES / 2);
		assertThat(columns.get(1)).as("acquired").isGreaterThan(FILES / 2);
		// Both walk the same inbox in the same order
		assertThat(columns.get(2)).as("skipped").isPositive();
		assertThat(columns.subList(3, columns.size())).as("nothing else").containsOnly(0.0);
	}

	@Test
	void variablesHaveValues() throws Exception {
		Pattern pattern = Pattern.compile("label_values\\((.+), (\\w+)\\)");
		Map<String, List<String>> values = new LinkedHashMap<>();
		Map<String, String> all = Map.of("application", ".*", "instance", ".*", "lock", ".*");
		for (JsonNode variable : DashboardFiles.dashboard().path("templating").path("list")) {
			if (variable.path("type").asString().equals("query")) {
				Matcher matcher = pattern.matcher(variable.path("query").path("query").asString());
				assertThat(matcher.matches()).as(variable.toString()).isTrue();
				values.put(variable.path("name").asString(),
						prometheus.labelValues(substitute(matcher.group(1), all), matcher.group(2)));
			}
		}
		assertThat(values).containsOnlyKeys("application", "instance", "lock");
		assertThat(values.get("application")).containsExactly("lockfile-sample-app");
		assertThat(values.get("instance")).hasSize(4).contains("127.0.0.1:" + healthy.get(0));
		assertThat(values.get("lock")).contains("import", "nightly-report", "sample-orders");
	}

	@Test
	void alertsHaveAnAnswerWithoutTheirThresholds() throws Exception {
		for (Alert alert : DashboardFiles.alerts()) {
			for (String expression : alert.withoutThresholds()) {
				// A server that is so young has not seen a full ten minutes, at which a
				// subquery looks
				String fine = expression.replace("[1d:10m]", "[1d:1s]");
				assertThat(expression).as(alert.name()).isNotEqualTo(alert.expression());
				List<Sample> samples = prometheus.query(fine);
				assertThatIsPlausible(alert.name() + ": " + expression, samples);
				assertThat(samples).as(alert.name() + ": " + expression)
					.extracting((sample) -> sample.labels().get("job") + " " + sample.lock())
					.contains("healthy import", "healthy nightly-report", "restarted import", "disturbed import");
				assertThat(samples).allSatisfy(
						(sample) -> assertThat(sample.labels()).containsEntry("application", "lockfile-sample-app"));
			}
		}
	}

	@Test
	void healthyInstancesRaiseNoAlert() throws Exception {
		for (Alert alert : DashboardFiles.alerts()) {
			assertThat(prometheus.query(alert.expression())).as(alert.name())
				.extracting((sample) -> sample.labels().get("job"))
				.doesNotContain("healthy");
		}
	}

	@Test
	void panelsTellWhatAlertsTell() throws Exception {
		Set<String> titles = new TreeSet<>();
		for (Panel panel : DashboardFiles.panels()) {
			panel.targets().forEach((target) -> titles.add(title(panel, target)));
		}
		assertThat(titles).containsAll(TROUBLE);
		// One of them may always have come first
		Set<String> shown = new TreeSet<>();
		for (int port : healthy) {
			eventually().untilAsserted(() -> assertThat(trouble(port, Instant.now())).isSubsetOf("Skips: import",
					"Overview, Skipped: import"));
			shown.addAll(trouble(port, Instant.now()));
		}
		assertThat(shown).containsExactlyInAnyOrder("Skips: import", "Overview, Skipped: import");
	}

	@Test
	void alertTellsOfALockThatWasBrokenBeforeTheFirstScrape() throws Exception {
		String broken = "lockfile_broken_total{job=\"restarted\",lock=\"import\"}";
		assertThat(value("sum(%s)".formatted(broken))).isEqualTo(1);
		assertThat(value("sum(increase(%s[1h]))".formatted(broken))).isZero();
		assertThatFires("LockfileBroken", "restarted", "import");
		assertThatPanelsShow(restarted, List.of("Broken: import", "Overview, Broken: import"));
	}

	@Test
	void alertsTellOfTrouble() throws Exception {
		Path lockDirectory = directory.resolve("disturbed/locks");
		Set<String> past = new TreeSet<>();
		try (LockFiles others = LockFiles.builder().directory(lockDirectory).build()) {
			try (LockHandle held = others.get("imports/orders-0001.csv").acquire(Duration.ZERO)) {
				OrderFiles.generate(inbox("disturbed"), 1);
				assertThatFires("LockfileOnlySkips", "disturbed", "import");
				past.addAll(List.of("Skips: import", "Overview, Skipped: import"));
				assertThatPanelsShow(disturbed, past);
				assertThat(held.isValid()).isTrue();
			}
			Instant importing = seen("lockfile_hold_active_seconds_max{job=\"disturbed\",lock=\"import\"} > 0");
			Files.delete(lockDirectory.resolve("imports/orders-0001.csv"));
			assertThatPanelsShowed(importing, past, "Longest running hold: import",
					"Who waits, who holds: import holding", "Overview, Held for: import");
			assertThatFires("LockfileLost", "disturbed", "import");
			eventually().untilAsserted(() -> assertThat(done("disturbed")).hasSize(1));
			past.addAll(List.of("Lost: import", "Overview, Lost: import"));
			assertThatPanelsShow(disturbed, past);
			try (LockHandle held = others.get("nightly-report").acquire(Duration.ZERO)) {
				CompletableFuture<Integer> status = CompletableFuture.supplyAsync(() -> post(disturbed, "/reports"));
				Instant waited = seen(
						"lockfile_wait_active_seconds_max{job=\"disturbed\",lock=\"nightly-report\"} > 0");
				assertThatPanelsShowed(waited, past, "Longest running wait: nightly-report",
						"Who waits, who holds: nightly-report waiting", "Overview, Waits for: nightly-report");
				assertThat(status.join()).isEqualTo(409);
				assertThat(held.isValid()).isTrue();
			}
			assertThatFires("LockfileTimeouts", "disturbed", "nightly-report");
			past.addAll(List.of("Timeouts: nightly-report", "Overview, Timeouts: nightly-report"));
			assertThatPanelsShow(disturbed, past);
		}
		Files.delete(lockDirectory.resolve("nightly-report"));
		Files.createDirectory(lockDirectory.resolve("nightly-report"));
		assertThat(post(disturbed, "/reports")).isEqualTo(500);
		assertThatFires("LockfileErrors", "disturbed", "nightly-report");
		past.addAll(List.of("Errors and interruptions: nightly-report error", "Overview, Errors: nightly-report"));
		assertThatPanelsShow(disturbed, past);
	}

	private static SampleProcess startAfterCrash() throws Exception {
		Path marker = directory.resolve("restarted/locks/imports/orders-0001.csv.lock");
		Files.createDirectories(marker.getParent());
		Process victim = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
				System.getProperty("java.class.path"), Victim.class.getName(),
				directory.resolve("restarted/locks").toString(), "imports/orders-0001.csv")
			.inheritIO()
			.start();
		try {
			eventually().failFast(() -> assertThat(victim.isAlive()).isTrue()).until(() -> Files.exists(marker));
		}
		finally {
			victim.destroyForcibly().onExit().join();
		}
		assertThat(marker).exists();
		OrderFiles.generate(inbox("restarted"), 1);
		SampleProcess survivor = start("restarted", "restarted", "--lockfile.strategy=link");
		eventually().untilAsserted(() -> assertThat(done("restarted")).hasSize(1));
		return survivor;
	}

	private static SampleProcess start(String job, String instance, String... arguments) throws IOException {
		List<String> all = new ArrayList<>(
				List.of("--sample.generate=0", "--sample.poll-interval=50ms", "--sample.report.cron=-"));
		all.addAll(Arrays.asList(arguments));
		SampleProcess process = SampleProcess.start(directory.resolve(job), instance, all.toArray(String[]::new));
		processes.add(process);
		return process;
	}

	private static int port(SampleProcess process) throws IOException {
		eventually().failFast(() -> assertThat(process.isAlive()).as(() -> logOf(process)).isTrue())
			.until(process::isStarted);
		Matcher matcher = PORT.matcher(process.log());
		assertThat(matcher.find()).as(() -> logOf(process)).isTrue();
		return Integer.parseInt(matcher.group(1));
	}

	private static String logOf(SampleProcess process) {
		try {
			return process.instance() + "\n" + process.log();
		}
		catch (IOException ex) {
			return ex.toString();
		}
	}

	private static int post(int port, String path) {
		try {
			return client
				.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
					.POST(HttpRequest.BodyPublishers.noBody())
					.build(), HttpResponse.BodyHandlers.discarding())
				.statusCode();
		}
		catch (IOException ex) {
			throw new AssertionError(ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

	private static void assertThatIsPlausible(String expression, List<Sample> samples) {
		assertThat(samples).as(expression)
			.isNotEmpty()
			.anyMatch((sample) -> Double.isFinite(sample.value()))
			// A percentile of nothing is no number
			.allMatch((sample) -> sample.value() >= 0
					|| (Double.isNaN(sample.value()) && expression.contains("histogram_quantile")));
		Set<String> labels = new TreeSet<>();
		Matcher matcher = LABELS.matcher(expression);
		assertThat(matcher.find()).as(expression).isTrue();
		labels.addAll(List.of(matcher.group(1).split(", ")));
		labels.remove("le");
		assertThat(samples).as(expression).allSatisfy((sample) -> {
			assertThat(sample.labels()).containsOnlyKeys(labels);
			assertThat(sample.labels().values()).allMatch((value) -> !value.isEmpty());
		});
	}

	private static void assertThatFires(String alert, String job, String lock) {
		String query = "ALERTS{alertname=\"%s\",alertstate=\"firing\",job=\"%s\",lock=\"%s\"}".formatted(alert, job,
				lock);
		eventually().untilAsserted(() -> assertThat(prometheus.query(query)).as(query).isNotEmpty());
	}

	/**
	 * Wait until an expression has an answer.
	 * @param expression in PromQL
	 * @return the time of the first answer
	 */
	private static Instant seen(String expression) {
		AtomicReference<Instant> time = new AtomicReference<>();
		eventually().until(() -> {
			time.set(Instant.now());
			return !prometheus.query(expression, time.get()).isEmpty();
		});
		return time.get();
	}

	/**
	 * Wait until the panels of trouble show what is expected, and nothing else.
	 * @param port the instance that is chosen
	 * @param expected panels and legends of what is above zero
	 */
	private static void assertThatPanelsShow(int port, Collection<String> expected) {
		eventually().untilAsserted(
				() -> assertThat(trouble(port, Instant.now())).containsExactlyInAnyOrderElementsOf(expected));
	}

	private static void assertThatPanelsShowed(Instant time, Set<String> past, String... passing) throws IOException {
		List<String> expected = new ArrayList<>(past);
		expected.addAll(List.of(passing));
		assertThat(trouble(disturbed, time)).containsExactlyInAnyOrderElementsOf(expected);
	}

	private static Set<String> trouble(int port, Instant time) throws IOException {
		Map<String, String> choice = Map.of("application", ".*", "instance", "127.0.0.1:" + port, "lock",
				"import|nightly-report");
		Set<String> shown = new TreeSet<>();
		for (Panel panel : DashboardFiles.panels()) {
			for (Target target : panel.targets()) {
				String title = title(panel, target);
				if (TROUBLE.contains(title)) {
					prometheus.query(substitute(target.expression(), choice), time)
						.stream()
						.filter((sample) -> sample.value() > 0)
						.forEach((sample) -> shown.add(title + ": " + legend(target, sample)));
				}
			}
		}
		return shown;
	}

	private static String title(Panel panel, Target target) {
		return target.column().isEmpty() ? panel.title() : panel.title() + ", " + target.column();
	}

	private static String legend(Target target, Sample sample) {
		if (target.legend().isEmpty()) {
			return sample.lock();
		}
		// The instance has another port every time, and it is chosen
		return LEGEND.matcher(target.legend().replace(" {{instance}}", ""))
			.replaceAll((label) -> sample.labels().getOrDefault(label.group(1), ""));
	}

	private static double value(String expression) {
		List<Sample> samples = prometheus.query(expression);
		assertThat(samples).as(expression).hasSizeLessThan(2);
		return samples.isEmpty() ? Double.NaN : samples.get(0).value();
	}

	private static String substitute(String expression, Map<String, String> choice) {
		String substituted = expression.replace("$__rate_interval", "1h").replace("$__range", "1h");
		for (Map.Entry<String, String> variable : choice.entrySet()) {
			substituted = substituted.replace("$" + variable.getKey(), variable.getValue());
		}
		assertThat(substituted).doesNotContain("$");
		return substituted;
	}

	private static List<String> names(String legend) {
		return LEGEND.matcher(legend).results().map((MatchResult result) -> result.group(1)).toList();
	}

	private static Panel panel(String title) throws IOException {
		return DashboardFiles.panels()
			.stream()
			.filter((panel) -> panel.title().equals(title))
			.findFirst()
			.orElseThrow();
	}

	private static ConditionFactory eventually() {
		return Awaitility.await().atMost(Duration.ofMinutes(2)).pollInterval(Duration.ofMillis(100));
	}

	private static List<Path> done(String job) throws IOException {
		return OrderFiles.in(directory.resolve(job).resolve("done"));
	}

	private static Path inbox(String job) {
		return directory.resolve(job).resolve("inbox");
	}

}
