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

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/**
 * Asks the other instances on this machine. An answer that takes too long is none, so
 * that an instance that hangs doesn't take this one's page with it.
 */
@Component
class Neighbours {

	private static final Logger logger = LoggerFactory.getLogger(Neighbours.class);

	private static final Duration LIMIT = Duration.ofMillis(500);

	private static final int MOST = 4;

	private final HttpClient client = HttpClient.newBuilder()
		.connectTimeout(LIMIT)
		.proxy(HttpClient.Builder.NO_PROXY)
		.build();

	private final Heartbeat heartbeat;

	private final JsonMapper jsonMapper;

	Neighbours(Heartbeat heartbeat, JsonMapper jsonMapper) {
		this.heartbeat = heartbeat;
		this.jsonMapper = jsonMapper;
	}

	/**
	 * Ask all others at once.
	 * @param <T> the type of the answers
	 * @param path what to ask for
	 * @param type the type of the answers
	 * @return the others, each with its answer if there was one
	 */
	<T extends InstanceAnswer> Map<RunningInstance, Optional<T>> ask(String path, Class<T> type) {
		List<RunningInstance> others = this.heartbeat.picture().others().stream().limit(MOST).toList();
		Map<RunningInstance, CompletableFuture<Optional<T>>> asked = new LinkedHashMap<>();
		others.forEach((other) -> asked.put(other, ask(other, path, type)));
		Map<RunningInstance, Optional<T>> answers = new LinkedHashMap<>();
		asked.forEach((other, answer) -> answers.put(other, answer.join()));
		return answers;
	}

	private <T extends InstanceAnswer> CompletableFuture<Optional<T>> ask(RunningInstance other, String path,
			Class<T> type) {
		URI uri = URI.create("http://127.0.0.1:" + other.port() + path);
		return this.client.sendAsync(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofByteArray())
			.orTimeout(LIMIT.toMillis(), TimeUnit.MILLISECONDS)
			.thenApply((response) -> read(response, type))
			.thenApply((answer) -> answer.filter((some) -> isFrom(other, some)))
			.exceptionally((ex) -> {
				logger.debug("No answer from {}", other.name(), ex);
				return Optional.empty();
			});
	}

	private <T extends InstanceAnswer> Optional<T> read(HttpResponse<byte[]> response, Class<T> type) {
		return (response.statusCode() == 200) ? Optional.of(this.jsonMapper.readValue(response.body(), type))
				: Optional.empty();
	}

	private static boolean isFrom(RunningInstance other, InstanceAnswer answer) {
		return answer.instance().equals(other.name()) && answer.pid() == other.pid();
	}

}
