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
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.AliasFor;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;

import io.lockfile.AlreadyLockedException;
import io.lockfile.LockAttempt;
import io.lockfile.LockFailedException;
import io.lockfile.LockFiles;
import io.lockfile.LockHandle;
import io.lockfile.LockListener;
import io.lockfile.LockMode;
import io.lockfile.LockNotAcquiredException;
import io.lockfile.LockTimeoutException;
import io.lockfile.LockUnavailableException;
import io.lockfile.boot.autoconfigure.LockFileAutoConfiguration;
import io.lockfile.spring.test.FileLockTester;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

/**
 * Tests of the attributes of {@link FileLocked}, of several annotations on one method,
 * and of the properties that replace them.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class AttributesTests {

	@TempDir
	private Path directory;

	private ApplicationContextRunner runner() {
		return new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class, LockFileAutoConfiguration.class))
			.withPropertyValues("lockfile.strategy=memory", "lockfile.directory=" + this.directory, "shop.hold=3s",
					"shop.strategy=link");
	}

	private static FileLockSpec spec(AssertableApplicationContext context, Class<?> type, String method) {
		return specs(context, type, method).get(0);
	}

	private static List<FileLockSpec> specs(AssertableApplicationContext context, Class<?> type, String method) {
		return List.of(type.getDeclaredMethods())
			.stream()
			.filter((candidate) -> candidate.getName().equals(method))
			.map((candidate) -> context.getBean(FileLockedMethods.class).get(candidate, type).specs())
			.findFirst()
			.orElseThrow();
	}

	@Test
	void minimumHoldHasItsDefaultsAndPrecedence() {
		runner().withBean(Holds.class).run((context) -> {
			assertThat(spec(context, Holds.class, "none").minHold()).isZero();
			assertThat(spec(context, Holds.class, "own").minHold()).hasSeconds(2);
			assertThat(spec(context, Holds.class, "placeholder").minHold()).hasSeconds(3);
		});
		runner().withBean(Holds.class)
			.withPropertyValues("lockfile.min-hold=4s", "lockfile.locks.placeholder.min-hold=5s")
			.run((context) -> {
				assertThat(spec(context, Holds.class, "none").minHold()).hasSeconds(4);
				assertThat(spec(context, Holds.class, "own").minHold()).hasSeconds(2);
				assertThat(spec(context, Holds.class, "placeholder").minHold()).hasSeconds(5);
			});
	}

	@ParameterizedTest
	@ValueSource(strings = { "5", "-1", "-5s", "soon" })
	void wrongMinimumHoldFailsTheStart(String value) {
		runner().withBean(WrongHold.class)
			.withPropertyValues("shop.hold=" + value)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOf(FileLockDefinitionException.class)
				.hasMessageContainingAll("minHold", "'" + value + "'"));
		for (String property : List.of("lockfile.min-hold", "lockfile.locks.none.min-hold")) {
			runner().withBean(Holds.class)
				.withPropertyValues(property + "=" + value)
				.run((context) -> assertThat(context).getFailure()
					.rootCause()
					.hasMessageContainingAll(property, value));
		}
	}

	@Test
	void lockIsKeptAfterTheMethodReturnedAlsoForTheSameThread() {
		runner().withBean(Holds.class).withPropertyValues("lockfile.locks.own.min-hold=1m").run((context) -> {
			Holds holds = context.getBean(Holds.class);
			assertThat(holds.own()).isEqualTo("done");
			assertThat(context.getBean(RunningBodies.class).count()).isZero();
			assertThatExceptionOfType(AlreadyLockedException.class).isThrownBy(holds::own);
			assertThat(FileLockContext.current()).isEmpty();
		});
		runner().withBean(Holds.class)
			.withPropertyValues("lockfile.locks.own.min-hold=200ms",
					"lockfile.directory=" + this.directory.resolve("other"))
			.run((context) -> {
				Holds holds = context.getBean(Holds.class);
				assertThat(holds.own()).isEqualTo("done");
				Awaitility.await().ignoreException(AlreadyLockedException.class).until(holds::own, "done"::equals);
			});
	}

	@Test
	void scheduledMethodWithAMinimumHoldIsNotEnteredAgainByItsThread() {
		runner().withUserConfiguration(Scheduling.class).run((context) -> {
			ScheduledJob job = context.getBean(ScheduledJob.class);
			AtomicInteger skipped = context.getBean(Scheduling.class).skipped;
			Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> skipped.get() > 5);
			assertThat(job.runs()).isOne();
		});
	}

	@Test
	void fallbackMethodIsCalledInstead() {
		runner().withBean(Fallbacks.class).run((context) -> {
			Fallbacks service = context.getBean(Fallbacks.class);
			assertThat(service.withException("x")).isEqualTo("body x");
			new FileLockTester(context.getBean(LockFiles.class)).whileHeldElsewhere("fallback", () -> {
				assertThat(service.withException("x")).startsWith("x: ").contains("fallback");
				assertThat(service.withoutException("x")).isEqualTo("private x");
				assertThat(service.overloaded("x", 1)).isEqualTo("right");
				assertThat(service.optional()).contains("instead");
				assertThatNoException().isThrownBy(service::nothing);
				assertThat(service.primitive()).isEqualTo(7);
				assertThatExceptionOfType(IOException.class).isThrownBy(service::checked)
					.withMessage("from the fallback");
				assertThat(service.inherited()).isEqualTo("inherited");
			});
		});
	}

	@Test
	void fallbackMethodIsForUnavailableLocksOnly() {
		runner().withPropertyValues("lockfile.strategy=os").withBean(Fallbacks.class).run((context) -> {
			Files.createDirectory(this.directory.resolve("fallback"));
			assertThatExceptionOfType(LockFailedException.class)
				.isThrownBy(() -> context.getBean(Fallbacks.class).withException("x"));
		});
		runner().withBean(Fallbacks.class)
			.run((context) -> assertThatExceptionOfType(AlreadyLockedException.class)
				.isThrownBy(() -> context.getBean(Fallbacks.class).throwing())
				.withMessage("from the body"));
	}

	@Test
	void propertyReplacesTheFallbackMethod() {
		runner().withBean(Fallbacks.class)
			.withPropertyValues("lockfile.locks.with-exception.on-unavailable=throw",
					"lockfile.locks.without-exception.on-unavailable=skip")
			.run((context) -> {
				Fallbacks service = context.getBean(Fallbacks.class);
				new FileLockTester(context.getBean(LockFiles.class)).whileHeldElsewhere("fallback", () -> {
					assertThatExceptionOfType(LockUnavailableException.class)
						.isThrownBy(() -> service.withException("x"));
					assertThat(service.withoutException("x")).isNull();
				});
			});
	}

	@ParameterizedTest
	@ValueSource(classes = { NoSuchFallback.class, OtherParameters.class, OtherReturnType.class, OtherException.class,
			FallbackIsItself.class, FallbackIsLocked.class })
	void fallbackMethodThatDoesNotFitFailsTheStart(Class<?> type) {
		runner().withBean(type)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOf(FileLockDefinitionException.class)
				.hasMessageContainingAll(type.getName() + ".run", "fallbackMethod"));
	}

	@Test
	void fallbackMethodMayHaveTheTypesThatGenericOnesStandFor() {
		runner().withBean(GenericNames.class)
			.withBean(GenericNumbers.class)
			.withBean(GenericObject.class)
			.run((context) -> {
				assertThat(context).hasNotFailed();
				new FileLockTester(context.getBean(LockFiles.class)).whileHeldElsewhere("generic", () -> {
					assertThat(context.getBean(GenericNames.class).run("x", List.of())).isEqualTo("names x");
					assertThat(context.getBean(GenericNumbers.class).run(7, List.of())).isEqualTo(-1);
					assertThat(context.getBean(GenericObject.class).run(7, List.of())).isEqualTo("object 7");
				});
			});
		runner().withBean(GenericMistake.class)
			.run((context) -> assertThat(context).getFailure()
				.hasMessageContainingAll("has no method with that name, the same parameters",
						"Add one: String instead(String, List, LockUnavailableException)."));
	}

	@Test
	void fallbackMethodTogetherWithSkipFailsTheStart() {
		runner().withBean(FallbackAndSkip.class)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOf(FileLockDefinitionException.class)
				.hasMessageContainingAll("SKIP", "fallbackMethod"));
	}

	@Test
	void severalLocksAreTakenInOrderAndReleasedInReverse() {
		Events events = new Events();
		runner().withBean(Several.class).withBean(Events.class, () -> events).run((context) -> {
			LockFiles locks = context.getBean(LockFiles.class);
			context.getBean(Several.class).ba(() -> {
				assertThat(locks.get("a").isHeldByCurrentThread()).isTrue();
				assertThat(locks.get("b").isHeldByCurrentThread()).isTrue();
				assertThat(locks.get("c").isHeldByCurrentThread()).isTrue();
				assertThat(FileLockContext.current("several-ba").orElseThrow().lockFile().path()).hasFileName("b");
				assertThat(FileLockContext.current("several-ba-2")).isEmpty();
				assertThat(FileLockContext.current("a").orElseThrow().lockFile().path()).hasFileName("a");
				return "done";
			});
			assertThat(events.all).containsExactly("+a", "+b", "+c", "-c", "-b", "-a");
		});
	}

	@Test
	void namesOfSeveralLocksAreNumbered() {
		runner().withBean(Several.class)
			.withPropertyValues("lockfile.locks.several-numbered-2.timeout=7s")
			.run((context) -> {
				assertThat(specs(context, Several.class, "numbered")).extracting(FileLockSpec::name)
					.containsExactly("several-numbered", "several-numbered-2", "x", "x-2");
				assertThat(specs(context, Several.class, "numbered").get(1).timeout()).hasSeconds(7);
			});
	}

	@Test
	void severalLocksAreAllOrNone() {
		Events events = new Events();
		runner().withBean(Several.class).withBean(Events.class, () -> events).run((context) -> {
			LockFiles locks = context.getBean(LockFiles.class);
			Several several = context.getBean(Several.class);
			new FileLockTester(locks).whileHeldElsewhere("b", () -> {
				assertThatExceptionOfType(LockTimeoutException.class).isThrownBy(() -> several.ba(() -> {
					throw new AssertionError("the body ran");
				})).withMessageContaining("lockfile.locks.several-ba.timeout");
				assertThat(locks.get("a").isLocked()).isFalse();
				assertThat(locks.get("c").isLocked()).isFalse();
			});
			assertThat(context.getBean(RunningBodies.class).count()).isZero();
		});
	}

	@Test
	void eachOfSeveralLocksHasItsOwnReaction() {
		runner().withBean(Several.class).run((context) -> {
			Several several = context.getBean(Several.class);
			FileLockTester tester = new FileLockTester(context.getBean(LockFiles.class));
			assertThat(several.reactions()).isEqualTo("done");
			tester.whileHeldElsewhere("thrown",
					() -> assertThatExceptionOfType(AlreadyLockedException.class).isThrownBy(several::reactions));
			tester.whileHeldElsewhere("skipped", () -> assertThat(several.reactions()).isNull());
			tester.whileHeldElsewhere("replaced", () -> assertThat(several.reactions()).isEqualTo("instead"));
		});
	}

	@Test
	void samePathTwiceIsTakenOnce() {
		Events events = new Events();
		runner().withBean(Several.class).withBean(Events.class, () -> events).run((context) -> {
			Several several = context.getBean(Several.class);
			assertThat(several.twice("same").get()).isEqualTo("done");
			assertThat(events.all).containsExactly("+same", "-same");
			assertThat(several.twice("other").get()).isEqualTo("done");
			assertThat(events.all).containsExactly("+same", "-same", "+other", "+same", "-same", "-other");
		});
	}

	@Test
	void samePathWithTwoStrategiesIsRefused() {
		runner().withBean(Several.class).run((context) -> {
			Several several = context.getBean(Several.class);
			assertThatExceptionOfType(LockFailedException.class).isThrownBy(() -> several.strategies("both"))
				.withMessageContainingAll("'both-1'", "'both-2'", "memory", "mkdir");
			assertThatNoException().isThrownBy(() -> several.strategies("different"));
		});
	}

	@Test
	void spellingsOfOnePathAreOneLock() throws IOException {
		Path real = Files.createDirectories(this.directory.resolve("zz"));
		Files.createSymbolicLink(this.directory.resolve("aa"), real);
		Events events = new Events();
		runner().withBean(Several.class).withBean(Events.class, () -> events).run((context) -> {
			Several several = context.getBean(Several.class);
			assertThat(several.spelled("zz/x", "aa/x")).succeedsWithin(Duration.ofSeconds(60));
			assertThat(several.spelled("./x", "x")).succeedsWithin(Duration.ofSeconds(60));
			assertThat(events.all).containsExactly("+x", "-x", "+x", "-x");
			events.all.clear();
			assertThat(several.spelled("aa/1", "zz/2")).succeedsWithin(Duration.ofSeconds(60));
			assertThat(several.spelled("aa/2", "zz/1")).succeedsWithin(Duration.ofSeconds(60));
			assertThat(events.all).containsExactly("+1", "+2", "-2", "-1", "+1", "+2", "-2", "-1");
		});
	}

	@Test
	void oppositeDeclarationsNeverWaitForEachOther() {
		runner().withBean(Several.class).withPropertyValues("lockfile.timeout=-1").run((context) -> {
			Several several = context.getBean(Several.class);
			int rounds = 300;
			AtomicInteger inside = new AtomicInteger();
			CyclicBarrier start = new CyclicBarrier(4);
			List<Callable<String>> calls = List.of(() -> several.xy(() -> count(inside)),
					() -> several.yx(() -> count(inside)), () -> several.stageXy(() -> count(inside)).get(),
					() -> several.stageYx(() -> count(inside)).get());
			List<CompletableFuture<Void>> threads = calls.stream().map((call) -> CompletableFuture.runAsync(() -> {
				try {
					start.await();
					for (int i = 0; i < rounds; i++) {
						assertThat(call.call()).isEqualTo("alone");
					}
				}
				catch (Exception ex) {
					throw new IllegalStateException(ex);
				}
			}, (task) -> new Thread(task).start())).toList();
			for (CompletableFuture<Void> thread : threads) {
				thread.get(60, TimeUnit.SECONDS);
			}
		});
	}

	private static String count(AtomicInteger inside) {
		String result = (inside.incrementAndGet() == 1) ? "alone" : "not alone";
		inside.decrementAndGet();
		return result;
	}

	@Test
	void composedAnnotationsOverrideAttributesAndAddUp() {
		runner().withBean(Composed.class).run((context) -> {
			assertThat(spec(context, Composed.class, "job")).satisfies((spec) -> {
				assertThat(spec.path().literal()).isEqualTo("jobs/nightly");
				assertThat(spec.name()).isEqualTo("nightly");
				assertThat(spec.timeout()).hasMinutes(2);
				assertThat(spec.minHold()).hasSeconds(9);
				assertThat(spec.mode()).isEqualTo(LockMode.SHARED);
				assertThat(spec.strategy()).isEqualTo("os");
				assertThat(spec.isSkipping()).isTrue();
			});
			assertThat(spec(context, Composed.class, "byValue")).satisfies((spec) -> {
				assertThat(spec.path().literal()).isEqualTo("by-value");
				assertThat(spec.isSkipping()).isTrue();
				assertThat(spec.fallback()).isNull();
			});
			assertThat(spec(context, Composed.class, "withFallback")).satisfies((spec) -> {
				assertThat(spec.path().literal()).isEqualTo("by-value");
				assertThat(spec.isSkipping()).isFalse();
				assertThat(spec.fallback()).isNotNull()
					.extracting((fallback) -> fallback.getName())
					.isEqualTo("instead");
			});
			assertThat(spec(context, Composed.class, "ofAComposedOne")).satisfies((spec) -> {
				assertThat(spec.path().literal()).isEqualTo("farther-away");
				assertThat(spec.isSkipping()).isFalse();
			});
			assertThat(specs(context, Composed.class, "both")).extracting((spec) -> spec.path().literal())
				.containsExactlyInAnyOrder("jobs/nightly", "beside", "and/more");
			assertThat(specs(context, Composed.class, "pair")).extracting((spec) -> spec.path().literal())
				.containsExactlyInAnyOrder("left", "right");
			context.getBean(Composed.class).pair(() -> {
				LockFiles locks = context.getBean(LockFiles.class);
				assertThat(locks.get("left").isLocked()).isTrue();
				assertThat(locks.get("right").isLocked()).isTrue();
			});
		});
	}

	@Test
	void annotationOfAnOverridingMethodReplacesTheInheritedOnes() {
		runner().withBean(Overriding.class)
			.run((context) -> assertThat(specs(context, Overriding.class, "run")).extracting(FileLockSpec::name)
				.containsExactly("nearer"));
	}

	@Test
	void propertiesOfOneLockReplaceAllAttributes() {
		runner().withBean(Composed.class)
			.withPropertyValues("lockfile.locks.nightly.timeout=3s", "lockfile.locks.nightly.strategy=memory",
					"lockfile.locks.nightly.min-hold=4s", "lockfile.locks.nightly.on-unavailable=throw")
			.run((context) -> assertThat(spec(context, Composed.class, "job")).satisfies((spec) -> {
				assertThat(spec.timeout()).hasSeconds(3);
				assertThat(spec.strategy()).isEqualTo("memory");
				assertThat(spec.minHold()).hasSeconds(4);
				assertThat(spec.isSkipping()).isFalse();
			}));
	}

	@ParameterizedTest
	@CsvSource({ "placeholder, link", "plain, none", "spelled, mkdir" })
	void strategyIsTheAnnotationsOrTheConfiguredOne(String method, String strategy) {
		runner().withBean(Strategies.class)
			.run((context) -> assertThat(spec(context, Strategies.class, method).strategy())
				.isEqualTo(strategy.equals("none") ? null : strategy));
	}

	@Test
	void strategyThatAPropertySetsMustSupportTheMode() {
		runner().withBean(Strategies.class)
			.withPropertyValues("lockfile.locks.shared.strategy=mkdir")
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOf(FileLockDefinitionException.class)
				.hasMessageContainingAll("SHARED", "mkdir"));
	}

	@Test
	void readersShareAndExcludeWriters() {
		runner().withBean(Strategies.class).run((context) -> {
			Strategies service = context.getBean(Strategies.class);
			LockFiles locks = context.getBean(LockFiles.class);
			String both = service
				.shared(() -> CompletableFuture.supplyAsync(() -> service.shared(() -> "both")).join());
			assertThat(both).isEqualTo("both");
			service.shared(() -> {
				assertThat(CompletableFuture.supplyAsync(() -> locks.get("shared").tryAcquire()).join()).isEmpty();
				return "";
			});
			// A writer that wants to read nests, a reader that wants to write is refused
			assertThat(service.exclusive(() -> service.shared(() -> "nested"))).isEqualTo("nested");
			assertThatExceptionOfType(LockNotAcquiredException.class)
				.isThrownBy(() -> service.shared(() -> service.exclusive(() -> "upgraded")));
		});
	}

	interface Body {

		String run();

	}

	static class Holds {

		@FileLocked("none")
		void none() {
		}

		@FileLocked(path = "own", timeout = "0", minHold = "2s")
		String own() {
			return "done";
		}

		@FileLocked(path = "placeholder", minHold = "${shop.hold}")
		void placeholder() {
		}

	}

	static class WrongHold {

		@FileLocked(path = "wrong", minHold = "${shop.hold}")
		void run() {
		}

	}

	static class ScheduledJob {

		private final AtomicInteger runs = new AtomicInteger();

		int runs() {
			return this.runs.get();
		}

		@Scheduled(fixedDelay = 1, timeUnit = TimeUnit.MILLISECONDS)
		@FileLocked(path = "scheduled", minHold = "1m", onUnavailable = FileLocked.OnUnavailable.SKIP)
		void run() {
			this.runs.incrementAndGet();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableScheduling
	static class Scheduling {

		private final AtomicInteger skipped = new AtomicInteger();

		@Bean
		ScheduledJob job() {
			return new ScheduledJob();
		}

		@Bean
		FileLockSkipListener skipListener() {
			return (name, strategy, mode) -> this.skipped.incrementAndGet();
		}

	}

	static class InheritedFallback {

		String inheritedFallback() {
			return "inherited";
		}

	}

	static class Fallbacks extends InheritedFallback {

		@FileLocked(path = "fallback", name = "with-exception", timeout = "0", fallbackMethod = "explain")
		String withException(String argument) {
			return "body " + argument;
		}

		String explain(String argument, LockUnavailableException ex) {
			assertThat(FileLockContext.current()).isEmpty();
			return argument + ": " + ex.getMessage();
		}

		@FileLocked(path = "fallback", name = "without-exception", timeout = "0", fallbackMethod = "hidden")
		String withoutException(String argument) {
			throw new AssertionError("the body ran");
		}

		private String hidden(String argument) {
			return "private " + argument;
		}

		@FileLocked(path = "fallback", name = "overloaded", timeout = "0", fallbackMethod = "overloaded")
		CharSequence overloaded(String text, int number) {
			throw new AssertionError("the body ran");
		}

		private String overloaded(String text, int number, RuntimeException ex) {
			return "right";
		}

		private String overloaded(String text, Integer number, LockUnavailableException ex) {
			return "wrong";
		}

		@FileLocked(path = "fallback", name = "optional", timeout = "0", fallbackMethod = "optionalInstead")
		Optional<String> optional() {
			throw new AssertionError("the body ran");
		}

		private Optional<String> optionalInstead(LockUnavailableException ex) {
			return Optional.of("instead");
		}

		@FileLocked(path = "fallback", name = "nothing", timeout = "0", fallbackMethod = "something")
		void nothing() {
			throw new AssertionError("the body ran");
		}

		private String something() {
			return "ignored";
		}

		@FileLocked(path = "fallback", name = "primitive", timeout = "0", fallbackMethod = "seven")
		int primitive() {
			throw new AssertionError("the body ran");
		}

		private static int seven() {
			return 7;
		}

		@FileLocked(path = "fallback", name = "checked", timeout = "0", fallbackMethod = "fail")
		void checked() throws IOException {
			throw new AssertionError("the body ran");
		}

		private void fail() throws IOException {
			throw new IOException("from the fallback");
		}

		@FileLocked(path = "fallback", name = "inherited", timeout = "0", fallbackMethod = "inheritedFallback")
		String inherited() {
			throw new AssertionError("the body ran");
		}

		@FileLocked(path = "throwing", fallbackMethod = "something")
		void throwing() {
			throw new AlreadyLockedException("from the body", "p", "s", Duration.ZERO, null);
		}

	}

	static class Generic<T, R> {

		@FileLocked(path = "generic", timeout = "0", fallbackMethod = "instead")
		R run(T argument, List<T> more) {
			throw new AssertionError("the body ran");
		}

	}

	static class GenericNames extends Generic<String, String> {

		String instead(String argument, List<String> more) {
			return "names " + argument;
		}

	}

	static class GenericNumbers extends Generic<Integer, Number> {

		Integer instead(Integer argument, List<Integer> more, LockUnavailableException ex) {
			return -1;
		}

	}

	static class GenericObject extends Generic<Integer, Object> {

		<T> Object instead(T argument, List<?> more) {
			return "object " + argument;
		}

	}

	static class GenericMistake extends Generic<String, String> {

		Integer instead(String argument, List<String> more) {
			return 1;
		}

	}

	static class NoSuchFallback {

		@FileLocked(path = "a", fallbackMethod = "other")
		void run() {
		}

	}

	static class OtherParameters {

		@FileLocked(path = "a", fallbackMethod = "other")
		void run(String argument) {
		}

		void other(Integer argument) {
		}

	}

	static class OtherReturnType {

		@FileLocked(path = "a", fallbackMethod = "other")
		String run() {
			return "";
		}

		Object other() {
			return "";
		}

	}

	static class OtherException {

		@FileLocked(path = "a", fallbackMethod = "other")
		void run() {
		}

		void other(AlreadyLockedException ex) {
		}

	}

	static class FallbackIsItself {

		@FileLocked(path = "a", fallbackMethod = "run")
		void run() {
		}

	}

	static class FallbackIsLocked {

		@FileLocked(path = "a", fallbackMethod = "other")
		void run() {
		}

		@FileLocked("b")
		void other() {
		}

	}

	static class FallbackAndSkip {

		@FileLocked(path = "a", fallbackMethod = "other", onUnavailable = FileLocked.OnUnavailable.SKIP)
		void run() {
		}

		void other() {
		}

	}

	static class Events implements LockListener {

		final List<String> all = new CopyOnWriteArrayList<>();

		@Override
		public void acquired(LockAttempt attempt, LockHandle handle) {
			this.all.add("+" + attempt.path().getFileName());
		}

		@Override
		public void released(LockAttempt attempt, Duration held) {
			this.all.add("-" + attempt.path().getFileName());
		}

	}

	static class Several {

		@FileLocked(path = "c", timeout = "20ms")
		@FileLocked(path = "./b", timeout = "20ms")
		@FileLocked(path = "a", timeout = "20ms")
		String ba(Body body) {
			return body.run();
		}

		@FileLocked("first/a")
		@FileLocked("first/b")
		@FileLocked(path = "first/c", name = "x")
		@FileLocked(path = "first/d", name = "x")
		void numbered() {
		}

		@FileLocked(path = "thrown", timeout = "0")
		@FileLocked(path = "skipped", onUnavailable = FileLocked.OnUnavailable.SKIP)
		@FileLocked(path = "replaced", timeout = "0", fallbackMethod = "instead")
		String reactions() {
			return "done";
		}

		private String instead() {
			return "instead";
		}

		@FileLocked("same")
		@FileLocked("#{#path}")
		CompletableFuture<String> twice(String path) {
			return CompletableFuture.completedFuture("done");
		}

		@FileLocked(path = "both", name = "both-1", strategy = "memory", mode = LockMode.SHARED)
		@FileLocked(path = "#{#path}", name = "both-2", strategy = "mkdir")
		void strategies(String path) {
		}

		@FileLocked(path = "#{#first}", name = "spelled-1")
		@FileLocked(path = "#{#second}", name = "spelled-2")
		CompletableFuture<String> spelled(String first, String second) {
			return CompletableFuture.completedFuture("done");
		}

		@FileLocked(path = "x", name = "x-1")
		@FileLocked(path = "y", name = "y-1")
		String xy(Body body) {
			return body.run();
		}

		@FileLocked(path = "y", name = "y-2")
		@FileLocked(path = "x", name = "x-2x")
		String yx(Body body) {
			return body.run();
		}

		@FileLocked(path = "x", name = "x-3")
		@FileLocked(path = "y", name = "y-3")
		CompletableFuture<String> stageXy(Body body) {
			return CompletableFuture.supplyAsync(body::run);
		}

		@FileLocked(path = "y", name = "y-4")
		@FileLocked(path = "x", name = "x-4")
		CompletableFuture<String> stageYx(Body body) {
			return CompletableFuture.supplyAsync(body::run);
		}

	}

	@Target(ElementType.METHOD)
	@Retention(RetentionPolicy.RUNTIME)
	@FileLocked(onUnavailable = FileLocked.OnUnavailable.SKIP)
	@interface Job {

		@AliasFor(annotation = FileLocked.class, attribute = "path")
		String target();

		@AliasFor(annotation = FileLocked.class)
		String name() default "";

		@AliasFor(annotation = FileLocked.class)
		String timeout() default "1s";

		@AliasFor(annotation = FileLocked.class)
		String minHold() default "9s";

		@AliasFor(annotation = FileLocked.class)
		LockMode mode() default LockMode.EXCLUSIVE;

		@AliasFor(annotation = FileLocked.class)
		String strategy() default "os";

	}

	@Target(ElementType.METHOD)
	@Retention(RetentionPolicy.RUNTIME)
	@FileLocked("left")
	@FileLocked("right")
	@interface Pair {

	}

	@Target({ ElementType.METHOD, ElementType.ANNOTATION_TYPE })
	@Retention(RetentionPolicy.RUNTIME)
	@FileLocked
	@interface Locked {

		@AliasFor(annotation = FileLocked.class)
		String value();

		@AliasFor(annotation = FileLocked.class)
		String name() default "";

		@AliasFor(annotation = FileLocked.class)
		FileLocked.OnUnavailable onUnavailable() default FileLocked.OnUnavailable.THROW;

		@AliasFor(annotation = FileLocked.class)
		String fallbackMethod() default "";

	}

	@Target(ElementType.METHOD)
	@Retention(RetentionPolicy.RUNTIME)
	@Locked("")
	@interface Farther {

		@AliasFor(annotation = Locked.class)
		String value();

	}

	static class Composed {

		@Locked(value = "by-value", onUnavailable = FileLocked.OnUnavailable.SKIP)
		void byValue() {
		}

		@Locked(value = "by-value", name = "with-fallback", fallbackMethod = "instead")
		String withFallback() {
			return "";
		}

		String instead() {
			return "instead";
		}

		@Farther("farther-away")
		void ofAComposedOne() {
		}

		@Job(target = "jobs/nightly", name = "nightly", timeout = "2m", mode = LockMode.SHARED)
		void job() {
		}

		@Job(target = "jobs/nightly", name = "nightly-2nd")
		@FileLocked("beside")
		@FileLocked("and/more")
		void both() {
		}

		@Pair
		void pair(Runnable body) {
			body.run();
		}

	}

	static class Overridden {

		@FileLocked("farther")
		@FileLocked("farthest")
		void run() {
		}

	}

	static class Overriding extends Overridden {

		@Override
		@FileLocked("nearer")
		void run() {
		}

	}

	static class Strategies {

		@FileLocked(path = "a", name = "placeholder", strategy = "${shop.strategy}")
		void placeholder() {
		}

		@FileLocked(path = "a", name = "plain")
		void plain() {
		}

		@FileLocked(path = "a", name = "spelled", strategy = "mkdir")
		void spelled() {
		}

		@FileLocked(path = "shared", mode = LockMode.SHARED)
		String shared(Body body) {
			return body.run();
		}

		@FileLocked(path = "shared", name = "exclusive")
		String exclusive(Body body) {
			return body.run();
		}

	}

}
