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

package io.lockfile.boot.metrics;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;
import io.micrometer.common.docs.KeyName;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationFilter;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationPredicate;
import io.micrometer.observation.tck.ObservationContextAssert;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.lockfile.LockFailedException;
import io.lockfile.LockFile;
import io.lockfile.LockFiles;
import io.lockfile.LockHandle;
import io.lockfile.LockMode;
import io.lockfile.LockTimeoutException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link LockFileObservations}.
 */
class LockFileObservationsTests {

	@TempDir
	private Path directory;

	private final MeterRegistry meters = new SimpleMeterRegistry();

	private final TestObservationRegistry registry = TestObservationRegistry.create();

	private LockFileObservations observations = new LockFileObservations(this.registry,
			new DefaultLockFileObservationConvention());

	@BeforeEach
	void measure() {
		this.registry.observationConfig().observationHandler(new DefaultMeterObservationHandler(this.meters));
		this.observations.manageMeters(this.meters, true, List.of(), List.of());
	}

	private LockFiles locks() {
		return LockFiles.builder().directory(this.directory).strategy("memory").listener(this.observations).build();
	}

	@Test
	void waitAndHoldHaveTheDocumentedKeys() {
		try (LockFiles locks = locks()) {
			locks.get("a").named("job").acquire().close();
		}
		TestObservationRegistryAssert.assertThat(this.registry).hasNumberOfObservationsEqualTo(2);
		for (LockFileObservation documented : LockFileObservation.values()) {
			TestObservationRegistryAssert.assertThat(this.registry)
				.hasObservationWithNameEqualTo(documented.getName())
				.that()
				.hasBeenStarted()
				.hasBeenStopped()
				.doesNotHaveError()
				.hasLowCardinalityKeyValue("lock", "job")
				.hasLowCardinalityKeyValue("strategy", "memory")
				.hasLowCardinalityKeyValue("mode", "exclusive")
				.hasHighCardinalityKeyValue("path", this.directory.resolve("a").toString())
				.hasContextualNameEqualTo(documented.getName() + " job")
				.satisfies((context) -> {
					assertThat(keys(context.getLowCardinalityKeyValues()))
						.containsExactlyInAnyOrderElementsOf(keys(documented.getLowCardinalityKeyNames()));
					assertThat(keys(context.getHighCardinalityKeyValues()))
						.containsExactlyInAnyOrderElementsOf(keys(documented.getHighCardinalityKeyNames()));
				});
		}
		TestObservationRegistryAssert.assertThat(this.registry)
			.hasObservationWithNameEqualTo("lockfile.wait")
			.that()
			.hasLowCardinalityKeyValue("outcome", "acquired");
	}

	private static List<String> keys(KeyValues values) {
		return values.stream().map(KeyValue::getKey).toList();
	}

	private static List<String> keys(KeyName[] names) {
		return List.of(names).stream().map(KeyName::asString).toList();
	}

	@Test
	void declaredLockHasTheMetersThatObservationsAreRecordedIn() {
		this.observations.register("job", "memory", LockMode.EXCLUSIVE);
		Set<String> before = meters();
		assertThat(before)
			.contains("lockfile.hold error=none lock=job mode=exclusive strategy=memory",
					"lockfile.hold.active lock=job mode=exclusive strategy=memory",
					"lockfile.wait error=none lock=job mode=exclusive outcome=timeout strategy=memory",
					"lockfile.wait.active lock=job mode=exclusive strategy=memory")
			.hasSize(8);
		assertThat(this.meters.getMeters())
			.allSatisfy((meter) -> assertThat(meter.measure()).extracting((measurement) -> measurement.getValue())
				.containsOnly(0.0));
		try (LockFiles locks = locks()) {
			locks.get("a").named("job").acquire().close();
		}
		assertThat(meters()).isEqualTo(before);
		assertThat(this.meters.get("lockfile.wait").tag("outcome", "acquired").timer().count()).isOne();
		assertThat(this.meters.get("lockfile.hold").timer().count()).isOne();
	}

	@Test
	void theyAreTheOnlySourceOfTimersAndActiveCounts() throws Exception {
		LockFileMetrics counters = new LockFileMetrics(this.meters, false);
		LockFiles engine = LockFiles.builder()
			.directory(this.directory)
			.strategy("memory")
			.listener(this.observations)
			.listener(counters)
			.build();
		this.observations.register("job", "memory", LockMode.EXCLUSIVE);
		counters.register("job", "memory", LockMode.EXCLUSIVE);
		try (LockFiles locks = engine) {
			LockFile lock = locks.get("a").named("job");
			CompletableFuture<Void> waiter;
			try (LockHandle held = lock.acquire()) {
				waiter = CompletableFuture.runAsync(() -> lock.acquire(LockFiles.FOREVER).close());
				Awaitility.await()
					.until(() -> locks.snapshot().stream().anyMatch((path) -> path.waiting().size() == 1));
				assertThat(held.isValid()).isTrue();
				assertThat(active("lockfile.wait.active")).isOne();
				assertThat(active("lockfile.hold.active")).isOne();
			}
			waiter.get(60, TimeUnit.SECONDS);
		}
		assertThat(active("lockfile.wait.active")).isZero();
		assertThat(active("lockfile.hold.active")).isZero();
		assertThat(this.meters.get("lockfile.hold").timers()).singleElement()
			.satisfies((timer) -> assertThat(timer.count()).isEqualTo(2));
		assertThat(this.meters.get("lockfile.wait").timers()).extracting(Timer::count)
			.containsExactlyInAnyOrder(2L, 0L, 0L, 0L, 0L);
		assertThat(this.meters.get("lockfile.skipped").counters()).hasSize(1);
	}

