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

package io.lockfile.boot.actuate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.util.ClassUtils;

import io.lockfile.LockAttempt;
import io.lockfile.LockFailedException;
import io.lockfile.LockFile;
import io.lockfile.LockFiles;
import io.lockfile.LockHandle;
import io.lockfile.LockListener;
import io.lockfile.LockMode;
import io.lockfile.LockOwner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * Tests for {@link LockFileEndpoint}.
 */
@ExtendWith(OutputCaptureExtension.class)
class LockFileEndpointTests {

	@TempDir
	private Path directory;

	private final List<LockAttempt> broken = new CopyOnWriteArrayList<>();

	private LockFiles locks;

	private LockFileEndpoint endpoint;

	@BeforeEach
	void createEndpoint() throws IOException {
		this.directory = this.directory.toRealPath();
		this.locks = LockFiles.builder().directory(this.directory).fencing(true).listener(new LockListener() {

			@Override
			public void broken(LockAttempt attempt, LockOwner owner) {
				LockFileEndpointTests.this.broken.add(attempt);
			}

		}).build();
		this.endpoint = new LockFileEndpoint(this.locks);
	}

	@AfterEach
	void closeEngine() {
		this.locks.close();
	}

	private void declare(String name, String path, String strategy) {
		this.endpoint.declare(new DeclaredLock(name, path, strategy, LockMode.EXCLUSIVE, "com.example.Jobs." + name));
	}

	private LockFileDescriptor lock(String name, String path) {
		LockFileDescriptor lock = this.endpoint.lock(name, path);
		assertThat(lock).isNotNull();
		return lock;
	}

	private LockFileDescriptor.LockPath only(String name, String path) {
		LockFileDescriptor lock = lock(name, path);
		assertThat(lock.paths()).hasSize(1);
		return lock.paths().get(0);
	}

	@Test
	void freeLockIsShownAndNothingIsCreated() throws IOException {
		declare("report", "nightly/report", "os");
		declare("import", "import", "link");
		LockFilesDescriptor all = this.endpoint.locks();
		assertThat(all.directory()).isEqualTo(this.directory.toString());
		assertThat(all.locks()).extracting(LockFileDescriptor::name).containsExactly("import", "report");
		LockFileDescriptor report = lock("report", null);
		assertThat(report).isEqualTo(all.locks().get(1));
		assertThat(report.declarations()).containsExactly(
				new LockFileDescriptor.Declaration("nightly/report", "os", "exclusive", "com.example.Jobs.report"));
		assertThat(report.paths())
			.containsExactly(new LockFileDescriptor.LockPath(this.directory.resolve("nightly/report").toString(), "os",
					"free", List.of(), null, new LockFileDescriptor.Waiting(0, null)));
		assertThat(report.holds()).isEqualTo(new LockFileDescriptor.Holds(0, null, null));
		try (var files = Files.list(this.directory)) {
			assertThat(files).isEmpty();
		}
	}

	@Test
	void holderAndWaitersInThisJvm() {
		declare("report", "report", "memory");
		CompletionStage<LockHandle> waiting;
		Instant before = Instant.now();
		try (LockHandle held = this.locks.get("report", "memory").named("report").acquire()) {
			waiting = this.locks.get("report", "memory").acquireAsync(LockMode.EXCLUSIVE, LockFiles.FOREVER);
			LockFileDescriptor report = lock("report", null);
			LockFileDescriptor.LockPath path = report.paths().get(0);
			assertThat(path.state()).isEqualTo("held");
			assertThat(path.owner()).isNull();
			assertThat(path.waiting().count()).isOne();
			assertThat(path.waiting().longest()).isNotNull().isEqualTo(report.waiting().longest());
			LockFileDescriptor.Holder holder = path.holders().get(0);
			assertThat(path.holders()).hasSize(1);
			assertThat(holder.thread()).isEqualTo(Thread.currentThread().getName());
			assertThat(holder.method()).as("nobody said so").isNull();
			assertThat(holder.mode()).isEqualTo("exclusive");
			assertThat(holder.since()).isBetween(before.minusSeconds(1), Instant.now().plusSeconds(1));
			assertThat(holder.heldFor()).isGreaterThanOrEqualTo(Duration.ZERO);
			assertThat(holder.fencingToken()).isEqualTo(held.fencingToken());
			assertThat(report.holds().count()).isOne();
			assertThat(report.holds().shortest()).isEqualTo(report.holds().longest()).isEqualTo(holder.heldFor());
			// Who has no name waits for the same path
			assertThat(only("none", null).state()).isEqualTo("held");
		}
		waiting.toCompletableFuture().join().close();
		assertThat(only("report", null).state()).isEqualTo("free");
		assertThat(this.endpoint.lock("none", null)).isNull();
	}

