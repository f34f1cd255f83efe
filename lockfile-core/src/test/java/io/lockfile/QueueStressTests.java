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
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Stress of the queue: nobody is forgotten, nobody is let in twice, and nothing stays.
 */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class QueueStressTests {

	@TempDir
	private Path directory;

	private final AtomicInteger writers = new AtomicInteger();

	private final AtomicInteger readers = new AtomicInteger();

	private final AtomicLong holds = new AtomicLong();

	private final AtomicLong overlaps = new AtomicLong();

	@AfterEach
	void nothingStays() {
		Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> PathLocks.size() == 0);
		assertThat(this.overlaps).hasValue(0);
	}

	@Test
	void everyWaiterIsWoken() throws Exception {
		int threads = 6;
		int rounds = 20_000;
		try (LockFiles locks = LockFiles.builder().strategy("memory").build()) {
			together(threads, () -> {
				for (int i = 0; i < rounds; i++) {
					try (LockHandle held = locks.get("a").acquire(LockFiles.FOREVER)) {
						body(held);
					}
				}
				return null;
			});
		}
		assertThat(this.holds).hasValue(threads * rounds);
	}

	@Test
	void everyWaiterIsWokenByAClaimer() throws Exception {
		int threads = 3;
		int rounds = 10_000;
		Turnstile strategy = new Turnstile();
		try (LockFiles locks = LockFiles.builder().strategy(strategy).build()) {
			together(threads, () -> {
				for (int i = 0; i < rounds; i++) {
					try (LockHandle held = locks.get("a").acquire(LockFiles.FOREVER)) {
						body(held);
					}
				}
				return null;
			});
		}
		assertThat(this.holds).hasValue(threads * rounds);
		assertThat(strategy.blocked).as("claims that waited").hasPositiveValue();
	}

	@Test
	void mixedModesTimeoutsInterruptsAndCancellations() throws Exception {
		int rounds = 3000;
		for (LockStrategy strategy : List.of(LockStrategies.named("memory"), new Turnstile())) {
			try (LockFiles locks = LockFiles.builder().directory(this.directory).strategy(strategy).build()) {
				together(6, () -> {
					for (int i = 0; i < rounds; i++) {
						attempt(locks.get("a"));
					}
					return null;
				});
				locks.get("a").acquire(Duration.ofSeconds(30)).close();
			}
		}
		assertThat(this.holds).hasPositiveValue();
	}

	@Test
	void enginesAreClosedWhileTheyAreUsed() throws Exception {
		for (LockStrategy strategy : List.of(LockStrategies.named("memory"), new Turnstile())) {
			for (int i = 0; i < 100; i++) {
				LockFiles locks = LockFiles.builder().directory(this.directory).strategy(strategy).build();
				Future<?> closing = start(() -> {
					LockSupport.parkNanos(ThreadLocalRandom.current().nextInt(2_000_000));
					locks.close();
					return null;
				});
				together(4, () -> {
					try {
						while (true) {
							attempt(locks.get("a"));
						}
					}
					catch (LockFailedException ex) {
						return null;
					}
				});
				get(closing);
			}
		}
	}

	private void attempt(LockFile lock) {
		ThreadLocalRandom random = ThreadLocalRandom.current();
		LockMode mode = random.nextBoolean() ? LockMode.SHARED : LockMode.EXCLUSIVE;
		if (!lock.strategy().equals("memory")) {
			mode = LockMode.EXCLUSIVE;
		}
		Duration timeout = Duration.ofNanos(random.nextInt(300_000));
		switch (random.nextInt(5)) {
			case 0 -> lock.tryAcquire(mode).ifPresent(this::bodyAndClose);
			case 1 -> {
				CompletableFuture<LockHandle> future = lock.acquireAsync(mode, Duration.ofMillis(200))
					.toCompletableFuture();
				if (random.nextBoolean()) {
					future.cancel(false);
				}
				try {
					bodyAndClose(future.get(60, TimeUnit.SECONDS));
				}
				catch (ExecutionException ex) {
					if (ex.getCause() instanceof LockFailedException failed) {
						throw failed;
					}
				}
				catch (CancellationException ex) {
					// As asked
				}
				catch (InterruptedException | TimeoutException ex) {
					throw new IllegalStateException(ex);
				}
			}
			case 2 -> {
				Thread self = Thread.currentThread();
				Thread interrupter = new Thread(self::interrupt);
				interrupter.start();
				acquire(lock, mode, Duration.ofSeconds(30));
				join(interrupter);
				Thread.interrupted();
			}
			default -> acquire(lock, mode, timeout);
		}
	}

	private void acquire(LockFile lock, LockMode mode, Duration timeout) {
		try {
			bodyAndClose(lock.acquire(mode, timeout));
		}
		catch (LockUnavailableException | LockInterruptedException ex) {
			// Next time
		}
	}

	private static void join(Thread thread) {
		boolean joined = false;
		while (!joined) {
			try {
				thread.join();
				joined = true;
			}
			catch (InterruptedException ex) {
				// That is the one
			}
		}
	}

	private void bodyAndClose(LockHandle handle) {
		try (handle) {
			body(handle);
		}
	}

	private void body(LockHandle held) {
		this.holds.incrementAndGet();
		AtomicInteger mine = (held.mode() == LockMode.SHARED) ? this.readers : this.writers;
		int now = mine.incrementAndGet();
		AtomicInteger others = (held.mode() == LockMode.SHARED) ? this.writers : this.readers;
		if (others.get() != 0 || (held.mode() == LockMode.EXCLUSIVE && now != 1)) {
			this.overlaps.incrementAndGet();
		}
		mine.decrementAndGet();
	}

	private static void together(int threads, Callable<?> task) throws Exception {
		List<Future<?>> all = new ArrayList<>();
		for (int i = 0; i < threads; i++) {
			all.add(start(task));
		}
		for (Future<?> one : all) {
			get(one);
		}
	}

	private static Future<?> start(Callable<?> task) {
		FutureTask<?> future = new FutureTask<>(task);
		Thread thread = new Thread(future);
		thread.setDaemon(true);
		thread.start();
		return future;
	}

	private static void get(Future<?> future) throws Exception {
		future.get(60, TimeUnit.SECONDS);
	}

	/**
	 * Another process that comes and goes: one try in two meets it, and then one waits.
	 */
	private static final class Turnstile implements LockStrategy {

		private final AtomicInteger tries = new AtomicInteger();

		private final AtomicLong blocked = new AtomicLong();

		@Override
		public String name() {
			return "turnstile";
		}

		@Override
		public @Nullable LockClaim tryClaim(ClaimRequest request) {
			return (this.tries.incrementAndGet() % 2 == 0) ? new Claim() : null;
		}

		@Override
		public BlockingClaim prepareBlocking(ClaimRequest request) {
			return new BlockingClaim() {

				private volatile boolean cancelled;

				@Override
				public @Nullable LockClaim claim() {
					Turnstile.this.blocked.incrementAndGet();
					spin();
					return this.cancelled ? null : new Claim();
				}

				private void spin() {
					long end = System.nanoTime() + ThreadLocalRandom.current().nextInt(100_000);
					while (!this.cancelled && System.nanoTime() < end) {
						Thread.onSpinWait();
					}
				}

				@Override
				public void cancel() {
					this.cancelled = true;
				}

			};
		}

		@Override
		public boolean usesFileSystem() {
			return false;
		}

		private static final class Claim implements LockClaim {

			@Override
			public boolean isValid() {
				return true;
			}

			@Override
			public void release() {
			}

		}

	}

}
