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
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

import org.assertj.core.api.InstanceOfAssertFactories;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.DependsOn;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.event.ContextRefreshedEvent;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.core.PriorityOrdered;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;

import io.lockfile.boot.autoconfigure.LockFileAutoConfiguration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of applications in which a lock would not be there, and nobody would notice.
 */
@ExtendWith(OutputCaptureExtension.class)
class UnnoticedLocksTests {

	private static ApplicationContextRunner runner() {
		return new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class, LockFileAutoConfiguration.class))
			.withPropertyValues("lockfile.strategy=memory");
	}

	private static String locked() {
		return FileLockContext.current().isPresent() ? "locked" : "unlocked";
	}

	@ParameterizedTest
	@ValueSource(classes = { ScheduledCircle.class, LazyScheduledCircle.class })
	void scheduledMethodOfABeanInACircleIsRefused(Class<?> configuration) {
		runner().withAllowCircularReferences(true)
			.withUserConfiguration(configuration)
			.run((context) -> assertThat(NestedExceptionUtils.getMostSpecificCause(context.getStartupFailure()))
				.isInstanceOf(FileLockDefinitionException.class)
				.hasMessageContainingAll("ScheduledInCircle.run", "would run unlocked", "circle", "@Lazy"));
	}

	@Test
	void circleThatIsEnteredElsewhereIsLocked() throws Exception {
		runner().withAllowCircularReferences(true).withUserConfiguration(CircleFromElsewhere.class).run((context) -> {
			ScheduledInCircle.entered = new CountDownLatch(1);
			assertThat(ScheduledInCircle.entered.await(60, TimeUnit.SECONDS)).isTrue();
			assertThat(ScheduledInCircle.seen).isEqualTo("locked");
		});
	}

	@Test
	void productThatIsCreatedTooEarlyFailsTheStart() {
		runner().withUserConfiguration(EarlyProduct.class)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOf(FileLockDefinitionException.class)
				.hasMessageContainingAll("Api.go", "'product'", "would run unlocked", "created too early"));
	}

	@Test
	void productWhoseMethodIsInNoInterfaceOfItsProxyFailsTheStart() {
		runner().withUserConfiguration(Product.class)
			.withPropertyValues("spring.aop.proxy-target-class=false")
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOf(FileLockDefinitionException.class)
				.hasMessageContainingAll("Inner.inner", "would run unlocked", "no interface"));
		runner().withUserConfiguration(Product.class)
			.run((context) -> assertThat(((Inner) context.getBean(Plain.class)).inner()).isEqualTo("locked"));
	}

	@Test
	void productThatNobodyHasAskedForIsToldTogetherWithAllOthers() {
		List<List<String>> told = new ArrayList<>();
		runner().withUserConfiguration(Unused.class)
			.withBean(Inner.class)
			.withBean(FileLockDefinitionsListener.class,
					() -> (definitions) -> told.add(definitions.stream().map(FileLockDefinition::path).toList()))
			.run((context) -> {
				assertThat(context.getBean(Api.class).go()).isEqualTo("locked");
				assertThat(told).singleElement()
					.asInstanceOf(InstanceOfAssertFactories.list(String.class))
					.containsExactlyInAnyOrder("api", "inner", "needed");
			});
	}

	@Test
	void beansThatAreNullAreNoneThatIsNotLocked() {
		runner().withUserConfiguration(Null.class).run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void proxyThatLocksMayBeInsideOfAForeignOne(CapturedOutput output) {
		runner().withUserConfiguration(Wrapped.class)
			.run((context) -> assertThat(context.getBean(Api.class).go()).isEqualTo("wrapped: locked"));
		assertThat(output).doesNotContain("would run unlocked");
	}

	@Test
	void foreignProxyOfABeanThatIsCreatedTooEarlyFailsTheStart() {
		runner().withUserConfiguration(Wrapped.class, NeededEarly.class)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOf(FileLockDefinitionException.class)
				.hasMessageContainingAll("would run unlocked", "created too early"));
	}

	@Test
	void childContextWithoutProxiesIsWarnedAbout(CapturedOutput output) {
		runner().run((context) -> {
			try (AnnotationConfigApplicationContext child = new AnnotationConfigApplicationContext()) {
				child.setParent(context);
				child.setDisplayName("the-child");
				child.register(Implementation.class);
				child.refresh();
				assertThat(child.getBean(Api.class).go()).isEqualTo("unlocked");
			}
		});
		assertThat(output).contains("the-child", "UnnoticedLocksTests$Implementation", "run unlocked",
				"@ImportAutoConfiguration");
	}

	@Test
	void childContextWithProxiesOfItsOwnIsNotWarnedAbout(CapturedOutput output) {
		runner().run((context) -> {
			try (AnnotationConfigApplicationContext child = new AnnotationConfigApplicationContext()) {
				child.setParent(context);
				child.setEnvironment(context.getEnvironment());
				child.register(LockFileAutoConfiguration.class, Implementation.class);
				child.refresh();
				assertThat(child.getBean(Api.class).go()).isEqualTo("locked");
			}
		});
		assertThat(output).doesNotContain("unlocked");
	}

	@Test
	void parentContextWithoutProxiesIsWarnedAbout(CapturedOutput output) {
		try (AnnotationConfigApplicationContext parent = new AnnotationConfigApplicationContext(Implementation.class)) {
			runner().withParent(parent)
				.run((context) -> assertThat(context.getBean(Api.class).go()).isEqualTo("unlocked"));
			assertThat(output).contains(parent.getDisplayName(), "UnnoticedLocksTests$Implementation", "run unlocked");
		}
	}

	interface Plain {

		String go();

	}

	interface Api extends Plain {

		@Override
		@FileLocked("api")
		String go();

	}

	static class Implementation implements Api {

		@Override
		public String go() {
			return locked();
		}

	}

	static class Inner implements Plain {

		@Override
		public String go() {
			return locked() + ", then " + inner();
		}

		@FileLocked("inner")
		String inner() {
			return locked();
		}

	}

	static class ScheduledInCircle {

		private static volatile CountDownLatch entered = new CountDownLatch(1);

		private static volatile @Nullable String seen;

		@Autowired
		@Nullable Other other;

		@Scheduled(fixedDelay = 10)
		@FileLocked("circle")
		void run() {
			seen = locked();
			entered.countDown();
		}

	}

	static class Other {

		@Autowired
		@Nullable ScheduledInCircle first;

	}

	@Configuration(proxyBeanMethods = false)
	@EnableScheduling
	@Import({ ScheduledInCircle.class, Other.class })
	static class ScheduledCircle {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableScheduling
	static class LazyScheduledCircle {

		@Bean
		@Lazy
		ScheduledInCircle first() {
			return new ScheduledInCircle();
		}

		@Bean
		@Lazy
		Other other() {
			return new Other();
		}

		@Bean
		static Asking asking() {
			return new Asking();
		}

	}

	/**
	 * Asks for a lazy bean when the application has started.
	 */
	static class Asking implements ApplicationListener<ContextRefreshedEvent> {

		@Override
		public void onApplicationEvent(ContextRefreshedEvent event) {
			event.getApplicationContext().getBean(ScheduledInCircle.class);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableScheduling
	static class CircleFromElsewhere {

		@Bean
		@DependsOn("other")
		ScheduledInCircle first() {
			return new ScheduledInCircle();
		}

		@Bean
		Other other() {
			return new Other();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class EarlyProduct {

		@Bean
		static FactoryBean<Api> product() {
			return new ApiFactory(Implementation::new);
		}

		@Bean
		static Needing needing(Api api) {
			return new Needing();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Unused {

		@Bean
		FactoryBean<Api> product(ObjectProvider<Needed> needed) {
			return new ApiFactory(() -> {
				assertThat(needed.getObject().run()).isEqualTo("locked");
				return new Implementation();
			});
		}

		@Bean
		@Lazy
		Needed needed() {
			return new Needed();
		}

	}

	static class Needed {

		@FileLocked("needed")
		String run() {
			return locked();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Null {

		@Bean
		FactoryBean<Api> product() {
			return new ApiFactory(() -> null);
		}

		@Bean
		@Nullable Inner inner() {
			return null;
		}

	}

	record ApiFactory(Supplier<@Nullable Api> products) implements FactoryBean<Api> {

		@Override
		public @Nullable Api getObject() {
			return this.products.get();
		}

		@Override
		public Class<?> getObjectType() {
			return Api.class;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Product {

		@Bean
		FactoryBean<Plain> product() {
			return new FactoryBean<>() {

				@Override
				public Plain getObject() {
					return new Inner();
				}

				@Override
				public Class<?> getObjectType() {
					return Plain.class;
				}

			};
		}

		@Bean
		String user(Plain plain) {
			return "used";
		}

	}

	static class Needing implements BeanPostProcessor, PriorityOrdered {

		@Override
		public int getOrder() {
			return 0;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Wrapped {

		@Bean
		static Api api() {
			return new Implementation();
		}

		@Bean
		static BeanPostProcessor wrapper() {
			return new BeanPostProcessor() {

				@Override
				public Object postProcessAfterInitialization(Object bean, String beanName) {
					return (bean instanceof Api api) ? Proxy.newProxyInstance(getClass().getClassLoader(),
							new Class<?>[] { Api.class }, (proxy, method, arguments) -> "wrapped: " + api.go()) : bean;
				}

			};
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class NeededEarly {

		@Bean
		static Needing needing(Api api) {
			return new Needing();
		}

	}

}
