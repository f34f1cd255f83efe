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

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What every strategy guarantees within a JVM.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
public abstract class AbstractLockStrategyTests {

	protected static final Duration LONG = Duration.ofSeconds(60);

	protected static final Duration SHORT = Duration.ofMillis(50);

	private static final Duration MINIMUM = Duration.ofMillis(200);

	@TempDir
	protected Path directory;

	protected final RecordingListener events = new RecordingListener();

	private final List<Thread> threads = new CopyOnWriteArrayList<>();

	protected LockFiles locks;

	private final String strategy;

	private final boolean shared;

	protected AbstractLockStrategyTests(String strategy, boolean shared) {
		this.strategy = strategy;
		this.shared = shared;
	}

	@BeforeEach
	void open() {
		this.locks = engine();
	}

	@AfterEach
	void leaveNothingBehind() throws InterruptedException {
		this.locks.close();
		for (Thread thread : this.threads) {
			thread.join(LONG.toMillis());
		}
		assertThat(this.threads).as("threads that still wait").noneMatch(Thread::isAlive);
		Awaitility.await("leased path locks").atMost(LONG).until(() -> PathLocks.size() == 0);
	}

	protected final LockFiles engine() {
		return LockFiles.builder().directory(this.directory).strategy(this.strategy).listener(this.events).build();
	}

	protected final <T> Future<T> elsewhere(Callable<T> task) {
		// A thread of its own for every task: who gets a used one may hold the lock by it
		FutureTask<T> future = new FutureTask<>(task);
		Thread thread = new Thread(future);
		this.threads.add(thread);
		thread.start();
		return future;
	}

	protected final <T> T callElsewhere(Callable<T> task) throws InterruptedException, ExecutionException {
		return elsewhere(task).get();
	}

	protected final Optional<LockHandle> tryElsewhere(LockFile lock) throws InterruptedException, ExecutionException {
		return callElsewhere(() -> lock.tryAcquire());
	}

	protected final void awaitWaiting(int threads) {
		Awaitility.await().atMost(LONG).until(() -> this.events.count("waiting") >= threads);
	}

	@Test
	void excludesOtherThreads() throws Exception {
		LockFile lock = this.locks.get("a");
		try (LockHandle held = lock.acquire()) {
			assertThat(held.isValid()).isTrue();
			assertThat(held.mode()).isEqualTo(LockMode.EXCLUSIVE);
			assertThat(tryElsewhere(lock)).isEmpty();
		}
		assertThat(callElsewhere(() -> {
			try (LockHandle held = lock.acquire()) {
				return held.isValid();
			}
		})).isTrue();
	}

	@Test
	void oneTryFailsAtOnceAndSaysWhoHoldsIt() throws Exception {
		LockFile lock = this.locks.get("a").named("declared");
		try (LockHandle held = lock.acquire()) {
			for (Duration timeout : List.of(Duration.ZERO, Duration.ofDays(-1))) {
				Throwable thrown = callElsewhere(() -> catchThrowable(() -> lock.acquire(timeout)));
				assertThat(thrown).isInstanceOf(AlreadyLockedException.class)
					.hasMessageContainingAll("declared", lock.path().toString(), this.strategy,
							"pid " + ProcessHandle.current().pid(), Thread.currentThread().getName(), "timeout");
				assertThat(((AlreadyLockedException) thrown).getOwner()).get()
					.extracting(LockOwner::liveness)
					.isEqualTo(LockOwner.Liveness.ALIVE);
			}
		}
	}

	@Test
	void timeoutSaysHowLongItWaitedForWhom() throws Exception {
		LockFile lock = this.locks.get("a");
		try (LockHandle held = lock.acquire()) {
			Throwable thrown = callElsewhere(() -> catchThrowable(() -> lock.acquire(SHORT)));
			assertThat(thrown).isInstanceOf(LockTimeoutException.class)
				.hasMessageContainingAll(lock.path().toString(), this.strategy, "of 0.05s",
						Thread.currentThread().getName(), "longer timeout");
			assertThat(((LockTimeoutException) thrown).getWaited()).isGreaterThanOrEqualTo(SHORT);
		}
	}

	@Test
	void defaultTimeoutIsUsed() throws Exception {
		LockFiles impatient = LockFiles.builder()
			.directory(this.directory)
			.strategy(this.strategy)
			.timeout(Duration.ZERO)
			.build();
		try (impatient; LockHandle held = this.locks.get("a").acquire()) {
			assertThatExceptionOfType(AlreadyLockedException.class).isThrownBy(() -> impatient.get("a").acquire());
		}
	}

