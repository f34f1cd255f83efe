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

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.util.FileSystemUtils;

import io.lockfile.LockFiles;
import io.lockfile.spring.FileLockTemplate;
import io.lockfile.spring.FileLocked;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/**
 * Tests of what an application finds out and says of its locks when it starts.
 */
@ExtendWith(OutputCaptureExtension.class)
class LockFileStartupTests {

	@TempDir
	private Path directory;

	private ApplicationContextRunner runner(Path locks) {
		return new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(LockFileAutoConfiguration.class))
			.withBean(Jobs.class)
			.withPropertyValues("lockfile.directory=" + locks, "lockfile.strategy=mkdir");
	}

	/**
	 * A directory that can't be created, whoever runs this.
	 * @return a path below a file
	 */
	private Path unusable() throws IOException {
		return Files.createFile(this.directory.resolve("file")).resolve("locks");
	}

	@Test
	void startSaysWhatIsLockedHow(CapturedOutput output) {
		Path locks = this.directory.resolve("locks");
		runner(locks).run((context) -> assertThat(context).hasNotFailed());
		String fileSystem = fileSystem();
		assertThat(output)
			.contains("File locks: 2 @FileLocked methods, strategy mkdir, link, memory, directory %s (%s)"
				.formatted(locks, fileSystem))
			.doesNotContain("WARN");
		assertThat(locks).isEmptyDirectory();
	}

	@Test
	void strategyOfATemplateIsVerifiedToo(CapturedOutput output) {
		Path locks = this.directory.resolve("locks");
		runner(locks)
			.withBean(FileLockTemplate.class, () -> new FileLockTemplate(LockFiles.create()).withName("template"))
			.withPropertyValues("lockfile.locks.template.strategy=symlink")
			.run((context) -> assertThat(context).hasNotFailed());
		assertThat(output).contains("2 @FileLocked methods, strategy mkdir, link, memory, symlink, directory");
	}

	@Test
	void strategyOfAnEngineOfUsersIsVerifiedAndNotTheOneOfTheProperty(CapturedOutput output) {
		Path locks = this.directory.resolve("locks");
		runner(locks).withBean(LockFiles.class, () -> engine(locks, "pid"))
			.run((context) -> assertThat(context).hasNotFailed());
		assertThat(output).contains("2 @FileLocked methods, strategy pid, link, memory, directory " + locks);
	}

	private static LockFiles engine(Path locks, String strategy) {
		return LockFiles.builder().directory(locks).strategy(strategy).build();
	}

	@Test
	void startThatVerifiesNothingSaysTheSameAndWritesNothing(CapturedOutput output) {
		Path locks = this.directory.resolve("locks");
		runner(locks).withPropertyValues("lockfile.verify-on-startup=off")
			.run((context) -> assertThat(context).hasNotFailed());
		assertThat(output)
			.contains("File locks: 2 @FileLocked methods, strategy mkdir, link, memory, directory %s (%s)"
				.formatted(locks, fileSystem()))
			.doesNotContain("WARN");
		assertThat(this.directory).isEmptyDirectory();
	}

	private String fileSystem() {
		try (LockFiles locks = LockFiles.builder().directory(this.directory).build()) {
			return locks.inspect().fileSystem();
		}
	}

	@Test
	void directoryThatCanNotBeUsedIsWarnedAboutForEveryStrategyOnFiles(CapturedOutput output) throws IOException {
		Path locks = unusable();
		runner(locks).run((context) -> assertThat(context).hasNotFailed());
		assertThat(output)
			.contains("Lock directory %s can't be used: %s is not a directory".formatted(locks, locks.getParent()),
					"Strategy mkdir, file system", "Strategy link, file system", "Set property 'lockfile.directory'",
					"'lockfile.verify-on-startup'")
			.doesNotContain("Strategy memory");
	}

	@Test
	@DisabledOnOs(value = OS.WINDOWS, disabledReason = "there is no /tmp")
	void strategyThatIsARiskIsNamedWithOthersThatAreNot(CapturedOutput output) throws IOException {
		// A lock file that stays is deleted by those who clean up temporary files, and
		// the directory for them may be elsewhere for this test
		Path temporary = Files.createTempDirectory(Path.of("/tmp"), "lockfile-");
		try {
			Path locks = temporary.resolve("locks");
			runner(locks)
				.withPropertyValues("lockfile.strategy=os", "lockfile.locks.linked.strategy=os",
						"lockfile.verify-on-startup=fail")
				.run((context) -> assertThat(context).getFailure()
					.hasMessageContainingAll("Lock directory %s is among temporary files".formatted(locks),
							"(Strategy os, file system ", "'lockfile.verify-on-startup' can be set to warn"));
			runner(locks).withPropertyValues("lockfile.locks.linked.strategy=os")
				.run((context) -> assertThat(context).hasNotFailed());
		}
		finally {
			FileSystemUtils.deleteRecursively(temporary);
		}
		assertThat(output).contains("is among temporary files")
			.containsPattern("'lockfile.directory' to another directory, or 'lockfile.locks.linked.strategy' to a "
					+ "strategy that has no such problem there: .*mkdir.*'lockfile.verify-on-startup' can be set to off");
	}

	@Test
	@DisabledOnOs(value = OS.WINDOWS, disabledReason = "there is no /tmp")
	void strategyThatAnEngineOfUsersDoesNotUseIsNoRisk(CapturedOutput output) throws IOException {
		Path temporary = Files.createTempDirectory(Path.of("/tmp"), "lockfile-");
		try {
			Path locks = temporary.resolve("locks");
			ApplicationContextRunner runner = runner(locks).withPropertyValues("lockfile.verify-on-startup=fail");
			runner.withPropertyValues("lockfile.strategy=os")
				.withBean(LockFiles.class, () -> engine(locks, "mkdir"))
				.run((context) -> assertThat(context).hasNotFailed());
			runner.withBean(LockFiles.class, () -> engine(locks, "os"))
				.run((context) -> assertThat(context).getFailure()
					.hasMessageContainingAll("is among temporary files", "(Strategy os, file system "));
			runner.withPropertyValues("lockfile.verify-on-startup=warn")
				.withBean(LockFiles.class, () -> engine(locks, "os"))
				.run((context) -> assertThat(context).hasNotFailed());
		}
		finally {
			FileSystemUtils.deleteRecursively(temporary);
		}
		assertThat(output)
			.containsPattern("Set the directory of the LockFiles bean to another directory, or the strategy "
					+ "of the LockFiles bean to a strategy that has no such problem there: .*mkdir");
	}

	@Test
	void failureIsExplainedWithoutAStackTrace(CapturedOutput output) throws IOException {
		SpringApplication application = new SpringApplication(Application.class);
		Path locks = unusable();
		assertThatException().isThrownBy(() -> application.run("--lockfile.directory=" + locks,
				"--lockfile.strategy=mkdir", "--lockfile.verify-on-startup=fail"));
		assertThat(output)
			.contains("APPLICATION FAILED TO START", "is not a directory", "Strategy mkdir, file system",
					"Set property 'lockfile.directory' to another directory",
					"'lockfile.verify-on-startup' can be set to warn")
			.doesNotContain("\tat ");
	}

	@ParameterizedTest
	@ValueSource(strings = { "lockfile.enabled=false", "lockfile.verify-on-startup=off" })
	void nobodyLooksWhereNobodyWantsToKnow(String property, CapturedOutput output) throws IOException {
		runner(unusable()).withPropertyValues("lockfile.verify-on-startup=fail", property)
			.run((context) -> assertThat(context).hasNotFailed());
		assertThat(output).doesNotContain("can't be used");
	}

	@Test
	void strategyWithoutFilesIsNotVerified() throws IOException {
		runner(unusable())
			.withPropertyValues("lockfile.verify-on-startup=fail", "lockfile.strategy=memory",
					"lockfile.locks.linked.strategy=memory")
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void lazyInitializationDelaysNoVerification() throws IOException {
		SpringApplication application = new SpringApplication(Application.class);
		application.setLazyInitialization(true);
		Path locks = unusable();
		assertThatException().isThrownBy(() -> application.run("--lockfile.directory=" + locks,
				"--lockfile.strategy=mkdir", "--lockfile.verify-on-startup=fail"));
	}

	@Test
	void offNeedsNoQuotesInYaml() throws IOException {
		var yaml = new ByteArrayResource("lockfile:\n  verify-on-startup: off".getBytes());
		var sources = new YamlPropertySourceLoader().load("test", yaml);
		LockFileProperties properties = new Binder(ConfigurationPropertySources.from(sources.get(0)))
			.bind("lockfile", Bindable.of(LockFileProperties.class))
			.get();
		assertThat(properties.getVerifyOnStartup()).isEqualTo(VerifyOnStartup.OFF);
	}

	@Test
	void finalClassIsNamedWithItsMethodAndTheRemedy(CapturedOutput output) {
		SpringApplication application = new SpringApplication(WithFinalClass.class);
		assertThatException().isThrownBy(() -> application.run("--lockfile.strategy=memory"));
		assertThat(output)
			.contains("APPLICATION FAILED TO START", FinalJob.class.getName() + ".run of bean 'finalJob'",
					"the class is final", "kotlin-spring", "'spring.aop.proxy-target-class'")
			.doesNotContain("\tat ");
	}

	@Test
	void finalClassWithAnInterfaceCanBeLocked() {
		SpringApplication application = new SpringApplication(WithFinalClass.class);
		try (var context = application.run("--lockfile.strategy=memory", "--spring.aop.proxy-target-class=false")) {
			assertThat(context.getBean("finalJob")).isInstanceOf(Runnable.class).isNotInstanceOf(FinalJob.class);
		}
	}

	public static class Jobs {

		@FileLocked(path = "linked", strategy = "link")
		public void link() {
		}

		@FileLocked(path = "memory", strategy = "memory")
		public void memory() {
		}

	}

	public static final class FinalJob implements Runnable {

		@Override
		@FileLocked("final")
		public void run() {
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class WithFinalClass {

		@Bean
		FinalJob finalJob() {
			return new FinalJob();
		}

	}

}
