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
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;

import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

import io.lockfile.spring.FileLocked;

/**
 * Imports order files. That a file is imported once rests on its lock, which is taken
 * before the transaction begins and released after it was committed: whoever obtains it
 * sees everything that the holders before it did.
 */
@Service
class OrderImport {

	private static final Logger logger = LoggerFactory.getLogger(OrderImport.class);

	private final OrderRepository orders;

	private final SampleProperties properties;

	private final Instance instance;

	OrderImport(OrderRepository orders, SampleProperties properties, Instance instance) {
		this.orders = orders;
		this.properties = properties;
		this.instance = instance;
	}

	/**
	 * Load a file into the database and move it away, or leave it alone if another
	 * instance is busy with it.
	 * @param file the file, which another instance may have moved away in the meantime
	 * @throws IOException if it can't be read
	 * @throws InterruptedException if the application is shut down meanwhile
	 */
	@Transactional(rollbackFor = Exception.class)
	@FileLocked(path = "imports/#{#file.fileName}", name = "import", onUnavailable = FileLocked.OnUnavailable.SKIP)
	void importFile(Path file) throws IOException, InterruptedException {
		if (!Files.exists(file)) {
			return;
		}
		String name = file.getFileName().toString();
		if (!this.orders.isImported(name)) {
			logger.debug("{} begins to import {}", this.instance.name(), name);
			int rows = importRows(file, name);
			this.orders.add(new ImportedFile(name, rows, this.instance.name(), Instant.now()));
			afterCommit(() -> logger.info("{} imported {}: {} rows", this.instance.name(), name, rows));
		}
		// A crash between commit and move does no harm: the next pass finds the name
		// recorded and only moves the file
		afterCommit(() -> moveToDone(file));
	}

	private int importRows(Path file, String name) throws IOException, InterruptedException {
		int rows = 0;
		try (CSVParser parser = CSVParser.parse(file, StandardCharsets.UTF_8, OrderFiles.FORMAT)) {
			for (CSVRecord row : parser) {
				this.orders.add(toOrderRow(name, row));
				rows++;
				logger.trace("{} has {} rows of {}", this.instance.name(), rows, name);
				Thread.sleep(this.properties.rowDelay().toMillis());
			}
		}
		return rows;
	}

	private static OrderRow toOrderRow(String file, CSVRecord row) {
		return new OrderRow(file, row.get("order_id"), Instant.parse(row.get("ordered_at")), row.get("customer"),
				row.get("sku"), row.get("description"), Integer.parseInt(row.get("quantity")),
				new BigDecimal(row.get("unit_price")), row.get("currency"));
	}

	private void moveToDone(Path file) {
		try {
			Files.createDirectories(this.properties.done());
			Files.move(file, this.properties.done().resolve(file.getFileName()));
		}
		catch (FileAlreadyExistsException ex) {
			logger.warn("{} stays where it is: a file of that name was imported before. Give it another name",
					file.getFileName());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static void afterCommit(Runnable action) {
		TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

			@Override
			public void afterCommit() {
				action.run();
			}

		});
	}

}
