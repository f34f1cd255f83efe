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

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import io.lockfile.testing.ChildJvm;
import io.lockfile.testing.Holder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link LockFiles#stopWaiting()} and {@link LockFiles#resumeWaiting()}.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class StopWaitingTests {

	private static final Duration LONG = Duration.ofSeconds(60);

	@TempDir
	private Path directory;

	private final RecordingListener events = new RecordingListener();

	private LockFiles locks;

	private LockFiles others;

	@BeforeEach
	void open() {
		this.locks = engine();
		this.others = engine();
	}

	@AfterEach
	void leaveNothingBehind() {
		this.locks.close();
		this.others.close();
		Awaitility.await("leased path locks").atMost(LONG).until(() -> PathLocks.size() == 0);
	}

	@Test
	void whoeverWaitsIsSentAway() throws Exception {
		try (LockHandle held = this.others.get("a").acquire()) {
			CompletableFuture<LockHandle> thread = inThread(this.locks, LockFiles.FOREVER);
			CompletionStage<LockHandle> stage = this.locks.get("a").acquireAsync(LockMode.EXCLUSIVE, LONG);
			awaitWaiting(2);
			this.locks.stopWaiting();
			for (CompletionStage<LockHandle> waiter : List.of(thread, stage)) {
				assertThat(failureOf(waiter)).isInstanceOf(LockFailedException.class)
					.hasMessageContainingAll(this.locks.get("a").path().toString(), "the application is stopping");
			}
			assertThat(held.isValid()).isTrue();
			assertThat(this.locks.snapshot()).singleElement()
				.satisfies((snapshot) -> assertThat(snapshot.waiting()).isEmpty());
		}
		assertThat(this.events.count("error")).isEqualTo(2);
	}

	@Test
	void whoeverComesLaterHasOneTry() throws Exception {
		LockFiles configured = LockFiles.builder()
			.directory(this.directory)
			.listener(this.events)
			.remedy((attempt) -> "Set this and that.")
			.build();
		try (configured; LockHandle held = this.others.get("a").acquire()) {
			configured.stopWaiting();
			for (Duration timeout : List.of(LockFiles.FOREVER, LONG, Duration.ZERO)) {
				assertThatExceptionOfType(AlreadyLockedException.class)
					.isThrownBy(() -> configured.get("a").acquire(timeout))
					.withMessageContainingAll("One try was made", "the application is stopping",
							Thread.currentThread().getName())
					.satisfies((ex) -> assertThat(ex.getMessage()).doesNotContain("Set this and that"));
				assertThat(failureOf(configured.get("a").acquireAsync(LockMode.EXCLUSIVE, timeout)))
					.isInstanceOf(AlreadyLockedException.class)
					.hasMessageContaining("the application is stopping");
			}
			assertThat(configured.get("a").tryAcquire()).isEmpty();
			assertThatExceptionOfType(AlreadyLockedException.class)
				.isThrownBy(() -> configured.get("a").asLock().lock());
			assertThat(configured.get("a").asLock().tryLock(1, TimeUnit.MINUTES)).isFalse();
			assertThat(held.isValid()).isTrue();
		}
		assertThat(this.events.count("waiting")).isZero();
		assertThat(this.events.count("unavailable")).isEqualTo(9);
	}

	@Test
	void freeLocksAreObtainedAndHoldsAreNested() throws Exception {
		try (LockHandle held = this.locks.get("a").acquire()) {
			this.locks.stopWaiting();
			this.locks.stopWaiting();
			this.locks.get("a").acquire(LONG).close();
			this.locks.get("b").acquire(LONG).close();
			this.locks.get("b").acquireAsync(LockMode.SHARED, LONG).toCompletableFuture().get().close();
			assertThat(held.isValid()).isTrue();
		}
	}

	@Test
	void resumingIsForLaterCalls() throws Exception {
		LockHandle held = this.others.get("a").acquire();
		CompletableFuture<LockHandle> early = inThread(this.locks, LockFiles.FOREVER);
		awaitWaiting(1);
		this.locks.stopWaiting();
		this.locks.resumeWaiting();
		this.locks.resumeWaiting();
		assertThat(failureOf(early)).isInstanceOf(LockFailedException.class);
		CompletableFuture<LockHandle> late = inThread(this.locks, LockFiles.FOREVER);
		awaitWaiting(2);
		held.close();
		late.get(60, TimeUnit.SECONDS).close();
	}

	@Test
	void otherInstancesGoOnWaiting() throws Exception {
		LockHandle held = this.others.get("a").acquire();
		CompletableFuture<LockHandle> sentAway = inThread(this.locks, LONG);
		awaitWaiting(1);
		CompletableFuture<LockHandle> stays = inThread(this.others, LONG);
		awaitWaiting(2);
		this.locks.stopWaiting();
		assertThat(failureOf(sentAway)).isInstanceOf(LockFailedException.class);
		assertThat(stays).isNotDone();
		held.close();
		stays.get(60, TimeUnit.SECONDS).close();
	}

	@Test
	void lockThatWasWaitedForIsObtainedByOneTryWhenItIsFree() throws Exception {
		for (int i = 0; i < 200; i++) {
			LockFiles stopped = engine();
			LockHandle held = this.others.get("a").acquire();
			List<CompletionStage<LockHandle>> waiters = new ArrayList<>();
			for (int j = 0; j < 5; j++) {
				waiters.add(stopped.get("a").acquireAsync(LockMode.EXCLUSIVE, LONG));
			}
			stopped.stopWaiting();
			held.close();
			stopped.get("a").acquire(LONG).close();
			for (CompletionStage<LockHandle> waiter : waiters) {
				assertThat(failureOf(waiter)).isInstanceOf(LockFailedException.class);
			}
			stopped.close();
		}
	}

	@Test
	void waitForAnotherProcessIsCalledOff() throws Exception {
		for (String strategy : List.of("os", "link")) {
			try (LockFiles waiting = LockFiles.builder()
				.directory(this.directory)
				.strategy(strategy)
				.listener(this.events)
				.build();
					ChildJvm child = ChildJvm.start(Holder.class, this.directory, strategy, strategy + "-held")
						.expect("held")) {
				long before = this.events.count("waiting");
				LockFile lock = waiting.get(strategy + "-held");
				CompletionStage<LockHandle> waiter = lock.acquireAsync(LockMode.EXCLUSIVE, LockFiles.FOREVER);
				awaitWaiting(before + 1);
				waiting.stopWaiting();
				assertThat(failureOf(waiter)).isInstanceOf(LockFailedException.class);
				assertThatExceptionOfType(AlreadyLockedException.class).isThrownBy(() -> lock.acquire(LONG))
					.withMessageContaining("pid " + child.pid());
				child.proceed().expect("released").finish();
				lock.acquire(LONG).close();
			}
		}
	}

	@Test
	void nobodySlipsIn() throws Exception {
		int threads = 8;
		for (int i = 0; i < 100; i++) {
			LockFiles stopped = engine();
			CountDownLatch started = new CountDownLatch(threads);
			List<CompletableFuture<LockHandle>> waiters = new ArrayList<>();
			try (LockHandle held = this.others.get("a").acquire()) {
				for (int j = 0; j < threads; j++) {
					boolean blocking = j % 2 == 0;
					waiters.add(CompletableFuture.supplyAsync(() -> {
						started.countDown();
						return blocking ? stopped.get("a").acquire(LockFiles.FOREVER)
								: stopped.get("a")
									.acquireAsync(LockMode.EXCLUSIVE, LockFiles.FOREVER)
									.toCompletableFuture()
									.join();
					}, (task) -> new Thread(task).start()));
				}
				started.await();
				stopped.stopWaiting();
				for (CompletableFuture<LockHandle> waiter : waiters) {
					assertThat(rootOf(failureOf(waiter))).isInstanceOfAny(LockFailedException.class,
							AlreadyLockedException.class);
				}
				assertThat(held.isValid()).isTrue();
			}
			stopped.close();
		}
	}

	private static Throwable rootOf(Throwable failure) {
		return (failure.getCause() instanceof LockFileException cause) ? cause : failure;
	}

	private static CompletableFuture<LockHandle> inThread(LockFiles engine, Duration timeout) {
		return CompletableFuture.supplyAsync(() -> engine.get("a").acquire(timeout),
				(task) -> new Thread(task).start());
	}

	private static Throwable failureOf(CompletionStage<LockHandle> stage) throws Exception {
		try {
			stage.toCompletableFuture().get(60, TimeUnit.SECONDS).close();
			throw new AssertionError("It was obtained");
		}
		catch (ExecutionException ex) {
			return ex.getCause();
		}
	}

	private void awaitWaiting(long count) {
		Awaitility.await().atMost(LONG).until(() -> this.events.count("waiting") >= count);
	}

	private LockFiles engine() {
		return LockFiles.builder().directory(this.directory).listener(this.events).build();
	}

}
