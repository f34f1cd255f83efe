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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import io.lockfile.spring.FileLockTemplate;
import io.lockfile.spring.FileLocked;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of property {@code lockfile.delete-on-release}.
 */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "Java doesn't tell files apart there, so they stay")
class DeleteOnReleaseTests {

	@TempDir
	private Path directory;

	private ApplicationContextRunner runner(String... properties) {
		return new ApplicationContextRunner().withUserConfiguration(Orders.class)
			.withPropertyValues("lockfile.directory=" + this.directory, "lockfile.verify-on-startup=off")
			.withPropertyValues(properties);
	}

	@Test
	void lockFilesStay() {
		runner().run((context) -> {
			assertThat(context.getBean(Settlement.class).settle(7)).containsExactly(".7.owner", "7");
			assertThat(files()).containsExactly(".7.owner", "7");
		});
		assertThat(files()).containsExactly(".7.owner", "7");
	}

	@Test
	void lockFilesAreDeletedWhenTheMethodReturns() {
		runner("lockfile.delete-on-release=true").run((context) -> {
			Settlement settlement = context.getBean(Settlement.class);
			for (int order = 0; order < 3; order++) {
				String name = String.valueOf(order);
				assertThat(settlement.settle(order)).containsExactly("." + name + ".owner", name);
				assertThat(files()).isEmpty();
			}
			List<String> seen = context.getBean(FileLockTemplate.class).execute("other", this::files);
			assertThat(seen).containsExactly(".other.owner", "other");
			assertThat(files()).isEmpty();
		});
	}

	@Test
	void fencingTokensStay() {
		runner("lockfile.delete-on-release=true", "lockfile.fencing=true").run((context) -> {
			context.getBean(Settlement.class).settle(7);
			assertThat(files()).containsExactly(".7.fence");
		});
	}

	@Test
	void fileWithContentsStays() throws IOException {
		Path data = Files.writeString(this.directory.resolve("7"), "precious");
		runner("lockfile.delete-on-release=true").run((context) -> context.getBean(Settlement.class).settle(7));
		assertThat(data).hasContent("precious");
	}

	@Test
	void strategyWhoseMarkersAreGoneAnywayTakesNoNotice() {
		for (String strategy : List.of("memory", "mkdir")) {
			runner("lockfile.delete-on-release=true", "lockfile.strategy=" + strategy).run((context) -> {
				assertThat(context).hasNotFailed();
				context.getBean(Settlement.class).settle(7);
				assertThat(this.directory.resolve("7.lock")).doesNotExist();
			});
		}
	}

	private List<String> files() {
		return files(this.directory);
	}

	private static List<String> files(Path directory) {
		List<String> found = new ArrayList<>();
		try (Stream<Path> files = Files.list(directory)) {
			files.map((file) -> file.getFileName().toString()).sorted().forEach(found::add);
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
		return found;
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Orders {

		@Bean
		Settlement settlement(LockFileProperties properties) {
			return new Settlement(Path.of(String.valueOf(properties.getDirectory())));
		}

	}

	static class Settlement {

		private final Path directory;

		Settlement(Path directory) {
			this.directory = directory;
		}

		@FileLocked(path = "#{#order}", name = "settle")
		List<String> settle(int order) {
			return files(this.directory);
		}

	}

}
