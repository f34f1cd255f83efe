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
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationFilter;
import io.micrometer.observation.ObservationRegistry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration;
import org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import io.lockfile.LockFiles;
import io.lockfile.boot.metrics.DefaultLockFileObservationConvention;
import io.lockfile.boot.metrics.LockFileObservationContext;
import io.lockfile.boot.metrics.LockFileObservations;
import io.lockfile.spring.FileLockFailureListener;
import io.lockfile.spring.FileLockTemplate;
import io.lockfile.spring.FileLocked;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link LockFileObservationAutoConfiguration}.
 */
@ExtendWith(OutputCaptureExtension.class)
class LockFileObservationAutoConfigurationTests {

	@TempDir
	private Path directory;

	private ApplicationContextRunner runner() {
		return unobservable().withConfiguration(AutoConfigurations.of(ObservationAutoConfiguration.class));
	}

	private ApplicationContextRunner unobservable() {
		return new ApplicationContextRunner()
			.withConfiguration(
					AutoConfigurations.of(LockFileAutoConfiguration.class, LockFileMetricsAutoConfiguration.class,
							LockFileObservationAutoConfiguration.class, MetricsAutoConfiguration.class,
							CompositeMeterRegistryAutoConfiguration.class, SimpleMetricsExportAutoConfiguration.class))
			.withPropertyValues("lockfile.directory=" + this.directory, "lockfile.verify-on-startup=off")
			.withBean(Service.class);
	}

	private ApplicationContextRunner observed() {
		return runner().withPropertyValues("lockfile.observations.enabled=true");
	}

	@Test
	void isOffByDefault() {
		runner().run((context) -> {
			assertThat(context).doesNotHaveBean(LockFileObservations.class);
			context.getBean(Service.class).run(() -> {
			});
			assertThat(context.getBean(MeterRegistry.class).get("lockfile.hold").timers()).singleElement()
				.satisfies((timer) -> assertThat(timer.getId().getTag("error")).isNull());
		});
	}

	@Test
	void observationsAreTheOnlySourceOfTheTimers() {
		observed().run((context) -> {
			MeterRegistry registry = context.getBean(MeterRegistry.class);
			int declared = registry.getMeters().size();
			assertThat(registry.get("lockfile.wait").tags("lock", "job", "error", "none").timers()).hasSize(5);
			context.getBean(Service.class)
				.run(() -> assertThat(registry.get("lockfile.hold.active").longTaskTimers()).singleElement()
					.satisfies((timer) -> assertThat(timer.activeTasks()).isOne()));
			assertThat(registry.get("lockfile.hold").timers()).singleElement().satisfies((timer) -> {
				assertThat(timer.count()).isOne();
				assertThat(timer.getId().getTag("error")).isEqualTo("none");
			});
			assertThat(registry.get("lockfile.wait").tag("outcome", "acquired").timer().count()).isOne();
			assertThat(registry.getMeters()).as("nothing came with the first use").hasSize(declared);
			assertThat(registry.get("lockfile.skipped").counter().count()).isZero();
		});
	}

	@Test
	void whatBodiesThrowIsAnError() {
		observed().run((context) -> {
			Service service = context.getBean(Service.class);
			assertThatExceptionOfType(IllegalStateException.class).isThrownBy(() -> service.run(() -> {
				throw new IllegalStateException("body");
			}));
			assertThatExceptionOfType(ExecutionException.class)
				.isThrownBy(() -> service.later(new UnsupportedOperationException())
					.toCompletableFuture()
					.get(60, TimeUnit.SECONDS));
			assertThatExceptionOfType(ArithmeticException.class)
				.isThrownBy(() -> context.getBean(FileLockTemplate.class).withName("job").execute("files/job", () -> {
					throw new ArithmeticException();
				}));
			MeterRegistry registry = context.getBean(MeterRegistry.class);
			for (String error : List.of("IllegalStateException", "UnsupportedOperationException",
					"ArithmeticException")) {
				assertThat(registry.get("lockfile.hold").tags("lock", "job", "error", error).timer().count()).as(error)
					.isOne();
			}
			assertThat(registry.get("lockfile.hold").tags("error", "none").timer().count()).isZero();
		});
	}