	@Test
	void foreverWaitsUntilItIsReleased() throws Exception {
		LockFile lock = this.locks.get("a");
		Future<Duration> waiting;
		try (LockHandle held = lock.acquire()) {
			waiting = elsewhere(() -> {
				try (LockHandle second = lock.acquire(LockFiles.FOREVER)) {
					return second.waited();
				}
			});
			awaitWaiting(1);
		}
		assertThat(waiting.get()).isPositive();
	}

	@Test
	void holdingThreadMayAcquireAgain() throws Exception {
		LockFile lock = this.locks.get("a");
		LockHandle outer = lock.acquire();
		LockHandle inner = lock.acquire(Duration.ZERO);
		assertThat(lock.isHeldByCurrentThread()).isTrue();
		outer.close();
		assertThat(inner.isValid()).isTrue();
		assertThat(tryElsewhere(lock)).isEmpty();
		inner.close();
		assertThat(lock.isHeldByCurrentThread()).isFalse();
		assertThat(this.events.names()).containsExactly("acquired", "unavailable", "released");
	}

	@Test
	void closingTwiceReleasesOnce() throws Exception {
		LockFile lock = this.locks.get("a");
		LockHandle first = lock.acquire();
		LockHandle nested = lock.acquire();
		nested.close();
		nested.close();
		assertThat(first.isValid()).isTrue();
		assertThat(nested.isValid()).isFalse();
		assertThatExceptionOfType(LockLostException.class).isThrownBy(nested::ensureValid)
			.withMessageContaining("closed");
		assertThat(tryElsewhere(lock)).isEmpty();
		first.close();
	}

	@Test
	void handleMayBeClosedByAnotherThread() throws Exception {
		LockFile lock = this.locks.get("a");
		LockHandle held = lock.acquire();
		callElsewhere(() -> {
			held.close();
			return null;
		});
		assertThat(lock.isHeldByCurrentThread()).isFalse();
		assertThat(callElsewhere(() -> lock.tryAcquire().map((handle) -> {
			handle.close();
			return handle;
		}))).isPresent();
	}

	@Test
	void releaseClosesTheInnermostHandle() {
		LockFile lock = this.locks.get("a");
		LockHandle outer = lock.acquire();
		LockHandle inner = lock.acquire();
		lock.release();
		assertThat(inner.isValid()).isFalse();
		assertThat(outer.isValid()).isTrue();
		lock.release();
		assertThat(outer.isValid()).isFalse();
		assertThatExceptionOfType(NotLockedException.class).isThrownBy(lock::release)
			.withMessageContainingAll(lock.path().toString(), this.strategy);
	}

	@Test
	void releaseOfSomebodyElsesHoldIsRefused() throws Exception {
		LockFile lock = this.locks.get("a");
		try (LockHandle held = lock.acquire()) {
			assertThat(callElsewhere(() -> catchThrowable(lock::release))).isInstanceOf(NotMyLockException.class)
				.hasMessageContainingAll(lock.path().toString(), Thread.currentThread().getName());
			assertThat(held.isValid()).isTrue();
		}
	}

	@Test
	void minimumHoldBelongsToNobodyAndExcludesAllUntilItIsOver() throws Exception {
		LockFile lock = this.locks.get("a");
		long start = System.nanoTime();
		LockHandle held = lock.acquire();
		held.closeAfter(MINIMUM);
		held.close();
		boolean seen = lock.owner().isPresent() && !this.locks.snapshot().isEmpty() && held.isValid();
		assertThat(seen || isOver(start)).as("the holder is shown").isTrue();
		assertThat(lock.isHeldByCurrentThread()).isFalse();
		assertThat(catchThrowable(lock::release)).isInstanceOf(UnlockException.class);
		assertThat(catchThrowable(lock.asLock()::unlock)).isInstanceOf(IllegalMonitorStateException.class);
		boolean refused = isRefused(lock);
		assertThat(refused || isOver(start)).as("one try of the same thread").isTrue();
		refused = callElsewhere(() -> isRefused(lock));
		assertThat(refused || isOver(start)).as("one try of another thread").isTrue();
		try (LockHandle next = lock.acquire(LONG)) {
			assertThat(isOver(start)).isTrue();
			assertThat(next.isValid()).isTrue();
			assertThat(held.isValid()).isFalse();
		}
	}

	private static boolean isRefused(LockFile lock) {
		Optional<LockHandle> obtained = lock.tryAcquire();
		obtained.ifPresent(LockHandle::close);
		return obtained.isEmpty();
	}

	private static boolean isOver(long start) {
		return System.nanoTime() - start >= MINIMUM.toNanos();
	}

