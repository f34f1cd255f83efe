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

import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import org.aopalliance.intercept.MethodInterceptor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.aop.SpringProxy;
import org.springframework.aop.framework.AopContext;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.aop.framework.ProxyFactoryBean;
import org.springframework.aop.framework.autoproxy.DefaultAdvisorAutoProxyCreator;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.NameMatchMethodPointcut;
import org.springframework.aop.target.HotSwappableTargetSource;
import org.springframework.beans.factory.BeanCreationException;
import org.springframework.beans.factory.BeanRegistrar;
import org.springframework.beans.factory.BeanRegistry;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.beans.factory.config.CustomScopeConfigurer;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;
import org.springframework.context.support.SimpleThreadScope;
import org.springframework.core.Ordered;
import org.springframework.core.OverridingClassLoader;
import org.springframework.core.env.Environment;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import reactor.core.publisher.Mono;

import io.lockfile.LockFiles;
import io.lockfile.boot.autoconfigure.LockFileAutoConfiguration;
import io.lockfile.spring.test.FileLockTester;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests of beans and proxies of all kinds: the method is locked, or the application
 * doesn't start.
 */
@ExtendWith(OutputCaptureExtension.class)
class BeansAndProxiesTests {

	@TempDir
	private Path directory;

	private ApplicationContextRunner runner() {
		return new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class, LockFileAutoConfiguration.class))
			.withPropertyValues("lockfile.strategy=memory", "lockfile.directory=" + this.directory);
	}

	/**
	 * Return what the current body is locked by.
	 * @return the name of the file, or {@code unlocked}
	 */
	private static String locked() {
		return FileLockContext.current()
			.map((held) -> held.lockFile().path().getFileName().toString())
			.orElse("unlocked");
	}

	@ParameterizedTest
	@ValueSource(classes = { PostConstructed.class, Inheriting.class, PreDestroyed.class, Initializing.class,
			Disposable.class, InitMethod.class, DestroyMethod.class, InferredDestroyMethod.class, Closed.class,
			Injected.class })
	void methodThatIsCalledBeforeThereIsAProxyOrAfterwardsFailsTheStart(Class<?> configuration) {
		runner().withUserConfiguration(configuration)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOf(FileLockDefinitionException.class)
				.hasMessageContainingAll("initialized or destroyed", "would run unlocked", "FileLockOperations"));
	}

	@Test
	void methodThatNoInterfaceOfTheProxyHasFailsTheStart() {
		runner().withBean(NotInInterface.class)
			.withPropertyValues("spring.aop.proxy-target-class=false")
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOf(FileLockDefinitionException.class)
				.hasMessageContainingAll("NotInInterface.inner", "would run unlocked", "no interface",
						"spring.aop.proxy-target-class"));
		runner().withBean(NotInInterface.class)
			.run((context) -> assertThat(context.getBean(NotInInterface.class).inner()).isEqualTo("inner"));
	}

	@Test
	void genericInterfacesAndDefaultMethodsAreLockedBehindBothKindsOfProxy() {
		for (boolean classProxy : List.of(true, false)) {
			runner().withBean("handler", TextHandler.class)
				.withPropertyValues("spring.aop.proxy-target-class=" + classProxy)
				.run((context) -> {
					@SuppressWarnings("unchecked")
					Handler<String> handler = context.getBean("handler", Handler.class);
					assertThat(handler.handle("x")).isEqualTo("handle-x");
					assertThat(handler.inherited()).isEqualTo("inherited");
				});
		}
	}

	@Test
	void differentLocksOfTwoInterfacesFailTheStart() {
		runner().withBean(TwoInterfaces.class)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOf(FileLockDefinitionException.class)
				.hasMessageContainingAll("BeansAndProxiesTests$One", "BeansAndProxiesTests$Two", "TwoInterfaces.run"));
		runner().withBean("again", OwnLock.class)
			.run((context) -> assertThat(context.getBean(OwnLock.class).run()).isEqualTo("own"));
	}

	@ParameterizedTest
	@ValueSource(classes = { InheritedForTwoInterfaces.class, AnnotatedBaseBesideAnInterface.class })
	void differentLocksOfInterfacesAndAnInheritedImplementationFailTheStart(Class<?> bean) {
		runner().withBean(bean)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOf(FileLockDefinitionException.class)
				.hasMessageContainingAll("inherits different locks", "FirstInterface"));
	}

	@Test
	void lockOfTheNearestInterfaceCountsForAnInheritedImplementation() {
		runner().withBean(InheritedForANearerInterface.class)
			.run((context) -> assertThat(context.getBean(FirstInterface.class).go()).isEqualTo("nearer"));
	}

	@ParameterizedTest
	@ValueSource(classes = { LazyFinalMethod.class, PrototypeWithFinalMethod.class })
	void finalMethodOfABeanThatWillHaveAProxyOfItsClassFailsTheStart(Class<?> configuration) {
		runner().withUserConfiguration(configuration)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOf(FileLockDefinitionException.class)
				.hasMessageContainingAll("would run unlocked", "it is final"));
		runner().withUserConfiguration(configuration)
			.withPropertyValues("spring.aop.proxy-target-class=false")
			.run((context) -> assertThat(context.getBean(FirstInterface.class).go()).isEqualTo("final"));
	}

	@Test
	void initializationOnDemandHidesNothing() {
		runner().withUserConfiguration(FinalMethods.class)
			.withInitializer(
					(context) -> context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()))
			.run((context) -> assertThat(context).getFailure().isInstanceOf(FileLockDefinitionException.class));
	}

	@Test
	void lazyBeanWhoseClassRefersToOneThatIsNotThereIsLeftAlone() throws Exception {
		ClassLoader withoutMissing = new OverridingClassLoader(getClass().getClassLoader()) {

			@Override
			protected boolean isEligibleForOverriding(String className) {
				return className.equals(Unresolvable.class.getName());
			}

			@Override
			public Class<?> loadClass(String name) throws ClassNotFoundException {
				if (name.equals(Missing.class.getName())) {
					throw new ClassNotFoundException(name);
				}
				return super.loadClass(name);
			}

		};
		Class<?> unresolvable = withoutMissing.loadClass(Unresolvable.class.getName());
		RootBeanDefinition definition = new RootBeanDefinition(unresolvable);
		definition.setLazyInit(true);
		runner().withBean("locked", Locked.class)
			.withInitializer((context) -> context
				.addBeanFactoryPostProcessor((beanFactory) -> ((BeanDefinitionRegistry) beanFactory)
					.registerBeanDefinition("unresolvable", definition)))
			.run((context) -> {
				assertThat(context).hasNotFailed();
				assertThatException().isThrownBy(() -> context.getBean("unresolvable"))
					.withStackTraceContaining(Missing.class.getName());
			});
	}

	@Test
	void everyLateBeanIsDestroyedBeforeTheEngine() {
		runner().withUserConfiguration(TwoLate.class).run((context) -> {
			List.of("first", "second").forEach(context::getBean);
			assertThat(context.getBeanFactory().getDependentBeans("lockFiles")).contains("first", "second");
		});
	}

	@Test
	void beanThatSomebodyAskedForBeforeThereWereProxiesFailsTheStart() {
		runner().withUserConfiguration(NeededEarly.class)
			.withInitializer((context) -> context
				.addBeanFactoryPostProcessor((beanFactory) -> beanFactory.getBean(Locked.class)))
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOf(FileLockDefinitionException.class)
				.hasMessageContainingAll("would run unlocked", "created too early"));
	}

	@Test
	void finalMethodOfABeanThatIsRegisteredInCodeFailsTheStart() {
		runner().withUserConfiguration(RegisteredInCode.class)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOf(FileLockDefinitionException.class)
				.hasMessageContainingAll("would run unlocked", "it is final"));
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			LazyBehindAnInterface     | is private, so no proxy
			LazyNotInInterface        | it is in no interface of the bean's proxy
			LazyFinalBehindAnInterface | it is final
			""")
	void beanOfWhichTooLittleIsKnownAtTheStartIsRefusedWhenItIsCreated(String configuration, String reason)
			throws ClassNotFoundException {
		Class<?> type = Class.forName(BeansAndProxiesTests.class.getName() + "$" + configuration);
		runner().withUserConfiguration(type)
			.withPropertyValues("spring.aop.proxy-target-class=" + !configuration.equals("LazyNotInInterface"))
			.run((context) -> {
				assertThat(context).hasNotFailed();
				for (int i = 0; i < 2; i++) {
					assertThatExceptionOfType(BeanCreationException.class).isThrownBy(() -> context.getBean("lazy"))
						.havingRootCause()
						.isInstanceOf(FileLockDefinitionException.class)
						.withMessageContaining(reason);
				}
			});
	}

	@Test
	void lazyBeansInACircleAreLocked() {
		runner().withAllowCircularReferences(true)
			.withUserConfiguration(LazyCircle.class)
			.run((context) -> assertThat(context.getBean(Circular.class).go()).isEqualTo("circular"));
	}

	@Test
	void lazyFactoriesOfProxiesAndWhatTheyProxyAreNoLateBeans() {
		runner().withUserConfiguration(LazyProxyFactory.class).run((context) -> {
			assertThat(context.getBean("proxy", Plain.class).go()).isEqualTo("late");
			assertThat(context.getBean(HotSwappableTargetSource.class).getTargetClass()).isEqualTo(Late.class);
		});
	}

	@Test
	void prototypeInAForeignProxyIsWarnedAbout(CapturedOutput output) {
		runner().withUserConfiguration(WrappedPrototype.class)
			.run((context) -> assertThat(context.getBean("wrapped", Plain.class).go()).isEqualTo("unlocked"));
		assertThat(output).contains("LockedPlain.go", "would run unlocked");
	}

	@Test
	void beansOfAdvisorsAreNotCreatedTooEarlyForOthers(CapturedOutput output) {
		runner().withUserConfiguration(AdvisorWithDependency.class)
			.withBean(Late.class)
			.run((context) -> assertThat(context.getBean(Plain.class).go()).isEqualTo("late"));
		assertThat(output).doesNotContain("fileLockedMethodsVerifier");
	}

	@Test
	void sameLocksOfTwoInterfacesAreNoDifferentOnes() {
		runner().withBean(TwiceTheSame.class)
			.run((context) -> assertThat(context.getBean(TwiceTheSame.class).go()).isEqualTo("two"));
	}

	@Test
	void locksOfABeanWhoseClassIsKnownLateAreTold() {
		List<String> told = new ArrayList<>();
		runner().withUserConfiguration(LazyWithLock.class)
			.withBean(FileLockDefinitionsListener.class,
					() -> (definitions) -> definitions.forEach((definition) -> told.add(definition.name())))
			.run((context) -> {
				assertThat(told).isEmpty();
				for (int i = 0; i < 2; i++) {
					assertThat(context.getBean(Plain.class).go()).isEqualTo("late");
				}
				assertThat(told).containsExactly("late");
			});
	}

	@Test
	void asynchronousTaskThatBeginsInsideOfTheLockFailsTheStart() {
		runner().withUserConfiguration(AsynchronousWithin.class)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOf(FileLockDefinitionException.class)
				.hasMessageContainingAll("would run unlocked", "it is @Async", "inside of the lock"));
	}

	@Test
	void methodOfAnInterfaceWithoutImplementationIsLocked() {
		runner().withUserConfiguration(InterfaceClient.class)
			.withPropertyValues("lockfile.locks.client-get.timeout=1s")
			.run((context) -> assertThat(context.getBean(Client.class).get("x")).isEqualTo("client-x"));
	}

	@Test
	void methodOfAnInterfaceThatTheTargetDoesNotKnowIsLocked() {
		runner().withUserConfiguration(RepositoryConfiguration.class).run((context) -> {
			Repository repository = context.getBean(Repository.class);
			assertThat(repository.save("x")).isEqualTo("x in repository");
			assertThat(repository.find("y")).isEqualTo("y in find-y");
		});
	}

	@Test
	void scopedBeanIsLocked() {
		runner().withUserConfiguration(Scopes.class, ScopedConfiguration.class)
			.run((context) -> assertThat(context.getBean(Scoped.class).run()).isEqualTo("scoped"));
	}

	@Test
	void finalMethodOfAScopedBeanFailsTheStart() {
		runner().withUserConfiguration(Scopes.class, ScopedFinalConfiguration.class)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOf(FileLockDefinitionException.class)
				.hasMessageContainingAll("ScopedFinal.run", "final"));
	}

	@Test
	void finalMethodOfWhatAFactoryCreatesFailsTheStart() {
		runner().withUserConfiguration(ProductConfiguration.class)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOf(FileLockDefinitionException.class)
				.hasMessageContainingAll("ScopedFinal.run", "final"));
	}

	@Test
	void factoryItselfIsLocked() {
		runner().withBean("product", Factory.class)
			.withPropertyValues("lockfile.locks.factory.timeout=1s")
			.run((context) -> assertThat(context.getBean(Factory.class).refresh()).isEqualTo("factory"));
	}

	@Test
	void beanBehindTwoProxiesIsLockedOnceAndFallsBackOnItsOwnObject() {
		runner().withBean(DefaultAdvisorAutoProxyCreator.class, () -> {
			DefaultAdvisorAutoProxyCreator creator = new DefaultAdvisorAutoProxyCreator();
			creator.setProxyTargetClass(true);
			creator.setExposeProxy(true);
			return creator;
		}).withBean(Doubled.class).withPropertyValues("lockfile.timeout=0").run((context) -> {
			Doubled doubled = context.getBean(Doubled.class);
			assertThat(AopProxyUtils.getSingletonTarget(doubled)).isInstanceOf(SpringProxy.class);
			assertThat(doubled.stage().join()).isEqualTo("stage");
			assertThat(doubled.mono().block(Duration.ofSeconds(60))).isEqualTo("mono");
			assertThat(doubled.again("first")).isEqualTo("again-first, again-second");
			new FileLockTester(context.getBean(LockFiles.class)).whileHeldElsewhere("fallback",
					() -> assertThat(doubled.fallback()).isEqualTo("instead, by a field"));
		});
	}

	static class Doubled {

		private final String field = "instead, by a field";

		@FileLocked("stage")
		CompletableFuture<String> stage() {
			return CompletableFuture.completedFuture(locked());
		}

		@FileLocked("mono")
		Mono<String> mono() {
			return Mono.just(locked());
		}

		@FileLocked("again-#{#argument}")
		String again(String argument) {
			return argument.equals("second") ? locked()
					: locked() + ", " + ((Doubled) AopContext.currentProxy()).again("second");
		}

		@FileLocked(path = "fallback", fallbackMethod = "instead")
		String fallback() {
			return locked();
		}

		private String instead() {
			return this.field;
		}

	}

	static class PostConstructed {

		@PostConstruct
		@FileLocked("a")
		void init() {
		}

	}

	static class Inheriting extends PostConstructed {

		@Override
		void init() {
		}

	}

	static class PreDestroyed {

		@PreDestroy
		@FileLocked("a")
		void end() {
		}

	}

	static class Initializing implements InitializingBean {

		@Override
		@FileLocked("a")
		public void afterPropertiesSet() {
		}

	}

	static class Disposable implements DisposableBean {

		@Override
		@FileLocked("a")
		public void destroy() {
		}

	}

	static class Job {

		@FileLocked("a")
		void run() {
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class InitMethod {

		@Bean(initMethod = "run")
		Job job() {
			return new Job();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class DestroyMethod {

		@Bean(destroyMethod = "run")
		Job job() {
			return new Job();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class InferredDestroyMethod {

		@Bean
		Service service() {
			return new Service();
		}

	}

	interface Stoppable {

		void shutdown();

	}

	static class Service implements Stoppable {

		@Override
		@FileLocked("a")
		public void shutdown() {
		}

	}

	static class Closed implements AutoCloseable {

		@Override
		@FileLocked("a")
		public void close() {
		}

	}

	static class Injected {

		@Autowired
		@FileLocked("a")
		void init(Environment environment) {
		}

	}

	static class NotInInterface implements Runnable {

		@Override
		public void run() {
			inner();
		}

		@FileLocked("inner")
		String inner() {
			return locked();
		}

	}

	interface Handler<T> {

		String handle(T argument);

		@FileLocked("inherited")
		default String inherited() {
			return locked();
		}

	}

	static class TextHandler implements Handler<String> {

		@Override
		@FileLocked("handle-#{#argument}")
		public String handle(String argument) {
			return locked();
		}

	}

	interface One {

		@FileLocked("one")
		String run();

	}

	interface Two {

		@FileLocked("two")
		String run();

	}

	static class TwoInterfaces implements One, Two {

		@Override
		public String run() {
			return locked();
		}

	}

	static class OwnLock extends TwoInterfaces {

		@Override
		@FileLocked("own")
		public String run() {
			return locked();
		}

	}

	interface Client {

		@FileLocked("client-#{#id}")
		String get(String id);

	}

	@Configuration(proxyBeanMethods = false)
	static class InterfaceClient {

		@Bean
		Client client() {
			return ProxyFactory.getProxy(Client.class, (MethodInterceptor) (invocation) -> locked());
		}

	}

	interface Crud {

		String save(String entity);

	}

	interface Repository extends Crud {

		@Override
		@FileLocked("repository")
		String save(String entity);

		@FileLocked("find-#{#name}")
		String find(String name);

	}

	public static class GeneralRepository {

		public String save(String entity) {
			return entity + " in " + locked();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class RepositoryConfiguration {

		@Bean
		Repository repository() {
			GeneralRepository target = new GeneralRepository();
			ProxyFactory factory = new ProxyFactory();
			factory.setTarget(target);
			factory.setInterfaces(Repository.class);
			factory.addAdvice((MethodInterceptor) (invocation) -> target.save((String) invocation.getArguments()[0]));
			return (Repository) factory.getProxy();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Scopes {

		@Bean
		static CustomScopeConfigurer scopes() {
			CustomScopeConfigurer configurer = new CustomScopeConfigurer();
			configurer.addScope("thread", new SimpleThreadScope());
			return configurer;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ScopedConfiguration {

		@Bean
		@Scope(scopeName = "thread", proxyMode = ScopedProxyMode.TARGET_CLASS)
		Scoped scoped() {
			return new Scoped();
		}

	}

	static class Scoped {

		@FileLocked("scoped")
		String run() {
			return locked();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ScopedFinalConfiguration {

		@Bean
		@Scope(scopeName = "thread", proxyMode = ScopedProxyMode.TARGET_CLASS)
		ScopedFinal scoped() {
			return new ScopedFinal();
		}

	}

	static class ScopedFinal {

		@FileLocked("other")
		void other() {
		}

		@FileLocked("final")
		final void run() {
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ProductConfiguration {

		@Bean
		static FactoryBean<ScopedFinal> product() {
			return new FactoryBean<>() {

				@Override
				public ScopedFinal getObject() {
					return new ScopedFinal();
				}

				@Override
				public Class<?> getObjectType() {
					return ScopedFinal.class;
				}

			};
		}

	}

	static class Factory implements FactoryBean<String> {

		@FileLocked("factory")
		String refresh() {
			return locked();
		}

		@Override
		public String getObject() {
			return "product";
		}

		@Override
		public Class<?> getObjectType() {
			return String.class;
		}

	}

	interface Plain {

		String go();

	}

	interface FirstInterface {

		@FileLocked("first")
		String go();

	}

	interface TwoLocks {

		@FileLocked("one")
		@FileLocked("two")
		String go();

	}

	interface TheSameTwoLocks {

		@FileLocked("one")
		@FileLocked("two")
		String go();

	}

	static class TwiceTheSame extends Implementation implements TwoLocks, TheSameTwoLocks {

	}

	static class Circular {

		@Autowired
		@Nullable Other other;

		@FileLocked("circular")
		String go() {
			return locked();
		}

	}

	static class Other {

		@Autowired
		@Nullable Circular circular;

	}

	@Configuration(proxyBeanMethods = false)
	static class LazyCircle {

		@Bean
		@Lazy
		Circular circular() {
			return new Circular();
		}

		@Bean
		@Lazy
		Other other() {
			return new Other();
		}

	}

	public static class LockedByInterface implements LockedPlain {

		@Override
		public String go() {
			return locked();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class LazyProxyFactory {

		@Bean
		@Lazy
		ProxyFactoryBean proxy() {
			ProxyFactoryBean factory = new ProxyFactoryBean();
			factory.setTarget(new LockedByInterface());
			return factory;
		}

		@Bean
		@Lazy
		HotSwappableTargetSource targetSource() {
			return new HotSwappableTargetSource(new Late());
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class WrappedPrototype {

		@Bean
		@Scope("prototype")
		Plain wrapped() {
			return BeansAndProxiesTests::locked;
		}

		@Bean
		static BeanPostProcessor wrapper() {
			return new BeanPostProcessor() {

				@Override
				public Object postProcessAfterInitialization(Object bean, String beanName) {
					return (bean instanceof Plain plain) ? Proxy.newProxyInstance(getClass().getClassLoader(),
							new Class<?>[] { LockedPlain.class }, (proxy, method, arguments) -> plain.go()) : bean;
				}

			};
		}

	}

	interface LockedPlain extends Plain {

		@Override
		@FileLocked("late")
		String go();

	}

	@Configuration(proxyBeanMethods = false)
	static class AdvisorWithDependency {

		@Bean
		StringBuilder dependency() {
			return new StringBuilder();
		}

		@Bean
		DefaultPointcutAdvisor advisor(StringBuilder dependency) {
			return new DefaultPointcutAdvisor(new NameMatchMethodPointcut(),
					(MethodInterceptor) (invocation) -> dependency.append(invocation.proceed()));
		}

	}

	interface SecondInterface {

		@FileLocked("second")
		String go();

	}

	interface NearerInterface extends FirstInterface {

		@Override
		@FileLocked("nearer")
		String go();

	}

	public static class Implementation {

		public String go() {
			return locked();
		}

	}

	public static class AnnotatedImplementation {

		@FileLocked("base")
		public String go() {
			return locked();
		}

	}

	static class InheritedForTwoInterfaces extends Implementation implements FirstInterface, SecondInterface {

	}

	static class AnnotatedBaseBesideAnInterface extends AnnotatedImplementation implements FirstInterface {

	}

	static class InheritedForANearerInterface extends Implementation implements NearerInterface {

	}

	static class Final implements FirstInterface {

		@Override
		@FileLocked("final")
		public final String go() {
			return locked();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class FinalMethods {

		@Bean
		Final job() {
			return new Final();
		}

	}

	static class Unresolvable {

		void run(Missing missing) {
		}

	}

	static class Missing {

	}

	@Configuration(proxyBeanMethods = false)
	static class TwoLate {

		@Bean
		@Lazy
		Runnable first() {
			return new LateRunnable();
		}

		@Bean
		@Lazy
		Runnable second() {
			return new LateRunnable();
		}

	}

	static class LateRunnable implements Runnable {

		@Override
		@FileLocked("late")
		public void run() {
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class NeededEarly {

		@Bean
		Locked locked() {
			return new Locked();
		}

	}

	static class Locked {

		@FileLocked("early")
		void run() {
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class LazyFinalMethod {

		@Bean
		@Lazy
		Final job() {
			return new Final();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class PrototypeWithFinalMethod {

		@Bean
		@Scope("prototype")
		Final job() {
			return new Final();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(RegisteredInCode.Registrar.class)
	static class RegisteredInCode {

		static class Registrar implements BeanRegistrar {

			@Override
			public void register(BeanRegistry registry, Environment environment) {
				registry.registerBean("job", Final.class);
			}

		}

	}

	static class Private implements Plain {

		@Override
		public String go() {
			return unlocked();
		}

		@FileLocked("private")
		private String unlocked() {
			return locked();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class LazyBehindAnInterface {

		@Bean
		@Lazy
		Plain lazy() {
			return new Private();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class LazyFinalBehindAnInterface {

		@Bean
		@Lazy
		Plain lazy() {
			return new PlainFinal();
		}

	}

	static class PlainFinal implements Plain {

		@Override
		@FileLocked("final")
		public final String go() {
			return locked();
		}

	}

	static class NotInPlain implements Plain {

		@Override
		public String go() {
			return inner();
		}

		@FileLocked("inner")
		String inner() {
			return locked();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class LazyNotInInterface {

		@Bean
		@Lazy
		NotInPlain lazy() {
			return new NotInPlain();
		}

	}

	static class Late implements Plain {

		@Override
		@FileLocked("late")
		public String go() {
			return locked();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class LazyWithLock {

		@Bean
		@Scope("prototype")
		Plain lazy() {
			return new Late();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAsync(order = Ordered.HIGHEST_PRECEDENCE)
	static class AsynchronousWithin {

		@Bean
		AsynchronousJob job() {
			return new AsynchronousJob();
		}

	}

	static class AsynchronousJob {

		@Async
		@FileLocked("job")
		void run() {
			locked();
		}

	}

}
