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
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.webmvc.test.autoconfigure.AutoConfigureMockMvc;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.web.servlet.assertj.MockMvcTester;
import org.springframework.test.web.servlet.assertj.MvcTestResult;

import io.lockfile.LockFile;
import io.lockfile.LockFiles;
import io.lockfile.LockHandle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests of what the live page asks for, with one instance and others that only pretend to
 * be one.
 */
@SpringBootTest(properties = { "sample.generate=0", "sample.instance=test", "sample.poll-interval=1h",
		"sample.row-delay=0s", "sample.report.cron=-" })
@AutoConfigureMockMvc
@DirtiesContext
class LiveApiTests {

	private static final String NIGHTLY_REPORT = "$.locks[?(@.name == 'nightly-report')]";

	@TempDir
	static Path directory;

	@Autowired
	private MockMvcTester mvc;

	@Autowired
	private LockFiles locks;

	@Autowired
	private InstanceRepository instances;

	@Autowired
	private ImportJob importJob;

	@DynamicPropertySource
	static void directory(DynamicPropertyRegistry registry) {
		registry.add("sample.directory", directory::toString);
	}

	@AfterEach
	void noOthers() {
		this.instances.findAll()
			.stream()
			.filter((other) -> other.name().equals("other"))
			.forEach((other) -> this.instances.delete(other.name(), other.pid()));
		eventually(() -> assertThat(get("/api/locks")).bodyJson().extractingPath("$.instances.length()").isEqualTo(1));
	}

	@Test
	void pageHasNothingInline() {
		MvcTestResult page = this.mvc.get().uri("/index.html").exchange();
		assertThat(page).hasStatusOk();
		assertThat(page).headers().hasValue("X-Content-Type-Options", "nosniff");
		assertThat(page.getResponse().getHeader("Content-Security-Policy")).contains("script-src 'self'")
			.doesNotContain("unsafe");
		assertThat(page).bodyText()
			.contains("<main>")
			.doesNotContainPattern("<script(?![^>]* src=)")
			.doesNotContain("<style", " style=", "onclick", "http://", "https://");
		assertThat(get("/webjars/uplot/dist/uPlot.iife.min.js")).hasStatusOk();
	}

	@Test
	void declaredLocksAreListedWithOthers() {
		assertThat(get("/api/locks")).hasStatusOk().bodyJson().satisfies((json) -> {
			json.assertThat()
				.extractingPath("$.locks[*].name")
				.asArray()
				.containsExactly("cashbook", "import", "nightly-report", "sample-orders");
			json.assertThat()
				.extractingPath("$.locks[?(@.name == 'import')].path")
				.asArray()
				.containsExactly("imports/#{#file.fileName}");
			json.assertThat().extractingPath("$.locks[*].holders.length()").asArray().containsOnly(0);
			json.assertThat().extractingPath("$.instances[0].name").isEqualTo("test");
		});
	}

	@Test
	void holdersAndWaitersAreShown() throws Exception {
		try (LockHandle held = this.locks.get("nightly-report").named("nightly-report").acquire()) {
			assertThat(post("/api/holds", "{\"lock\": \"nightly-report\", \"seconds\": 1}"))
				.hasStatus(HttpStatus.ACCEPTED)
				.bodyJson()
				.extractingPath("$.instance")
				.isEqualTo("test");
			assertThat(get("/api/locks")).bodyJson().satisfies((json) -> {
				json.assertThat()
					.extractingPath(NIGHTLY_REPORT + ".holders[*].thread")
					.asArray()
					.containsExactly(Thread.currentThread().getName());
				json.assertThat()
					.extractingPath(NIGHTLY_REPORT + ".holders[*].instance")
					.asArray()
					.containsExactly("test");
				json.assertThat()
					.extractingPath(NIGHTLY_REPORT + ".waiters[*].instance")
					.asArray()
					.containsExactly("test");
			});
		}
		eventually(() -> assertThat(get("/api/locks")).bodyJson()
			.extractingPath(NIGHTLY_REPORT + ".holders[*]")
			.asArray()
			.isEmpty());
		assertThat(get("/api/activity")).bodyJson()
			.extractingPath("$.instances[0].times[?(@.lock == 'nightly-report')].released")
			.asArray()
			.isNotEmpty();
		assertThat(get("/api/activity?since=" + Instant.now().plusSeconds(60))).bodyJson()
			.extractingPath("$.instances[0].times")
			.asArray()
			.isEmpty();
	}

