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
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.env.PropertySource;
import org.springframework.core.io.FileSystemResource;

import io.lockfile.boot.autoconfigure.LockFileAutoConfiguration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Runs what {@code docs/migrating-from-python-lockfile.md} shows with
 * {@code @FileLocked}. The core runs the rest of it.
 */
class MigrationGuideTests {

	private static final String PAGE = "docs/migrating-from-python-lockfile.md";

	private static final String CODE = """
			import io.lockfile.spring.FileLocked;
			public class Snippet {
				private final java.util.concurrent.atomic.AtomicInteger works;
				public Snippet(java.util.concurrent.atomic.AtomicInteger works) {
					this.works = works;
				}
				void work() {
					this.works.incrementAndGet();
				}
				%s
			}
			""";

	@TempDir
	private Path directory;

	private final AtomicInteger works = new AtomicInteger();

	@Test
	@DisabledOnOs(value = OS.WINDOWS, disabledReason = "hard links of Python lockfile")
	void annotationExcludesTheDecorator() throws Exception {
		List<String> methods = Snippets.of(PAGE, "java")
			.stream()
			.filter((snippet) -> snippet.contains("@FileLocked"))
			.toList();
		assertThat(methods).hasSize(1);
		Snippets.compile(CODE.formatted(methods.get(0)), this.directory);
		try (URLClassLoader classLoader = new URLClassLoader(new URL[] { this.directory.toUri().toURL() })) {
			run(classLoader, classLoader.loadClass("Snippet"));
		}
	}

	private void run(ClassLoader classLoader, Class<?> type) throws IOException {
		PropertySource<?> settings = settings();
		new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(LockFileAutoConfiguration.class))
			.withClassLoader(classLoader)
			.withInitializer((context) -> context.getEnvironment().getPropertySources().addFirst(settings))
			.withBean(type, this.works)
			.run((context) -> {
				Object bean = context.getBean(type);
				type.getMethod("report").invoke(bean);
				type.getMethod("reportIfNobodyElseDoes").invoke(bean);
				assertThat(this.works).hasValue(2);
				// All that there is to see of a LinkLockFile that is locked
				Files.createFile(this.directory.resolve("report.lock"));
				assertThatExceptionOfType(ReflectiveOperationException.class)
					.isThrownBy(() -> type.getMethod("report").invoke(bean))
					.withCauseInstanceOf(AlreadyLockedException.class);
				type.getMethod("reportIfNobodyElseDoes").invoke(bean);
				assertThat(this.works).hasValue(2);
			});
	}

	private PropertySource<?> settings() throws IOException {
		List<String> snippets = Snippets.of(PAGE, "yaml");
		assertThat(snippets).hasSize(1);
		Path file = Files.writeString(this.directory.resolve("application.yml"),
				snippets.get(0).replace("/var/lib/shop", this.directory.toString()));
		return new YamlPropertySourceLoader().load("guide", new FileSystemResource(file)).get(0);
	}

}