	@Test
	void ownerIsSeenWithoutLocking() throws Exception {
		LockFile lock = this.locks.get("a");
		assertThat(lock.owner()).isEmpty();
		try (LockHandle held = lock.acquire()) {
			LockOwner owner = callElsewhere(lock::owner).orElseThrow();
			assertThat(owner.pid()).isEqualTo(ProcessHandle.current().pid());
			assertThat(owner.thread()).isEqualTo(Thread.currentThread().getName());
			assertThat(owner.since()).isEqualTo(held.acquiredAt());
			assertThat(owner.liveness()).isEqualTo(LockOwner.Liveness.ALIVE);
		}
		assertThat(lock.owner()).isEmpty();
	}

	@Test
	void interruptedWaiterLeavesAndHarmsNobody() throws Exception {
		LockFile lock = this.locks.get("a");
		try (LockHandle held = lock.acquire()) {
			CountDownLatch done = new CountDownLatch(1);
			Thread[] waiter = new Thread[1];
			Future<Boolean> interrupted = elsewhere(() -> {
				waiter[0] = Thread.currentThread();
				try {
					Throwable thrown = catchThrowable(() -> lock.acquire(LONG));
					assertThat(thrown).isInstanceOf(LockInterruptedException.class)
						.hasMessageContaining(lock.path().toString());
					return Thread.interrupted();
				}
				finally {
					done.countDown();
				}
			});
			awaitWaiting(1);
			Future<Boolean> next = elsewhere(() -> {
				try (LockHandle handle = lock.acquire(LONG)) {
					return handle.isValid();
				}
			});
			awaitWaiting(2);
			waiter[0].interrupt();
			assertThat(interrupted.get()).as("interrupt flag").isTrue();
			assertThat(held.isValid()).isTrue();
			assertThat(tryElsewhere(lock)).isEmpty();
			held.close();
			assertThat(next.get()).isTrue();
		}
		assertThat(this.events.names()).contains("interrupted");
	}

	@Test
	void interruptedThreadMayTryOnceButDoesNotWait() {
		LockFile lock = this.locks.get("a");
		Thread.currentThread().interrupt();
		try (LockHandle held = lock.tryAcquire().orElseThrow()) {
			assertThat(held.isValid()).isTrue();
		}
		assertThatExceptionOfType(LockInterruptedException.class).isThrownBy(() -> lock.acquire(LONG));
		assertThat(Thread.interrupted()).isTrue();
	}

	@Test
	void threadsAreServedInTheOrderOfTheirArrival() throws Exception {
		LockFile lock = this.locks.get("a");
		List<Integer> order = Collections.synchronizedList(new ArrayList<>());
		List<Future<?>> waiters = new ArrayList<>();
		try (LockHandle held = lock.acquire()) {
			for (int i = 0; i < 20; i++) {
				int number = i;
				waiters.add(elsewhere(() -> {
					try (LockHandle handle = lock.acquire(LONG)) {
						order.add(number);
					}
					return null;
				}));
				awaitWaiting(i + 1);
			}
		}
		for (Future<?> waiter : waiters) {
			waiter.get();
		}
		assertThat(order).hasSize(20).isSorted();
	}

	@Test
	void noUpdateIsLostBetweenManyThreads() throws Exception {
		int threads = 8;
		int rounds = 250;
		int[] counter = new int[1];
		List<Future<?>> workers = new ArrayList<>();
		for (int i = 0; i < threads; i++) {
			LockFile lock = this.locks.get("a");
			workers.add(elsewhere(() -> {
				for (int j = 0; j < rounds; j++) {
					try (LockHandle handle = lock.acquire(LONG)) {
						int seen = counter[0];
						Thread.yield();
						counter[0] = seen + 1;
					}
				}
				return null;
			}));
		}
		for (Future<?> worker : workers) {
			worker.get();
		}
		assertThat(counter[0]).isEqualTo(threads * rounds);
	}

	@Test
	void twoEnginesExcludeEachOtherEvenOnOneThread() throws Exception {
		try (LockFiles others = engine()) {
			LockHandle held = this.locks.get("a").acquire();
			assertThat(others.get("a").tryAcquire()).isEmpty();
			assertThat(others.get("a").isHeldByCurrentThread()).isFalse();
			assertThatExceptionOfType(NotMyLockException.class).isThrownBy(() -> others.get("a").release());
			assertThatExceptionOfType(LockTimeoutException.class).isThrownBy(() -> others.get("a").acquire(SHORT));
			held.close();
			try (LockHandle second = others.get("a").acquire()) {
				assertThat(second.isValid()).isTrue();
				assertThat(this.locks.get("a").tryAcquire()).isEmpty();
			}
		}
	}

