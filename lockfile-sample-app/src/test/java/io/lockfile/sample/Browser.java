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

import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.awaitility.Awaitility.await;

/**
 * A Chromium without a window, driven by the WebDriver protocol through
 * {@code chromedriver}. It is as much of a client as the tests of the page need.
 */
final class Browser implements AutoCloseable {

	static final String PACKAGES = "chromium chromium-driver";

	private static final JsonMapper JSON = JsonMapper.builder().build();

	private final HttpClient client = HttpClient.newBuilder().proxy(HttpClient.Builder.NO_PROXY).build();

	private final Process driver;

	private final URI session;

	private Browser(Process driver, int port, Path profile) throws IOException, InterruptedException {
		this.driver = driver;
		URI server = URI.create("http://127.0.0.1:%d/session".formatted(port));
		await().atMost(Duration.ofSeconds(60)).ignoreException(ConnectException.class).until(() -> isReady(server));
		Map<String, Object> options = Map.of("binary", find("chromium").orElseThrow().toString(), "args",
				List.of("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--lang=en",
						"--force-color-profile=srgb", "--user-data-dir=" + profile.toAbsolutePath()));
		JsonNode created = send("POST", server, Map.of("capabilities", Map.of("alwaysMatch",
				Map.of("goog:chromeOptions", options, "goog:loggingPrefs", Map.of("browser", "ALL")))));
		this.session = URI.create(server + "/" + created.get("sessionId").asString());
		devTools("Emulation.setScrollbarsHidden", Map.of("hidden", true));
	}

	static boolean isInstalled() {
		return find("chromium").isPresent() && find("chromedriver").isPresent();
	}

	private static Optional<Path> find(String program) {
		return Stream.of(System.getenv("PATH").split(File.pathSeparator))
			.map((directory) -> Path.of(directory, program))
			.filter(Files::isExecutable)
			.findFirst();
	}

	/**
	 * Start a browser.
	 * @param directory where its profile and its log may be
	 * @return the browser
	 * @throws IOException if it can't be started
	 * @throws InterruptedException if the thread is interrupted
	 */
	static Browser start(Path directory) throws IOException, InterruptedException {
		int port;
		try (ServerSocket socket = new ServerSocket(0)) {
			port = socket.getLocalPort();
		}
		Process driver = new ProcessBuilder(find("chromedriver").orElseThrow().toString(), "--port=" + port)
			.redirectErrorStream(true)
			.redirectOutput(directory.resolve("chromedriver.log").toFile())
			.start();
		try {
			return new Browser(driver, port, directory.resolve("profile"));
		}
		catch (IOException | InterruptedException | RuntimeException ex) {
			driver.destroyForcibly();
			throw ex;
		}
	}

	private boolean isReady(URI server) throws IOException, InterruptedException {
		return send("GET", server.resolve("/status"), null).get("ready").asBoolean();
	}

	void open(String url) {
		command("POST", "/url", Map.of("url", url));
	}

	/**
	 * Run a script in the page.
	 * @param script the body of a function
	 * @param arguments its arguments
	 * @return what it returns; a promise is waited for
	 */
	JsonNode run(String script, Object... arguments) {
		return command("POST", "/execute/sync", Map.of("script", script, "args", arguments));
	}

	String text(String selector) {
		return run("return document.querySelector(arguments[0])?.innerText ?? ''", selector).asString();
	}

	/**
	 * Press keys, wherever the focus is.
	 * @param keys the characters
	 */
	void type(String keys) {
		List<Map<String, String>> actions = keys.codePoints()
			.mapToObj(Character::toString)
			.flatMap((key) -> Stream.of(Map.of("type", "keyDown", "value", key), Map.of("type", "keyUp", "value", key)))
			.toList();
		command("POST", "/actions",
				Map.of("actions", List.of(Map.of("type", "key", "id", "keyboard", "actions", actions))));
	}

	/**
	 * Send a command of the DevTools protocol.
	 * @param name its name
	 * @param parameters its parameters
	 * @return the result
	 */
	JsonNode devTools(String name, Map<String, Object> parameters) {
		return command("POST", "/goog/cdp/execute", Map.of("cmd", name, "params", parameters));
	}

	void resize(int width, int height) {
		devTools("Emulation.setDeviceMetricsOverride",
				Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
	}

	void prefer(String colorScheme) {
		devTools("Emulation.setEmulatedMedia",
				Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", colorScheme))));
	}

	/**
	 * Take a picture of the whole page.
	 * @return a PNG file's contents
	 */
	byte[] screenshot() {
		return Base64.getDecoder()
			.decode(devTools("Page.captureScreenshot", Map.of("captureBeyondViewport", true)).get("data").asString());
	}

	/**
	 * Return what the browser has logged since it was asked the last time.
	 * @return the messages of errors
	 */
	List<String> takeErrors() {
		return command("POST", "/se/log", Map.of("type", "browser")).valueStream()
			.filter((entry) -> entry.get("level").asString().equals("SEVERE"))
			.map((entry) -> entry.get("message").asString())
			.toList();
	}

	private JsonNode command(String method, String path, Object body) {
		try {
			return send(method, URI.create(this.session + path), body);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private JsonNode send(String method, URI uri, Object body) throws IOException, InterruptedException {
		HttpRequest.BodyPublisher publisher = (body != null)
				? HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(body))
				: HttpRequest.BodyPublishers.noBody();
		HttpResponse<byte[]> response = this.client.send(
				HttpRequest.newBuilder(uri).method(method, publisher).timeout(Duration.ofMinutes(1)).build(),
				HttpResponse.BodyHandlers.ofByteArray());
		JsonNode value = JSON.readTree(new ByteArrayInputStream(response.body())).get("value");
		if (response.statusCode() != 200) {
			throw new IllegalStateException("%s %s: %s".formatted(method, uri, value));
		}
		return value;
	}

	@Override
	public void close() {
		try {
			command("DELETE", "", null);
		}
		finally {
			this.driver.descendants().forEach(ProcessHandle::destroyForcibly);
			this.driver.destroyForcibly().onExit().join();
		}
	}

}
