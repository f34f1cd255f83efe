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
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
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
 * own. The screenshots go to {@code target/screenshots}, or to where the system property
 * {@code sample.screenshots} says.
 * <p>
 * Without the browser the tests are skipped, or fail if the environment has
 * {@code LOCKFILE_INTEROP_REQUIRED}.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class LivePageTests {

	private static final Pattern PORT = Pattern.compile("Tomcat started on port (\\d+)");

	private static final Path SCREENSHOTS = Path
		.of(System.getProperty("sample.screenshots", Path.of("target", "screenshots").toString()));

	private static final String AXE = "META-INF/resources/webjars/axe-core/%s/axe.min.js"
		.formatted(System.getProperty("axe-core.version"));

	private static final int MOST_BYTES = 150_000;

	private static final String TAB = "\uE004";

	private static final String ENTER = "\uE007";

	private static final String SPACE = " ";

	private final HttpClient client = HttpClient.newBuilder().proxy(HttpClient.Builder.NO_PROXY).build();

	private final List<AutoCloseable> started = new ArrayList<>();

	@TempDir
	private Path directory;

	private SampleProcess first;

	private SampleProcess second;

	private Browser browser;

	@BeforeEach
	void start() throws Exception {
		if (!Browser.isInstalled()) {
			String message = "Chromium is missing, install the Debian packages " + Browser.PACKAGES;
			if (System.getenv("LOCKFILE_INTEROP_REQUIRED") != null) {
				fail(message);
			}
			throw new TestAbortedException(message);
		}
		this.first = startInstance("first");
		this.second = startInstance("second");
		this.browser = Browser.start(Files.createDirectories(this.directory.resolve("browser")));
		this.started.add(this.browser);
		this.browser.resize(1280, 900);
		this.browser.prefer("light");
		eventually(() -> assertThat(this.first.isStarted() && this.second.isStarted()).isTrue());
		this.browser.open(uri(this.first, "/").toString());
		eventually(() -> assertThat(this.browser.text("#instances")).contains("Open the page of second"));
	}

	@AfterEach
	void stop() throws Exception {
		for (AutoCloseable one : this.started) {
			one.close();
		}
	}

	@Test
	void holdOfAnotherInstanceIsShown() throws Exception {
		this.browser.run("""
				const row = document.querySelector('#locks tr[data-key="nightly-report"]');
				new MutationObserver(() => {
					if (row.innerText.includes('second for')) {
						window.holdShownAt ??= Date.now();
					}
				}).observe(row, { subtree: true, childList: true, characterData: true });
				""");
		long asked = System.currentTimeMillis();
		post(this.second, "/api/holds", "{\"lock\": \"nightly-report\", \"seconds\": 60}");
		eventually(() -> assertThat(lock("nightly-report")).contains("held", "second for"));
		long shown = this.browser.run("return window.holdShownAt").asLong();
		System.out.printf("The page of one instance showed the hold of the other one %d ms after that was asked for%n",
				shown - asked);
		post(this.first, "/api/reports/slow", "{\"seconds\": 1}");
		eventually(() -> assertThat(lock("nightly-report")).contains("second for", "first for"));
		assertThat(this.browser.text("#connection")).isEqualTo("live");
		assertThat(this.browser.takeErrors()).isEmpty();
	}

	@Test
	void holdOfAnotherProgramIsShown() throws Exception {
		String readme = Files.readString(Path.of(System.getProperty("basedir", ""), "..", "README.md"));
		Matcher snippet = Pattern.compile("^ *python3 -c '(.*)'$", Pattern.MULTILINE).matcher(readme);
		assertThat(snippet.find()).isTrue();
		String script = snippet.group(1).replace("lockfile-sample-app/data", this.directory.toString());
		Process python = new ProcessBuilder("python3", "-c", script).inheritIO().start();
		try {
			eventually(
					() -> assertThat(lock("nightly-report")).contains("held", "another program, pid " + python.pid()));
			post(this.second, "/api/reports/slow", "{\"seconds\": 1}");
			eventually(() -> assertThat(lock("nightly-report")).contains("another program", "second for"));
		}
		finally {
			python.destroyForcibly().onExit().join();
		}
		eventually(() -> assertThat(lock("nightly-report")).doesNotContain("another program"));
		assertThat(this.browser.takeErrors()).isEmpty();
	}

	@Test
	void buttonsWorkByKeyboard() throws Exception {
		this.browser.run("document.querySelector('#burst-files').focus()");
		this.browser.type(ENTER);
		eventually(() -> assertThat(this.browser.text("#result")).contains("first has started it"));
		eventually(() -> assertThat(this.browser.text("#latest")).contains("burst-first-"));
		this.browser.type(TAB + TAB + TAB);
		assertThat(focused()).isEqualTo("Start slow report");
		assertThat(this.browser.run("return getComputedStyle(document.activeElement).outlineStyle").asString())
			.as("the focus is visible")
			.isEqualTo("solid");
		this.browser.type(SPACE);
		eventually(() -> assertThat(lock("nightly-report")).contains("first for"));
		// A letter chooses an option
		this.browser.type(TAB + "c" + TAB + TAB);
		assertThat(focused()).isEqualTo("Hold lock");
		this.browser.type(ENTER);
		eventually(() -> assertThat(lock("cashbook")).contains("held", "first for"));
		this.browser.run("document.querySelector('#hold-seconds').value = 61");
		this.browser.type(ENTER);
		assertThat(this.browser.run("return document.querySelector('#hold-seconds').matches(':invalid:focus')")
			.asBoolean()).isTrue();
		assertThat(this.browser.takeErrors()).isEmpty();
	}

	@Test
	void deadInstancesAreShownAsSuch() throws Exception {
		post(this.first, "/api/bursts", "{\"files\": 20}");
		eventually(() -> assertThat(OrderFiles.in(this.directory.resolve("done"))).hasSize(20));
		post(this.second, "/api/holds", "{\"lock\": \"nightly-report\", \"seconds\": 60}");
		post(this.second, "/api/holds", "{\"lock\": \"cashbook\", \"seconds\": 60}");
		eventually(() -> assertThat(lock("nightly-report") + lock("cashbook")).containsSubsequence("second for",
				"second for"));
		assertThat(this.browser.takeErrors()).isEmpty();
		this.browser.run("""
				window.announcements = [];
				new MutationObserver(() => announcements.push(document.querySelector('#announcement').textContent))
					.observe(document.querySelector('#announcement'), { childList: true })""");
		this.second.kill();
		eventually(() -> assertThat(this.browser.text("#instances")).contains("gone", "No answer since"));
		eventually(() -> assertThat(lock("nightly-report")).contains("free again", "second died",
				"The kernel has released the lock"));
		eventually(() -> assertThat(lock("cashbook")).contains("holder died", "is dead", "The next one"));
		eventually(() -> assertThat(this.browser.run("return announcements.join(' ')").asString())
			.contains("second does not answer", "cashbook: holder died, by second"));
		assertAccessible();
		screenshot("live-page-dead-instance");
		// The one that is left takes over, from the kernel and from the dead one's file
		post(this.first, "/api/holds", "{\"lock\": \"nightly-report\", \"seconds\": 60}");
		post(this.first, "/api/holds", "{\"lock\": \"cashbook\", \"seconds\": 60}");
		eventually(() -> assertThat(lock("nightly-report") + lock("cashbook"))
			.containsSubsequence("first for", "its predecessor died", "first for", "its predecessor died")
			.doesNotContain("second"));
		assertThat(this.browser.takeErrors()).isEmpty();

		this.first.kill();
		eventually(() -> assertThat(this.browser.text("#banner")).contains("No answer from first since"));
		assertThat(this.browser.text("#connection")).isEqualTo("no answer");
		assertThat(lock("cashbook")).contains("was: held");
		assertThat(this.browser.run("""
				return [...document.querySelectorAll('main section')].every((section) => section.matches('.stale'))
					&& [...document.querySelectorAll('button')].every((button) => button.ariaDisabled === 'true')""")
			.asBoolean()).isTrue();
		String shown = lock("cashbook");
		eventually(() -> assertThat(this.browser.text("#banner-age")).contains("That is 4"));
		assertThat(lock("cashbook")).as("what is old doesn't count on").isEqualTo(shown);
		assertAccessible();
	}

	@Test
	void holdOfAnInstanceThatHangsIsNotForgotten() throws Exception {
		post(this.second, "/api/holds", "{\"lock\": \"nightly-report\", \"seconds\": 60}");
		// Nobody may have asked it since, and the hold is seen from outside
		signal("STOP", this.second);
		eventually(() -> assertThat(this.browser.text("#instances")).contains("no answer", "Its process still runs"));
		eventually(() -> assertThat(lock("nightly-report")).contains("held", "second for", "which does not answer"));
		assertThat(this.browser.text("#connection")).isEqualTo("live");
		this.second.kill();
		eventually(() -> assertThat(lock("nightly-report")).contains("free again", "second died"));
		assertThat(this.browser.takeErrors()).isEmpty();
	}

	@Test
	void pageIsReadableUnderLoad() throws Exception {
		for (SampleProcess instance : List.of(this.first, this.second)) {
			post(instance, "/api/bursts", "{\"files\": 100}");
			post(instance, "/api/reports/slow", "{\"seconds\": 2}");
		}
		post(this.second, "/api/holds", "{\"lock\": \"cashbook\", \"seconds\": 2}");
		eventually(() -> assertThat(this.browser.text("#holds")).contains("cashbook", "import", "nightly-report"));
		eventually(() -> assertThat(
				this.browser.run("return document.querySelectorAll('#imports tbody tr').length").asInt())
			.isEqualTo(2));
		eventually(() -> assertThat(OrderFiles.in(this.directory.resolve("done"))).hasSizeGreaterThan(120));
		post(this.first, "/api/reports/slow", "{\"seconds\": 30}");
		post(this.second, "/api/holds", "{\"lock\": \"cashbook\", \"seconds\": 60}");
		post(this.first, "/api/holds", "{\"lock\": \"cashbook\", \"seconds\": 5}");
		eventually(() -> assertThat(lock("nightly-report")).contains("first for"));
		post(this.second, "/api/holds", "{\"lock\": \"nightly-report\", \"seconds\": 5}");
		eventually(() -> assertThat(lock("nightly-report")).contains("second for"));
		assertThat(this.browser.run("return document.querySelectorAll('.chart canvas').length").asInt()).isEqualTo(2);

		assertAccessible();
		screenshot("live-page");
		this.browser.prefer("dark");
		chartsAreDrawnAgain();
		assertAccessible();
		screenshot("live-page-dark");
		this.browser.prefer("light");
		this.browser.resize(390, 844);
		chartsAreDrawnAgain();
		assertThat(
				this.browser.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
					.asInt())
			.as("what has to be scrolled for sideways")
			.isNotPositive();
		assertAccessible();
		screenshot("live-page-phone");
		assertThat(this.browser.takeErrors()).isEmpty();
	}

	private void chartsAreDrawnAgain() {
		this.browser.run("document.querySelectorAll('.chart canvas').forEach((canvas) => canvas.dataset.old = true)");
		this.browser.run("dispatchEvent(new Event('resize'))");
		eventually(() -> assertThat(this.browser.run("""
				return [...document.querySelectorAll('.chart')].every((chart) => {
					const canvas = chart.querySelector('canvas');
					return canvas && Math.abs(canvas.clientWidth - chart.clientWidth) <= 1;
				})""").asBoolean()).isTrue());
	}

	private void assertAccessible() throws IOException {
		this.browser.run(new ClassPathResource(AXE).getContentAsString(StandardCharsets.UTF_8));
		JsonNode violations = this.browser.run("""
				return axe.run().then(({ violations }) => violations.map(({ help, nodes }) =>
					`${help}: ${nodes.map((node) => `${node.html} ${node.failureSummary}`).join(', ')}`))""");
		assertThat(violations.valueStream().map(JsonNode::asString)).isEmpty();
	}

	private void screenshot(String name) throws IOException {
		Files.createDirectories(SCREENSHOTS);
		Path file = SCREENSHOTS.resolve(name + ".png");
		Files.write(file, Pictures.shrink(this.browser.screenshot()));
		assertThat(file).content(StandardCharsets.ISO_8859_1).hasSizeLessThan(MOST_BYTES);
	}

	private SampleProcess startInstance(String name) throws IOException {
		SampleProcess process = SampleProcess.start(this.directory, name, "--sample.generate=0");
		this.started.add(process::kill);
		return process;
	}

	private static void signal(String name, SampleProcess process) throws IOException, InterruptedException {
		int code = new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).inheritIO().start().waitFor();
		assertThat(code).isZero();
	}

	private String lock(String name) {
		return this.browser.text("#locks tr[data-key=\"%s\"]".formatted(name));
	}

	private String focused() {
		return this.browser.run("return document.activeElement.innerText").asString();
	}

	private void post(SampleProcess instance, String path, String json) throws IOException, InterruptedException {
		HttpResponse<String> response = this.client.send(HttpRequest.newBuilder(uri(instance, path))
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