	@Test
	void allSpellingsOfAPathAreOneLock() throws Exception {
		Path real = Files.createDirectory(this.directory.resolve("real"));
		Path link = Files.createSymbolicLink(this.directory.resolve("link"), real);
		try (LockHandle held = this.locks.get("real/a").acquire()) {
			for (String spelling : List.of(real.resolve("a").toString(), link.resolve("a").toString(), "link/a",
					"./real/a", this.directory + "/real/../real/a",
					Path.of("").toAbsolutePath().relativize(real).resolve("a").toAbsolutePath().toString())) {
				assertThat(callElsewhere(() -> this.locks.get(spelling).tryAcquire())).as(spelling).isEmpty();
			}
			assertThat(this.locks.get("link/a").isHeldByCurrentThread()).isTrue();
		}
	}

	@Test
	void sharedHoldersExcludeOnlyExclusiveOnes() throws Exception {
		LockFile lock = this.locks.get("a");
		if (!this.shared) {
			assertThatExceptionOfType(LockFailedException.class)
				.isThrownBy(() -> lock.acquire(LockMode.SHARED, Duration.ZERO))
				.withMessageContaining(this.strategy);
			return;
		}
		LockHandle first = lock.acquire(LockMode.SHARED, Duration.ZERO);
		LockHandle second = callElsewhere(() -> lock.acquire(LockMode.SHARED, Duration.ZERO));
		assertThat(tryElsewhere(lock)).isEmpty();
		first.close();
		assertThat(second.isValid()).isTrue();
		assertThat(tryElsewhere(lock)).isEmpty();
		second.close();
		try (LockHandle writer = lock.acquire(Duration.ZERO)) {
			assertThat(callElsewhere(() -> lock.tryAcquire(LockMode.SHARED))).isEmpty();
		}
	}

	@Test
	void waitingWriterIsNotOvertakenByReaders() throws Exception {
		if (!this.shared) {
			return;
		}
		LockFile lock = this.locks.get("a");
		List<String> order = Collections.synchronizedList(new ArrayList<>());
		LockHandle reading = lock.acquire(LockMode.SHARED, Duration.ZERO);
		Future<?> writer = elsewhere(() -> {
			try (LockHandle handle = lock.acquire(LONG)) {
				order.add("writer");
			}
			return null;
		});
		awaitWaiting(1);
		CountDownLatch together = new CountDownLatch(2);
		List<Future<?>> readers = new ArrayList<>();
		for (int i = 0; i < 2; i++) {
			readers.add(elsewhere(() -> {
				try (LockHandle handle = lock.acquire(LockMode.SHARED, LONG)) {
					order.add("reader");
					together.countDown();
					assertThat(together.await(60, TimeUnit.SECONDS)).isTrue();
				}
				return null;
			}));
		}
		awaitWaiting(3);
		assertThat(callElsewhere(() -> lock.tryAcquire(LockMode.SHARED))).isEmpty();
		reading.close();
		writer.get();
		for (Future<?> reader : readers) {
			reader.get();
		}
		assertThat(order).containsExactly("writer", "reader", "reader");
	}

	@Test
	void readersJoinWhenTheWriterBetweenThemGivesUp() throws Exception {
		if (!this.shared) {
			return;
		}
		LockFile lock = this.locks.get("a");
		try (LockHandle reading = lock.acquire(LockMode.SHARED, Duration.ZERO)) {
			Future<Throwable> writer = elsewhere(() -> catchThrowable(() -> lock.acquire(Duration.ofSeconds(1))));
			awaitWaiting(1);
			assertThat(callElsewhere(() -> {
				try (LockHandle handle = lock.acquire(LockMode.SHARED, LONG)) {
					return handle.isValid();
				}
			})).isTrue();
			assertThat(writer.get()).isInstanceOf(LockTimeoutException.class);
		}
	}

	@Test
	void upgradeIsRefusedAndDowngradeNests() throws Exception {
		if (!this.shared) {
			return;
		}
		LockFile lock = this.locks.get("a");
		try (LockHandle reading = lock.acquire(LockMode.SHARED, Duration.ZERO)) {
			assertThatExceptionOfType(LockFailedException.class).isThrownBy(() -> lock.acquire(LONG))
				.withMessageContainingAll(lock.path().toString(), "upgrade");
			try (LockHandle again = lock.acquire(LockMode.SHARED, Duration.ZERO)) {
				assertThat(again.isValid()).isTrue();
			}
		}
		try (LockHandle writing = lock.acquire()) {
			try (LockHandle reading = lock.acquire(LockMode.SHARED, Duration.ZERO)) {
				assertThat(reading.mode()).isEqualTo(LockMode.SHARED);
			}
			assertThat(callElsewhere(() -> lock.tryAcquire(LockMode.SHARED))).isEmpty();
		}
	}

