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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.micrometer.core.instrument.LongTaskTimer;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.micrometer.registry.otlp.OtlpConfig;
import io.micrometer.registry.otlp.OtlpMeterRegistry;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.Metric;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.lockfile.LockAttempt;
import io.lockfile.LockFile;
import io.lockfile.LockFiles;
import io.lockfile.LockHandle;
import io.lockfile.LockMode;
import io.lockfile.LockOutcome;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link LockFileMetrics}.
 */
class LockFileMetricsTests {

	private static final String[] ALL = { "lockfile.broken", "lockfile.hold", "lockfile.hold.active", "lockfile.lost",
			"lockfile.skipped", "lockfile.wait acquired", "lockfile.wait error", "lockfile.wait interrupted",
			"lockfile.wait timeout", "lockfile.wait unavailable", "lockfile.wait.active" };

	@TempDir
	private Path directory;

	private final MeterRegistry registry = new SimpleMeterRegistry();

	private final LockFileMetrics metrics = new LockFileMetrics(this.registry);

	private LockFiles locks() {
		return LockFiles.builder().directory(this.directory).listener(this.metrics).build();
	}

	@Test
	void declaredLockHasAllMetersBeforeItIsUsed() {
		this.metrics.register("job", "os", LockMode.SHARED);
		assertThat(names(this.registry)).containsExactly(ALL);
		assertThat(this.registry.getMeters()).allSatisfy((meter) -> {
			assertThat(meter.getId().getTag("lock")).isEqualTo("job");
			assertThat(meter.getId().getTag("strategy")).isEqualTo("os");
			assertThat(meter.getId().getTag("mode")).isEqualTo("shared");
			assertThat(meter.getId().getDescription()).isNotBlank();
			assertThat(meter.measure()).extracting((measurement) -> measurement.getValue()).containsOnly(0.0);
		});
		this.metrics.register("job", "os", LockMode.SHARED);
		assertThat(this.registry.getMeters()).hasSize(ALL.length);
	}

	@Test
	void undeclaredLockHasAllMetersWithItsFirstUse() {
		try (LockFiles locks = locks()) {
			locks.get("a").acquire().close();
		}
		assertThat(names(this.registry)).containsExactly(ALL);
		assertThat(this.registry.get("lockfile.hold").tag("lock", "none").timer().count()).isOne();
	}

	@Test
	void numberOfMetersDoesNotDependOnPaths() {
		this.metrics.register("order", "memory", LockMode.EXCLUSIVE);
		try (LockFiles locks = locks()) {
			for (int i = 0; i < 100_000; i++) {
				locks.get("orders/" + i, "memory").named("order").acquire().close();
			}
		}
		assertThat(names(this.registry)).containsExactly(ALL);
		assertThat(this.registry.getMeters()).hasSize(ALL.length);
		assertThat(this.registry.get("lockfile.hold").timer().count()).isEqualTo(100_000);
	}

	@Test
	void numberOfMetersIsBoundedIfNamesAreNot() {
		this.metrics.register("order", "memory", LockMode.EXCLUSIVE);
		try (LockFiles locks = locks()) {
			for (int i = 0; i < 3000; i++) {
				locks.get("a", "memory").named("a" + i).acquire().close();
			}
			locks.get("a", "memory").named("order").acquire().close();
			locks.get("a", "memory").acquire().close();
		}
		assertThat(this.registry.get("lockfile.hold").timers()).hasSize(1003);
		assertThat(this.registry.get("lockfile.hold").tag("lock", "other").timer().count()).isEqualTo(2000);
		assertThat(this.registry.get("lockfile.hold").tag("lock", "order").timer().count()).isOne();
		assertThat(this.registry.get("lockfile.hold").tag("lock", "none").timer().count()).isOne();
	}

	@Test
	void everyOutcomeIsCounted() {
		for (LockOutcome outcome : LockOutcome.values()) {
			this.metrics.notAcquired(attempt(), outcome, Duration.ofMillis(3));
		}
		for (String outcome : List.of("unavailable", "timeout", "interrupted", "error")) {
			assertThat(this.registry.get("lockfile.wait").tag("outcome", outcome).timer().count()).isOne();
		}
		assertThat(this.registry.get("lockfile.wait").tag("outcome", "acquired").timer().count()).isZero();
	}

	@Test
	void lostHoldsAreCounted() throws IOException {
		try (LockFiles locks = locks(); LockHandle held = locks.get("a").acquire()) {
			Files.delete(this.directory.resolve("a"));
			assertThat(held.isValid()).isFalse();
		}
		assertThat(this.registry.get("lockfile.lost").tag("strategy", "os").counter().count()).isOne();
	}

	@Test
	void brokenLocksAreCounted() {
		try (LockFiles locks = locks()) {
			LockFile lock = locks.get("a", "pid").named("job");
			LockHandle held = lock.acquire();
			assertThat(lock.breakLock()).isTrue();
			held.close();
		}
		assertThat(this.registry.get("lockfile.broken").tags("lock", "job", "strategy", "pid").counter().count())
			.isOne();
		assertThat(this.registry.get("lockfile.lost").tags("lock", "job", "strategy", "pid").counter().count()).isOne();
	}

