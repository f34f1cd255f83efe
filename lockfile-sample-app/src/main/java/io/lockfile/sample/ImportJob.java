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
import java.nio.file.Path;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/**
 * Walks the inbox again and again, a file at a time. What fails stays there and is tried
 * again in the next pass.
 */
@Component
class ImportJob {

	private static final Logger logger = LoggerFactory.getLogger(ImportJob.class);

	private final OrderImport orderImport;

	private final SampleProperties properties;

	ImportJob(OrderImport orderImport, SampleProperties properties) {
		this.orderImport = orderImport;
		this.properties = properties;
	}

	@Scheduled(fixedDelayString = "${sample.poll-interval}")
	void importInbox() throws IOException {
		for (Path file : OrderFiles.in(this.properties.inbox())) {
			try {
				this.orderImport.importFile(file);
			}
			catch (TransactionException | DataAccessResourceFailureException ex) {
				logger.warn("The database can't be used, the next pass tries again: {}", reason(ex));
				return;
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
				return;
			}
			catch (IOException | RuntimeException ex) {
				logger.warn("{} was not imported, the next pass tries again: {}", file.getFileName(), reason(ex));
			}
		}
	}

	private static String reason(Exception ex) {
		return NestedExceptionUtils.getMostSpecificCause(ex).toString();
	}

}
