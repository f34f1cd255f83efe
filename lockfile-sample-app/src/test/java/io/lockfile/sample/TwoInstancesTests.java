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
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.apache.commons.csv.CSVParser;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.RowCallbackHandler;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests with two instances of {@link SampleApplication} that are processes of their own.
 */
class TwoInstancesTests {

	private static final int FILES = 60;

	private static final int EARLY_FILES = 20;

	private static final String FILLED = "Put " + EARLY_FILES + " order files into";

	private final List<SampleProcess> processes = new ArrayList<>();

	@TempDir
	Path directory;

	@AfterEach
	void killProcesses() {
		this.processes.forEach(SampleProcess::kill);
	}

	@Test
	void instancesThatStartTogetherShareTheWork() throws Exception {
		SampleProcess first = start("first", "--sample.generate=" + EARLY_FILES, "--sample.row-delay=2ms");
		SampleProcess second = start("second", "--sample.generate=" + EARLY_FILES, "--sample.row-delay=2ms");
		eventually(() -> assertThat(first.isStarted() && second.isStarted()).isTrue(), first, second);
		// Files of ours before that would be files enough
		eventually(() -> assertThat(first.hasLogged(FILLED) || second.hasLogged(FILLED)).isTrue(), first, second);
		// One of them may have imported all there was while the other one started
		OrderFiles.generate(inbox(), "late", FILES - EARLY_FILES);
		eventually(() -> assertThat(done()).hasSize(FILES), first, second);
		first.close();
		second.close();
		assertThatEveryFileWasImportedOnce();
		assertThat(countsByInstance()).containsOnlyKeys("first", "second");
	}

	@Test
	void survivorFinishesWhenTheInstanceThatServesTheDatabaseIsKilled() throws Exception {
		// Whoever opens the database file serves it
		SampleProcess victim = start("victim", "--sample.generate=0", "--sample.row-delay=5ms");
		eventually(() -> assertThat(victim.isStarted()).isTrue(), victim);
		SampleProcess survivor = start("survivor", "--sample.generate=0", "--sample.row-delay=5ms");
		eventually(() -> assertThat(survivor.isStarted()).isTrue(), victim, survivor);
		OrderFiles.generate(inbox(), FILES);
		eventually(() -> assertThat(done()).hasSizeGreaterThan(FILES / 3), victim, survivor);
		victim.kill();
		assertThat(inbox()).as("files that are left to the survivor").isNotEmptyDirectory();
		eventually(() -> assertThat(done()).hasSize(FILES), survivor);
		survivor.close();
		assertThatEveryFileWasImportedOnce();
		assertThat(countsByInstance()).containsOnlyKeys("victim", "survivor");
	}

	private SampleProcess start(String instance, String... arguments) throws IOException {
		SampleProcess process = SampleProcess.start(this.directory, instance, arguments);
		this.processes.add(process);
		return process;
	}

	private static void eventually(ThrowingRunnable assertion, SampleProcess... alive) {
		await().atMost(Duration.ofMinutes(5)).failFast(() -> {
			for (SampleProcess process : alive) {
				assertThat(process.isAlive()).as(() -> logOf(process)).isTrue();
			}
		}).untilAsserted(assertion);
	}

	private static String logOf(SampleProcess process) {
		try {
			return process.instance() + " is alive; its log:\n" + process.log();
		}
		catch (IOException ex) {
			return ex.toString();
		}
	}

	private void assertThatEveryFileWasImportedOnce() throws IOException {
		assertThat(inbox()).isEmptyDirectory();
		Map<String, Integer> rows = new HashMap<>();
		for (Path file : done()) {
			try (CSVParser parser = CSVParser.parse(file, StandardCharsets.UTF_8, OrderFiles.FORMAT)) {
				rows.put(file.getFileName().toString(), parser.getRecords().size());
			}
		}
		assertThat(rows).hasSize(FILES);
		List<ImportedFile> imported = new OrderRepository(database()).findImportedFiles();
		assertThat(imported).hasSize(FILES)
			.allSatisfy((file) -> assertThat(file.rows()).isEqualTo(rows.get(file.file())));
		assertThat(imported).extracting(ImportedFile::file).containsExactlyInAnyOrderElementsOf(rows.keySet());
		Map<String, Integer> loaded = new HashMap<>();
		RowCallbackHandler load = (result) -> loaded.put(result.getString(1), result.getInt(2));
		database().sql("SELECT file, COUNT(*) FROM order_row GROUP BY file").query(load);
		assertThat(loaded).isEqualTo(rows);
	}

	private Map<String, Integer> countsByInstance() {
		Map<String, Integer> counts = new HashMap<>();
		new OrderRepository(database()).findImportedFiles()
			.forEach((file) -> counts.merge(file.instance(), 1, Integer::sum));
		return counts;
	}

	private JdbcClient database() {
		return JdbcClient
			.create(new DriverManagerDataSource("jdbc:h2:file:" + this.directory.resolve("db/orders"), "sa", ""));
	}

	private List<Path> done() throws IOException {
		return OrderFiles.in(this.directory.resolve("done"));
	}

	private Path inbox() {
		return this.directory.resolve("inbox");
	}

}
