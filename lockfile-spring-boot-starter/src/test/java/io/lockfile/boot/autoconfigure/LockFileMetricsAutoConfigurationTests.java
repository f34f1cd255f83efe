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
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpStatus;
import org.springframework.test.web.servlet.assertj.MockMvcTester;
import org.springframework.web.context.WebApplicationContext;

import io.lockfile.LockFiles;
import io.lockfile.LockHandle;
import io.lockfile.LockTimeoutException;
import io.lockfile.boot.metrics.LockFileMetrics;
import io.lockfile.spring.FileLocked;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link LockFileMetricsAutoConfiguration}.
 */
class LockFileMetricsAutoConfigurationTests {

	@TempDir
	private Path directory;

	private ApplicationContextRunner runner() {
		return new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(LockFileAutoConfiguration.class,
					LockFileMetricsAutoConfiguration.class, MetricsAutoConfiguration.class,
					CompositeMeterRegistryAutoConfiguration.class, SimpleMetricsExportAutoConfiguration.class))
			.withPropertyValues("lockfile.directory=" + this.directory)
			.withBean(Service.class);
	}

	@Test
	void waitsHoldsAndSkipsAreMeasured() {
		runner().run((context) -> {
			MeterRegistry registry = context.getBean(MeterRegistry.class);
			Service service = context.getBean(Service.class);
			String[] tags = { "lock", "job", "strategy", "os", "mode", "exclusive" };
			service.run(() -> assertThat(registry.get("lockfile.hold.active").tags(tags).longTaskTimer().activeTasks())
				.isOne());
			assertThat(registry.get("lockfile.wait").tags(tags).tag("outcome", "acquired").timer().count()).isOne();
			assertThat(registry.get("lockfile.hold").tags(tags).timer().count()).isOne();
			assertThat(registry.get("lockfile.hold.active").tags(tags).longTaskTimer().activeTasks()).isZero();
			try (LockFiles others = LockFiles.builder().directory(this.directory).build();
					LockHandle held = others.get("files/job").acquire()) {
				assertThat(held.isValid()).isTrue();
				service.skip();
				assertThatExceptionOfType(LockTimeoutException.class).isThrownBy(() -> service.run(() -> {
				}));
			}
			assertThat(registry.get("lockfile.skipped").tags(tags).counter().count()).isOne();
			assertThat(registry.get("lockfile.wait").tags(tags).tag("outcome", "unavailable").timer().count()).isOne();
			assertThat(registry.get("lockfile.wait")
				.tags(tags)
				.tag("outcome", "timeout")
				.timer()
				.totalTime(TimeUnit.MILLISECONDS)).isGreaterThanOrEqualTo(20);
			assertThat(registry.get("lockfile.wait.active").tags(tags).longTaskTimer().activeTasks()).isZero();
			assertThat(registry.get("lockfile.wait").timers()).extracting((timer) -> timer.getId().getTag("lock"))
				.containsOnly("job", "order");
			context.getBean(LockFiles.class).get("unnamed").acquire().close();
			assertThat(registry.get("lockfile.hold").tag("lock", "none").timer().count()).isOne();
		});
	}

	@Test
	void waitingIsSeenWhileItLasts() {
		runner().run((context) -> {
			MeterRegistry registry = context.getBean(MeterRegistry.class);
			LockFiles locks = context.getBean(LockFiles.class);
			CompletableFuture<Void> waiter;
			try (LockHandle held = locks.get("a").acquire()) {
				waiter = CompletableFuture.runAsync(() -> locks.get("a").acquire(LockFiles.FOREVER).close());
				Awaitility.await()
					.until(() -> registry.find("lockfile.wait.active")
						.longTaskTimers()
						.stream()
						.mapToInt((timer) -> timer.activeTasks())
						.sum() == 1);
				assertThat(held.isValid()).isTrue();
			}
			waiter.join();
			assertThat(registry.get("lockfile.wait.active").longTaskTimer().activeTasks()).isZero();
		});
	}

	@Test
	void declaredLocksHaveMetersBeforeTheirFirstUseUntilTheContextCloses() {
		MeterRegistry registry = new SimpleMeterRegistry();
		runner().withBean(MeterRegistry.class, () -> registry).run((context) -> {
			assertThat(context).hasNotFailed();
			String[] tags = { "lock", "job", "strategy", "os", "mode", "exclusive" };
			assertThat(registry.get("lockfile.wait").tags(tags).timers())
				.extracting((timer) -> timer.getId().getTag("outcome"))
				.containsExactlyInAnyOrder("acquired", "unavailable", "timeout", "interrupted", "error");
			assertThat(registry.get("lockfile.skipped").tags(tags).counter().count()).isZero();
			assertThat(registry.get("lockfile.hold.active").tags(tags).longTaskTimer().activeTasks()).isZero();
			assertThat(registry.get("lockfile.hold").tag("lock", "order").tag("strategy", "memory").timer().count())
				.isZero();
		});
		assertThat(registry.find("lockfile.wait").meters()).isEmpty();
		assertThat(registry.getMeters()).noneMatch((meter) -> meter.getId().getName().startsWith("lockfile"));
	}

	@Test
	void numberOfMetersDoesNotDependOnThePathsOfATemplate() {
		runner().run((context) -> {
			MeterRegistry registry = context.getBean(MeterRegistry.class);
			Service service = context.getBean(Service.class);
			int before = lockMeters(registry).size();
			for (int i = 0; i < 100_000; i++) {
				service.order(i);
			}
			assertThat(lockMeters(registry)).hasSize(before)
				.extracting((meter) -> meter.getId().getTag("lock"))
				.containsOnly("job", "order");
			assertThat(registry.get("lockfile.hold").tag("lock", "order").timer().count()).isEqualTo(100_000);
			assertThat(registry.get("lockfile.wait").tags("lock", "order", "outcome", "acquired").timer().count())
				.isEqualTo(100_000);
		});
	}

	private static List<Meter> lockMeters(MeterRegistry registry) {
		return registry.getMeters()
			.stream()
			.filter((meter) -> meter.getId().getName().startsWith("lockfile."))
			.toList();
	}

	@Test
	void lockThatAnOperatorBreaksIsCounted() {
		new WebApplicationContextRunner().withUserConfiguration(Application.class)
			.withPropertyValues("lockfile.directory=" + this.directory,
					"management.endpoints.web.exposure.include=filelocks",
					"management.endpoint.filelocks.access=UNRESTRICTED")
			.run((context) -> {
				MeterRegistry registry = context.getBean(MeterRegistry.class);
				MockMvcTester http = MockMvcTester.from((WebApplicationContext) context.getSourceApplicationContext());
				Supplier<Double> broken = () -> registry.get("lockfile.broken")
					.tags("lock", "marker", "strategy", "pid")
					.counter()
					.count();
				try (LockFiles others = LockFiles.builder().directory(this.directory).build();
						LockHandle held = others.get("marker", "pid").acquire()) {
					assertThat(http.delete().uri("/actuator/filelocks/marker")).hasStatus(HttpStatus.CONFLICT);
					assertThat(held.isValid()).isTrue();
					assertThat(broken.get()).isZero();
					assertThat(http.delete().uri("/actuator/filelocks/marker?force=true")).hasStatusOk();
				}
				// Told on a thread of the library
				Awaitility.await().untilAsserted(() -> assertThat(broken.get()).isOne());
				assertThat(http.delete().uri("/actuator/filelocks/marker")).hasStatusOk();
				assertThat(broken.get()).isOne();
			});
	}

	@Test
	void propertiesOfMetersApply() {
		runner().withBean(PrometheusMeterRegistry.class, () -> new PrometheusMeterRegistry(PrometheusConfig.DEFAULT))
			.withPropertyValues("management.metrics.tags.region=eu",
					"management.metrics.distribution.percentiles-histogram.lockfile.wait=true",
					"management.metrics.distribution.percentiles.lockfile.hold=0.99",
					"management.metrics.enable.lockfile.broken=false")
			.run((context) -> {
				context.getBean(Service.class).run(() -> {
				});
				String scraped = context.getBean(PrometheusMeterRegistry.class).scrape();
				assertThat(scraped)
					.contains("lockfile_wait_seconds_bucket{", "lockfile_hold_seconds{", "region=\"eu\"",
							"quantile=\"0.99\"")
					.doesNotContain("lockfile_broken");
			});
	}

	@Test
	void starterWorksWithoutMicrometer() {
		runner().withClassLoader(new FilteredClassLoader("io.micrometer")).run((context) -> {
			assertThat(context).hasNotFailed().doesNotHaveBean("lockFileMetrics");
			boolean[] ran = new boolean[1];
			context.getBean(Service.class).run(() -> ran[0] = true);
			assertThat(ran[0]).isTrue();
		});
	}

	@Test
	void backsOffWithoutARegistryAndForAUsersMetrics() {
		new ApplicationContextRunner()
			.withConfiguration(
					AutoConfigurations.of(LockFileAutoConfiguration.class, LockFileMetricsAutoConfiguration.class))
			.run((context) -> assertThat(context).doesNotHaveBean(LockFileMetrics.class));
		LockFileMetrics own = new LockFileMetrics(new SimpleMeterRegistry());
		runner().withBean(LockFileMetrics.class, () -> own)
			.run((context) -> assertThat(context.getBean(LockFileMetrics.class)).isSameAs(own));
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		Marker marker() {
			return new Marker();
		}

	}

	public static class Marker {

		@FileLocked(path = "marker", strategy = "pid")
		public void run() {
		}

	}

	public static class Service {

		@FileLocked(path = "order-#{#id}", name = "order", strategy = "memory")
		public void order(int id) {
		}

		@FileLocked(path = "files/job", name = "job", timeout = "20ms")
		public void run(Runnable body) {
			body.run();
		}

		@FileLocked(path = "files/job", name = "job", onUnavailable = FileLocked.OnUnavailable.SKIP)
		public void skip() {
			throw new AssertionError("the body ran");
		}

	}

}