	@Test
	void closedEngineFailsWaitersAndKeepsHolds() throws Exception {
		LockFile lock = this.locks.get("a");
		try (LockFiles others = engine(); LockHandle held = lock.acquire()) {
			Future<Throwable> waiter = elsewhere(() -> catchThrowable(() -> lock.acquire(LONG)));
			awaitWaiting(1);
			this.locks.close();
			assertThat(waiter.get()).isInstanceOf(LockFailedException.class)
				.hasMessageContainingAll(lock.path().toString(), "closed");
			assertThat(held.isValid()).isTrue();
			assertThat(others.get("a").tryAcquire()).isEmpty();
			try (LockHandle nested = lock.acquire()) {
				assertThat(nested.isValid()).as("nested in a body that goes on").isTrue();
			}
			assertThatExceptionOfType(LockFailedException.class).isThrownBy(() -> this.locks.get("b").tryAcquire())
				.withMessageContaining("closed");
			held.close();
			try (LockHandle next = others.get("a").acquire()) {
				assertThat(next.isValid()).isTrue();
			}
		}
	}

	@Test
	void everyAcquisitionIsToldOnceAndInOrder() throws Exception {
		LockFile lock = this.locks.get("a").usedBy("somebody").named("declared");
		Future<?> waiter;
		try (LockHandle held = lock.acquire()) {
			tryElsewhere(lock);
			callElsewhere(() -> catchThrowable(() -> lock.acquire(SHORT)));
			waiter = elsewhere(() -> {
				lock.acquire(LONG).close();
				return null;
			});
			awaitWaiting(2);
		}
		waiter.get();
		assertThat(this.events.names()).startsWith("acquired", "unavailable", "waiting", "timeout", "waiting")
			.hasSize(8);
		assertThat(this.events.names().subList(5, 8)).containsExactlyInAnyOrder("released", "acquired", "released");
		assertThat(this.events.attempts()).hasSize(4)
			.allSatisfy((attempt) -> assertThat(attempt.name()).contains("declared"))
			.allSatisfy((attempt) -> assertThat(attempt.user()).contains("somebody"))
			.allSatisfy((attempt) -> assertThat(attempt.strategy()).isEqualTo(this.strategy));
	}

	@Test
	void everyAttemptIsToldOnceBeforeAnythingElseOfIt() throws Exception {
		LockFile lock = this.locks.get("a");
		List<String> seen = new ArrayList<>();
		LockFiles listened = LockFiles.builder()
			.directory(this.directory)
			.strategy(this.strategy)
			.listener(this.events)
			.listener(new LockListener() {

				@Override
				public void attempting(LockAttempt attempt) {
					assertThat(AbstractLockStrategyTests.this.events.attempts()).doesNotContain(attempt);
					seen.add("attempting");
				}

				@Override
				public void acquired(LockAttempt attempt, LockHandle handle) {
					seen.add("acquired");
				}

			})
			.build();
		try (listened; LockHandle held = listened.get("a").acquire()) {
			listened.get("a").acquire().close();
			assertThat(lock.tryAcquire()).isEmpty();
			assertThat(held.lockFile().acquireAsync(LockMode.EXCLUSIVE, Duration.ZERO).toCompletableFuture())
				.isCompletedExceptionally();
		}
		listened.close();
		assertThat(seen).as("a nested acquisition is no attempt")
			.containsExactly("attempting", "acquired", "attempting");
		assertThat(this.events.names()).containsExactly("acquired", "unavailable", "unavailable", "released");
		assertThat(this.events.begun()).containsExactlyElementsOf(this.events.attempts());
		assertThat(this.events.begun()).allSatisfy((attempt) -> assertThat(attempt.failure()).isEmpty());
	}

	@Test
	void listenerThatThrowsChangesNothing() {
		LockFiles bothered = LockFiles.builder()
			.directory(this.directory)
			.strategy(this.strategy)
			.listener(new ThrowingListener())
			.listener(this.events)
			.build();
		try (bothered; LockHandle held = bothered.get("a").acquire()) {
			assertThat(held.isValid()).isTrue();
		}
		assertThat(this.events.names()).containsExactly("acquired", "released");
	}

