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

package io.lockfile.boot.autoconfigure;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.resilience.annotation.EnableResilientMethods;
import org.springframework.resilience.annotation.Retryable;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.transaction.annotation.Transactional;

import io.lockfile.spring.FileLocked;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The next holder of a lock always reads what the previous one has written.
 */
class TransactionsTests {

	private static final int THREADS = 4;

	private static final int CALLS = 25;

	@TempDir
	private Path directory;

	private void rowsAreNumberedWithoutGaps(Numbering numbering) {
		new ApplicationContextRunner()
			.withPropertyValues("lockfile.directory=" + this.directory, "lockfile.timeout=60s",
					"spring.datasource.generate-unique-name=true")
			.withUserConfiguration(Application.class)
			.run((context) -> {
				JdbcClient jdbc = context.getBean(JdbcClient.class);
				// Without a constraint, and numbered from what was read: a lost update
				// stays one
				jdbc.sql("create table entry (number int)").update();
				Entries entries = context.getBean(Entries.class);
				ExecutorService callers = Executors.newFixedThreadPool(THREADS);
				try {
					List<Future<Integer>> calls = new ArrayList<>();
					for (int i = 0; i < THREADS * CALLS; i++) {
						calls.add(callers.submit(() -> numbering.next(entries)));
					}
					for (Future<Integer> call : calls) {
						call.get(120, TimeUnit.SECONDS);
					}
				}
				finally {
					callers.shutdownNow();
				}
				assertThat(jdbc.sql("select number from entry").query(Integer.class).list())
					.containsExactlyInAnyOrderElementsOf(IntStream.rangeClosed(1, THREADS * CALLS).boxed().toList());
			});
	}

	@Test
	void ofTransactionalMethods() {
		rowsAreNumberedWithoutGaps(Entries::add);
	}

	@Test
	void ofAsynchronousMethods() {
		rowsAreNumberedWithoutGaps((entries) -> entries.addLater().get(60, TimeUnit.SECONDS));
	}

	@Test
	void ofAsynchronousMethodsThatReturnAStage() {
		rowsAreNumberedWithoutGaps((entries) -> entries.addAndComplete().get(60, TimeUnit.SECONDS));
	}

	@Test
	void ofRetriedMethods() {
		rowsAreNumberedWithoutGaps(Entries::addAtSecondAttempt);
	}

	/**
	 * One way to add a row.
	 */
	private interface Numbering {

		int next(Entries entries) throws Exception;

	}

	static class Entries {

		private final JdbcClient jdbc;

		private final AtomicInteger attempts = new AtomicInteger();

		Entries(JdbcClient jdbc) {
			this.jdbc = jdbc;
		}

		private int insert() {
			int number = this.jdbc.sql("select coalesce(max(number), 0) + 1 from entry").query(Integer.class).single();
			this.jdbc.sql("insert into entry values (?)").param(number).update();
			return number;
		}

		@Transactional
		@FileLocked("entries")
		int add() {
			return insert();
		}

		@Async
		@Transactional
		@FileLocked("entries")
		Future<Integer> addLater() {
			return CompletableFuture.completedFuture(insert());
		}

		@Async
		@Transactional
		@FileLocked("entries")
		CompletableFuture<Integer> addAndComplete() {
			return CompletableFuture.completedFuture(insert());
		}

		@Retryable(maxRetries = 1000, delay = 0)
		@Transactional
		@FileLocked("entries")
		int addAtSecondAttempt() {
			int number = insert();
			if (this.attempts.incrementAndGet() % 2 == 1) {
				throw new IllegalStateException("rolled back");
			}
			return number;
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableAsync
	@EnableResilientMethods
	static class Application {

		@Bean
		Entries entries(JdbcClient jdbc) {
			return new Entries(jdbc);
		}

	}

}
