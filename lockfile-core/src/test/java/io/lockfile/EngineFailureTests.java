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
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests of the engine over a strategy that fails.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class EngineFailureTests {

	private static final Duration LIMIT = Duration.ofSeconds(60);

	@TempDir
	private Path directory;

	private final FailingStrategy strategy = new FailingStrategy();

	private final RecordingListener events = new RecordingListener();

	@Test
	void failureToLockIsNeverALockAndNeverWaitedFor() {
		List<Exception> failures = List.of(new IOException("I/O error"), new AccessDeniedException("file"),
				new FileSystemException("file", null, "Operation not supported"), new IllegalStateException("bug"));
		try (LockFiles locks = engine()) {
			for (Exception failure : failures) {
				this.strategy.claimFailure = failure;
				assertThatExceptionOfType(LockFailedException.class)
					.isThrownBy(() -> locks.get("a").acquire(LockFiles.FOREVER))
					.withMessageContaining(locks.get("a").path().toString())
					.withCause(failure);
				assertThatExceptionOfType(LockFailedException.class).isThrownBy(() -> locks.get("a").tryAcquire());
				this.strategy.claimFailure = null;
				locks.get("a").acquire(Duration.ZERO).close();
			}
		}
		assertThat(this.events.names().subList(0, 4)).containsExactly("error", "error", "acquired", "released");
		assertThat(this.events.attempts()).extracting((attempt) -> attempt.failure().orElse(null))
			.startsWith(failures.get(0), failures.get(0), null, failures.get(1));
		assertThat(PathLocks.size()).isZero();
	}

	@Test
	void failureToReleaseIsSuppressedOnTheBodysAndFreesThePath() {
		try (LockFiles locks = engine()) {
			this.strategy.releaseFailure = new IOException("on release");
			assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(() -> {
				try (LockHandle held = locks.get("a").acquire()) {
					throw new IllegalArgumentException("body, " + held.mode());
				}
			})
				.satisfies((ex) -> assertThat(ex.getSuppressed()).singleElement()
					.isInstanceOf(UnlockException.class)
					.extracting(Throwable::getMessage)
					.asString()
					.contains(locks.get("a").path().toString(), "on release"));
			LockHandle held = CompletableFuture.supplyAsync(() -> locks.get("a").acquire(Duration.ZERO)).join();
			assertThatExceptionOfType(UnlockException.class).isThrownBy(held::close);
			held.close();
		}
		assertThat(this.events.names()).containsExactly("acquired", "released", "acquired", "released");
		assertThat(PathLocks.size()).isZero();
	}

	@Test
	void errorIsToldToTheListenersAndFreesThePath() {
		try (LockFiles locks = engine()) {
			this.strategy.error = new NoClassDefFoundError("on purpose");
			assertThatExceptionOfType(NoClassDefFoundError.class).isThrownBy(() -> locks.get("a").tryAcquire());
			this.strategy.error = null;
			locks.get("a").acquire(Duration.ZERO).close();
		}
		assertThat(this.events.names()).containsExactly("error", "acquired", "released");
		assertThat(this.events.attempts().get(0).failure()).containsInstanceOf(NoClassDefFoundError.class);
		assertThat(PathLocks.size()).isZero();
	}

	@Test
	void lockIsNotGrantedAfterClosing() throws Exception {
		LockFiles locks = engine();
		this.strategy.free = false;
		CompletableFuture<LockHandle> waiter = CompletableFuture
			.supplyAsync(() -> locks.get("a").acquire(LockFiles.FOREVER));
		Awaitility.await().until(() -> this.events.count("waiting") == 1);
		locks.close();
		this.strategy.free = true;
		assertThatExceptionOfType(ExecutionException.class).isThrownBy(waiter::get)
			.withCauseInstanceOf(LockFailedException.class);
		Awaitility.await().until(() -> PathLocks.size() == 0);
	}

	@Test
	void handlesClosedAtOnceAreOneRelease() throws Exception {
		int rounds = 5000;
		CyclicBarrier barrier = new CyclicBarrier(2);
		try (LockFiles locks = engine()) {
			for (int i = 0; i < rounds; i++) {
				LockHandle outer = locks.get("a").acquire(Duration.ZERO);
				LockHandle nested = locks.get("a").acquire(Duration.ZERO);
				CompletableFuture<Void> closing = CompletableFuture.runAsync(() -> closeTogether(barrier, nested));
				closeTogether(barrier, outer);
				closing.get();
			}
		}
		assertThat(this.events.count("released")).isEqualTo(rounds);
	}

	private static void closeTogether(CyclicBarrier barrier, LockHandle handle) {
		try {
			barrier.await();
			handle.close();
		}
		catch (InterruptedException | BrokenBarrierException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Test
	void modeThatIsNotSupportedIsRefused() {
		try (LockFiles locks = engine()) {
			assertThatExceptionOfType(LockFailedException.class)
				.isThrownBy(() -> locks.get("a").tryAcquire(LockMode.SHARED))
				.withMessageContainingAll("failing", "SHARED");
		}
	}

	@Test
	void anotherStrategyOnAHeldPathIsRefusedOnTheSameThread() {
		try (LockFiles locks = engine(); LockHandle held = locks.get("a").acquire()) {
			assertThat(held.isValid()).isTrue();
			assertThatExceptionOfType(LockFailedException.class)
				.isThrownBy(() -> locks.get("a", "memory").acquire(LockFiles.FOREVER))
				.withMessageContainingAll("failing", "memory");
			assertThat(CompletableFuture.supplyAsync(() -> locks.get("a", "memory").tryAcquire()).join()).isEmpty();
		}
	}

	@Test
	void failureToReleaseForAJoinerLeavesNobodyBehind() throws Exception {
		try (LockFiles locks = engine()) {
			this.strategy.shared = true;
			this.strategy.open = false;
			for (int i = 0; i < 50; i++) {
				LockHandle first = locks.get("a").acquire(LockMode.SHARED, Duration.ZERO);
				CompletableFuture<LockHandle> joiner = CompletableFuture
					.supplyAsync(() -> locks.get("a").acquire(LockMode.SHARED, Duration.ofSeconds(30)));
				this.strategy.releaseFailure = new IOException("on release");
				try {
					first.close();
				}
				catch (UnlockException ex) {
					// Or the joiner meets it
				}
				LockHandle second = null;
				try {
					second = joiner.get(60, TimeUnit.SECONDS);
				}
				catch (ExecutionException ex) {
					assertThat(ex).hasCauseInstanceOf(LockNotAcquiredException.class);
				}
				this.strategy.releaseFailure = null;
				if (second != null) {
					second.close();
				}
				assertThat(locks.snapshot()).isEmpty();
				locks.get("a").acquire(Duration.ofSeconds(30)).close();
			}
		}
		Awaitility.await().until(() -> PathLocks.size() == 0);
	}

	@Test
	void asynchronousSharerThatCanNotJoinGivesUpInTime() {
		this.strategy.shared = true;
		this.strategy.open = false;
		try (LockFiles locks = engine()) {
			LockHandle first = locks.get("a").acquire(LockMode.SHARED, Duration.ZERO);
			assertThat(locks.get("a").acquireAsync(LockMode.SHARED, Duration.ofMillis(200)).toCompletableFuture())
				.failsWithin(LIMIT)
				.withThrowableThat()
				.withCauseInstanceOf(LockTimeoutException.class);
			first.close();
		}
		assertThat(PathLocks.size()).isZero();
	}

	@Test
	void failureToLookAtAHoldDoesNotKeepItFromBeingReleased() throws Exception {
		try (LockFiles locks = engine()) {
			LockHandle held = locks.get("a").acquire();
			Thread.sleep(20);
			this.strategy.validFailure = new IllegalStateException("bug");
			assertThatExceptionOfType(IllegalStateException.class).isThrownBy(held::close);
			this.strategy.validFailure = null;
			locks.get("a").acquire(Duration.ZERO).close();
		}
		assertThat(PathLocks.size()).isZero();
	}

	@Test
	void claimMadeForAnotherEngineHasATokenIfOneIsWanted() throws Exception {
		this.strategy.free = false;
		try (LockFiles plain = engine();
				LockFiles fenced = LockFiles.builder()
					.directory(this.directory)
					.strategy(this.strategy)
					.listener(this.events)
					.fencing(true)
					.build()) {
			CompletableFuture<LockHandle> first = plain.get("a")
				.acquireAsync(LockMode.EXCLUSIVE, Duration.ofMillis(200))
				.toCompletableFuture();
			CompletableFuture<LockHandle> second = fenced.get("a")
				.acquireAsync(LockMode.EXCLUSIVE, LockFiles.FOREVER)
				.toCompletableFuture();
			assertThat(first).failsWithin(Duration.ofSeconds(60));
			this.strategy.free = true;
			try (LockHandle held = second.get(60, TimeUnit.SECONDS)) {
				assertThat(held.fencingToken()).isPositive();
			}
		}
	}

	@Test
	void claimIsMadeWithTheLeaseOfItsOwnEngine() throws Exception {
		this.strategy.free = false;
		try (LockFiles shorter = builder().leaseDuration(Duration.ofSeconds(3)).build();
				LockFiles longer = builder().leaseDuration(Duration.ofMinutes(5)).build()) {
			CompletableFuture<LockHandle> first = shorter.get("a")
				.acquireAsync(LockMode.EXCLUSIVE, Duration.ofMillis(200))
				.toCompletableFuture();
			CompletableFuture<LockHandle> second = longer.get("a")
				.acquireAsync(LockMode.EXCLUSIVE, LockFiles.FOREVER)
				.toCompletableFuture();
			assertThat(first).failsWithin(LIMIT);
			this.strategy.free = true;
			second.get(60, TimeUnit.SECONDS).close();
			assertThat(this.strategy.lease).isEqualTo(Duration.ofMinutes(5));
		}
	}

	@Test
	void oneTryEndsWhileSomebodyBeforeItCanNotBeCalledOff() throws Exception {
		CountDownLatch answer = new CountDownLatch(1);
		this.strategy.free = false;
		this.strategy.blocking = answer;
		try (LockFiles locks = engine()) {
			assertThat(locks.get("a").acquireAsync(LockMode.EXCLUSIVE, Duration.ofMillis(200)).toCompletableFuture())
				.failsWithin(LIMIT);
			assertThat(locks.get("a").acquireAsync(LockMode.EXCLUSIVE, Duration.ZERO).toCompletableFuture())
				.failsWithin(LIMIT)
				.withThrowableThat()
				.withCauseInstanceOf(AlreadyLockedException.class);
		}
		finally {
			answer.countDown();
		}
		Awaitility.await().until(() -> PathLocks.size() == 0);
	}

	@Test
	void cancellationWhileItIsGrantedIsOneEndAlthoughTheReleaseFails() {
		this.strategy.free = false;
		AtomicReference<CompletableFuture<LockHandle>> future = new AtomicReference<>();
		try (LockFiles locks = builder().listener(new LockListener() {

			@Override
			public void acquired(LockAttempt attempt, LockHandle handle) {
				future.get().cancel(true);
			}

		}).build()) {
			future.set(locks.get("a").acquireAsync(LockMode.EXCLUSIVE, LockFiles.FOREVER).toCompletableFuture());
			this.strategy.releaseFailure = new IOException("on release");
			this.strategy.free = true;
			Awaitility.await().until(() -> PathLocks.size() == 0);
		}
		assertThat(this.events.names()).containsExactly("waiting", "acquired", "released");
	}

	@Test
	void listenerWhoseFailureCanNotBeLoggedLeavesTheHoldAlone() {
		try (LockFiles locks = builder().listener(new LockListener() {

			@Override
			public void acquired(LockAttempt attempt, LockHandle handle) {
				throw new IllegalStateException() {

					private static final long serialVersionUID = 1L;

					@Override
					public String getMessage() {
						throw new IllegalArgumentException("on purpose");
					}

				};
			}

		}).build()) {
			try (LockHandle held = locks.get("a").acquire(Duration.ZERO)) {
				assertThat(held.isValid()).isTrue();
			}
			locks.get("a").acquire(Duration.ZERO).close();
		}
		assertThat(PathLocks.size()).isZero();
	}

	@Test
	void lookThatHangsTakesOneThread() {
		try (LockFiles locks = engine()) {
			LockHandle held = locks.get("a").acquire();
			CountDownLatch answer = new CountDownLatch(1);
			this.strategy.looking = answer;
			try {
				Awaitility.await().until(() -> looking() == 1);
				// Three more looks are due meanwhile
				Awaitility.await().during(Duration.ofSeconds(3)).until(() -> looking() <= 1);
			}
			finally {
				this.strategy.looking = null;
				answer.countDown();
			}
			held.close();
		}
	}

	private static long looking() {
		return Thread.getAllStackTraces()
			.values()
			.stream()
			.filter((stack) -> Stream.of(stack)
				.anyMatch((element) -> element.getClassName().equals(HoldWatch.class.getName())))
			.count();
	}

	private LockFiles.Builder builder() {
		return LockFiles.builder().directory(this.directory).strategy(this.strategy).listener(this.events);
	}

	private LockFiles engine() {
		return builder().build();
	}

	private static final class FailingStrategy implements LockStrategy {

		private volatile @Nullable Exception claimFailure;

		private volatile @Nullable IOException releaseFailure;

		private volatile @Nullable Error error;

		private volatile boolean free = true;

		private volatile boolean shared;

		private volatile boolean open = true;

		private volatile @Nullable RuntimeException validFailure;

		private volatile @Nullable CountDownLatch looking;

		private volatile @Nullable CountDownLatch blocking;

		private volatile @Nullable Duration lease;

		@Override
		public String name() {
			return "failing";
		}

		@Override
		public boolean supports(LockMode mode) {
			return this.shared || mode == LockMode.EXCLUSIVE;
		}

		@Override
		public @Nullable BlockingClaim prepareBlocking(ClaimRequest request) {
			CountDownLatch answer = this.blocking;
			if (answer == null) {
				return null;
			}
			return new BlockingClaim() {

				@Override
				public @Nullable LockClaim claim() {
					await(answer);
					return null;
				}

				@Override
				public void cancel() {
				}

			};
		}

		private static void await(@Nullable CountDownLatch answer) {
			try {
				if (answer != null) {
					answer.await();
				}
			}
			catch (InterruptedException ex) {
				throw new IllegalStateException(ex);
			}
		}

		@Override
		public @Nullable LockClaim tryClaim(ClaimRequest request) throws IOException {
			Error error = this.error;
			if (error != null) {
				throw error;
			}
			if (!this.free) {
				return null;
			}
			this.lease = request.leaseDuration();
			if (this.claimFailure instanceof IOException ex) {
				throw ex;
			}
			if (this.claimFailure instanceof RuntimeException ex) {
				throw ex;
			}
			return new LockClaim() {

				@Override
				public boolean isValid() {
					await(FailingStrategy.this.looking);
					RuntimeException failure = FailingStrategy.this.validFailure;
					if (failure != null) {
						throw failure;
					}
					return true;
				}

				@Override
				public boolean isOpenToSharers() {
					return FailingStrategy.this.open;
				}

				@Override
				public void release() throws IOException {
					IOException failure = FailingStrategy.this.releaseFailure;
					if (failure != null) {
						throw failure;
					}
				}

			};
		}

	}

}