	@Test
	void withoutTimersThereAreCountersOnly() {
		LockFileMetrics counters = new LockFileMetrics(this.registry, false);
		counters.register("job", "os", LockMode.EXCLUSIVE);
		try (LockFiles locks = LockFiles.builder().directory(this.directory).listener(counters).build()) {
			locks.get("a").named("job").acquire().close();
		}
		counters.skipped("job", "os", LockMode.EXCLUSIVE);
		assertThat(names(this.registry)).containsExactly("lockfile.broken", "lockfile.lost", "lockfile.skipped");
	}

	@Test
	void closeRemovesTheMetersAndNothingBringsThemBack() {
		SimpleMeterRegistry first = new SimpleMeterRegistry();
		CompositeMeterRegistry composite = new CompositeMeterRegistry();
		composite.add(first);
		composite.add(this.registry);
		composite.config().commonTags("region", "eu");
		composite.counter("somebody.elses").increment();
		LockFileMetrics closing = new LockFileMetrics(composite);
		closing.register("job", "os", LockMode.EXCLUSIVE);
		try (LockFiles locks = LockFiles.builder().directory(this.directory).listener(closing).build()) {
			try (LockHandle held = locks.get("a").acquire()) {
				assertThat(held.isValid()).isTrue();
				assertThat(names(first)).contains(ALL);
				closing.close();
			}
			locks.get("a").acquire().close();
		}
		closing.skipped("job", "os", LockMode.EXCLUSIVE);
		for (MeterRegistry each : List.of(composite, first, this.registry)) {
			assertThat(names(each)).containsExactly("somebody.elses");
		}
	}

	@Test
	void metersThatSomebodyRemovedComeBack() {
		try (LockFiles locks = locks()) {
			locks.get("a").acquire().close();
			this.registry.clear();
			locks.get("a").acquire().close();
		}
		assertThat(this.registry.get("lockfile.hold").timer().count()).isOne();
	}

	@Test
	void registryThatThrowsBreaksNothing() {
		this.registry.config().meterFilter(new MeterFilter() {

			@Override
			public Meter.Id map(Meter.Id id) {
				if (id.getName().equals("lockfile.wait") || id.getName().equals("lockfile.hold.active")) {
					throw new IllegalStateException("this filter is broken");
				}
				return id;
			}

		});
		this.metrics.register("job", "os", LockMode.EXCLUSIVE);
		try (LockFiles locks = locks(); LockHandle held = locks.get("a").named("job").acquire()) {
			assertThat(held.isValid()).isTrue();
			assertThat(locks.get("a").named("job").isHeldByCurrentThread()).isTrue();
		}
		assertThat(this.registry.get("lockfile.hold").tag("lock", "job").timer().count()).isOne();
		assertThatExceptionOfType(IllegalStateException.class).isThrownBy(() -> this.registry.timer("lockfile.wait"));
		this.metrics.close();
	}

	@Test
	void filtersAreRespected() {
		this.registry.config()
			.commonTags("region", "eu")
			.meterFilter(MeterFilter.denyNameStartsWith("lockfile.hold"))
			.meterFilter(MeterFilter.renameTag("lockfile", "lock", "lock.name"))
			.meterFilter(new MeterFilter() {

				@Override
				public Meter.Id map(Meter.Id id) {
					return id.getName().equals("lockfile.skipped") ? id.withName("app.locks.skipped") : id;
				}

			});
		try (LockFiles locks = locks(); LockHandle held = locks.get("a").named("job").acquire()) {
			assertThat(held.isValid()).isTrue();
		}
		this.metrics.skipped("job", "os", LockMode.EXCLUSIVE);
		assertThat(names(this.registry)).contains("app.locks.skipped")
			.doesNotContain("lockfile.hold", "lockfile.hold.active", "lockfile.skipped");
		assertThat(this.registry.get("app.locks.skipped").tags("region", "eu", "lock.name", "job").counter().count())
			.isOne();
		assertThat(this.registry.get("lockfile.wait")
			.tags("region", "eu", "lock.name", "job", "outcome", "acquired")
			.timer()
			.count()).isOne();
		this.metrics.close();
		assertThat(this.registry.getMeters()).isEmpty();
	}

	@Test
	void activeTimersFollowTheLock() {
		LockAttempt attempt = attempt();
		this.metrics.waiting(attempt);
		assertThat(active("lockfile.wait.active")).isOne();
		this.metrics.notAcquired(attempt, LockOutcome.TIMEOUT, Duration.ofMillis(1));
		assertThat(active("lockfile.wait.active")).isZero();
		try (LockFiles locks = locks();
				LockHandle first = locks.get("a").acquire(LockMode.SHARED, Duration.ZERO);
				LockHandle nested = locks.get("a").acquire(LockMode.SHARED, Duration.ZERO)) {
			assertThat(first.isValid()).isEqualTo(nested.isValid());
			assertThat(this.registry.get("lockfile.hold.active").tag("mode", "shared").longTaskTimer().activeTasks())
				.isOne();
		}
		assertThat(active("lockfile.hold.active")).isZero();
	}