	@Test
	void lostHoldIsShown() {
		LockFile cashbook = this.locks.get("cashbook", HoldableLock.CASHBOOK.strategy()).named("cashbook");
		try (LockHandle held = cashbook.acquire()) {
			assertThat(cashbook.breakLock()).isTrue();
			assertThat(held.isValid()).isFalse();
			assertThat(get("/api/locks")).bodyJson()
				.extractingPath("$.locks[?(@.name == 'cashbook')].holders[*].lost")
				.asArray()
				.containsExactly(true);
		}
	}

	@Test
	void burstIsImported() throws Exception {
		int before = OrderFiles.in(directory.resolve("done")).size();
		assertThat(post("/api/bursts", "{\"files\": 3}")).hasStatus(HttpStatus.ACCEPTED);
		this.importJob.importInbox();
		assertThat(OrderFiles.in(directory.resolve("done"))).hasSize(before + 3);
		eventually(() -> assertThat(get("/api/activity")).bodyJson()
			.extractingPath("$.imports[?(@.instance == 'test')].files")
			.asArray()
			.containsExactly(before + 3));
	}

	@Test
	void burstIsRefusedWhileTheInboxIsFull() throws Exception {
		for (int i = 0; i < Chores.MOST_FILES_IN_INBOX; i += 100) {
			assertThat(post("/api/bursts", "{\"files\": 100}")).hasStatus(HttpStatus.ACCEPTED);
		}
		assertThat(post("/api/bursts", "{\"files\": 1}")).hasStatus(HttpStatus.TOO_MANY_REQUESTS)
			.hasContentType(MediaType.APPLICATION_PROBLEM_JSON)
			.bodyJson()
			.extractingPath("$.detail")
			.asString()
			.contains("inbox");
		for (Path file : OrderFiles.in(directory.resolve("inbox"))) {
			Files.delete(file);
		}
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
			/api/bursts       | {"files": 0}                            | 'files' is 0
			/api/bursts       | {"files": 101}                          | 'files' is 101
			/api/bursts       | {}                                      |
			/api/reports/slow | {"seconds": 0}                          | between 1 and 60
			/api/reports/slow | {"seconds": 61}                         | between 1 and 60
			/api/holds        | {"lock": "cashbook", "seconds": -1}     | between 1 and 60
			/api/holds        | {"lock": "cashbook", "seconds": 3601}   | between 1 and 60
			/api/holds        | {"lock": "../../passwd", "seconds": 1}  | no lock
			/api/holds        | {"seconds": 1}                          | no lock
			/api/holds        | {"lock":                                | Failed to read request
			""")
	void wrongRequestsAreExplained(String path, String body, String reason) {
		assertThat(post(path, body)).hasStatus(HttpStatus.BAD_REQUEST)
			.hasContentType(MediaType.APPLICATION_PROBLEM_JSON)
			.bodyJson()
			.extractingPath("$.detail")
			.asString()
			.contains((reason != null) ? reason : "");
	}

	@Test
	void holdsAndReportsAreFew() {
		// Of two locks, what is accepted is over sooner
		Map<String, String> lockByPath = Map.of("/api/holds", "cashbook", "/api/reports/slow", "nightly-report");
		try (LockHandle cashbook = this.locks.get("cashbook", "pid").acquire();
				LockHandle report = this.locks.get("nightly-report").acquire()) {
			lockByPath.forEach((path, lock) -> {
				String body = "{\"lock\": \"%s\", \"seconds\": 1}".formatted(lock);
				for (int i = 0; i < Chores.MOST_AT_ONCE; i++) {
					assertThat(post(path, body)).hasStatus(HttpStatus.ACCEPTED);
				}
				assertThat(post(path, body)).hasStatus(HttpStatus.TOO_MANY_REQUESTS)
					.hasContentType(MediaType.APPLICATION_PROBLEM_JSON);
			});
		}
		eventually(() -> assertThat(get("/api/locks")).bodyJson()
			.extractingPath("$.locks[*]['holders', 'waiters'][*]")
			.asArray()
			.isEmpty());
		eventually(() -> assertThat(post("/api/holds", "{\"lock\": \"cashbook\", \"seconds\": 1}"))
			.hasStatus(HttpStatus.ACCEPTED));
	}

	@Test
	void otherInstanceIsAsked() throws Exception {
		long pid = ProcessHandle.current().parent().map(ProcessHandle::pid).orElseThrow();
		String answer = """
				{"instance": "other", "pid": %d, "times": [{"start": "2026-11-23T09:00:00Z", "lock": "its",
				"acquired": 1, "notAcquired": 0, "waitMillis": 1, "longestWaitMillis": 1, "released": 0, "holdMillis": 0,
				"longestHoldMillis": 0}],
				"locks": [{"name": "its", "path": "its", "strategy": "os", "afterCrash": "RELEASED", "crashed": [],
				"holders": [{"path": "its", "instance": "other", "pid": %d, "thread": "its-thread", "mode": "EXCLUSIVE",
				"since": "2026-11-23T09:00:00Z", "heldMillis": 7, "liveness": "ALIVE", "afterCrash": false, "lost": false}],
				"waiters": [{"path": "its", "instance": "other", "thread": "its-waiter", "waitedMillis": 5}]}]}
				"""
			.formatted(pid, pid);
		HttpServer server = serve((exchange) -> respond(exchange, answer));
		try {
			this.instances.save(new RunningInstance("other", pid, server.getAddress().getPort(), Instant.now()));
			eventually(() -> assertThat(get("/api/locks")).bodyJson().satisfies((json) -> {
				json.assertThat().extractingPath("$.instances[1].answering").isEqualTo(true);
				json.assertThat()
					.extractingPath("$.locks[?(@.name == 'its')].holders[*].thread")
					.asArray()
					.containsExactly("its-thread");
				json.assertThat()
					.extractingPath("$.locks[?(@.name == 'its')].waiters[*].thread")
					.asArray()
					.containsExactly("its-waiter");
			}));
			assertThat(get("/api/activity")).bodyJson()
				.extractingPath("$.instances[?(@.instance == 'other')].times[*].lock")
				.asArray()
				.containsExactly("its");
		}
		finally {
			server.stop(0);
		}
		assertThat(get("/api/locks")).bodyJson().satisfies((json) -> {
			json.assertThat().extractingPath("$.instances[1].answering").isEqualTo(false);
			json.assertThat().extractingPath("$.instances[1].running").isEqualTo(true);
			json.assertThat().extractingPath("$.locks[?(@.name == 'its')]").asArray().isEmpty();
		});
	}

	@Test
	void instanceThatHangsIsNotWaitedFor() throws Exception {
		CountDownLatch end = new CountDownLatch(1);
		HttpServer server = serve((exchange) -> awaitUninterruptibly(end));
		try {
			long pid = ProcessHandle.current().parent().map(ProcessHandle::pid).orElseThrow();
			this.instances.save(new RunningInstance("other", pid, server.getAddress().getPort(), Instant.now()));
			eventually(() -> assertThat(get("/api/locks")).bodyJson()
				.extractingPath("$.instances[1].answering")
				.isEqualTo(false));
			assertThat(end.getCount()).isOne();
		}
		finally {
			end.countDown();
			server.stop(0);
		}
	}

	@Test
	void portThatBelongsToAnotherProgramIsNoAnswer() throws Exception {
		HttpServer server = serve(
				(exchange) -> respond(exchange, "{\"instance\": \"somebody\", \"pid\": 1, \"locks\": []}"));
		try {
			this.instances
				.save(new RunningInstance("other", Long.MAX_VALUE, server.getAddress().getPort(), Instant.now()));
			eventually(() -> assertThat(get("/api/locks")).bodyJson().satisfies((json) -> {
				json.assertThat().extractingPath("$.instances[1].answering").isEqualTo(false);
				json.assertThat().extractingPath("$.instances[1].running").isEqualTo(false);
			}));
		}
		finally {
			server.stop(0);
		}
	}

	private static HttpServer serve(HttpHandler handler) throws IOException {
		HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
		server.createContext("/", handler);
		server.start();
		return server;
	}

	private static void respond(HttpExchange exchange, String json) throws IOException {
		byte[] body = json.getBytes(StandardCharsets.UTF_8);
		exchange.sendResponseHeaders(200, body.length);
		exchange.getResponseBody().write(body);
		exchange.close();
	}

	private static void awaitUninterruptibly(CountDownLatch latch) {
		try {
			latch.await(1, TimeUnit.MINUTES);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private MvcTestResult get(String uri) {
		return this.mvc.get().uri(uri).exchange();
	}

	private MvcTestResult post(String uri, String json) {
		return this.mvc.post().uri(uri).contentType(MediaType.APPLICATION_JSON).content(json).exchange();
	}

	private static void eventually(ThrowingRunnable assertion) {
		await().pollDelay(Duration.ZERO).atMost(Duration.ofSeconds(60)).untilAsserted(assertion);
	}

}
