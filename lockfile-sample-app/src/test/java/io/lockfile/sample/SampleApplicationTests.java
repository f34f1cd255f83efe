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

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.webmvc.test.autoconfigure.AutoConfigureMockMvc;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.web.servlet.assertj.MockMvcTester;

import io.lockfile.LockFiles;
import io.lockfile.LockHandle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link SampleApplication}, one instance of it.
 */
@SpringBootTest(properties = { "sample.generate=5", "sample.instance=test", "sample.poll-interval=50ms",
		"sample.report.timeout=100ms" })
@AutoConfigureMockMvc
@DirtiesContext
class SampleApplicationTests {

	@TempDir
	static Path directory;

	@Autowired
	private MockMvcTester mvc;

	@DynamicPropertySource
	static void directory(DynamicPropertyRegistry registry) {
		registry.add("sample.directory", directory::toString);
	}

	@BeforeEach
	void everythingIsImported() {
		await().atMost(Duration.ofMinutes(2))
			.untilAsserted(() -> assertThat(OrderFiles.in(directory.resolve("done"))).hasSize(5));
	}

	@Test
	void importsAreListed() throws Exception {
		assertThat(OrderFiles.in(directory.resolve("inbox"))).isEmpty();
		assertThat(this.mvc.get().uri("/imports")).hasStatusOk().bodyJson().satisfies((json) -> {
			json.assertThat().extractingPath("$.filesByInstance.test").isEqualTo(5);
			json.assertThat().extractingPath("$.files.length()").isEqualTo(5);
			json.assertThat()
				.extractingPath("$.files[?(@.file == 'orders-0003.csv')].rows")
				.asArray()
				.containsExactly(rows("orders-0003.csv"));
		});
	}

	@Test
	void reportHasTotals() {
		assertThat(this.mvc.post().uri("/reports")).hasStatusOk().bodyJson().satisfies((json) -> {
			json.assertThat().extractingPath("$.instance").isEqualTo("test");
			json.assertThat().extractingPath("$.totals[*].customer").asArray().contains("Drogerie Müller e.K.");
			json.assertThat().extractingPath("$.totals[0].sku").asString().isNotEmpty();
		});
	}

	@Test
	void reportIsRefusedWhileAnotherIsMade() {
		// In another thread, because requests are handled in this one, which could lock
		// again
		try (LockFiles others = LockFiles.builder().directory(directory.resolve("locks")).build();
				LockHandle held = CompletableFuture
					.supplyAsync(() -> others.get("nightly-report").acquire(Duration.ZERO))
					.join()) {
			assertThat(this.mvc.post().uri("/reports")).hasStatus(HttpStatus.CONFLICT)
				.hasContentType(MediaType.APPLICATION_PROBLEM_JSON)
				.bodyJson()
				.extractingPath("$.detail")
				.asString()
				.contains("nightly-report");
		}
		assertThat(this.mvc.post().uri("/reports")).hasStatusOk();
	}

	@Test
	void locksAreMeasured() {
		assertThat(this.mvc.get().uri("/actuator/metrics/lockfile.hold?tag=lock:import")).hasStatusOk()
			.bodyJson()
			.extractingPath("$.measurements[0].value")
			.asNumber()
			.satisfies((count) -> assertThat(count.intValue()).isGreaterThanOrEqualTo(5));
		assertThat(this.mvc.get().uri("/actuator/metrics/lockfile.wait?tag=lock:nightly-report")).hasStatusOk();
	}

	private static int rows(String file) throws Exception {
		return Files.readAllLines(directory.resolve("done").resolve(file)).size() - 1;
	}

}
