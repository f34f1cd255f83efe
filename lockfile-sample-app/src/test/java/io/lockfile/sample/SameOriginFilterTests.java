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
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of who is answered, by the server, with headers that clients of Java don't send.
 */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT,
		properties = { "sample.generate=0", "sample.instance=test", "sample.poll-interval=1h", "sample.report.cron=-" })
@DirtiesContext
class SameOriginFilterTests {

	@TempDir
	static Path directory;

	@LocalServerPort
	private int port;

	@DynamicPropertySource
	static void directory(DynamicPropertyRegistry registry) {
		registry.add("sample.directory", directory::toString);
	}

	@ParameterizedTest
	@ValueSource(strings = { "/", "/live.js", "/api/locks", "/imports", "/missing", "/actuator", "/actuator/filelocks",
			"/actuator/health", "/actuator/info", "/actuator/metrics", "/actuator/metrics/lockfile.hold",
			"/actuator/prometheus" })
	void nameThatPointsHereIsAnsweredNothing(String path) throws Exception {
		assertThat(ask("GET", path, "evil.example:" + this.port)).startsWith("HTTP/1.1 403 ")
			.contains("Content-Type: application/problem+json", "Content-Security-Policy: default-src 'none'",
					"\"status\":403", "answers to no other name");
	}

	@ParameterizedTest
	@CsvSource({ "POST, /api/bursts", "DELETE, /actuator/filelocks/nightly-report" })
	void nameThatPointsHereStartsNothing(String method, String path) throws Exception {
		String host = "evil.example:" + this.port;
		assertThat(ask(method, path, host, "Origin: http://" + host, "Sec-Fetch-Site: same-origin"))
			.startsWith("HTTP/1.1 403 ");
	}

	@ParameterizedTest
	@ValueSource(strings = { "Origin: http://evil.example", "Origin: http://localhost:1", "Origin: null",
			"Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site" })
	void otherSitesStartNothing(String header) throws Exception {
		String host = "localhost:" + this.port;
		for (String path : new String[] { "/api/bursts", "/api/reports/slow", "/api/holds", "/reports" }) {
			assertThat(ask("POST", path, host, header)).startsWith("HTTP/1.1 403 ")
				.contains("Content-Type: application/problem+json", "Only the page of this instance");
		}
		assertThat(ask("DELETE", "/actuator/filelocks/nightly-report", host, header)).startsWith("HTTP/1.1 403 ");
	}

	@ParameterizedTest
	@ValueSource(strings = { "localhost:8080", "127.0.0.1:8080", "[::1]:8080", "192.168.1.20" })
	void ownPageMayStartSomething(String host) throws Exception {
		// There is no content, which is what it is told
		assertThat(ask("POST", "/api/holds", host, "Origin: http://" + host, "Sec-Fetch-Site: same-origin"))
			.startsWith("HTTP/1.1 400 ");
	}

	@ParameterizedTest
	@ValueSource(
			strings = { "/", "/api/locks", "/imports", "/actuator/filelocks", "/actuator/health", "/actuator/metrics" })
	void programsOnThisMachineAreAnswered(String path) throws Exception {
		for (String host : new String[] { "localhost", "127.0.0.1" }) {
			assertThat(ask("GET", path, host + ":" + this.port)).startsWith("HTTP/1.1 200 ")
				.contains("X-Content-Type-Options: nosniff");
		}
	}

	@Test
	void programsThatSayNothingOfThemselvesMayStartSomething() throws Exception {
		assertThat(ask("POST", "/reports", "localhost:" + this.port)).startsWith("HTTP/1.1 200 ");
	}

	private String ask(String method, String path, String host, String... headers) throws IOException {
		try (Socket socket = new Socket("127.0.0.1", this.port)) {
			StringBuilder request = new StringBuilder("%s %s HTTP/1.1\r\nHost: %s\r\n".formatted(method, path, host));
			for (String header : headers) {
				request.append(header).append("\r\n");
			}
			request.append("Content-Length: 0\r\nConnection: close\r\n\r\n");
			socket.getOutputStream().write(request.toString().getBytes(StandardCharsets.US_ASCII));
			return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
		}
	}

}