	private int active(String name) {
		return this.meters.get(name).longTaskTimers().stream().mapToInt((timer) -> timer.activeTasks()).sum();
	}

	@Test
	void waitsThatEndWithoutTheLockSaySo() {
		try (LockFiles locks = locks(); LockFiles others = locks(); LockHandle held = others.get("a").acquire()) {
			assertThat(held.isValid()).isTrue();
			assertThat(locks.get("a").tryAcquire()).isEmpty();
			assertThatExceptionOfType(LockTimeoutException.class)
				.isThrownBy(() -> locks.get("a").acquire(Duration.ofMillis(20)));
		}
		for (String outcome : List.of("unavailable", "timeout")) {
			Timer timer = this.meters.get("lockfile.wait").tags("outcome", outcome, "error", "none").timer();
			assertThat(timer.count()).as(outcome).isOne();
		}
		assertThat(this.meters.get("lockfile.wait").tag("outcome", "timeout").timer().totalTime(TimeUnit.MILLISECONDS))
			.isGreaterThanOrEqualTo(20);
	}

	@Test
	void failureToAskHasAnError() {
		try (LockFiles locks = LockFiles.builder().directory(this.directory).listener(this.observations).build()) {
			LockFile missing = locks.get(this.directory.resolve("missing").resolve("a").toString(), "link");
			assertThatExceptionOfType(LockFailedException.class)
				.isThrownBy(() -> missing.acquire(LockMode.SHARED, Duration.ZERO));
		}
		TestObservationRegistryAssert.assertThat(this.registry)
			.hasSingleObservationThat()
			.hasLowCardinalityKeyValue("outcome", "error")
			.thenError()
			.isInstanceOf(IOException.class);
		assertThat(this.meters.get("lockfile.wait").tag("error", "IOException").timer().count()).isOne();
	}

	@Test
	void minimumHoldIsNotInTheBodysTime() {
		try (LockFiles locks = locks()) {
			LockHandle held = locks.get("a").acquire();
			held.closeAfter(Duration.ofSeconds(1));
			assertThat(held.isValid()).as("it is kept").isTrue();
			TestObservationRegistryAssert.assertThat(this.registry)
				.hasObservationWithNameEqualTo("lockfile.hold")
				.that()
				.hasBeenStopped();
			Awaitility.await().until(() -> !held.isValid());
		}
		assertThat(this.meters.get("lockfile.hold").timer().count()).isOne();
	}

	@Test
	void bodysFailureIsTheHoldsError() {
		try (LockFiles locks = locks()) {
			LockHandle held = locks.get("a").acquire();
			this.observations.failed(held, new IllegalStateException("body"));
			held.close();
			this.observations.failed(held, new IllegalStateException("too late"));
		}
		assertThat(this.meters.get("lockfile.hold").tag("error", "IllegalStateException").timer().count()).isOne();
	}

	@Test
	void nestedAcquisitionsAreNotObserved() {
		try (LockFiles locks = locks(); LockHandle outer = locks.get("a").acquire()) {
			locks.get("a").acquire().close();
			assertThat(outer.isValid()).isTrue();
		}
		TestObservationRegistryAssert.assertThat(this.registry)
			.hasNumberOfObservationsEqualTo(2)
			.doesNotHaveAnyRemainingCurrentObservation();
	}

	@Test
	void asynchronousHoldHasTheParentOfItsWait() throws Exception {
		Observation parent = waitWithinAParent();
		TestObservationRegistryAssert.assertThat(this.registry)
			.hasNumberOfObservationsWithNameEqualTo("lockfile.hold", 2)
			.hasHandledContextsThatSatisfy((contexts) -> assertThat(contexts)
				.filteredOn((context) -> "later".equals(value(context, "lock")))
				.hasSize(2)
				.allSatisfy(
						(context) -> ObservationContextAssert.assertThat(context).hasParentObservationEqualTo(parent)));
	}

	private Observation waitWithinAParent() throws Exception {
		Observation parent = Observation.start("parent", this.registry);
		try (LockFiles locks = locks()) {
			CompletableFuture<LockHandle> future;
			LockHandle held = locks.get("a").acquire();
			try (Observation.Scope scope = parent.openScope()) {
				assertThat(scope.getCurrentObservation()).isSameAs(parent);
				future = locks.get("a")
					.named("later")
					.acquireAsync(LockMode.EXCLUSIVE, LockFiles.FOREVER)
					.toCompletableFuture();
			}
			CompletableFuture.runAsync(held::close).get(60, TimeUnit.SECONDS);
			future.get(60, TimeUnit.SECONDS).close();
		}
		parent.stop();
		return parent;
	}