	@Test
	void asynchronousAcquisitionOfAFreeLockCompletesAtOnce() throws Exception {
		LockFile lock = this.locks.get("a");
		CompletableFuture<LockHandle> future = lock.acquireAsync(LockMode.EXCLUSIVE, LONG).toCompletableFuture();
		assertThat(future).isCompleted();
		try (LockHandle held = future.get()) {
			assertThat(held.isValid()).isTrue();
			assertThat(lock.isHeldByCurrentThread()).isFalse();
			assertThat(lock.owner()).isPresent();
			assertThat(lock.tryAcquire()).as("nobody re-enters it").isEmpty();
			assertThatExceptionOfType(NotMyLockException.class).isThrownBy(lock::release);
		}
		lock.acquire(Duration.ZERO).close();
		assertThat(this.events.names()).containsExactly("acquired", "unavailable", "released", "acquired", "released");
	}

	@Test
	void asynchronousAcquisitionWaitsWithoutAThread() throws Exception {
		LockFile lock = this.locks.get("a");
		List<CompletableFuture<LockHandle>> futures = new ArrayList<>();
		try (LockHandle held = lock.acquire()) {
			for (int i = 0; i < 200; i++) {
				futures.add(lock.acquireAsync(LockMode.EXCLUSIVE, LONG).toCompletableFuture());
			}
			assertThat(this.events.count("waiting")).isEqualTo(200);
			assertThat(futures).noneMatch(CompletableFuture::isDone);
			assertThat(helpers()).as("threads that wait for them").hasSizeLessThan(20);
		}
		for (CompletableFuture<LockHandle> future : futures) {
			future.get(60, TimeUnit.SECONDS).close();
		}
		assertThat(this.events.count("acquired")).isEqualTo(201);
	}

	@Test
	void twoAsynchronousBodiesOnOneThreadNeverOverlap() throws Exception {
		LockFile lock = this.locks.get("a");
		ExecutorService single = Executors.newSingleThreadExecutor();
		try {
			Callable<CompletableFuture<LockHandle>> body = () -> lock.acquireAsync(LockMode.EXCLUSIVE, LONG)
				.toCompletableFuture();
			CompletableFuture<LockHandle> first = single.submit(body).get();
			CompletableFuture<LockHandle> second = single.submit(body).get();
			assertThat(first).isCompleted();
			assertThat(second).isNotDone();
			assertThat(single.submit(() -> lock.tryAcquire()).get()).isEmpty();
			first.get().close();
			second.get(60, TimeUnit.SECONDS).close();
		}
		finally {
			single.shutdown();
		}
	}

	@Test
	void asynchronousAcquisitionFailsAsTheOtherDoes() throws Exception {
		LockFile lock = this.locks.get("a");
		CompletableFuture<LockHandle> waiting;
		try (LockHandle held = lock.acquire()) {
			assertThat(failureOf(lock.acquireAsync(LockMode.EXCLUSIVE, Duration.ZERO)))
				.isInstanceOf(AlreadyLockedException.class)
				.hasMessageContaining(Thread.currentThread().getName());
			assertThat(failureOf(lock.acquireAsync(LockMode.EXCLUSIVE, SHORT))).isInstanceOf(LockTimeoutException.class)
				.hasMessageContaining("of 0.05s");
			waiting = lock.acquireAsync(LockMode.EXCLUSIVE, LockFiles.FOREVER).toCompletableFuture();
			this.locks.close();
			assertThat(failureOf(waiting)).isInstanceOf(LockFailedException.class).hasMessageContaining("closed");
			assertThat(failureOf(lock.acquireAsync(LockMode.EXCLUSIVE, LONG))).isInstanceOf(LockFailedException.class);
		}
		assertThat(this.events.names()).containsExactly("acquired", "unavailable", "waiting", "timeout", "waiting",
				"error", "error", "released");
	}