	@Test
	void prometheusNames() {
		PrometheusMeterRegistry prometheus = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
		new LockFileMetrics(prometheus).register("job", "os", LockMode.EXCLUSIVE);
		String tags = "{lock=\"job\",mode=\"exclusive\",strategy=\"os\"}";
		List<String> expected = new ArrayList<>();
		for (String outcome : List.of("acquired", "unavailable", "timeout", "interrupted", "error")) {
			String tagsOfWait = tags.replace("strategy", "outcome=\"%s\",strategy".formatted(outcome));
			expected.addAll(List.of("lockfile_wait_seconds_count" + tagsOfWait + " 0",
					"lockfile_wait_seconds_sum" + tagsOfWait + " 0.0",
					"lockfile_wait_seconds_max" + tagsOfWait + " 0.0"));
		}
		for (String name : List.of("lockfile_hold", "lockfile_wait_active", "lockfile_hold_active")) {
			expected.addAll(List.of(name + "_seconds_count" + tags + " 0", name + "_seconds_sum" + tags + " 0.0",
					name + "_seconds_max" + tags + " 0.0"));
		}
		for (String name : List.of("lockfile_skipped", "lockfile_lost", "lockfile_broken")) {
			expected.add(name + "_total" + tags + " 0.0");
		}
		assertThat(prometheus.scrape().lines()).filteredOn((line) -> !line.startsWith("#"))
			.containsExactlyInAnyOrderElementsOf(expected);
	}

	@Test
	void otlpNames() throws Exception {
		List<byte[]> sent = new ArrayList<>();
		OtlpMeterRegistry otlp = OtlpMeterRegistry.builder(OtlpConfig.DEFAULT)
			.metricsSender((request) -> sent.add(request.getMetricsData()))
			.build();
		new LockFileMetrics(otlp).register("job", "os", LockMode.EXCLUSIVE);
		otlp.close();
		assertThat(sent).isNotEmpty();
		List<Metric> exported = ExportMetricsServiceRequest.parseFrom(sent.get(0))
			.getResourceMetrics(0)
			.getScopeMetrics(0)
			.getMetricsList();
		// Maxima are gauges of their own there
		assertThat(exported).extracting(Metric::getName)
			.filteredOn((name) -> !name.endsWith(".max"))
			.containsExactlyInAnyOrder("lockfile.wait", "lockfile.hold", "lockfile.wait.active", "lockfile.hold.active",
					"lockfile.skipped", "lockfile.lost", "lockfile.broken");
		assertThat(exported).filteredOn((metric) -> metric.getName().equals("lockfile.wait"))
			.singleElement()
			.satisfies((metric) -> assertThat(metric.getHistogram().getDataPointsList())
				.extracting((point) -> attributes(point.getAttributesList()))
				.containsExactlyInAnyOrderElementsOf(Stream
					.of("acquired", "unavailable", "timeout", "interrupted", "error")
					.map((outcome) -> Map.of("lock", "job", "strategy", "os", "mode", "exclusive", "outcome", outcome))
					.toList()));
		Map<String, String> common = Map.of("lock", "job", "strategy", "os", "mode", "exclusive");
		for (String name : List.of("lockfile.hold", "lockfile.wait.active", "lockfile.hold.active")) {
			assertThat(exported).filteredOn((metric) -> metric.getName().equals(name))
				.singleElement()
				.satisfies((metric) -> assertThat(metric.getHistogram().getDataPointsList())
					.extracting((point) -> attributes(point.getAttributesList()))
					.containsExactly(common));
		}
		for (String name : List.of("lockfile.skipped", "lockfile.lost", "lockfile.broken")) {
			assertThat(exported).filteredOn((metric) -> metric.getName().equals(name))
				.singleElement()
				.satisfies((metric) -> assertThat(metric.getSum().getDataPointsList())
					.extracting((point) -> attributes(point.getAttributesList()))
					.containsExactly(common));
		}
	}

	private static Map<String, String> attributes(List<KeyValue> attributes) {
		return attributes.stream()
			.collect(Collectors.toMap(KeyValue::getKey, (attribute) -> attribute.getValue().getStringValue()));
	}

	private LockAttempt attempt() {
		return new LockAttempt("job", Path.of("/a"), "os", LockMode.EXCLUSIVE, Duration.ofSeconds(1));
	}

	private int active(String name) {
		return this.registry.get(name).longTaskTimers().stream().mapToInt(LongTaskTimer::activeTasks).sum();
	}

	private static Set<String> names(MeterRegistry registry) {
		Set<String> names = new TreeSet<>();
		for (Meter meter : registry.getMeters()) {
			names.add(Stream.of(meter.getId().getName(), meter.getId().getTag("outcome"))
				.filter((part) -> part != null)
				.reduce((name, outcome) -> name + " " + outcome)
				.orElseThrow());
		}
		return names;
	}

}
