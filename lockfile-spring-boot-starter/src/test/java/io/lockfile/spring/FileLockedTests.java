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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.BeanFactoryAware;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.PriorityOrdered;
import org.springframework.core.annotation.AliasFor;
import org.springframework.http.ResponseEntity;
import reactor.core.publisher.Mono;

import io.lockfile.AlreadyLockedException;
import io.lockfile.LockFailedException;
import io.lockfile.LockFile;
import io.lockfile.LockFiles;
import io.lockfile.LockHandle;
import io.lockfile.LockMode;
import io.lockfile.LockTimeoutException;
import io.lockfile.boot.autoconfigure.LockFileAutoConfiguration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link FileLocked}.
 */
@ExtendWith(OutputCaptureExtension.class)
class FileLockedTests {

	@TempDir
	private Path directory;

	private ApplicationContextRunner runner() {
		return new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class, LockFileAutoConfiguration.class))
			.withPropertyValues("lockfile.strategy=memory", "lockfile.directory=" + this.directory,
					"lockfile.timeout=20ms", "shop.timeout=30ms", "shop.path=from/property");
	}

	private void withService(Consumer<Service> test, String... properties) {
		runner().withBean(Service.class)
			.withPropertyValues(properties)
			.run((context) -> test.accept(context.getBean(Service.class)));
	}

	private void whileHeld(String path, Runnable action) {
		try (LockFiles others = LockFiles.builder().directory(this.directory).strategy("memory").build();
				LockHandle held = others.get(path).acquire()) {
			action.run();
		}
	}

	@Test
	void bodyRunsUnderTheLock() {
		withService((service) -> {
			assertThat(AopUtils.isCglibProxy(service)).isTrue();
			assertThat(service.plain(() -> isFree("plain"))).isFalse();
			assertThat(isFree("plain")).isTrue();
		});
	}

	private boolean isFree(String path) {
		try (LockFiles others = LockFiles.builder().directory(this.directory).strategy("memory").build()) {
			Optional<LockHandle> handle = others.get(path).tryAcquire();
			handle.ifPresent(LockHandle::close);
			return handle.isPresent();
		}
	}

	@Test
	void lockThatIsNotObtainedNeverLetsTheBodyRunAndSaysWhatToChange() {
		withService((service) -> whileHeld("plain", () -> {
			assertThatExceptionOfType(LockTimeoutException.class).isThrownBy(() -> service.plain(() -> {
				throw new AssertionError("the body ran");
			}))
				.withMessageContainingAll("'plain'", this.directory.resolve("plain").toString(), "memory",
						"pid " + ProcessHandle.current().pid(), "lockfile.locks.plain.timeout");
		}));
	}

	@Test
	void skipReturnsNothing() {
		withService((service) -> {
			assertThat(service.skipped()).isEqualTo("done");
			assertThat(service.skippedOptional()).contains("done");
			whileHeld("skipped", () -> {
				assertThat(service.skipped()).isNull();
				assertThat(service.skippedOptional()).isEmpty();
				assertThat(service.skippedOptionalInt()).isEmpty();
				service.skippedVoid();
			});
		});
	}

	@Test
	void skipDoesNotHideWhatTheBodyThrows() {
		withService((service) -> assertThatExceptionOfType(AlreadyLockedException.class)
			.isThrownBy(service::skippedThatThrows)
			.withMessage("from the body"));
	}

	@Test
	void skipDoesNotHideOtherFailures() {
		runner().withPropertyValues("lockfile.strategy=os").withBean(Service.class).run((context) -> {
			Files.createDirectory(this.directory.resolve("skipped"));
			assertThatExceptionOfType(LockFailedException.class)
				.isThrownBy(() -> context.getBean(Service.class).skipped())
				.withMessageContaining("directory");
		});
	}

	@Test
	void bodysExceptionIsThrownAndTheLockReleased() {
		withService((service) -> {
			assertThatExceptionOfType(IOException.class).isThrownBy(() -> service.throwing())
				.withMessage("from the body");
			assertThat(isFree("throwing")).isTrue();
		});
	}

	@Test
	void pathMayDependOnArgumentsPlaceholdersAndBeans() {
		withService((service) -> {
			assertThat(service.order(new Order("4711"), () -> isFree("orders/4711"))).isFalse();
			assertThat(service.order(new Order("4711"), () -> isFree("orders/4712"))).isTrue();
			assertThat(service.file(Path.of("inbox", "a.csv"), () -> isFree("imports/a.csv"))).isFalse();
			assertThat(service.placeholder(() -> isFree("from/property"))).isFalse();
			assertThat(service.whole("a/b/c", () -> isFree("a/b/c"))).isFalse();
			assertThat(service.bean(() -> isFree("from/property"))).isFalse();
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "..", ".", "a/b", "/etc", "a\\b", "", " " })
	void expressionInAPathYieldsOneName(String id) {
		withService((service) -> assertThatExceptionOfType(LockFailedException.class)
			.isThrownBy(() -> service.order(new Order(id), () -> {
				throw new AssertionError("the body ran");
			}))
			.withMessageContainingAll("orders/#{#order.id}", "order"));
	}

	@Test
	void expressionThatYieldsNullOrFailsIsAnError() {
		withService((service) -> {
			assertThatExceptionOfType(LockFailedException.class).isThrownBy(() -> service.whole(null, () -> false))
				.withMessageContaining("null");
			assertThatExceptionOfType(LockFailedException.class).isThrownBy(() -> service.order(null, () -> false))
				.withMessageContaining("orders/#{#order.id}");
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "../a", "/etc/passwd", "a/../../b", "a\0b" })
	void wholeExpressionIsConfinedToTheLockDirectory(String path) {
		withService((service) -> assertThatExceptionOfType(LockFailedException.class)
			.isThrownBy(() -> service.whole(path, () -> {
				throw new AssertionError("the body ran");
			})));
	}

	@ParameterizedTest
	@CsvSource({ "plain, plain", "order, settle", "file, service-file", "placeholder, service-placeholder",
			"named, named-only", "reserved, service-reserved", "dotted, billing.nightly_2-é" })
	void nameIsDeclaredOrDerived(String method, String name) {
		runner().withBean(Service.class).run((context) -> {
			FileLockSpec spec = spec(context, method);
			assertThat(spec.name()).isEqualTo(name);
		});
	}

	@ParameterizedTest
	@ValueSource(classes = { WithSlash.class, WithSpace.class, OnlyDots.class, CalledNone.class, CalledOther.class })
	void nameThatSomebodyCanNotCarryFailsTheStart(Class<?> type) {
		String name = type.getDeclaredMethods()[0].getAnnotation(FileLocked.class).name();
		runner().withBean(type)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOf(FileLockDefinitionException.class)
				.hasMessageContaining("%s.run has the name '%s', which".formatted(type.getName(), name))
				.extracting((failure) -> ((FileLockDefinitionException) failure).getAction())
				.asString()
				.contains("lockfile.locks.<name>", "endpoint"));
		assertThatIllegalArgumentException().isThrownBy(() -> new FileLockTemplate(LockFiles.create()).withName(name))
			.withMessageContaining("'%s', which".formatted(name));
	}

	@Test
	void timeoutsHaveTheirDefaultsAndPrecedence() {
		runner().withBean(Service.class)
			.withPropertyValues("lockfile.locks.named-only.timeout=7s", "lockfile.locks.skipped-void.timeout=8s",
					"lockfile.locks[billing.nightly_2-é].timeout=9s", "lockfile.locks.settle.on-unavailable=skip",
					"lockfile.locks.servicefile.timeout=-1")
			.run((context) -> {
				assertThat(spec(context, "dotted").timeout()).hasSeconds(9);
				assertThat(spec(context, "plain").timeout()).hasMillis(20);
				assertThat(spec(context, "skipped").timeout()).isZero();
				assertThat(spec(context, "placeholder").timeout()).hasMillis(30);
				assertThat(spec(context, "named").timeout()).hasSeconds(7);
				assertThat(spec(context, "skippedVoid").timeout()).hasSeconds(8);
				assertThat(spec(context, "order").isSkipping()).isTrue();
				assertThat(spec(context, "order").timeout()).as("of the annotation").hasSeconds(1);
				assertThat(spec(context, "file").timeout()).isEqualTo(LockFiles.FOREVER);
			});
	}

	@Test
	void methodIsReadOnce() {
		runner().withBean(Service.class)
			.run((context) -> assertThat(method(context, "plain")).isSameAs(method(context, "plain")));
	}

	private static FileLockSpec spec(AssertableApplicationContext context, String method) {
		return method(context, method).specs().get(0);
	}

	private static FileLockedMethod method(AssertableApplicationContext context, String method) {
		return List.of(Service.class.getDeclaredMethods())
			.stream()
			.filter((candidate) -> candidate.getName().equals(method))
			.map((candidate) -> context.getBean(FileLockedMethods.class).get(candidate, Service.class))
			.findFirst()
			.orElseThrow();
	}

	@Test
	void composedAnnotationIsFound() {
		withService((service) -> assertThat(service.composed(() -> isFree("composed/path"))).isFalse());
	}

	@Test
	void annotationOnAnInterfaceIsFoundBehindBothKindsOfProxy() {
		for (boolean classes : new boolean[] { true, false }) {
			runner().withPropertyValues("spring.aop.proxy-target-class=" + classes)
				.withBean("api", ApiImplementation.class)
				.run((context) -> {
					Api api = context.getBean(Api.class);
					assertThat(AopUtils.isJdkDynamicProxy(api)).isEqualTo(!classes);
					assertThat(api.call(() -> isFree("api"))).isFalse();
				});
		}
	}

	@Test
	void methodsAreLockedWithoutAopAutoConfiguration() {
		runner().withPropertyValues("spring.aop.auto=false")
			.withBean(Service.class)
			.run((context) -> assertThat(context.getBean(Service.class).plain(() -> isFree("plain"))).isFalse());
	}

	@Test
	void disabledLocksLetBodiesRun() {
		withService((service) -> whileHeld("plain", () -> assertThat(service.plain(() -> true)).isTrue()),
				"lockfile.enabled=false");
	}

	@Test
	void strategyAndModeOfTheAnnotationAreUsed() {
		runner().withBean(Readers.class).run((context) -> {
			LockFiles locks = context.getBean(LockFiles.class);
			context.getBean(Readers.class).read(() -> {
				LockFile lock = locks.get("readers", "memory");
				assertThat(CompletableFuture.supplyAsync(lock::tryAcquire).join()).isEmpty();
				assertThat(CompletableFuture.supplyAsync(() -> lock.tryAcquire(LockMode.SHARED)).join())
					.hasValueSatisfying(LockHandle::close);
				return true;
			});
			context.getBean(Readers.class).link(() -> {
				assertThat(locks.directory().resolve("linked.lock")).isRegularFile();
				return true;
			});
		});
	}

	@Test
	void strategyOfOneLockMayBeConfigured() {
		runner().withBean(Readers.class).withPropertyValues("lockfile.locks.linked.strategy=mkdir").run((context) -> {
			LockFiles locks = context.getBean(LockFiles.class);
			context.getBean(Readers.class).link(() -> {
				assertThat(locks.directory().resolve("linked.lock")).isDirectory();
				return true;
			});
		});
	}

	static Stream<Arguments> wrongMethods() {
		return Stream.of(
				Arguments.of(ReturnsFuture.class, "returns Future, which doesn't tell when its work is done",
						"Return a CompletableFuture, or make it an @Async method."),
				Arguments.of(SkipsPrimitive.class, "has nothing to return then: its return type is int.",
						"Return an Optional or an object that may be null, or let it throw."),
				Arguments.of(NeitherPathNorName.class, "has neither a path nor a name.", "@FileLocked(\"run\")"),
				Arguments.of(BareTimeout.class, "has a wrong timeout, \"5\": '5' has no unit.",
						"Write for example '5s' or '5ms'"),
				Arguments.of(NegativeTimeout.class, "has a wrong timeout, \"-5s\": '-5s' is negative.",
						"or -1 to wait forever"),
				Arguments.of(UnknownTimeout.class, "has a wrong timeout, \"soon\": 'soon' is not a duration.",
						"'5s', '500ms' or 'PT1M'"),
				Arguments.of(BadExpression.class, "has the path 'a/#{#x.}', which can't be resolved",
						"Correct the attribute 'path', or the property that it names."),
				Arguments.of(MissingPlaceholder.class, "has the path 'a/${not.there}', which can't be resolved",
						"placeholder that no property resolves: a/${not.there}"),
				Arguments.of(VariableName.class, "has the name 'b-#{#c}', which is not a fixed one.",
						"Write a literal name, and put what changes into the path."),
				Arguments.of(PrivateMethod.class, "is private, so no proxy of bean",
						"Make it an instance method that is not private."),
				Arguments.of(StaticMethod.class, "is static, so no proxy of bean",
						"Make it an instance method that is not private."),
				Arguments.of(ReturnsCallable.class, "returns Callable, whose work begins after the lock was released.",
						"Lock the method that does the work, or return a CompletableFuture."),
				Arguments.of(OutsidePath.class, "has a wrong path: ", "outside"),
				Arguments.of(UpwardsTemplate.class,
						"has the path '../#{#x}', which can't be resolved: a segment '..' of it leaves its directory.",
						"Correct the attribute 'path', or the property that it names."),
				Arguments.of(AcrossTemplate.class, "has the path 'a/../#{#x}', which can't be resolved: a segment '..'",
						"Correct the attribute 'path', or the property that it names."),
				Arguments.of(UnknownStrategy.class,
						"has a wrong strategy: There is no lock strategy 'nonsense'; there are flock,",
						"Correct the attribute 'strategy'"),
				Arguments.of(SharedWithoutSharedMode.class, "has mode SHARED, which strategy 'link' doesn't support.",
						"memory, os"),
				Arguments.of(ParameterWithoutHash.class, "'order' is no property of #root",
						"Write #order for the parameter"),
				Arguments.of(UnknownFunction.class, "there is no function 'key'",
						"Correct the attribute 'path', or the property that it names."),
				Arguments.of(ReturnsResponseOfMono.class,
						"returns a response of Mono, whose work ends after the lock was released.",
						"or return a CompletableFuture or a Mono of the response."));
	}

	@ParameterizedTest
	@MethodSource("wrongMethods")
	void methodThatCanNotBeLockedFailsTheStart(Class<?> type, String reason, String remedy) {
		runner().withBean(type)
			.run((context) -> assertThat(context).hasFailed()
				.getFailure()
				.isInstanceOf(FileLockDefinitionException.class)
				.hasMessageContainingAll(type.getName() + ".run ", reason, remedy));
	}

	@Test
	void parameterWithoutHashIsToldHowToWriteIt() {
		runner().withBean(ParameterWithoutHash.class)
			.run((context) -> assertThat(context).getFailure().hasMessageContaining("Write #order for the parameter"));
	}

	@Test
	void expressionsThatAskForMoreThanParametersAreAllowed() {
		runner().withBean(Expressions.class).run((context) -> {
			Expressions expressions = context.getBean(Expressions.class);
			assertThat(expressions.root("x")).isEqualTo("root-x");
			assertThat(expressions.map(Map.of("key", "y"), List.of("z"))).isEqualTo("y-z-lit-4");
		});
	}

	@Test
	void typesInExpressionsAreThoseOfTheApplicationWhateverThreadCallsFirst() {
		runner().withBean(Expressions.class).run((context) -> {
			Expressions expressions = context.getBean(Expressions.class);
			Thread thread = Thread.currentThread();
			ClassLoader usual = thread.getContextClassLoader();
			thread.setContextClassLoader(ClassLoader.getPlatformClassLoader());
			try {
				assertThat(expressions.type()).isEqualTo("order-" + FileLockAdvisor.DEFAULT_ORDER);
			}
			finally {
				thread.setContextClassLoader(usual);
			}
		});
	}

	@Test
	@DisabledOnOs(value = OS.WINDOWS, disabledReason = "symbolic links need a privilege")
	void wholeExpressionDoesNotLeaveTheLockDirectoryThroughALink() throws IOException {
		Path outside = Files.createDirectories(this.directory.resolve("outside/linked"));
		Path locks = Files.createDirectory(this.directory.resolve("locks"));
		Files.createSymbolicLink(locks.resolve("link"), outside);
		withService((service) -> assertThatExceptionOfType(LockFailedException.class)
			.isThrownBy(() -> service.whole(locks + "/link/../victim", () -> {
				throw new AssertionError("the body ran");
			}))
			.withMessageContaining("leaves the lock directory"), "lockfile.strategy=os", "lockfile.directory=" + locks);
		assertThat(outside.resolveSibling("victim")).doesNotExist();
	}

	@Test
	void finalClassFailsTheStart() {
		runner().withBean(FinalClass.class)
			.run((context) -> assertThat(context).getFailure().hasMessageContaining(FinalClass.class.getName()));
	}

	@Test
	void finalMethodAndBeanWithoutProxyFailTheStart() {
		for (Class<?> configuration : List.of(FinalMethod.class, TooEarly.class)) {
			runner().withUserConfiguration(configuration)
				.run((context) -> assertThat(context).getFailure()
					.isInstanceOf(FileLockDefinitionException.class)
					.hasMessageContainingAll("would run unlocked", "run"));
		}
	}

	@Test
	void finalMethodOfAPrototypeFailsTheStart() {
		runner().withBean(FinalMethod.class, FinalMethod::new, (definition) -> definition.setScope("prototype"))
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOf(FileLockDefinitionException.class)
				.hasMessageContaining("final"));
	}

	@Test
	void proxyThatDoesNotLockFailsTheStart() {
		runner().withUserConfiguration(ForeignProxy.class)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOf(FileLockDefinitionException.class)
				.hasMessageContaining("would run unlocked"));
	}

	@Test
	void annotationOnAnInterfaceIsFoundWhereTheImplementationIsInherited() {
		runner().withBean("inheriting", Inheriting.class)
			.run((context) -> assertThat(context.getBean(Api.class).call(() -> isFree("api"))).isFalse());
	}

	@Test
	void namesThatPropertiesCanNotTellApartFailTheStart() {
		runner().withBean(Twins.class)
			.run((context) -> assertThat(context).getFailure().hasMessageContainingAll("report-11", "report-1-1"));
	}

	@Test
	void bodiesMayLockWhileTheContextIsClosed() {
		ArrayList<String> destroyed = new ArrayList<>();
		runner().withBean(Service.class)
			.withBean(Destroyed.class, destroyed)
			.run((context) -> assertThat(context).hasSingleBean(Destroyed.class));
		assertThat(destroyed).containsExactly("flushed");
	}

	@Test
	void settingsOfALockThatIsNotKnownYetAreOnlyWarnedAbout(CapturedOutput output) {
		runner().withPropertyValues("lockfile.locks.api.timeout=5s")
			.withUserConfiguration(LazyBean.class)
			.run((context) -> {
				assertThat(context).hasNotFailed();
				assertThat(context.getBean(LateApi.class).call(() -> isFree("late"))).isFalse();
			});
		assertThat(output).contains("lockfile.locks.api");
	}

	@Test
	void skipListenerThatThrowsChangesNothing() {
		runner().withBean(Service.class).withBean(FileLockSkipListener.class, () -> (name, strategy, mode) -> {
			throw new IllegalStateException("on purpose");
		}).run((context) -> whileHeld("skipped", () -> assertThat(context.getBean(Service.class).skipped()).isNull()));
	}

	@Test
	void testDoubleIsOnlyWarnedAbout(CapturedOutput output) {
		runner().withInitializer((context) -> context.getBeanFactory().registerSingleton("double", new Service()))
			.run((context) -> assertThat(context).hasNotFailed());
		assertThat(output).contains("bean 'double' would run unlocked");
	}

	@FileLocked(timeout = "1m")
	@Target(ElementType.METHOD)
	@Retention(RetentionPolicy.RUNTIME)
	@interface Composed {

		@AliasFor(annotation = FileLocked.class, attribute = "path")
		String target();

	}

	interface Body {

		boolean run();

	}

	record Order(String id) {
	}

	public static class WithSlash {

		@FileLocked(path = "a", name = "a/b")
		public void run() {
		}

	}

	public static class WithSpace {

		@FileLocked(path = "a", name = "a b")
		public void run() {
		}

	}

	public static class OnlyDots {

		@FileLocked(path = "a", name = "..")
		public void run() {
		}

	}

	public static class CalledNone {

		@FileLocked(path = "a", name = "none")
		public void run() {
		}

	}

	public static class CalledOther {

		@FileLocked(path = "a", name = "other")
		public void run() {
		}

	}

	static class Service {

		@FileLocked("none")
		void reserved() {
		}

		@FileLocked(path = "dotted", name = "billing.nightly_2-é")
		void dotted() {
		}

		@FileLocked("plain")
		boolean plain(Body body) {
			return body.run();
		}

		@FileLocked(path = "skipped", onUnavailable = FileLocked.OnUnavailable.SKIP)
		String skipped() {
			return "done";
		}

		@FileLocked(path = "skipped", onUnavailable = FileLocked.OnUnavailable.SKIP)
		Optional<String> skippedOptional() {
			return Optional.of("done");
		}

		@FileLocked(path = "skipped", onUnavailable = FileLocked.OnUnavailable.SKIP)
		OptionalInt skippedOptionalInt() {
			return OptionalInt.of(1);
		}

		@FileLocked(path = "skipped", name = "skipped-void", onUnavailable = FileLocked.OnUnavailable.SKIP)
		void skippedVoid() {
			throw new AssertionError("the body ran");
		}

		@FileLocked(path = "throws", onUnavailable = FileLocked.OnUnavailable.SKIP)
		void skippedThatThrows() {
			throw new AlreadyLockedException("from the body", "p", "s", Duration.ZERO, null);
		}

		@FileLocked("throwing")
		void throwing() throws IOException {
			throw new IOException("from the body");
		}

		@FileLocked(path = "orders/#{#order.id}", name = "settle", timeout = "1s")
		Boolean order(Order order, Body body) {
			return body.run();
		}

		@FileLocked("imports/#{#file.fileName}")
		boolean file(Path file, Body body) {
			return body.run();
		}

		@FileLocked(path = "${shop.path}", timeout = "${shop.timeout}")
		boolean placeholder(Body body) {
			return body.run();
		}

		@FileLocked("#{#path}")
		boolean whole(String path, Body body) {
			return body.run();
		}

		@FileLocked("#{@environment.getProperty('shop.path')}")
		boolean bean(Body body) {
			return body.run();
		}

		@FileLocked(name = "named-only")
		boolean named(Body body) {
			return body.run();
		}

		@Composed(target = "composed/path")
		boolean composed(Body body) {
			return body.run();
		}

	}

	interface Api {

		@FileLocked("api")
		boolean call(Body body);

	}

	static class ApiImplementation implements Api {

		@Override
		public boolean call(Body body) {
			return body.run();
		}

	}

	static class ReturnsFuture {

		@FileLocked("a")
		Future<String> run() {
			return CompletableFuture.completedFuture("");
		}

	}

	static class SkipsPrimitive {

		@FileLocked(path = "a", onUnavailable = FileLocked.OnUnavailable.SKIP)
		int run() {
			return 1;
		}

	}

	static class NeitherPathNorName {

		@FileLocked
		void run() {
		}

	}

	static class BareTimeout {

		@FileLocked(path = "a", timeout = "5")
		void run() {
		}

	}

	static class NegativeTimeout {

		@FileLocked(path = "a", timeout = "-5s")
		void run() {
		}

	}

	static class UnknownTimeout {

		@FileLocked(path = "a", timeout = "soon")
		void run() {
		}

	}

	static class BadExpression {

		@FileLocked("a/#{#x.}")
		void run() {
		}

	}

	static class MissingPlaceholder {

		@FileLocked("a/${not.there}")
		void run() {
		}

	}

	static class VariableName {

		@FileLocked(path = "a", name = "b-#{#c}")
		void run(String c) {
		}

	}

	static class PrivateMethod {

		@FileLocked("a")
		private void run() {
		}

	}

	static class StaticMethod {

		@FileLocked("a")
		static void run() {
		}

	}

	static class FinalMethod {

		@FileLocked("b")
		void other() {
		}

		@FileLocked("a")
		final void run() {
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class TooEarly {

		@Bean
		static NeedsNothing first() {
			return new NeedsNothing();
		}

		@Bean
		static Named named() {
			return new Named();
		}

	}

	static class NeedsNothing implements BeanPostProcessor, PriorityOrdered, BeanFactoryAware {

		@Override
		public int getOrder() {
			return HIGHEST_PRECEDENCE;
		}

		@Override
		public void setBeanFactory(BeanFactory beanFactory) {
			beanFactory.getBean(Named.class);
		}

	}

	static class Named {

		@FileLocked("a")
		void run() {
		}

	}

	static final class FinalClass {

		@FileLocked("a")
		void run() {
		}

	}

	static class ReturnsCallable {

		@FileLocked("a")
		Callable<String> run() {
			return () -> "";
		}

	}

	static class OutsidePath {

		@FileLocked("../outside")
		void run() {
		}

	}

	static class Twins {

		@FileLocked("report-11")
		void first() {
		}

		@FileLocked("report-1-1")
		void second() {
		}

	}

	public static class InheritedImplementation {

		public boolean call(Body body) {
			return body.run();
		}

	}

	static class Inheriting extends InheritedImplementation implements Api {

	}

	static class Destroyed implements DisposableBean {

		private final Service service;

		private final List<String> events;

		Destroyed(Service service, List<String> events) {
			this.service = service;
			this.events = events;
		}

		@Override
		public void destroy() {
			this.service.plain(() -> this.events.add("flushed"));
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ForeignProxy {

		@Bean
		static Api foreign() {
			return (Api) new ProxyFactory(new ApiImplementation()).getProxy();
		}

		@Bean
		static CreatesEarly createsEarly() {
			return new CreatesEarly();
		}

	}

	static class CreatesEarly implements BeanPostProcessor, PriorityOrdered, BeanFactoryAware {

		@Override
		public int getOrder() {
			return HIGHEST_PRECEDENCE;
		}

		@Override
		public void setBeanFactory(BeanFactory beanFactory) {
			beanFactory.getBean(Api.class);
		}

	}

	interface LateApi {

		boolean call(Body body);

	}

	static class LateImplementation implements LateApi {

		@Override
		@FileLocked("late")
		public boolean call(Body body) {
			return body.run();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class LazyBean {

		@Bean
		@Lazy
		LateApi late() {
			return new LateImplementation();
		}

	}

	static class Readers {

		@FileLocked(path = "readers", strategy = "memory", mode = LockMode.SHARED)
		boolean read(Supplier<Boolean> body) {
			return body.get();
		}

		@FileLocked(path = "linked", strategy = "link")
		boolean link(Supplier<Boolean> body) {
			return body.get();
		}

	}

	static class ParameterWithoutHash {

		@FileLocked("orders/#{order.id}")
		void run(Order order) {
		}

	}

	static class ReturnsResponseOfMono {

		@FileLocked("b")
		ResponseEntity<String> whole() {
			return ResponseEntity.ok("whole");
		}

		@FileLocked("a")
		ResponseEntity<Mono<String>> run() {
			return ResponseEntity.ok(Mono.empty());
		}

	}

	static class UnknownFunction {

		@FileLocked("orders/#{#key(#order)}")
		void run(Order order) {
		}

	}

	static class Expressions {

		@FileLocked("#{method.name}-#{args[0]}")
		String root(String argument) {
			return fileName();
		}

		@FileLocked("#{#map[key] + '-' + #list.?[length() == 1][0]}-#{{lit: 4}.![key + '-' + value][0]}")
		String map(Map<String, String> map, List<String> list) {
			return fileName();
		}

		@FileLocked("order-#{T(io.lockfile.spring.FileLockAdvisor).DEFAULT_ORDER}")
		String type() {
			return fileName();
		}

		private static String fileName() {
			return FileLockContext.current().orElseThrow().lockFile().path().getFileName().toString();
		}

	}

	static class UpwardsTemplate {

		@FileLocked("../#{#x}")
		void run(String x) {
		}

	}

	static class AcrossTemplate {

		@FileLocked("a/../#{#x}")
		void run(String x) {
		}

	}

	static class UnknownStrategy {

		@FileLocked(path = "a", strategy = "nonsense")
		void run() {
		}

	}

	static class SharedWithoutSharedMode {

		@FileLocked(path = "a", strategy = "link", mode = LockMode.SHARED)
		void run() {
		}

	}

}
