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

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

import io.lockfile.spring.FileLocked;

/**
 * Gives the sample something to import when it starts for the first time.
 */
@Component
class InboxFiller {

	private static final Logger logger = LoggerFactory.getLogger(InboxFiller.class);

	private final SampleProperties properties;

	InboxFiller(SampleProperties properties) {
		this.properties = properties;
	}

	/**
	 * Invent orders unless there are, or were, some: of instances that start together,
	 * the first one does it and the others find it done.
	 * @throws IOException if the files can't be written
	 */
	@FileLocked(path = "sample-orders")
	void fill() throws IOException {
		// In this order, because files move from the inbox meanwhile
		if (OrderFiles.in(this.properties.inbox()).isEmpty() && OrderFiles.in(this.properties.done()).isEmpty()) {
			OrderFiles.generate(this.properties.inbox(), this.properties.generate());
			logger.info("Put {} order files into {}", this.properties.generate(), this.properties.inbox());
		}
	}

}