	@Test
	void listenerOfFailuresThatBreaksKeepsNoLockAndHidesNoFailure() {
		runner().withBean(FileLockFailureListener.class, () -> (handle, failure) -> {
			throw new NoSuchMethodError("on purpose");
		}).run((context) -> {
			Service service = context.getBean(Service.class);
			assertThatExceptionOfType(IllegalStateException.class).isThrownBy(() -> service.run(() -> {
				throw new IllegalStateException("body");
			}));
			assertThatExceptionOfType(ExecutionException.class)
				.isThrownBy(() -> service.later(new UnsupportedOperationException())
					.toCompletableFuture()
					.get(60, TimeUnit.SECONDS))
				.withCauseInstanceOf(UnsupportedOperationException.class);
			assertThat(context.getBean(LockFiles.class).get("files/job").isLocked()).isFalse();
		});
	}

	@Test
	void keysOfAllObservationsAreInTheMetersFromTheStart() {
		observed()
			.withPropertyValues("management.observations.key-values.region=eu",
					"management.metrics.observations.ignored-meters=long-task-timer")
			.withBean(ObservationFilter.class,
					() -> (context) -> context.addLowCardinalityKeyValue(KeyValue.of("team", "a")))
			.run((context) -> {
				MeterRegistry registry = context.getBean(MeterRegistry.class);
				int declared = registry.getMeters().size();
				context.getBean(Service.class).run(() -> {
				});
				assertThat(registry.get("lockfile.hold").tags("region", "eu", "team", "a").timer().count()).isOne();
				assertThat(registry.getMeters()).hasSize(declared);
				assertThat(registry.find("lockfile.hold.active").meters()).isEmpty();
			});
	}

	@Test
	void observationsThatAreSwitchedOffLeaveNoTimers() {
		observed().withPropertyValues("management.observations.enable.lockfile=false").run((context) -> {
			context.getBean(Service.class).run(() -> {
			});
			MeterRegistry registry = context.getBean(MeterRegistry.class);
			assertThat(registry.find("lockfile.hold").meters()).isEmpty();
			assertThat(registry.find("lockfile.hold.active").meters()).isEmpty();
			assertThat(registry.get("lockfile.lost").counters()).hasSize(1);
		});
	}

	@Test
	void metersGoWithTheContext() {
		MeterRegistry registry = new SimpleMeterRegistry();
		observed().withBean(MeterRegistry.class, () -> registry).run((context) -> {
			context.getBean(Service.class).run(() -> {
			});
			assertThat(registry.get("lockfile.hold").timers()).hasSize(1);
		});
		assertThat(registry.getMeters()).noneMatch((meter) -> meter.getId().getName().startsWith("lockfile"));
	}

	@Test
	void conventionCanBeReplaced() {
		observed()
			.withBean(DefaultLockFileObservationConvention.class, () -> new DefaultLockFileObservationConvention() {

				@Override
				public String getContextualName(LockFileObservationContext context) {
					return "mine";
				}

				@Override
				public KeyValues getLowCardinalityKeyValues(LockFileObservationContext context) {
					return super.getLowCardinalityKeyValues(context).and("team", "b");
				}

			})
			.run((context) -> {
				context.getBean(Service.class).run(() -> {
				});
				assertThat(context.getBean(MeterRegistry.class).get("lockfile.hold").tag("team", "b").timer().count())
					.isOne();
			});
	}

	@Test
	void withoutRegistryOfObservationsTimersAreKeptAndThatIsSaid(CapturedOutput output) {
		unobservable().withPropertyValues("lockfile.observations.enabled=true").run((context) -> {
			assertThat(context).doesNotHaveBean(ObservationRegistry.class);
			context.getBean(Service.class).run(() -> {
			});
			assertThat(context.getBean(MeterRegistry.class).get("lockfile.hold").timer().count()).isOne();
			assertThat(output).contains("There is no ObservationRegistry", "'lockfile.observations.enabled'");
		});
	}

	@Test
	void backsOffForAUsersObservations() {
		LockFileObservations own = new LockFileObservations(ObservationRegistry.create(),
				new DefaultLockFileObservationConvention());
		observed().withBean(LockFileObservations.class, () -> own)
			.run((context) -> assertThat(context.getBean(LockFileObservations.class)).isSameAs(own));
	}

	public static class Service {

		@FileLocked(path = "files/job", name = "job")
		public void run(Runnable body) {
			body.run();
		}

		@FileLocked(path = "files/job", name = "job")
		public CompletionStage<String> later(Throwable failure) {
			return CompletableFuture.supplyAsync(() -> {
				throw (RuntimeException) failure;
			});
		}

	}

}
