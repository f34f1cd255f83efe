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

import java.nio.file.Path;
import java.time.Duration;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * What can be configured; the defaults are in {@code application.yml}.
 *
 * @param directory what the instances share
 * @param instance the name of this instance, by default made of its port
 * @param generate the number of order files to invent when there are none
 * @param rowDelay a pause after each row
 */
@ConfigurationProperties("sample")
record SampleProperties(Path directory, @Nullable String instance, int generate, Duration rowDelay) {

	Path inbox() {
		return this.directory.resolve("inbox");
	}

	Path done() {
		return this.directory.resolve("done");
	}

}
