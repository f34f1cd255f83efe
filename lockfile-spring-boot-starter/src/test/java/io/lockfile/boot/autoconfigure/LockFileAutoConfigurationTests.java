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

import java.nio.file.Path;
import java.time.Duration;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.aop.framework.Advised;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.context.annotation.UserConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import io.lockfile.LockFailedException;
import io.lockfile.LockFiles;
import io.lockfile.LockHandle;
import io.lockfile.spring.FileLockAdvisor;
import io.lockfile.spring.FileLockLog;
import io.lockfile.spring.FileLockSettings;
import io.lockfile.spring.FileLockTemplate;
import io.lockfile.spring.FileLocked;
import io.lockfile.spring.FileLockedMethods;
import io.lockfile.spring.RunningBodies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link LockFileAutoConfiguration}.
 */
@ExtendWith(OutputCaptureExtension.class)
class LockFileAutoConfigurationTests {

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(LockFileAutoConfiguration.class));

	@Test
	void othersBackOffWhereItIsExcluded() {
		ApplicationContextRunner others = new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(LockFileMetricsAutoConfiguration.class,
					LockFileHealthContributorAutoConfiguration.class, LockFileEndpointAutoConfiguration.class,
					LockFileObservationAutoConfiguration.class))
			.withPropertyValues("management.endpoints.web.exposure.include=*")
			.withBean(SimpleMeterRegistry.class);
		others.run((context) -> assertThat(context).hasNotFailed());
		others.withBean(LockFiles.class, () -> LockFiles.builder().strategy("memory").build())
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void defaults() {
		this.runner.withPropertyValues("spring.application.name=my shop").run((context) -> {
			assertThat(context).hasSingleBean(LockFiles.class).hasSingleBean(FileLockAdvisor.class);
			assertThat(context.getBean(LockFiles.class).directory()).isEqualTo(Path
				.of(System.getProperty("java.io.tmpdir"), "lockfile-" + System.getProperty("user.name"), "my_shop"));
			assertThat(context.getBean(LockFiles.class).get("a").strategy()).isEqualTo("os");
			assertThat(context.getBean(FileLockAdvisor.class).getOrder()).isEqualTo(FileLockAdvisor.DEFAULT_ORDER);
		});
	}

	@Test
	void propertiesAreUsed() {
		this.runner
			.withPropertyValues("lockfile.directory=somewhere", "lockfile.strategy=memory", "lockfile.advisor-order=7",
					"lockfile.timeout=0", "lockfile.permissions=group", "lockfile.fencing=true",
					"lockfile.max-idle-files=0")
			.run((context) -> {
				LockFiles locks = context.getBean(LockFiles.class);
				assertThat(locks.directory()).isEqualTo(Path.of("somewhere").toAbsolutePath());
				try (LockHandle held = locks.get("a").acquire()) {
					assertThat(held.lockFile().strategy()).isEqualTo("memory");
					assertThat(held.fencingToken()).isPositive();
				}
				assertThat(context.getBean(FileLockAdvisor.class).getOrder()).isEqualTo(7);
			});
	}

	@Test
	void leaseThatCanNotWorkFailsTheStartAndNamesTheProperty() {
		this.runner.withPropertyValues("lockfile.lease.duration=1s")
			.run((context) -> assertThat(context).hasFailed()
				.getFailure()
				.rootCause()
				.hasMessageContainingAll("lockfile.lease.duration", "3s"));
		this.runner.withPropertyValues("lockfile.lease.duration=10s", "lockfile.lease.renew-interval=8s")
			.run((context) -> assertThat(context).hasFailed()
				.getFailure()
				.rootCause()
				.hasMessageContainingAll("lockfile.lease.renew-interval", "half"));
		this.runner.withPropertyValues("lockfile.lease.duration=30s", "lockfile.lease.renew-interval=5s")
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void backsOffForAUsersLockFiles() {
		LockFiles own = LockFiles.builder().strategy("memory").build();
		this.runner.withBean(LockFiles.class, () -> own)
			.run((context) -> assertThat(context.getBean(LockFiles.class)).isSameAs(own));
	}

	@Test
	void backsOffForAUsersParts() {
		this.runner.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class))
			.withPropertyValues("lockfile.strategy=memory")
			.withUserConfiguration(OwnParts.class)
			.run((context) -> {
				assertThat(context).hasNotFailed()
					.hasSingleBean(FileLockAdvisor.class)
					.hasSingleBean(FileLockedMethods.class)
					.hasSingleBean(RunningBodies.class)
					.hasSingleBean(FileLockLog.class);
				RunningBodies bodies = context.getBean("myBodies", RunningBodies.class);
				Counting job = context.getBean(Counting.class);
				assertThat(((Advised) job).getAdvisors()).filteredOn(FileLockAdvisor.class::isInstance)
					.containsExactly(context.getBean("myAdvisor", FileLockAdvisor.class));
				assertThat(job.count(bodies)).isOne();
				assertThat(
						context.getBean(FileLockTemplate.class).<Integer, RuntimeException>execute("a", bodies::count))
					.isOne();
			});
	}

	@Test
	void closedContextRefusesNewLocks() {
		LockFiles[] locks = new LockFiles[1];
		this.runner.withPropertyValues("lockfile.strategy=memory")
			.run((context) -> locks[0] = context.getBean(LockFiles.class));
		assertThatExceptionOfType(LockFailedException.class).isThrownBy(() -> locks[0].get("a").acquire())
			.withMessageContaining("closed");
	}

	@Test
	void twoContextsExcludeEachOther() {
		ApplicationContextRunner both = this.runner.withPropertyValues("lockfile.strategy=memory");
		both.run((first) -> both.run((second) -> {
			try (LockHandle held = first.getBean(LockFiles.class).get("a").acquire()) {
				assertThat(held.isValid()).isTrue();
				assertThat(second.getBean(LockFiles.class).get("a").tryAcquire()).isEmpty();
			}
		}));
	}

	@Test
	void disabledKeepsTheBeansAndWarnsOnce(CapturedOutput output) {
		this.runner.withPropertyValues("lockfile.enabled=false")
			.withConfiguration(UserConfigurations.of(Reports.class))
			.run((context) -> assertThat(context).hasSingleBean(LockFiles.class));
		assertThat(output).containsOnlyOnce("1 @FileLocked methods run unlocked");
	}

	@Test
	void kubernetesNeedsADirectory() {
		ApplicationContextRunner kubernetes = this.runner.withPropertyValues("spring.main.cloud-platform=kubernetes");
		kubernetes.run((context) -> assertThat(context).getFailure()
			.rootCause()
			.hasMessageContainingAll("lockfile.directory", "volume"));
		kubernetes.withPropertyValues("lockfile.directory=/locks").run((context) -> assertThat(context).hasNotFailed());
		kubernetes.withPropertyValues("lockfile.strategy=memory").run((context) -> assertThat(context).hasNotFailed());
		kubernetes.withPropertyValues("lockfile.enabled=false").run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void kubernetesNeedsADirectoryAlsoForAStrategyOfOneLock(@TempDir Path directory) {
		ApplicationContextRunner kubernetes = this.runner.withBean(OnFiles.class)
			.withPropertyValues("spring.main.cloud-platform=kubernetes", "lockfile.strategy=memory");
		kubernetes.run((context) -> assertThat(context).getFailure()
			.hasMessageContainingAll("lockfile.directory", "volume", "lockfile.locks.on-files.strategy", "'link'"));
		kubernetes.withPropertyValues("lockfile.locks.on-files.strategy=memory")
			.run((context) -> assertThat(context).hasNotFailed());
		kubernetes.withBean(LockFiles.class, () -> LockFiles.builder().directory(directory).strategy("memory").build())
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void wrongMethodIsExplainedWithoutAStackTrace(CapturedOutput output) {
		SpringApplication application = new SpringApplication(Wrong.class);
		assertThatException().isThrownBy(() -> application.run("--lockfile.strategy=memory"));
		assertThat(output).contains("APPLICATION FAILED TO START", "Job.run", "'5' has no unit", "'5s'")
			.doesNotContain("\tat ");
	}

	@Configuration(proxyBeanMethods = false)
	static class OwnParts {

		@Bean
		static FileLockedMethods myMethods(ConfigurableListableBeanFactory beanFactory,
				ObjectProvider<FileLockSettings> settings, ObjectProvider<LockFiles> locks) {
			return new FileLockedMethods(beanFactory, settings::getObject, locks::getObject);
		}

		@Bean
		static RunningBodies myBodies() {
			return new RunningBodies();
		}

		@Bean
		static FileLockAdvisor myAdvisor(FileLockedMethods methods, RunningBodies bodies) {
			return new FileLockAdvisor(methods, () -> (name, strategy, mode) -> {
			}, bodies);
		}

		@Bean
		static FileLockLog myLog(ObjectProvider<LockFiles> locks) {
			return new FileLockLog(locks::getObject, Duration.ofMinutes(1));
		}

		@Bean
		Counting counting() {
			return new Counting();
		}

	}

	static class Counting {

		@FileLocked("counting")
		int count(RunningBodies bodies) {
			return bodies.count();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Reports {

		@Bean
		Report report() {
			return new Report();
		}

	}

	static class Report {

		@FileLocked("report")
		void run() {
		}

	}

	static class OnFiles {

		@FileLocked(path = "on-files", strategy = "link")
		void run() {
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Wrong {

		@Bean
		Job job() {
			return new Job();
		}

	}

	static class Job {

		@FileLocked(path = "job", timeout = "5")
		void run() {
		}

	}

}