	@Test
	void cancelledAcquisitionLeavesTheQueue() throws Exception {
		LockFile lock = this.locks.get("a");
		try (LockHandle held = lock.acquire()) {
			CompletableFuture<LockHandle> cancelled = lock.acquireAsync(LockMode.EXCLUSIVE, LONG).toCompletableFuture();
			Future<Boolean> next = elsewhere(() -> {
				try (LockHandle handle = lock.acquire(LONG)) {
					return handle.isValid();
				}
			});
			awaitWaiting(2);
			assertThat(cancelled.cancel(true)).isTrue();
			held.close();
			assertThat(next.get()).isTrue();
		}
		assertThat(this.events.names()).contains("interrupted");
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

	protected static List<Thread> helpers() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> thread.getName().startsWith("lockfile-"))
			.toList();
	}

	@Test
	void viewKeepsTheContractOfLock() throws Exception {
		LockFile lockFile = this.locks.get("a");
		Lock lock = lockFile.asLock();
		lock.lock();
		lock.lockInterruptibly();
		assertThat(lock.tryLock()).isTrue();
		assertThat(lock.tryLock(Long.MAX_VALUE, TimeUnit.DAYS)).isTrue();
		assertThat(lockFile.isHeldByCurrentThread()).isTrue();
		assertThat((boolean) callElsewhere(lock::tryLock)).isFalse();
		assertThat(callElsewhere(() -> lock.tryLock(10, TimeUnit.MILLISECONDS))).isFalse();
		assertThat(callElsewhere(() -> catchThrowable(() -> {
			lock.unlock();
			return null;
		}))).isInstanceOf(IllegalMonitorStateException.class);
		for (int i = 0; i < 4; i++) {
			assertThat((boolean) callElsewhere(lock::tryLock)).isFalse();
			lock.unlock();
		}
		assertThatExceptionOfType(IllegalMonitorStateException.class).isThrownBy(lock::unlock)
			.withMessageContaining(lockFile.path().toString());
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(lock::newCondition);
		Thread.currentThread().interrupt();
		assertThatExceptionOfType(InterruptedException.class).isThrownBy(() -> lock.tryLock(1, TimeUnit.SECONDS));
		Thread.currentThread().interrupt();
		assertThatExceptionOfType(InterruptedException.class).isThrownBy(lock::lockInterruptibly);
		assertThat(Thread.interrupted()).isFalse();
		assertThat(callElsewhere(() -> {
			lock.lock();
			lock.unlock();
			return "free";
		})).isEqualTo("free");
	}

	@Test
	void lockOfTheViewIsNotInterruptedAndLockInterruptiblyIs() throws Exception {
		Lock lock = this.locks.get("a").asLock();
		List<Thread> waiters = Collections.synchronizedList(new ArrayList<>());
		lock.lock();
		Future<Boolean> stubborn = elsewhere(() -> {
			waiters.add(Thread.currentThread());
			lock.lock();
			lock.unlock();
			return Thread.interrupted();
		});
		awaitWaiting(1);
		Future<Throwable> yielding = elsewhere(() -> {
			waiters.add(Thread.currentThread());
			return catchThrowable(() -> {
				lock.lockInterruptibly();
				return null;
			});
		});
		awaitWaiting(2);
		waiters.forEach(Thread::interrupt);
		assertThat(yielding.get()).isInstanceOf(InterruptedException.class);
		assertThat(stubborn).isNotDone();
		lock.unlock();
		boolean interrupted = stubborn.get();
		assertThat(interrupted).as("interrupt flag").isTrue();
	}

	@Test
	void viewKeepsTheContractOfReadWriteLock() throws Exception {
		if (!this.shared) {
			return;
		}
		ReadWriteLock lock = this.locks.get("a").asReadWriteLock();
		lock.readLock().lock();
		callElsewhere(() -> {
			lock.readLock().lock();
			lock.readLock().unlock();
			return null;
		});
		assertThat(callElsewhere(() -> lock.writeLock().tryLock())).isFalse();
		assertThatExceptionOfType(LockFailedException.class).isThrownBy(() -> lock.writeLock().lock())
			.withMessageContaining("upgrade");
		assertThatExceptionOfType(IllegalMonitorStateException.class).isThrownBy(() -> lock.writeLock().unlock());
		lock.readLock().unlock();
		lock.writeLock().lock();
		lock.readLock().lock();
		assertThat(callElsewhere(() -> lock.readLock().tryLock())).isFalse();
		lock.writeLock().unlock();
		assertThat(callElsewhere(() -> lock.readLock().tryLock())).as("a downgrade stays exclusive").isFalse();
		lock.readLock().unlock();
		assertThat(this.locks.get("a").isLocked()).isFalse();
	}

	@Test
	void snapshotShowsHoldsAndWaiters() throws Exception {
		LockFile lock = this.locks.get("a").named("declared");
		assertThat(this.locks.snapshot()).isEmpty();
		Future<?> waiter;
		try (LockHandle held = lock.acquire()) {
			waiter = elsewhere(() -> {
				Thread.currentThread().setName("the waiter");
				lock.acquire(LONG).close();
				return null;
			});
			awaitWaiting(1);
			LockSnapshot snapshot = this.locks.snapshot().get(0);
			assertThat(snapshot.path().getFileName()).hasToString("a");
			assertThat(snapshot.holds()).singleElement().satisfies((hold) -> {
				assertThat(hold.thread()).isEqualTo(Thread.currentThread().getName());
				assertThat(hold.since()).isEqualTo(held.acquiredAt());
				assertThat(hold.attempt().name()).contains("declared");
				assertThat(hold.held()).isPositive();
				assertThat(hold.fencingToken().isPresent()).isEqualTo(LockStrategies.named(this.strategy).fences());
			});
			assertThat(snapshot.waiting()).singleElement().satisfies((waiting) -> {
				assertThat(waiting.thread()).isEqualTo("the waiter");
				assertThat(waiting.attempt().timeout()).isEqualTo(LONG);
				assertThat(waiting.waited()).isPositive();
			});
		}
		waiter.get();
		assertThat(this.locks.snapshot()).isEmpty();
	}

	@Test
	void fencingTokensIncrease() throws Exception {
		long last = 0;
		try (LockHandle held = this.locks.get("a").acquire()) {
			if (LockStrategies.named(this.strategy).fences()) {
				last = held.fencingToken();
			}
			else {
				assertThatExceptionOfType(IllegalStateException.class).isThrownBy(held::fencingToken)
					.withMessageContainingAll(held.lockFile().path().toString(), "fencing");
			}
		}
		for (int i = 0; i < 3; i++) {
			try (LockFiles fenced = LockFiles.builder()
				.directory(this.directory)
				.strategy(this.strategy)
				.fencing(true)
				.build()) {
				for (int j = 0; j < 3; j++) {
					try (LockHandle held = fenced.get("a").acquire(); LockHandle nested = fenced.get("a").acquire()) {
						assertThat(held.fencingToken()).isGreaterThan(last);
						assertThat(nested.fencingToken()).isEqualTo(held.fencingToken());
						last = held.fencingToken();
					}
				}
			}
		}
	}

	@Test
	void sharersHaveTokensOfTheirOwn() throws Exception {
		if (!this.shared) {
			return;
		}
		try (LockFiles fenced = LockFiles.builder()
			.directory(this.directory)
			.strategy(this.strategy)
			.fencing(true)
			.build(); LockHandle first = fenced.get("a").acquire(LockMode.SHARED, Duration.ZERO)) {
			long second = callElsewhere(() -> {
				try (LockHandle held = fenced.get("a").acquire(LockMode.SHARED, Duration.ZERO)) {
					return held.fencingToken();
				}
			});
			assertThat(second).isGreaterThan(first.fencingToken());
		}
	}

	@Test
	void manyThreadsAreAllServed() throws Exception {
		int threads = 1000;
		LockFile lock = this.locks.get("a");
		CountDownLatch served = new CountDownLatch(threads);
		try (LockHandle held = lock.acquire()) {
			for (int i = 0; i < threads; i++) {
				startVirtualIfPossible(() -> {
					lock.acquire(LockFiles.FOREVER).close();
					served.countDown();
				});
			}
			awaitWaiting(threads);
		}
		assertThat(served.await(100, TimeUnit.SECONDS)).isTrue();
	}

	private static void startVirtualIfPossible(Runnable task) {
		try {
			Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, task);
		}
		catch (NoSuchMethodException ex) {
			new Thread(null, task, "waiter", 128 * 1024).start();
		}
		catch (ReflectiveOperationException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Test
	void pathsThatCanNotBeLocksAreRefusedWithTheReason() {
		for (String path : List.of("", " ", ".", "..", "a/..", "../a", "a/../../b", "a/../b", "a\0b", "/")) {
			assertThatExceptionOfType(LockFailedException.class).as(path)
				.isThrownBy(() -> this.locks.get(path))
				.withMessageContaining("can't be the path of a lock");
		}
	}

	@Test
	void unknownStrategyIsRefusedWithTheKnownOnes() {
		assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(() -> this.locks.get("a", "zookeper"))
			.withMessageContainingAll("zookeper", "memory", "os");
	}

	protected static Throwable catchThrowable(Callable<?> task) {
		try {
			task.call();
		}
		catch (Throwable ex) {
			return ex;
		}
		throw new AssertionError("Nothing was thrown");
	}

	protected static Throwable catchThrowable(Runnable task) {
		return catchThrowable(Executors.callable(task));
	}

	private static final class ThrowingListener implements LockListener {

		@Override
		public void acquired(LockAttempt attempt, LockHandle handle) {
			throw new IllegalStateException("on purpose");
		}

		@Override
		public void released(LockAttempt attempt, Duration held) {
			throw new StackOverflowError("on purpose");
		}

	}

}
