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

import java.io.IOException;
import java.io.InputStream;
import java.util.List;

import com.jayway.jsonpath.DocumentContext;
import com.jayway.jsonpath.JsonPath;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of the metadata that editors show.
 */
class ConfigurationMetadataTests {

	@Test
	void everyPropertyIsDescribed() throws IOException {
		DocumentContext metadata = metadata();
		assertThat(metadata.<List<String>>read("$.properties[*].name"))
			.filteredOn((name) -> !name.startsWith("management."))
			.containsExactlyInAnyOrder("lockfile.enabled", "lockfile.directory", "lockfile.strategy",
					"lockfile.timeout", "lockfile.permissions", "lockfile.fencing", "lockfile.max-idle-files",
					"lockfile.advisor-order", "lockfile.locks", "lockfile.lease.duration",
					"lockfile.lease.renew-interval", "lockfile.min-hold", "lockfile.scheduler-wait-warning");
		assertThat(metadata.<List<String>>read("$.properties[*].description"))
			.allSatisfy((text) -> assertThat(text).endsWith(".").hasSizeGreaterThan(20));
		assertThat(metadata.<List<String>>read("$.hints[*].name")).contains("lockfile.strategy", "lockfile.timeout");
	}

	@Test
	void propertiesOfTheActuatorAreDescribed() throws IOException {
		assertThat(metadata().<List<String>>read("$.properties[*].name"))
			.filteredOn((name) -> name.startsWith("management."))
			.containsExactlyInAnyOrder("management.endpoint.filelocks.access",
					"management.endpoint.filelocks.cache.time-to-live");
	}

	private static DocumentContext metadata() throws IOException {
		try (InputStream stream = ConfigurationMetadataTests.class
			.getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
			return JsonPath.parse(stream);
		}
	}

}
