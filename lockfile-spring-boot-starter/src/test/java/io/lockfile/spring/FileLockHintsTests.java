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

import java.beans.PropertyDescriptor;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.springframework.aot.generate.ClassNameGenerator;
import org.springframework.aot.generate.DefaultGenerationContext;
import org.springframework.aot.generate.InMemoryGeneratedFiles;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.predicate.ReflectionHintsPredicates;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.beans.BeanUtils;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.aot.ApplicationContextAotGenerator;
import org.springframework.javapoet.ClassName;

import io.lockfile.LockFiles;
import io.lockfile.LockStrategy;
import io.lockfile.boot.autoconfigure.LockFileAutoConfiguration;
import io.lockfile.boot.autoconfigure.LockFileProperties;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of the hints for native images.
 */
class FileLockHintsTests {

	private static final RuntimeHints HINTS = hints();

	private static RuntimeHints hints() {
		try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
			context.register(LockFileAutoConfiguration.class);
			context.registerBeanDefinition("job", new RootBeanDefinition(Job.class));
			context.registerBeanDefinition("declaring", new RootBeanDefinition(Declaring.class));
			context.registerBeanDefinition("region", new RootBeanDefinition(Region.class));
			DefaultGenerationContext generation = new DefaultGenerationContext(
					new ClassNameGenerator(ClassName.get("io.lockfile", "Test")), new InMemoryGeneratedFiles());
			new ApplicationContextAotGenerator().processAheadOfTime(context, generation);
			generation.writeGeneratedContent();
			return generation.getRuntimeHints();
		}
	}

	private static ReflectionHintsPredicates reflection() {
		return RuntimeHintsPredicates.reflection();
	}

	@Test
	void annotatedMethodsAndFallbackMethodsCanBeCalled() throws NoSuchMethodException {
		assertThat(reflection().onMethodInvocation(Job.class.getDeclaredMethod("settle", Order.class))).accepts(HINTS);
		assertThat(reflection().onMethodInvocation(Job.class.getDeclaredMethod("composed", Order.class)))
			.accepts(HINTS);
		assertThat(reflection().onMethodInvocation(Job.class.getDeclaredMethod("busy", Order.class))).accepts(HINTS);
	}

	@Test
	void expressionsCanReadWhatTheyName() throws NoSuchMethodException {
		assertThat(reflection().onMethodInvocation(Order.class.getMethod("customer"))).accepts(HINTS);
		assertThat(reflection().onMethodInvocation(Customer.class.getMethod("getId"))).accepts(HINTS);
		assertThat(reflection().onMethodInvocation(Region.class.getMethod("name"))).accepts(HINTS);
		assertThat(reflection().onMethodInvocation(Unread.class.getMethod("name"))).rejects(HINTS);
		assertThat(reflection().onType(FileLockExpressionRoot.class)
			.withMemberCategory(MemberCategory.INVOKE_PUBLIC_METHODS)).accepts(HINTS);
	}

	@Test
	void propertiesCanBeBound() {
		List<Class<?>> types = new ArrayList<>(List.of(LockFileProperties.class));
		types.addAll(List.of(LockFileProperties.class.getDeclaredClasses()));
		List<String> bound = new ArrayList<>();
		for (Class<?> type : types) {
			for (PropertyDescriptor property : BeanUtils.getPropertyDescriptors(type)) {
				boolean group = property.getWriteMethod() == null;
				if (!property.getName().equals("class")) {
					Method method = group ? property.getReadMethod() : property.getWriteMethod();
					assertThat(reflection().onMethodInvocation(method)).as("%s", method).accepts(HINTS);
					bound.add(property.getName());
				}
			}
		}
		assertThat(bound).contains("timeout", "directory", "verifyOnStartup", "lease", "renewInterval", "locks",
				"onUnavailable", "minHold");
	}

	@Test
	void lockOfAnInterfaceIsReadAndCalled() throws NoSuchMethodException {
		assertThat(reflection().onMethodInvocation(Declared.class.getMethod("send", Parcel.class))).accepts(HINTS);
		assertThat(reflection().onMethodInvocation(Parcel.class.getMethod("receiver"))).accepts(HINTS);
		assertThat(reflection().onMethodInvocation(Receiver.class.getMethod("getCity"))).accepts(HINTS);
		assertThat(reflection().onMethodInvocation(Declaring.class.getDeclaredMethod("keep", Parcel.class)))
			.accepts(HINTS);
	}

	@Test
	void strategiesAreFound() {
		assertThat(RuntimeHintsPredicates.resource().forResource("META-INF/services/" + LockStrategy.class.getName()))
			.accepts(HINTS);
		for (LockStrategy strategy : LockFiles.strategies()) {
			assertThat(reflection().onType(strategy.getClass())
				.withMemberCategory(MemberCategory.INVOKE_PUBLIC_CONSTRUCTORS)).accepts(HINTS);
		}
	}

	/**
	 * An argument.
	 *
	 * @param customer what an expression goes on from
	 */
	public record Order(Customer customer) {
	}

	public static class Customer {

		public String getId() {
			return "7";
		}

	}

	public static class Region {

		public String name() {
			return "eu";
		}

	}

	public static class Unread {

		public String name() {
			return "nobody reads it";
		}

	}

	public static class Job {

		@FileLocked(path = "orders/#{@region.name()}/#{#order.customer.id}", name = "settle", fallbackMethod = "busy")
		public void settle(Order order) {
		}

		@FileLocked(path = "a", name = "a")
		@FileLocked(path = "#{#order.customer.id}", name = "b")
		public void composed(Order order) {
		}

		@FileLocked("unread")
		public void read(Unread unread) {
		}

		private void busy(Order order) {
		}

	}

	/**
	 * An argument of a method whose lock is declared on an interface.
	 *
	 * @param receiver what an expression goes on from
	 */
	public record Parcel(Receiver receiver) {
	}

	public static class Receiver {

		public String getCity() {
			return "Rome";
		}

	}

	public interface Declared {

		@FileLocked(path = "parcels/#{#parcel.receiver.city}", name = "parcels", fallbackMethod = "keep")
		void send(Parcel parcel);

	}

	public static class Declaring implements Declared {

		@Override
		public void send(Parcel parcel) {
		}

		private void keep(Parcel parcel) {
		}

	}

}