	@Test
	void methodIsThatOfTheCallAndNotGuessed() {
		declare("job", "job", "memory");
		this.endpoint.declare(new DeclaredLock("job", "job", "memory", LockMode.EXCLUSIVE, "com.example.Jobs.other"));
		LockFile job = this.locks.get("job", "memory").named("job");
		try (LockHandle held = job.usedBy("com.example.Jobs.other").acquire()) {
			assertThat(held.isValid()).isTrue();
			assertThat(only("job", null).holders().get(0).method()).isEqualTo("com.example.Jobs.other");
			assertThat(lock("job", null).declarations()).hasSize(2);
		}
		try (LockHandle held = job.usedBy("com.example.Jobs.job").acquire(LockMode.SHARED, Duration.ZERO);
				LockHandle other = job.acquireAsync(LockMode.SHARED, Duration.ZERO).toCompletableFuture().join()) {
			assertThat(held.isValid()).isEqualTo(other.isValid());
			assertThat(only("job", null).holders()).extracting(LockFileDescriptor.Holder::method)
				.containsExactly("com.example.Jobs.job", null);
			assertThat(lock("job", null).holds().count()).isEqualTo(2);
		}
	}

	@Test
	void templateShowsThePathsInUseAndTheOneAskedFor() {
		declare("settle", "orders/#{#order.id}", "os");
		assertThat(lock("settle", null).paths()).isEmpty();
		try (LockHandle held = this.locks.get("orders/7", "os").named("settle").acquire()) {
			assertThat(held.isValid()).isTrue();
			assertThat(only("settle", null).path()).isEqualTo(this.directory.resolve("orders/7").toString());
			assertThat(only("settle", "orders/7").state()).isEqualTo("held");
			assertThat(only("settle", this.directory.resolve("orders/7").toString()).state()).isEqualTo("held");
			assertThat(only("settle", "orders/8").state()).isEqualTo("free");
			assertThat(this.endpoint.lock("settle", "other/7")).isNull();
		}
		assertThat(lock("settle", null).paths()).isEmpty();
	}

	@Test
	void manyPathsAreCountedAndSomeAreListed() {
		declare("order", "orders/#{#order.id}", "memory");
		List<LockHandle> held = new ArrayList<>();
		LockFile last = this.locks.get("orders/a-last", "memory").named("order");
		try {
			// So many that to look through all of them for each of them takes a minute
			for (int i = 0; i < 5000; i++) {
				held.add(this.locks.get("orders/%04d".formatted(i), "memory").named("order").acquire());
			}
			held.add(last.acquire());
			for (LockFileDescriptor order : List.of(this.endpoint.locks().locks().get(0), lock("order", null))) {
				assertThat(order.pathCount()).isEqualTo(5001);
				assertThat(order.holds().count()).isEqualTo(5001);
				assertThat(order.paths()).hasSize(1000)
					.extracting(LockFileDescriptor.LockPath::path)
					.isSorted()
					.first()
					.asString()
					.endsWith("orders/0000");
			}
			assertThat(only("order", "orders/a-last").state()).isEqualTo("held");
			assertThat(lock("order", "orders/a-last").pathCount()).isOne();
		}
		finally {
			held.forEach(LockHandle::close);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "orders/7/8", "orders/", "orders/..", "orders/.", "../orders/7", "/orders/7", "orders\\7",
			"orders/7\0", "", "/etc/passwd", "x" })
	void pathsThatTheTemplateCanNotHaveAreNotLookedAt(String path) {
		declare("settle", "orders/#{#order.id}", "os");
		declare("report", "report", "os");
		for (String name : List.of("settle", "report")) {
			assertThat(this.endpoint.lock(name, path)).isNull();
			assertThat(this.endpoint.breakLock(name, path, true)).isNull();
		}
	}

