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

package io.lockfile;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.core.io.FileSystemResource;

import io.lockfile.boot.autoconfigure.LockFileProperties;
import io.lockfile.boot.metrics.LockFileMetrics;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Compiles and binds what the README shows.
 */
class ReadmeTests {

	private static final String CODE = """
			import io.lockfile.*;
			import io.lockfile.spring.FileLocked;
			import io.lockfile.spring.FileLockTemplate;
			import java.nio.file.Path;
			import java.time.Duration;
			import java.util.Optional;
			import org.springframework.context.annotation.Bean;
			import org.springframework.scheduling.annotation.Scheduled;
			import org.springframework.transaction.annotation.Transactional;
			class Snippet {
				record Order(String id) { }
				record Receipt(String id) { }
				%s
			}
			""";

	@TempDir
	private Path directory;

	@Test
	void javaCompiles() throws IOException {
		List<String> snippets = Snippets.of("README.md", "java");
		assertThat(snippets).hasSize(3);
		for (String snippet : snippets) {
			String members = snippet.startsWith("@") ? snippet : "void run() { " + snippet + " }";
			Snippets.compile(CODE.formatted(members), this.directory);
		}
	}

	@Test
	void yamlBinds() throws IOException {
		List<String> snippets = Snippets.of("README.md", "yaml");
		assertThat(snippets).hasSize(1);
		Path file = Files.writeString(this.directory.resolve("application.yml"), snippets.get(0));
		MutablePropertySources sources = new MutablePropertySources();
		new YamlPropertySourceLoader().load("readme", new FileSystemResource(file)).forEach(sources::addLast);
		LockFileProperties properties = new Binder(ConfigurationPropertySources.from(sources))
			.bind("lockfile", Bindable.of(LockFileProperties.class))
			.get();
		assertThat(properties.getDirectory()).isEqualTo("/var/lock/shop");
		assertThat(properties.getLocks()).containsOnlyKeys("settle", "nightly-report");
		assertThat(properties.getLocks().get("settle").getTimeout()).isEqualTo("10s");
	}

	@Test
	void tableOfMetersNamesThoseThatThereAre() throws IOException {
		Map<String, String> documented = new TreeMap<>();
		Set<String> outcomes = new TreeSet<>();
		Matcher rows = Pattern
			.compile("^\\| `(lockfile[.a-z]+)` \\| (timer|long task timer|counter|gauge) \\| (.*) \\|$",
					Pattern.MULTILINE)
			.matcher(Files.readString(Path.of("..", "README.md")));
		while (rows.find()) {
			documented.put(rows.group(1), rows.group(2));
			Matcher tag = Pattern.compile("tag `outcome`: (.*)\\.").matcher(rows.group(3));
			if (tag.find()) {
				outcomes.addAll(List.of(tag.group(1).replace("`", "").split(", ")));
			}
		}
		MeterRegistry registry = new SimpleMeterRegistry();
		new LockFileMetrics(registry).register("job", "os", LockMode.EXCLUSIVE);
		Map<String, String> registered = new TreeMap<>();
		Set<String> registeredOutcomes = new TreeSet<>();
		registry.getMeters().forEach((meter) -> {
			registered.put(meter.getId().getName(),
					meter.getId().getType().name().toLowerCase(Locale.ROOT).replace('_', ' '));
			Optional.ofNullable(meter.getId().getTag("outcome")).ifPresent(registeredOutcomes::add);
		});
		assertThat(documented).isEqualTo(registered);
		assertThat(outcomes).isEqualTo(registeredOutcomes);
	}

}
