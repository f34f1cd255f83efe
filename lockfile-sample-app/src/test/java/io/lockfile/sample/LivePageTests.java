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
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.TestAbortedException;
import org.springframework.core.io.ClassPathResource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.awaitility.Awaitility.await;

/**
 * Tests of the live page in a browser, with two instances that are processes of their
 * own. The tests share them; one that was killed is started again for the next test. All
 * screenshots are taken, and there are more imports to see on them, if the system
 * property {@code sample.screenshots} says where they go; otherwise there is one in
 * {@code target/screenshots}.
 * <p>
 * Without the browser the tests are skipped, or fail if the environment has
 * {@code LOCKFILE_INTEROP_REQUIRED}.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class LivePageTests {

	private static final Pattern PORT = Pattern.compile("Tomcat started on port (\\d+)");

	private static final String SCREENSHOTS = System.getProperty("sample.screenshots");

	private static final int FILES = (SCREENSHOTS != null) ? 100 : 30;

	private static final String AXE = "META-INF/resources/webjars/axe-core/%s/axe.min.js"
		.formatted(System.getProperty("axe-core.version"));

	private static final int MOST_BYTES = 150_000;

	private static final Duration SOON = Duration.ofSeconds(2);

	private static final int ROUNDS = 5;

	private static final String TAB = "\uE004";

	private static final String ENTER = "\uE007";

	private static final String SPACE = " ";

	private static final HttpClient client = HttpClient.newBuilder().proxy(HttpClient.Builder.NO_PROXY).build();

	@TempDir
	private static Path temporary;

	private static Path directory;

	private static SampleProcess first;

	private static SampleProcess second;

	private static Browser browser;

	@BeforeEach
	void open() throws Exception {
		if (!Browser.isInstalled()) {
			String message = "Chromium is missing, install the Debian packages " + Browser.PACKAGES;
			if (System.getenv("LOCKFILE_INTEROP_REQUIRED") != null) {
				fail(message);
			}
			throw new TestAbortedException(message);
		}
		if (first == null || !first.isAlive()) {
			stopInstances();
			directory = Files.createTempDirectory(temporary, "sample");
			first = startInstance("first");
		}
		if (second == null || !second.isAlive()) {
			second = startInstance("second");
		}
		if (browser == null) {
			browser = Browser.start(Files.createDirectories(temporary.resolve("browser")));
		}
		// What the page of the test before logs is not of interest any more
		browser.open("about:blank");
		browser.takeErrors();
		browser.resize(1280, 900);
		browser.prefer("light");
		eventually(() -> assertThat(first.isStarted() && second.isStarted()).isTrue());
		browser.open(uri(first, "/").toString());
		eventually(() -> assertThat(browser.text("#instances")).contains("Open the page of second"));
	}

	@AfterAll
	static void stop() {
		stopInstances();
		if (browser != null) {
			browser.close();
		}
	}

	private static void stopInstances() {
		Stream.of(first, second).filter(Objects::nonNull).forEach(SampleProcess::kill);
	}

	@Test
	void holdOfAnotherInstanceIsShown() throws Exception {
		List<Duration> rounds = new ArrayList<>();
		do {
			areFree("nightly-report");
			rounds.add(untilHoldIsShown());
		}
		while (rounds.size() < ROUNDS && rounds.get(rounds.size() - 1).compareTo(SOON) >= 0);
		System.out.println("The page of one instance showed the hold of the other one after " + rounds);
		// Machines are noisy: the best round tells what the page can do
		assertThat(rounds).as("from the request to what the page shows").anyMatch((round) -> round.compareTo(SOON) < 0);
		post(first, "/api/reports/slow", "{\"seconds\": 1}");
		eventually(() -> assertThat(lock("nightly-report")).contains("second for", "first for"));
		assertThat(browser.text("#connection")).isEqualTo("live");
		assertThat(browser.takeErrors()).isEmpty();
	}

	/**
	 * Let the second instance hold a lock when the page has just asked: that it asks
	 * again soon must not be by chance.
	 * @return the time until the page shows the hold, or that of the hold if that was not
	 * shown at all
	 */
	private Duration untilHoldIsShown() throws Exception {
		browser.run("""
				const row = document.querySelector('#locks tr[data-key="nightly-report"]');
				window.holdShownAt = new Promise((resolve) => new MutationObserver((_, observer) => {
					if (row.innerText.includes('second for')) {
						observer.disconnect();
						resolve(Date.now());
					}
				}).observe(row, { subtree: true, childList: true, characterData: true }));
				return new Promise((resolve) => new PerformanceObserver((entries, observer) => {
					if (entries.getEntries().some(({ name }) => name.endsWith('/api/locks'))) {
						observer.disconnect();
						resolve();
					}
				}).observe({ type: 'resource' }));
				""");
		Duration hold = Duration.ofSeconds(10);
		Instant asked = Instant.now();
		post(second, "/api/holds", "{\"lock\": \"nightly-report\", \"seconds\": %d}".formatted(hold.toSeconds()));
		JsonNode shown = browser.run("""
				return Promise.race([window.holdShownAt,
					new Promise((resolve) => setTimeout(resolve, arguments[0], null))])""", hold.toMillis());
		return shown.isNull() ? hold : Duration.between(asked, Instant.ofEpochMilli(shown.asLong()));
	}

	private void areFree(String... locks) {
		for (String lock : locks) {
			eventually(() -> assertThat(lock(lock)).contains("free").doesNotContain(" for "));
		}
	}

	@Test
	void holdOfAnotherProgramIsShown() throws Exception {
		areFree("nightly-report");
		String readme = Files.readString(Path.of(System.getProperty("basedir", ""), "..", "README.md"));
		Matcher snippet = Pattern.compile("^ *python3 -c '(.*)'$", Pattern.MULTILINE).matcher(readme);
		assertThat(snippet.find()).isTrue();
		String script = snippet.group(1).replace("lockfile-sample-app/data", directory.toString());
		Process python = new ProcessBuilder("python3", "-c", script).inheritIO().start();
		try {
			eventually(
					() -> assertThat(lock("nightly-report")).contains("held", "another program, pid " + python.pid()));
			post(second, "/api/reports/slow", "{\"seconds\": 1}");
			eventually(() -> assertThat(lock("nightly-report")).contains("another program", "second for"));
		}
		finally {
			python.destroyForcibly().onExit().join();
		}
		eventually(() -> assertThat(lock("nightly-report")).doesNotContain("another program"));
		assertThat(browser.takeErrors()).isEmpty();
	}

	@Test
	void buttonsWorkByKeyboard() throws Exception {
		areFree("nightly-report", "cashbook");
		eventually(() -> assertThat(OrderFiles.in(directory.resolve("inbox"))).isEmpty());
		List<String> old = OrderFiles.in(directory.resolve("done"))
			.stream()
			.map((file) -> file.getFileName().toString())
			.toList();
		browser.run("document.querySelector('#burst-files').focus()");
		browser.type(ENTER);
		eventually(() -> assertThat(browser.text("#result")).contains("first has started it"));
		eventually(() -> assertThat(latestFiles()).isNotEmpty()
			.allMatch((file) -> file.startsWith("burst-first-"))
			.noneMatch(old::contains));
		browser.type(TAB + TAB + TAB);
		assertThat(focused()).isEqualTo("Start slow report");
		assertThat(browser.run("return getComputedStyle(document.activeElement).outlineStyle").asString())
			.as("the focus is visible")
			.isEqualTo("solid");
		browser.type(SPACE);
		eventually(() -> assertThat(lock("nightly-report")).contains("first for"));
		// A letter chooses an option
		browser.type(TAB + "c" + TAB + TAB);
		assertThat(focused()).isEqualTo("Hold lock");
		browser.type(ENTER);
		eventually(() -> assertThat(lock("cashbook")).contains("held", "first for"));
		browser.run("document.querySelector('#hold-seconds').value = 61");
		browser.type(ENTER);
		assertThat(browser.run("return document.querySelector('#hold-seconds').matches(':invalid:focus')").asBoolean())
			.isTrue();
		assertThat(browser.takeErrors()).isEmpty();
	}

	@Test
	@Order(Integer.MAX_VALUE)
	void deadInstancesAreShownAsSuch() throws Exception {
		areFree("nightly-report", "cashbook");
		post(first, "/api/bursts", "{\"files\": %d}".formatted(FILES / 5));
		eventually(() -> assertThat(OrderFiles.in(directory.resolve("inbox"))).isEmpty());
		post(second, "/api/holds", "{\"lock\": \"nightly-report\", \"seconds\": 60}");
		post(second, "/api/holds", "{\"lock\": \"cashbook\", \"seconds\": 60}");
		eventually(() -> assertThat(lock("nightly-report") + lock("cashbook")).containsSubsequence("second for",
				"second for"));
		assertThat(browser.takeErrors()).isEmpty();
		browser.run("""
				window.announcements = [];
				new MutationObserver(() => announcements.push(document.querySelector('#announcement').textContent))
					.observe(document.querySelector('#announcement'), { childList: true })""");
		second.kill();
		eventually(() -> assertThat(browser.text("#instances")).contains("gone", "No answer since"));
		eventually(() -> assertThat(lock("nightly-report")).contains("free again", "second died",
				"The kernel has released the lock"));
		eventually(() -> assertThat(lock("cashbook")).contains("holder died", "is dead", "The next one"));
		eventually(() -> assertThat(browser.run("return announcements.join(' ')").asString())
			.contains("second does not answer", "cashbook: holder died, by second"));
		assertAccessible();
		screenshot("live-page-dead-instance");
		// The one that is left takes over, from the kernel and from the dead one's file
		post(first, "/api/holds", "{\"lock\": \"nightly-report\", \"seconds\": 60}");
		post(first, "/api/holds", "{\"lock\": \"cashbook\", \"seconds\": 60}");
		eventually(() -> assertThat(lock("nightly-report") + lock("cashbook"))
			.containsSubsequence("first for", "its predecessor died", "first for", "its predecessor died")
			.doesNotContain("second"));
		assertThat(browser.takeErrors()).isEmpty();

		first.kill();
		eventually(() -> assertThat(browser.text("#banner")).contains("No answer from first since"));
		assertThat(browser.text("#connection")).isEqualTo("no answer");
		assertThat(lock("cashbook")).contains("was: held");
		assertThat(browser.run("""
				return [...document.querySelectorAll('main section')].every((section) => section.matches('.stale'))
					&& [...document.querySelectorAll('button')].every((button) => button.ariaDisabled === 'true')""")
			.asBoolean()).isTrue();
		String shown = lock("cashbook");
		eventually(() -> assertThat(browser.text("#banner-age")).contains("That is 4"));
		assertThat(lock("cashbook")).as("what is old doesn't count on").isEqualTo(shown);
		assertAccessible();
	}

	@Test
	@Order(Integer.MAX_VALUE - 1)
	void holdOfAnInstanceThatHangsIsNotForgotten() throws Exception {
		areFree("nightly-report");
		post(second, "/api/holds", "{\"lock\": \"nightly-report\", \"seconds\": 60}");
		// Nobody may have asked it since, and the hold is seen from outside
		signal("STOP", second);
		try {
			eventually(() -> assertThat(browser.text("#instances")).contains("no answer", "Its process still runs"));
			eventually(
					() -> assertThat(lock("nightly-report")).contains("held", "second for", "which does not answer"));
			assertThat(browser.text("#connection")).isEqualTo("live");
		}
		finally {
			second.kill();
		}
		eventually(() -> assertThat(lock("nightly-report")).contains("free again", "second died"));
		assertThat(browser.takeErrors()).isEmpty();
	}

	@Test
	@Order(1)
	void pageIsReadableUnderLoad() throws Exception {
		for (SampleProcess instance : List.of(first, second)) {
			post(instance, "/api/bursts", "{\"files\": %d}".formatted(FILES));
			post(instance, "/api/reports/slow", "{\"seconds\": 2}");
		}
		post(second, "/api/holds", "{\"lock\": \"cashbook\", \"seconds\": 2}");
		eventually(() -> assertThat(browser.text("#holds")).contains("cashbook", "import", "nightly-report"));
		eventually(() -> assertThat(browser.run("return document.querySelectorAll('#imports tbody tr').length").asInt())
			.isEqualTo(2));
		eventually(() -> assertThat(OrderFiles.in(directory.resolve("done"))).hasSizeGreaterThan(FILES * 6 / 5));
		post(first, "/api/reports/slow", "{\"seconds\": 30}");
		post(second, "/api/holds", "{\"lock\": \"cashbook\", \"seconds\": 60}");
		post(first, "/api/holds", "{\"lock\": \"cashbook\", \"seconds\": 5}");
		eventually(() -> assertThat(lock("nightly-report")).contains("first for"));
		post(second, "/api/holds", "{\"lock\": \"nightly-report\", \"seconds\": 5}");
		eventually(() -> assertThat(lock("nightly-report")).contains("second for"));
		assertThat(browser.run("return document.querySelectorAll('.chart canvas').length").asInt()).isEqualTo(2);

		assertAccessible();
		screenshot("live-page");
		browser.prefer("dark");
		chartsAreDrawnAgain();
		assertAccessible();
		screenshot("live-page-dark");
		browser.prefer("light");
		browser.resize(390, 844);
		chartsAreDrawnAgain();
		assertThat(browser.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
			.asInt()).as("what has to be scrolled for sideways").isNotPositive();
		assertAccessible();
		screenshot("live-page-phone");
		assertThat(browser.takeErrors()).isEmpty();
		// The next test need not wait for the end of the holds
		second.kill();
	}

	private void chartsAreDrawnAgain() {
		browser.run("document.querySelectorAll('.chart canvas').forEach((canvas) => canvas.dataset.old = true)");
		browser.run("dispatchEvent(new Event('resize'))");
		eventually(() -> assertThat(browser.run("""
				return [...document.querySelectorAll('.chart')].every((chart) => {
					const canvas = chart.querySelector('canvas');
					return canvas && Math.abs(canvas.clientWidth - chart.clientWidth) <= 1;
				})""").asBoolean()).isTrue());
	}

	private void assertAccessible() throws IOException {
		browser.run(new ClassPathResource(AXE).getContentAsString(StandardCharsets.UTF_8));
		JsonNode violations = browser.run("""
				return axe.run().then(({ violations }) => violations.map(({ help, nodes }) =>
					`${help}: ${nodes.map((node) => `${node.html} ${node.failureSummary}`).join(', ')}`))""");
		assertThat(violations.valueStream().map(JsonNode::asString)).isEmpty();
	}

	private void screenshot(String name) throws IOException {
		if (SCREENSHOTS == null && !name.equals("live-page")) {
			return;
		}
		Path file = Files.createDirectories(Path.of(Objects.requireNonNullElse(SCREENSHOTS, "target/screenshots")))
			.resolve(name + ".png");
		Files.write(file, Pictures.shrink(browser.screenshot()));
		assertThat(file).content(StandardCharsets.ISO_8859_1).hasSizeLessThan(MOST_BYTES);
	}

	private static SampleProcess startInstance(String name) throws IOException {
		return SampleProcess.start(directory, name, "--sample.generate=0", "--sample.report.cron=-");
	}

	private static void signal(String name, SampleProcess process) throws IOException, InterruptedException {
		int code = new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).inheritIO().start().waitFor();
		assertThat(code).isZero();
	}

	private String lock(String name) {
		return browser.text("#locks tr[data-key=\"%s\"]".formatted(name));
	}

	private List<String> latestFiles() {
		return browser.run("return [...document.querySelectorAll('#latest tbody th')].map((cell) => cell.innerText)")
			.valueStream()
			.map(JsonNode::asString)
			.toList();
	}

	private String focused() {
		return browser.run("return document.activeElement.innerText").asString();
	}

	private void post(SampleProcess instance, String path, String json) throws IOException, InterruptedException {
		HttpResponse<String> response = client.send(HttpRequest.newBuilder(uri(instance, path))
			.header("Content-Type", "application/json")
			.POST(HttpRequest.BodyPublishers.ofString(json))
			.build(), HttpResponse.BodyHandlers.ofString());
		assertThat(response.statusCode()).as(response.body()).isEqualTo(202);
	}

	private static URI uri(SampleProcess instance, String path) throws IOException {
		Matcher port = PORT.matcher(instance.log());
		assertThat(port.find()).isTrue();
		return URI.create("http://localhost:%s%s".formatted(port.group(1), path));
	}

	private static void eventually(ThrowingRunnable assertion) {
		await().atMost(Duration.ofSeconds(90)).untilAsserted(assertion);
	}

}