	@ParameterizedTest
	@CsvSource(quoteCharacter = '"', delimiter = '|', commentCharacter = '!', textBlock = """
			#{@paths.next()}   | a/b       | true
			#{@paths.next()}   | a/../../b | false
			#{@paths.next()}   | /etc/a    | false
			#{{'a','b'}[0]}-x  | a-x       | true
			#{{'a','b'}[0]}-x  | a         | false
			a.b/#{#p}          | a.b/c     | true
			a.b/#{#p}          | axb/c     | false
			/srv/#{#p}         | /srv/c    | true
			/srv/#{#p}         | srv/c     | false
			""")
	void templates(String template, String path, boolean possible) {
		declare("job", template, "os");
		assertThat(this.endpoint.lock("job", path) != null).isEqualTo(possible);
	}

	@Test
	void undeclaredNamesAreShownWhileTheyAreInUse() {
		assertThat(this.endpoint.locks().locks()).isEmpty();
		try (LockHandle named = this.locks.get("a").named("in-code").acquire();
				LockHandle unnamed = this.locks.get("b").acquire()) {
			assertThat(named.isValid()).isEqualTo(unnamed.isValid());
			assertThat(this.endpoint.locks().locks()).extracting(LockFileDescriptor::name)
				.containsExactly("in-code", "none");
			assertThat(only("none", null).path()).endsWith("b");
			assertThat(only("in-code", "a").holders()).hasSize(1);
			assertThat(this.endpoint.lock("in-code", "b")).isNull();
		}
		assertThat(this.endpoint.locks().locks()).isEmpty();
	}

	@Test
	void holderInPython() throws Exception {
		assumeThat(HolderProcess.hasPython()).as("python3 is not installed").isTrue();
		assumeThat(Files.exists(Path.of("/proc/locks"))).as("only Linux shows who holds a kernel lock").isTrue();
		declare("report", "report", "os");
		Path file = Files.createFile(this.directory.resolve("report"));
		try (HolderProcess python = HolderProcess.python(file)) {
			LockFileDescriptor.LockPath path = only("report", null);
			assertThat(path.state()).isEqualTo("held-elsewhere");
			assertThat(path.holders()).isEmpty();
			assertThat(path.owner()).isNotNull();
			assertThat(path.owner().pid()).isEqualTo(python.pid());
			assertThat(path.owner().host()).isNotBlank();
			assertThat(path.owner().liveness()).isEqualTo("alive");
			assertThat(lock("report", null).holds()).isEqualTo(new LockFileDescriptor.Holds(1, null, null));
			LockFileBreakDescriptor refused = this.endpoint.breakLock("report", null, true);
			assertThat(refused).isNotNull();
			assertThat(refused.outcome()).isEqualTo("refused");
			assertThat(refused.reason()).contains("pid " + python.pid(), "End that process");
		}
	}

