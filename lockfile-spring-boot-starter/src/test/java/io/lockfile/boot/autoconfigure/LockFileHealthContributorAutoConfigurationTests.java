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

import java.nio.file.Files;
import java.nio.file.Path;

import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpStatus;
import org.springframework.test.web.servlet.assertj.MockMvcTester;
import org.springframework.web.context.WebApplicationContext;

import io.lockfile.LockFiles;
import io.lockfile.boot.health.LockFileHealthIndicator;
import io.lockfile.spring.FileLockTemplate;
import io.lockfile.spring.FileLocked;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link LockFileHealthContributorAutoConfiguration}.
 */
class LockFileHealthContributorAutoConfigurationTests {

	@TempDir
	private Path directory;

	private final ApplicationContextRunner runner = new ApplicationContextRunner().withConfiguration(
			AutoConfigurations.of(LockFileAutoConfiguration.class, LockFileHealthContributorAutoConfiguration.class));

	@Test
	void thereByDefault() {
		this.runner.run((context) -> assertThat(context).hasSingleBean(LockFileHealthIndicator.class));
	}

	@Test
	void notThereIfDisabled() {
		for (String property : new String[] { "management.health.filelocks.enabled=false",
				"management.health.defaults.enabled=false", "lockfile.enabled=false" }) {
			this.runner.withPropertyValues(property)
				.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(LockFileHealthIndicator.class));
		}
	}

	@Test
	void backsOffForAUsersIndicator() {
		this.runner.withBean("fileLocksHealthIndicator", HealthIndicator.class, () -> () -> Health.up().build())
			.run((context) -> assertThat(context).doesNotHaveBean(LockFileHealthIndicator.class));
	}

	@Test
	void everyStrategyInUseIsLookedAt() {
		this.runner.withBean(Jobs.class)
			.withPropertyValues("lockfile.directory=" + this.directory, "lockfile.strategy=memory",
					"lockfile.locks.changed.strategy=mkdir", "lockfile.locks.template.strategy=pid")
			.withBean(FileLockTemplate.class, () -> new FileLockTemplate(LockFiles.create()).withName("template"))
			.run((context) -> assertThat(
					context.getBean(LockFileHealthIndicator.class).health().getDetails().get("strategies"))
				.asInstanceOf(InstanceOfAssertFactories.map(String.class, String.class))
				.containsOnlyKeys("memory", "mkdir", "pid", "link"));
	}

	@Test
	void starterWorksWithoutHealth() {
		this.runner.withClassLoader(new FilteredClassLoader(ConditionalOnEnabledHealthIndicator.class))
			.run((context) -> assertThat(context).hasNotFailed()
				.hasSingleBean(LockFiles.class)
				.doesNotHaveBean("fileLocksHealthContributor"));
	}

	@Test
	void partOfTheHealthOfTheApplication() throws Exception {
		Path file = Files.createFile(this.directory.resolve("file"));
		WebApplicationContextRunner application = new WebApplicationContextRunner()
			.withUserConfiguration(Application.class)
			.withPropertyValues("management.endpoint.health.show-details=always");
		application.withPropertyValues("lockfile.directory=" + this.directory).run((context) -> {
			MockMvcTester http = MockMvcTester.from((WebApplicationContext) context.getSourceApplicationContext());
			assertThat(http.get().uri("/actuator/health/fileLocks")).hasStatusOk()
				.bodyJson()
				.extractingPath("$.details.directory")
				.isEqualTo(this.directory.toString());
		});
		application.withPropertyValues("lockfile.directory=" + file.resolve("a")).run((context) -> {
			MockMvcTester http = MockMvcTester.from((WebApplicationContext) context.getSourceApplicationContext());
			assertThat(http.get().uri("/actuator/health")).hasStatus(HttpStatus.SERVICE_UNAVAILABLE)
				.bodyJson()
				.extractingPath("$.components.fileLocks.details.problems[0]")
				.asString()
				.contains("is not a directory");
		});
	}

	public static class Jobs {

		@FileLocked(path = "a", strategy = "link")
		public void annotated() {
		}

		@FileLocked(path = "b", name = "changed", strategy = "symlink")
		public void changedByAProperty() {
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