	private static String value(Observation.Context context, String key) {
		return (context.getLowCardinalityKeyValue(key) != null) ? context.getLowCardinalityKeyValue(key).getValue()
				: "";
	}

	@Test
	void filtersPredicatesAndConventionsAreRespected() {
		List<ObservationFilter> filters = List
			.of((context) -> context.addLowCardinalityKeyValue(KeyValue.of("region", "eu")));
		List<ObservationPredicate> predicates = List.of((name, context) -> !name.equals("lockfile.hold"));
		TestObservationRegistry other = TestObservationRegistry.create();
		other.observationConfig()
			.observationHandler(new DefaultMeterObservationHandler(this.meters,
					DefaultMeterObservationHandler.IgnoredMeters.LONG_TASK_TIMER))
			.observationFilter(filters.get(0))
			.observationPredicate(predicates.get(0));
		LockFileObservationConvention convention = new DefaultLockFileObservationConvention() {

			@Override
			public KeyValues getLowCardinalityKeyValues(LockFileObservationContext context) {
				return super.getLowCardinalityKeyValues(context).and("team", "a");
			}

		};
		this.observations = new LockFileObservations(other, convention);
		this.observations.manageMeters(this.meters, false, filters, predicates);
		this.observations.register("job", "memory", LockMode.EXCLUSIVE);
		Set<String> before = meters();
		assertThat(before).hasSize(5)
			.allMatch((name) -> name.startsWith("lockfile.wait ") && name.contains("region=eu")
					&& name.contains("team=a"));
		try (LockFiles locks = locks()) {
			locks.get("a").named("job").acquire().close();
		}
		assertThat(meters()).isEqualTo(before);
		this.observations.close();
		assertThat(this.meters.getMeters()).isEmpty();
	}

	@Test
	void closeRemovesTheMetersAndNothingBringsThemBack() {
		this.meters.counter("somebody.elses");
		this.observations.register("job", "memory", LockMode.EXCLUSIVE);
		try (LockFiles locks = locks()) {
			LockHandle held = locks.get("a").named("job").acquire();
			locks.get("b").acquire().close();
			this.observations.failed(held, new IllegalStateException("body"));
			this.observations.close();
			held.close();
		}
		assertThat(this.meters.getMeters()).extracting((meter) -> meter.getId().getName())
			.containsExactly("somebody.elses");
	}

	@Test
	void handlerThatThrowsLeavesNobodyActive() {
		this.registry.observationConfig().observationHandler(new ObservationHandler<>() {

			@Override
			public void onStart(Observation.Context context) {
				throw new IllegalStateException("this handler is broken");
			}

			@Override
			public boolean supportsContext(Observation.Context context) {
				return true;
			}

		});
		try (LockFiles locks = locks()) {
			for (int i = 0; i < 10; i++) {
				locks.get("a").acquire().close();
			}
			assertThat(locks.get("a").isLocked()).isFalse();
		}
		assertThat(active("lockfile.wait.active")).isZero();
		assertThat(active("lockfile.hold.active")).isZero();
		assertThat(this.meters.get("lockfile.hold").timer().count()).isEqualTo(10);
	}

	@Test
	void conventionThatThrowsDoesNotKeepALockFromBeingDeclared() {
		LockFileObservations broken = new LockFileObservations(this.registry,
				new DefaultLockFileObservationConvention() {

					@Override
					public KeyValues getLowCardinalityKeyValues(LockFileObservationContext context) {
						throw new IllegalStateException("this convention is broken");
					}

				});
		broken.manageMeters(this.meters, true, List.of(), List.of());
		broken.register("job", "memory", LockMode.EXCLUSIVE);
		assertThat(this.meters.getMeters()).isEmpty();
	}

	@Test
	void asynchronousHoldHasAParentAlsoIfWaitsAreNotObserved() throws Exception {
		this.registry.observationConfig().observationPredicate((name, context) -> !name.equals("lockfile.wait"));
		Observation parent = waitWithinAParent();
		TestObservationRegistryAssert.assertThat(this.registry)
			.hasHandledContextsThatSatisfy((contexts) -> assertThat(contexts)
				.filteredOn((context) -> "later".equals(value(context, "lock")))
				.singleElement()
				.satisfies(
						(context) -> ObservationContextAssert.assertThat(context).hasParentObservationEqualTo(parent)));
	}

	@Test
	void numberOfMetersDoesNotDependOnNames() {
		try (LockFiles locks = locks()) {
			for (int i = 0; i < 3000; i++) {
				locks.get("a").named("a" + i).acquire().close();
			}
		}
		assertThat(this.meters.get("lockfile.hold").timers()).hasSize(1001);
	}

	private Set<String> meters() {
		Set<String> names = new TreeSet<>();
		for (Meter meter : this.meters.getMeters()) {
			StringBuilder name = new StringBuilder(meter.getId().getName());
			for (Tag tag : meter.getId().getTags()) {
				name.append(' ').append(tag.getKey()).append('=').append(tag.getValue());
			}
			names.add(name.toString());
		}
		return names;
	}

}
