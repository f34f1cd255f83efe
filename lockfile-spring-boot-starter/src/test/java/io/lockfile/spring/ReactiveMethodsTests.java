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

package io.lockfile.spring;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.SubmissionPublisher;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Publisher;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.core.ReactiveTypeDescriptor;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.ParallelFlux;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

import io.lockfile.AlreadyLockedException;
import io.lockfile.LockAttempt;
import io.lockfile.LockFailedException;
import io.lockfile.LockFiles;
import io.lockfile.LockHandle;
import io.lockfile.LockListener;
import io.lockfile.LockMode;
import io.lockfile.LockSnapshot;
import io.lockfile.LockUnavailableException;
import io.lockfile.UnlockException;
import io.lockfile.boot.autoconfigure.LockFileAutoConfiguration;
import io.lockfile.spring.test.FileLockTester;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests of methods that return a reactive type.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class ReactiveMethodsTests {

	private static final Duration LIMIT = Duration.ofSeconds(60);

	@TempDir
	private Path directory;

	private ApplicationContextRunner runner() {
		return new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class, LockFileAutoConfiguration.class))
			.withPropertyValues("lockfile.strategy=memory", "lockfile.directory=" + this.directory);
	}

	private void withPublishers(PublishersTest test, String... properties) {
		Acquisitions acquisitions = new Acquisitions();
		runner().withBean(Publishers.class)
			.withBean(Acquisitions.class, () -> acquisitions)
			.withPropertyValues(properties)
			.run((context) -> {
				LockFiles locks = context.getBean(LockFiles.class);
				test.run(context.getBean(Publishers.class), locks, acquisitions);
				awaitFree(locks);
				Awaitility.await().until(() -> context.getBean(RunningBodies.class).count() == 0);
			});
	}

	@Test
	void skipOfATypeThatCanNotBeEmptyFailsTheStart() {
		ReactiveAdapterRegistry.getSharedInstance()
			.registerReactiveType(ReactiveTypeDescriptor.singleRequiredValue(Required.class),
					(source) -> ((Required) source).publisher(), Required::new);
		runner().withBean(Required.Skipped.class)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOf(FileLockDefinitionException.class)
				.hasMessageContainingAll("Required$Skipped.run", "a Required can't be empty"));
		runner().withBean(Required.Thrown.class).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(Mono.from(context.getBean(Required.Thrown.class).run().publisher()).block(LIMIT))
				.isEqualTo("required");
		});
	}

	private static void awaitFree(LockFiles locks) {
		Awaitility.await().atMost(LIMIT).until(() -> snapshot(locks).isEmpty());
	}

	private static List<LockSnapshot> snapshot(LockFiles locks) {
		// Other tests of this JVM leave minimum holds behind
		return locks.snapshot().stream().filter((path) -> path.path().startsWith(locks.directory())).toList();
	}

	private static void awaitWaiting(LockFiles locks, int count) {
		Awaitility.await()
			.atMost(LIMIT)
			.until(() -> snapshot(locks).stream().mapToInt((path) -> path.waiting().size()).sum() == count);
	}

	@Test
	void lockIsAcquiredForEachSubscriptionAndNotOnItsThread() {
		withPublishers((publishers, locks, acquisitions) -> {
			List<Thread> threads = new CopyOnWriteArrayList<>();
			Mono<String> mono = publishers.mono(() -> {
				FileLockContext.assertHeld();
				threads.add(Thread.currentThread());
				return Mono.fromSupplier(() -> locks.get("mono").isLocked() ? "locked" : "free");
			});
			assertThat(acquisitions.count()).isZero();
			assertThat(mono.block(LIMIT)).isEqualTo("locked");
			assertThat(locks.get("mono").isLocked()).as("after the end").isFalse();
			assertThat(mono.block(LIMIT)).isEqualTo("locked");
			assertThat(acquisitions.count()).isEqualTo(2);
			assertThat(threads).hasSize(2)
				.doesNotContain(Thread.currentThread())
				.allMatch((thread) -> thread.getName().startsWith("boundedElastic-"));
		});
	}

	@Test
	void subscriptionsExcludeEachOther() {
		withPublishers((publishers, locks, acquisitions) -> {
			AtomicInteger inside = new AtomicInteger();
			AtomicInteger most = new AtomicInteger();
			Mono<Long> mono = publishers.mono(() -> {
				most.accumulateAndGet(inside.incrementAndGet(), Math::max);
				return Mono.delay(Duration.ofMillis(1)).doOnNext((value) -> inside.decrementAndGet());
			});
			List<Long> values = Flux.merge(List.of(mono, mono, mono, mono, mono, mono)).collectList().block(LIMIT);
			assertThat(values).hasSize(6);
			assertThat(most).hasValue(1);
			assertThat(acquisitions.count()).isEqualTo(6);
		});
	}

	@Test
	void fluxIsLockedUntilItEndsFailsOrIsCancelled() {
		withPublishers((publishers, locks, acquisitions) -> {
			Flux<Boolean> flux = publishers.flux(() -> Flux.range(0, 3).map((i) -> locks.get("flux").isLocked()));
			assertThat(flux.collectList().block(LIMIT)).containsExactly(true, true, true);
			assertThat(locks.get("flux").isLocked()).isFalse();
			assertThat(publishers.flux(() -> Flux.concat(Mono.just("a"), Mono.error(new IOException("on purpose"))))
				.materialize()
				.collectList()
				.block(LIMIT)).hasSize(2).last().satisfies((signal) -> {
					assertThat(signal.getThrowable()).isInstanceOf(IOException.class);
					assertThat(locks.get("flux").isLocked()).isFalse();
				});
			assertThat(publishers.flux(() -> Flux.concat(Mono.just("a"), Mono.never())).blockFirst(LIMIT))
				.isEqualTo("a");
			awaitFree(locks);
			assertThat(publishers.flux(() -> Flux.just("a", "b")).take(1).collectList().block(LIMIT))
				.containsExactly("a");
			awaitFree(locks);
			assertThat(publishers.flux(Flux::empty).collectList().block(LIMIT)).isEmpty();
			assertThat(publishers.flux(() -> null).collectList().block(LIMIT)).isEmpty();
			assertThat(acquisitions.count()).isEqualTo(6);
		});
	}

	@Test
	void monoIsReleasedWhenItIsEmptyFailsIsCancelledOrTheBodyThrows() {
		withPublishers((publishers, locks, acquisitions) -> {
			assertThat(publishers.mono(Mono::empty).block(LIMIT)).isNull();
			assertThat(locks.get("mono").isLocked()).isFalse();
			assertThatExceptionOfType(IllegalStateException.class).isThrownBy(
					() -> publishers.mono(() -> Mono.error(new IllegalStateException("on purpose"))).block(LIMIT));
			assertThat(locks.get("mono").isLocked()).isFalse();
			assertThatExceptionOfType(IllegalStateException.class).isThrownBy(() -> publishers.mono(() -> {
				throw new IllegalStateException("on purpose");
			}).block(LIMIT));
			assertThat(locks.get("mono").isLocked()).isFalse();
			CountDownLatch cancelled = new CountDownLatch(1);
			CountDownLatch started = new CountDownLatch(1);
			Disposable subscription = publishers.mono(
					() -> Mono.never().doOnSubscribe((ignored) -> started.countDown()).doOnCancel(cancelled::countDown))
				.subscribe();
			assertThat(started.await(60, TimeUnit.SECONDS)).isTrue();
			assertThat(locks.get("mono").isLocked()).isTrue();
			subscription.dispose();
			assertThat(cancelled.await(60, TimeUnit.SECONDS)).isTrue();
			awaitFree(locks);
			assertThat(acquisitions.count()).isEqualTo(4);
		});
	}

	@Test
	void subscriptionThatIsCancelledWhileItWaitsLeavesTheQueue() {
		withPublishers((publishers, locks, acquisitions) -> new FileLockTester(locks).whileHeldElsewhere("mono", () -> {
			AtomicBoolean ran = new AtomicBoolean();
			Disposable subscription = publishers.mono(() -> {
				ran.set(true);
				return Mono.empty();
			}).subscribe();
			awaitWaiting(locks, 1);
			subscription.dispose();
			awaitWaiting(locks, 0);
			assertThat(ran).isFalse();
		}));
	}

	@Test
	void waitingUsesNoThread() {
		withPublishers((publishers, locks, acquisitions) -> {
			LockHandle held = locks.get("mono")
				.acquireAsync(LockMode.EXCLUSIVE, LockFiles.FOREVER)
				.toCompletableFuture()
				.join();
			int count = 3 * Schedulers.DEFAULT_BOUNDED_ELASTIC_SIZE;
			CompletableFuture<List<String>> values = Flux.range(0, count)
				.flatMap((i) -> publishers.mono(() -> Mono.just("done")), count)
				.collectList()
				.toFuture();
			awaitWaiting(locks, count);
			assertThat(Mono.fromSupplier(() -> "free").subscribeOn(Schedulers.boundedElastic()).block(LIMIT))
				.isEqualTo("free");
			held.close();
			assertThat(values.get(60, TimeUnit.SECONDS)).hasSize(count);
		});
	}

	@Test
	void lockIsReleasedAlthoughAllElasticThreadsWaitForIt() {
		withPublishers((publishers, locks, acquisitions) -> {
			Sinks.One<String> end = Sinks.one();
			CompletableFuture<String> result = publishers.mono(end::asMono).toFuture();
			Awaitility.await().atMost(LIMIT).until(() -> locks.get("mono").isLocked());
			int count = 2 * Schedulers.DEFAULT_BOUNDED_ELASTIC_SIZE;
			CountDownLatch done = new CountDownLatch(count);
			for (int i = 0; i < count; i++) {
				Schedulers.boundedElastic().schedule(() -> {
					publishers.blocking();
					done.countDown();
				});
			}
			awaitWaiting(locks, Schedulers.DEFAULT_BOUNDED_ELASTIC_SIZE);
			end.tryEmitValue("done");
			assertThat(result.get(60, TimeUnit.SECONDS)).isEqualTo("done");
			assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
		}, "lockfile.timeout=-1");
	}

	@Test
	void bodyBeginsAlthoughAllElasticThreadsWaitForItsLock() {
		withPublishers((publishers, locks, acquisitions) -> {
			LockHandle held = locks.get("mono")
				.acquireAsync(LockMode.EXCLUSIVE, LockFiles.FOREVER)
				.toCompletableFuture()
				.join();
			CompletableFuture<String> result = publishers.mono(() -> Mono.just("done")).toFuture();
			awaitWaiting(locks, 1);
			int count = 2 * Schedulers.DEFAULT_BOUNDED_ELASTIC_SIZE;
			CountDownLatch done = new CountDownLatch(count);
			for (int i = 0; i < count; i++) {
				Schedulers.boundedElastic().schedule(() -> {
					publishers.blocking();
					done.countDown();
				});
			}
			awaitWaiting(locks, Schedulers.DEFAULT_BOUNDED_ELASTIC_SIZE + 1);
			held.close();
			assertThat(result.get(20, TimeUnit.SECONDS)).isEqualTo("done");
			assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
		}, "lockfile.timeout=-1");
	}

	@Test
	void lockThatIsNotObtainedIsAnErrorOrEmptyOrFallsBack() {
		withPublishers((publishers, locks, acquisitions) -> {
			Tester tester = new Tester(locks);
			tester.whileHeld("mono", () -> {
				assertThatExceptionOfType(AlreadyLockedException.class)
					.isThrownBy(() -> publishers.oneTry().block(LIMIT))
					.withMessageContaining("lockfile.locks.one-try.timeout");
				assertThat(publishers.skipped().block(LIMIT)).isNull();
				assertThat(publishers.skippedFlux().collectList().block(LIMIT)).isEmpty();
				assertThat(publishers.withFallback("x").block(LIMIT)).isEqualTo("instead of x");
				assertThatExceptionOfType(IOException.class).isThrownBy(() -> {
					try {
						publishers.withFailingFallback().block(LIMIT);
					}
					catch (RuntimeException ex) {
						throw (ex.getCause() instanceof IOException failure) ? failure : ex;
					}
				});
			});
			assertThat(acquisitions.count()).isOne();
		});
	}

	@Test
	void unavailabilityThatTheBodyMeetsIsNotTakenForItsOwn() {
		withPublishers((publishers, locks, acquisitions) -> {
			AlreadyLockedException failure = new AlreadyLockedException("from the body", "p", "s", Duration.ZERO, null);
			assertThatExceptionOfType(AlreadyLockedException.class)
				.isThrownBy(() -> publishers.skippable(Mono.error(failure)).block(LIMIT))
				.withMessage("from the body");
			new Tester(locks).whileHeld("inner",
					() -> assertThatExceptionOfType(AlreadyLockedException.class)
						.isThrownBy(() -> publishers.skippable(publishers.inner()).block(LIMIT))
						.withMessageContaining("inner"));
		});
	}

	@Test
	void pathThatCanNotBeResolvedIsAnErrorOfTheSubscription() {
		withPublishers((publishers, locks, acquisitions) -> {
			Mono<String> mono = publishers.named("..");
			assertThatExceptionOfType(LockFailedException.class).isThrownBy(() -> mono.block(LIMIT));
		});
	}

	@Test
	void retryAcquiresAgain() {
		withPublishers((publishers, locks, acquisitions) -> {
			AtomicInteger attempts = new AtomicInteger();
			assertThat(publishers.mono(() -> {
				assertThat(locks.get("mono").isLocked()).isTrue();
				return (attempts.incrementAndGet() < 3) ? Mono.error(new IllegalStateException("on purpose"))
						: Mono.just("done");
			}).retry(5).block(LIMIT)).isEqualTo("done");
			assertThat(acquisitions.count()).isEqualTo(3);
		});
	}

	@Test
	void timeoutOfTheSubscriberReleasesOrLeavesTheQueue() {
		withPublishers((publishers, locks, acquisitions) -> {
			assertThatException()
				.isThrownBy(() -> publishers.mono(Mono::never).timeout(Duration.ofMillis(50)).block(LIMIT))
				.withCauseInstanceOf(TimeoutException.class);
			awaitFree(locks);
			new Tester(locks).whileHeld("mono", () -> {
				assertThatException()
					.isThrownBy(() -> publishers.mono(Mono::never).timeout(Duration.ofMillis(50)).block(LIMIT))
					.withCauseInstanceOf(TimeoutException.class);
				awaitWaiting(locks, 0);
			});
		});
	}

	@Test
	void subscribersContextReachesTheBody() {
		withPublishers((publishers, locks,
				acquisitions) -> assertThat(
						publishers.mono(() -> Mono.deferContextual((context) -> Mono.just(context.get("user"))))
							.contextWrite((context) -> context.put("user", "me"))
							.block(LIMIT))
					.isEqualTo("me"));
	}

	@Test
	void argumentsAreThoseOfTheCall() {
		withPublishers((publishers, locks, acquisitions) -> {
			Mono<String> first = publishers.named("1");
			Mono<String> second = publishers.named("2");
			assertThat(second.block(LIMIT)).isEqualTo("2");
			assertThat(first.block(LIMIT)).isEqualTo("1");
			assertThat(first.block(LIMIT)).isEqualTo("1");
		});
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void failureToReleaseIsToldAndHidesNothing(boolean bodyFails) {
		FailingStrategy strategy = new FailingStrategy();
		strategy.failing = true;
		try (LockFiles locks = LockFiles.builder().strategy(strategy).directory(this.directory).build()) {
			runner().withBean(LockFiles.class, () -> locks).withBean(Publishers.class).run((context) -> {
				Publishers publishers = context.getBean(Publishers.class);
				if (bodyFails) {
					assertThatExceptionOfType(IllegalStateException.class)
						.isThrownBy(() -> publishers.mono(() -> Mono.error(new IllegalStateException("on purpose")))
							.block(LIMIT))
						.satisfies((ex) -> assertThat(ex.getSuppressed())
							.hasAtLeastOneElementOfType(UnlockException.class));
				}
				else {
					assertThatExceptionOfType(UnlockException.class)
						.isThrownBy(() -> publishers.flux(Flux::empty).blockLast(LIMIT))
						.withMessageContaining("flux");
				}
				assertThat(context.getBean(RunningBodies.class).count()).isZero();
			});
		}
	}

	@Test
	void publishersOfOtherLibrariesAreLocked() {
		withPublishers((publishers, locks, acquisitions) -> {
			assertThat(Flux.from(publishers.publisher(Mono.just("done"))).blockLast(LIMIT)).isEqualTo("done");
			Flow.Publisher<String> flow = publishers.flow("done");
			CompletableFuture<String> first = new CompletableFuture<>();
			flow.subscribe(new Flow.Subscriber<>() {

				@Override
				public void onSubscribe(Flow.Subscription subscription) {
					subscription.request(1);
				}

				@Override
				public void onNext(String item) {
					first.complete(item + ", " + (locks.get("mono").isLocked() ? "locked" : "free"));
				}

				@Override
				public void onError(Throwable throwable) {
					first.completeExceptionally(throwable);
				}

				@Override
				public void onComplete() {
					first.complete("nothing");
				}

			});
			assertThat(first.get(60, TimeUnit.SECONDS)).isEqualTo("done, locked");
			assertThat(acquisitions.count()).isEqualTo(2);
		});
	}

	@Test
	void publisherThatCanNotBeReplacedFailsTheStart() {
		for (Class<?> type : List.of(OwnFlow.class, Parallel.class)) {
			runner().withBean(type)
				.run((context) -> assertThat(context).getFailure()
					.isInstanceOf(FileLockDefinitionException.class)
					.hasMessageContainingAll(type.getSimpleName() + ".run", "can't follow"));
		}
	}

	@Test
	void bodiesPassWhileLocksAreDisabled() {
		withPublishers((publishers, locks, acquisitions) -> {
			assertThat(publishers.mono(() -> {
				FileLockContext.assertHeld();
				return Mono.just("done");
			}).block(LIMIT)).isEqualTo("done");
			assertThat(acquisitions.count()).isZero();
		}, "lockfile.enabled=false");
	}

	@Test
	void minimumHoldOutlastsTheSubscriptionAndIsNotForBodiesThatNeverRan() {
		withPublishers((publishers, locks, acquisitions) -> {
			// Each obtains the first lock, and waits for the second one in vain
			new Tester(locks).whileHeld("kept-b", () -> {
				assertThatExceptionOfType(LockUnavailableException.class)
					.isThrownBy(() -> publishers.two().block(LIMIT));
				assertThat(locks.get("kept-a").isLocked()).isFalse();
			});
			assertThat(publishers.kept().block(LIMIT)).isEqualTo("done");
			assertThat(locks.get("kept").isLocked()).isTrue();
			assertThatExceptionOfType(LockUnavailableException.class).isThrownBy(() -> publishers.kept().block(LIMIT));
			awaitFree(locks);
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "memory", "memory", "memory", "memory", "memory", "memory", "memory", "memory", "os", "os",
			"os" })
	void subscriptionsCancelledAtAnyMomentLeakNothing(String strategy) {
		withPublishers((publishers, locks, acquisitions) -> {
			Random random = new Random(42);
			AtomicInteger inside = new AtomicInteger();
			AtomicBoolean overlap = new AtomicBoolean();
			List<Disposable> subscriptions = new ArrayList<>();
			for (int i = 0; i < 3000; i++) {
				Publisher<String> body = Mono.<String>defer(() -> {
					if (inside.incrementAndGet() > 1) {
						overlap.set(true);
					}
					inside.decrementAndGet();
					return Mono.just("done");
				}).delayElement(Duration.ofNanos(random.nextInt(200_000)));
				Publisher<String> publisher = switch (i % 4) {
					case 0 -> publishers.mono(() -> Mono.from(body));
					case 1 -> publishers.sameAsMono(() -> Flux.from(body));
					case 2 -> publishers.twoOf(Mono.from(body));
					default -> publishers.keptWhenRun(Mono.from(body));
				};
				Disposable subscription = Flux.from(publisher).subscribe((value) -> {
				}, (ex) -> {
				});
				subscriptions.add(subscription);
				if (i % 3 != 0) {
					int delay = random.nextInt(300);
					Schedulers.parallel().schedule(subscription::dispose, delay, TimeUnit.MICROSECONDS);
				}
				if (random.nextInt(10) == 0) {
					subscription.dispose();
				}
				if (random.nextInt(5) == 0) {
					LockSupport.parkNanos(random.nextInt(100_000));
				}
			}
			Awaitility.await()
				.atMost(LIMIT)
				.untilAsserted(() -> assertThat(subscriptions.stream().filter((one) -> !one.isDisposed()).count())
					.as("open subscriptions, after %s acquisitions, with %s", acquisitions.count(), snapshot(locks))
					.isZero());
			awaitFree(locks);
			assertThat(overlap).isFalse();
			assertThat(acquisitions.count()).isGreaterThan(500);
			assertThat(publishers.mono(() -> Mono.just("done")).block(LIMIT)).isEqualTo("done");
		}, "lockfile.timeout=-1", "lockfile.strategy=" + strategy);
	}

	@FunctionalInterface
	interface PublishersTest {

		void run(Publishers publishers, LockFiles locks, Acquisitions acquisitions) throws Exception;

	}

	/**
	 * Keeps exceptions of tests out of type inference.
	 *
	 * @param locks the engine
	 */
	record Tester(LockFiles locks) {

		void whileHeld(String path, Runnable action) {
			new FileLockTester(this.locks).whileHeldElsewhere(path, action::run);
		}

	}

	static class Acquisitions implements LockListener {

		private final AtomicInteger acquired = new AtomicInteger();

		@Override
		public void acquired(LockAttempt attempt, LockHandle handle) {
			this.acquired.incrementAndGet();
		}

		int count() {
			return this.acquired.get();
		}

	}

	static class Publishers {

		@FileLocked("mono")
		<T> Mono<T> mono(Supplier<Mono<T>> body) {
			return body.get();
		}

		@FileLocked(path = "mono", name = "same")
		<T> Flux<T> sameAsMono(Supplier<Flux<T>> body) {
			return body.get();
		}

		@FileLocked("flux")
		<T> Flux<T> flux(Supplier<@Nullable Flux<T>> body) {
			return body.get();
		}

		@FileLocked(path = "mono", name = "blocking")
		void blocking() {
		}

		@FileLocked(path = "mono", name = "one-try", timeout = "0")
		Mono<String> oneTry() {
			throw new AssertionError("the body ran");
		}

		@FileLocked(path = "mono", name = "skipped", onUnavailable = FileLocked.OnUnavailable.SKIP)
		Mono<String> skipped() {
			throw new AssertionError("the body ran");
		}

		@FileLocked(path = "mono", name = "skipped-flux", onUnavailable = FileLocked.OnUnavailable.SKIP)
		Flux<String> skippedFlux() {
			throw new AssertionError("the body ran");
		}

		@FileLocked(path = "mono", name = "skippable", onUnavailable = FileLocked.OnUnavailable.SKIP)
		Mono<String> skippable(Mono<String> body) {
			return body;
		}

		@FileLocked(path = "inner", timeout = "0")
		Mono<String> inner() {
			throw new AssertionError("the body ran");
		}

		@FileLocked(path = "mono", name = "fallback", timeout = "0", fallbackMethod = "instead")
		Mono<String> withFallback(String argument) {
			throw new AssertionError("the body ran");
		}

		private Mono<String> instead(String argument, LockUnavailableException ex) {
			return Mono.just("instead of " + argument);
		}

		@FileLocked(path = "mono", name = "failing", timeout = "0", fallbackMethod = "fail")
		Mono<String> withFailingFallback() {
			throw new AssertionError("the body ran");
		}

		private Mono<String> fail() throws IOException {
			throw new IOException("on purpose");
		}

		@FileLocked(path = "orders/#{#id}", name = "argument")
		Mono<String> named(String id) {
			return Mono.just(id);
		}

		@FileLocked(path = "mono", name = "publisher")
		Publisher<String> publisher(Publisher<String> body) {
			return body;
		}

		@FileLocked(path = "mono", name = "flow")
		Flow.Publisher<String> flow(String item) {
			return (subscriber) -> subscriber.onSubscribe(new Flow.Subscription() {

				@Override
				public void request(long count) {
					subscriber.onNext(item);
					subscriber.onComplete();
				}

				@Override
				public void cancel() {
				}

			});
		}

		@FileLocked(path = "kept", timeout = "0", minHold = "1s")
		Mono<String> kept() {
			return Mono.just("done");
		}

		@FileLocked(path = "kept-a", timeout = "0", minHold = "1m")
		@FileLocked(path = "kept-b", timeout = "0", minHold = "1m")
		Mono<String> two() {
			throw new AssertionError("the body ran");
		}

		@FileLocked(path = "mono", name = "two-mono")
		@FileLocked(path = "flux", name = "two-flux")
		Mono<String> twoOf(Mono<String> body) {
			return body;
		}

		@FileLocked(path = "mono", name = "kept-when-run", minHold = "10ms")
		Mono<String> keptWhenRun(Mono<String> body) {
			return body;
		}

	}

	static class OwnFlow {

		@FileLocked("own")
		SubmissionPublisher<String> run() {
			return new SubmissionPublisher<>();
		}

	}

	static class Parallel {

		@FileLocked("parallel")
		ParallelFlux<String> run() {
			return Flux.just("a").parallel();
		}

	}

	/**
	 * As RxJava's {@code Single} is.
	 *
	 * @param publisher what has one element
	 */
	record Required(Publisher<?> publisher) {

		static class Skipped {

			@FileLocked(path = "required", onUnavailable = FileLocked.OnUnavailable.SKIP)
			Required run() {
				return new Required(Mono.just("required"));
			}

		}

		static class Thrown {

			@FileLocked("required")
			Required run() {
				return new Required(Mono.just("required"));
			}

		}

	}

}
