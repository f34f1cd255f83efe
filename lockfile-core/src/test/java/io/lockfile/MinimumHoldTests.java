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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import io.lockfile.testing.ChildJvm;
import io.lockfile.testing.Interval;
import io.lockfile.testing.Remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests of holds that last longer than their bodies. What is refused is compared with the
 * time at which it was asked for, since a test can be stopped for long.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class MinimumHoldTests {

	private static final Duration LONG = Duration.ofSeconds(60);

	private static final Duration MINIMUM = Duration.ofMillis(500);

	@TempDir
	private Path directory;

	private final RecordingListener events = new RecordingListener();

	private final List<Duration> bodies = Collections.synchronizedList(new ArrayList<>());

	private LockFiles locks;

	@BeforeEach
	void open() {
		this.locks = engine("os");
	}

	@AfterEach
	void leaveNothingBehind() {
		this.locks.close();
		Awaitility.await("leased path locks").atMost(LONG).until(() -> PathLocks.size() == 0);
	}

	@Test
	void otherProcessesAreExcludedUntilItIsOver() {
		try (ChildJvm child = ChildJvm.start(Remote.class, this.directory, "os", "a", false)) {
			child.send("try").expect("held").send("release").expect("released");
			long start = System.nanoTime();
			this.locks.get("a").acquire(LONG).closeAfter(MINIMUM);
			child.send("acquire");
			String answer = child.readLine();
			if (answer.equals("waiting")) {
				answer = child.readLine();
			}
			assertThat(answer).isEqualTo("held");
			assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(MINIMUM.toNanos());
			child.send("release").expect("released");
		}
	}

	@Test
	void twoBodiesOnOneThreadNeverOverlap() throws Exception {
		LockFile lock = this.locks.get("a");
		List<Interval> intervals = Collections.synchronizedList(new ArrayList<>());
		ExecutorService single = Executors.newSingleThreadExecutor();
		try {
			List<Future<?>> runs = new ArrayList<>();
			for (int i = 0; i < 5; i++) {
				runs.add(single.submit(() -> {
					LockHandle held = lock.acquire(LONG);
					held.closeAfter(Duration.ofMillis(100));
					// From when it was acquired, and not from when this thread goes on
					long acquired = held.acquiredAt().toEpochMilli();
					intervals.add(new Interval(acquired, acquired + 99));
				}));
			}
			for (Future<?> run : runs) {
				run.get();
			}
		}
		finally {
			single.shutdown();
		}
		assertThat(intervals).hasSize(5);
		assertThat(Interval.overlapping(intervals)).isEmpty();
		assertThat(this.events.count("acquired")).isEqualTo(5);
	}

	@Test
	void outerHandleGoesOnNestingWhenAnInnerOneIsKept() throws Exception {
		LockFile lock = this.locks.get("a");
		long start = System.nanoTime();
		LockHandle outer = lock.acquire();
		lock.acquire().closeAfter(MINIMUM);
		assertThat(lock.isHeldByCurrentThread()).isTrue();
		try (LockHandle nested = lock.acquire(Duration.ZERO)) {
			assertThat(nested.isValid()).isTrue();
		}
		lock.release();
		assertThat(outer.isValid()).isFalse();
		assertThat(lock.isHeldByCurrentThread()).isFalse();
		assertRefusedOrOver(lock, start);
		lock.acquire(LONG).close();
		assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(MINIMUM.toNanos());
		awaitAllReleased();
	}

	@Test
	void innerHoldThatIsOverLeavesTheOuterOneAlone() throws Exception {
		LockFile lock = this.locks.get("a");
		try (LockHandle outer = lock.acquire()) {
			LockHandle inner = lock.acquire();
			inner.closeAfter(Duration.ofMillis(1));
			Awaitility.await().atMost(LONG).until(() -> !inner.isValid());
			assertThat(outer.isValid()).isTrue();
			assertThat(lock.isHeldByCurrentThread()).isTrue();
			assertThat(callElsewhere(lock)).isEmpty();
		}
		assertThat(this.events.names()).containsExactly("acquired", "unavailable", "released");
	}

	@Test
	void timeThatIsOverMeansClosing() {
		LockFile lock = this.locks.get("a");
		for (Duration over : List.of(Duration.ZERO, Duration.ofNanos(1), Duration.ofDays(-1),
				Duration.ofSeconds(Long.MIN_VALUE))) {
			LockHandle held = lock.acquire(Duration.ZERO);
			held.closeAfter(over);
			assertThat(held.isValid()).isFalse();
		}
		assertThat(this.events.count("released")).isEqualTo(4);
	}

	@Test
	void closingAgainDoesNotShortenTheTime() {
		LockFile lock = this.locks.get("a");
		long start = System.nanoTime();
		LockHandle held = lock.acquire();
		held.closeAfter(MINIMUM);
		held.close();
		held.closeAfter(Duration.ZERO);
		held.closeAfter(Duration.ofMillis(1));
		assertRefusedOrOver(lock, start);
		lock.acquire(LONG).close();
		assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(MINIMUM.toNanos());
		awaitAllReleased();
	}

	@Test
	void closingAHandleFirstIsFinal() {
		LockHandle held = this.locks.get("a").acquire();
		held.close();
		held.closeAfter(LONG);
		this.locks.get("a").acquire(Duration.ZERO).close();
	}

	@Test
	void closedEngineDoesNotEndIt() {
		long start = System.nanoTime();
		this.locks.get("a").acquire().closeAfter(MINIMUM);
		this.locks.close();
		try (LockFiles others = engine("os"); LockHandle next = others.get("a").acquire(LONG)) {
			assertThat(next.isValid()).isTrue();
			assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(MINIMUM.toNanos());
		}
	}

	@Test
	void asynchronousHoldIsKept() throws Exception {
		LockFile lock = this.locks.get("a");
		long start = System.nanoTime();
		lock.acquireAsync(LockMode.EXCLUSIVE, LONG).thenAccept((held) -> held.closeAfter(MINIMUM));
		LockHandle next = lock.acquireAsync(LockMode.EXCLUSIVE, LONG).toCompletableFuture().get(60, TimeUnit.SECONDS);
		assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(MINIMUM.toNanos());
		next.close();
	}

	@Test
	void sharersJoinASharedHoldThatIsKept() throws Exception {
		LockFile lock = this.locks.get("a");
		long start = System.nanoTime();
		lock.acquire(LockMode.SHARED, Duration.ZERO).closeAfter(MINIMUM);
		lock.acquire(LockMode.SHARED, Duration.ZERO).close();
		assertRefusedOrOver(lock, start);
		lock.acquire(LONG).close();
		assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(MINIMUM.toNanos());
		assertThat(this.events.count("acquired")).as("nobody upgrades or nests").isGreaterThanOrEqualTo(3);
	}

	@Test
	void listenersAreToldOfTheBodysTimeWhenItIsOver() {
		long start = System.nanoTime();
		this.locks.get("a").acquire().closeAfter(MINIMUM);
		long closed = System.nanoTime() - start;
		Awaitility.await().atMost(LONG).until(() -> this.bodies.size() == 1);
		assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(MINIMUM.toNanos());
		assertThat(this.bodies.get(0).toNanos()).isLessThanOrEqualTo(closed);
	}

	@Test
	void listenersAreToldOnceWhenOnlyTheMinimumTimeIsLeft() {
		LockFile lock = this.locks.get("a");
		LockHandle outer = lock.acquire();
		LockHandle inner = lock.acquire();
		inner.closeAfter(Duration.ofMillis(50));
		assertThat(this.events.kept()).isEmpty();
		outer.closeAfter(Duration.ofMillis(100));
		assertThat(this.events.kept()).hasSize(1);
		awaitAllReleased();
		lock.acquire().closeAfter(Duration.ofNanos(1));
		assertThat(this.events.kept()).as("nothing is left of it").hasSize(1);
	}

	@Test
	void outerHandleIsToldAsKeptByAnInnerOne() {
		LockFile lock = this.locks.get("a");
		LockHandle outer = lock.acquire();
		lock.acquire().closeAfter(MINIMUM);
		outer.close();
		awaitAllReleased();
		assertThat(this.events.kept()).hasSize(1);
	}

	@Test
	void failureToGiveItBackFreesThePath() {
		FailingRelease strategy = new FailingRelease();
		try (LockFiles failing = LockFiles.builder()
			.directory(this.directory)
			.strategy(strategy)
			.listener(this.events)
			.build()) {
			LockHandle held = failing.get("a").acquire();
			held.closeAfter(Duration.ofMillis(50));
			Awaitility.await().atMost(LONG).until(() -> this.events.count("released") == 1);
			assertThat(strategy.failed).isTrue();
			failing.get("a").acquire(Duration.ZERO);
			assertThatExceptionOfType(UnlockException.class).isThrownBy(() -> failing.get("a").release());
		}
	}

	@Test
	void lossIsTold() throws Exception {
		LockHandle held = this.locks.get("a").acquire();
		held.closeAfter(Duration.ofSeconds(4));
		Files.delete(this.directory.resolve("a"));
		Awaitility.await().atMost(LONG).until(() -> this.events.count("lost") == 1);
		assertThat(held.isValid()).isFalse();
		Awaitility.await().atMost(LONG).until(() -> this.events.count("released") == 1);
		assertThat(this.events.names()).containsExactly("acquired", "lost", "released");
	}

	private void awaitAllReleased() {
		Awaitility.await().atMost(LONG).until(() -> this.events.count("acquired") == this.events.count("released"));
	}

	private void assertRefusedOrOver(LockFile lock, long start) {
		Optional<LockHandle> obtained = lock.tryAcquire();
		obtained.ifPresent(LockHandle::close);
		assertThat(obtained.isEmpty() || System.nanoTime() - start >= MINIMUM.toNanos()).as("refused").isTrue();
	}

	private static Optional<LockHandle> callElsewhere(LockFile lock) {
		return CompletableFuture.supplyAsync(() -> lock.tryAcquire()).join();
	}

	private LockFiles engine(String strategy) {
		return LockFiles.builder()
			.directory(this.directory)
			.strategy(strategy)
			.listener(this.events)
			.listener(new LockListener() {

				@Override
				public void released(LockAttempt attempt, Duration held) {
					MinimumHoldTests.this.bodies.add(held);
				}

			})
			.build();
	}

	/**
	 * A strategy that can't give back.
	 */
	private static final class FailingRelease implements LockStrategy {

		private volatile boolean failed;

		@Override
		public String name() {
			return "failing";
		}

		@Override
		public @Nullable LockClaim tryClaim(ClaimRequest request) {
			return new LockClaim() {

				@Override
				public boolean isValid() {
					return true;
				}

				@Override
				public void release() throws IOException {
					FailingRelease.this.failed = true;
					throw new IOException("on purpose");
				}

			};
		}

	}

}