	@Test
	void holderThatDied(CapturedOutput output) throws Exception {
		declare("report", "report", "link");
		try (HolderProcess holder = HolderProcess.java(this.directory, "report", "link")) {
			LockFileDescriptor.Owner living = only("report", null).owner();
			assertThat(living).isNotNull();
			assertThat(living.pid()).isEqualTo(holder.pid());
			assertThat(living.liveness()).isEqualTo("alive");
			assertThat(living.since()).isNotNull();
			assertThat(lock("report", null).holds().longest()).isNotNull();
			LockFileBreakDescriptor refused = this.endpoint.breakLock("report", null, null);
			assertThat(refused).isNotNull();
			assertThat(refused.outcome()).isEqualTo("refused");
			assertThat(this.broken).isEmpty();
			holder.kill();
			LockFileDescriptor.LockPath path = only("report", null);
			assertThat(path.state()).isEqualTo("held-elsewhere");
			assertThat(path.owner()).isNotNull();
			assertThat(path.owner().pid()).isEqualTo(holder.pid());
			assertThat(path.owner().liveness()).isEqualTo("dead");
			LockFileBreakDescriptor result = this.endpoint.breakLock("report", null, false);
			assertThat(result).isNotNull();
			assertThat(result.outcome()).isEqualTo("broken");
			assertThat(result.reason()).isNull();
			assertThat(result.owner()).isNotNull();
			assertThat(result.owner().pid()).isEqualTo(holder.pid());
		}
		// Told on a thread of the library
		Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> !this.broken.isEmpty());
		assertThat(this.broken).singleElement().satisfies((attempt) -> assertThat(attempt.name()).contains("report"));
		assertThat(output).contains("Lock 'report'", "was broken through the actuator endpoint.");
		assertThat(only("report", null).state()).isEqualTo("free");
	}

	@Test
	void livingHolderIsBrokenByForceOnly(CapturedOutput output) {
		declare("report", "report", "pid");
		try (LockHandle held = this.locks.get("report", "pid").named("report").acquire()) {
			LockFileBreakDescriptor refused = this.endpoint.breakLock("report", null, null);
			assertThat(refused).isNotNull();
			assertThat(refused.outcome()).isEqualTo("refused");
			assertThat(refused.reason()).contains("who lives");
			assertThat(held.isValid()).isTrue();
			LockFileBreakDescriptor forced = this.endpoint.breakLock("report", null, true);
			assertThat(forced).isNotNull();
			assertThat(forced.outcome()).isEqualTo("broken");
			assertThat(held.isValid()).isFalse();
			assertThat(only("report", null)).satisfies((path) -> {
				assertThat(path.state()).isEqualTo("lost");
				assertThat(path.holders().get(0).lost()).isTrue();
			});
		}
		assertThat(this.broken).hasSize(1);
		assertThat(output).contains("endpoint, by force");
		LockFileBreakDescriptor free = this.endpoint.breakLock("report", null, null);
		assertThat(free).isNotNull();
		assertThat(free.outcome()).isEqualTo("free");
		assertThat(free.owner()).isNull();
	}

	@Test
	void breakingNeedsOnePath() {
		declare("settle", "orders/#{#order.id}", "pid");
		declare("two", "a", "pid");
		declare("two", "b", "pid");
		assertThat(this.endpoint.breakLock("unknown", null, null)).isNull();
		try (LockHandle held = this.locks.get("orders/7", "pid").named("settle").acquire();
				LockHandle inCode = this.locks.get("c", "pid").named("in-code").acquire()) {
			assertThat(held.isValid()).isEqualTo(inCode.isValid());
			for (String name : List.of("settle", "two", "in-code")) {
				assertThatExceptionOfType(InvalidEndpointRequestException.class)
					.isThrownBy(() -> this.endpoint.breakLock(name, null, true))
					.withMessageContaining("path");
			}
			LockFileBreakDescriptor result = this.endpoint.breakLock("settle", "orders/7", true);
			assertThat(result).isNotNull();
			assertThat(result.outcome()).isEqualTo("broken");
			assertThat(inCode.isValid()).isTrue();
		}
	}

	@Test
	void failureToBreakIsNoRefusal() throws IOException {
		declare("report", "report", "link");
		Files.createDirectory(this.directory.resolve("report.lock"));
		assertThatExceptionOfType(LockFailedException.class)
			.isThrownBy(() -> this.endpoint.breakLock("report", null, true));
	}

	@Test
	void readingDisturbsNobody() throws Exception {
		List<String> strategies = new ArrayList<>(List.of("os", "link", "lease"));
		if (ClassUtils.isPresent("com.sun.jna.Native", null)) {
			strategies.add("flock");
		}
		strategies.forEach((strategy) -> declare(strategy, "job-" + strategy, strategy));
		List<String> arguments = new ArrayList<>(strategies);
		arguments.add(0, this.directory.toString());
		Process child = new ProcessBuilder(HolderProcess.command(SingleTries.class, arguments.toArray(String[]::new)))
			.redirectError(ProcessBuilder.Redirect.INHERIT)
			.start();
		Set<String> seen = new HashSet<>();
		while (child.isAlive()) {
			this.endpoint.locks()
				.locks()
				.stream()
				.filter((lock) -> lock.paths().get(0).state().equals("held-elsewhere"))
				.forEach((lock) -> seen.add(lock.name()));
		}
		assertThat(child.inputReader().readLine()).isEqualTo("0");
		assertThat(seen).as("strategies whose holder was seen").containsExactlyInAnyOrderElementsOf(strategies);
	}

}
