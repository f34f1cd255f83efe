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

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.springframework.aot.AotDetector;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.annotation.AnnotatedBeanDefinition;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.AbstractBeanDefinition;
import org.springframework.context.annotation.AnnotationConfigUtils;
import org.springframework.core.type.MethodMetadata;
import org.springframework.util.ClassUtils;

/**
 * Tells which beans Spring creates as applications declare them, and which somebody else
 * has put there.
 */
final class DeclaredBeans {

	/**
	 * The bean with which Spring's test support replaces others.
	 */
	private static final String REPLACING = "org.springframework.test.context.bean.override.internalBeanOverridePostProcessor";

	/**
	 * What Spring Boot's test support leaves out the rest of an application with.
	 */
	private static final String SLICING = "org.springframework.boot.test.context.filter.annotation.TypeExcludeFilters";

	private final ConfigurableListableBeanFactory beanFactory;

	private volatile Set<String> replaced = Set.of();

	DeclaredBeans(ConfigurableListableBeanFactory beanFactory) {
		this.beanFactory = beanFactory;
	}

	/**
	 * Look for the beans that a test has replaced, once all singletons are created.
	 */
	void findReplaced() {
		this.replaced = replaced();
	}

	/**
	 * Return whether a test has put something else into the place of a bean.
	 * @param beanName the name of the bean
	 * @return whether it has
	 */
	boolean isReplaced(String beanName) {
		return this.replaced.contains(beanName);
	}

	/**
	 * Return whether the class of a bean is unknown because a test has replaced it.
	 * @param beanName the name of the bean
	 * @param type the class of what is there
	 * @return whether the declared bean may have another class
	 */
	boolean isHidden(String beanName, @Nullable Class<?> type) {
		if (!this.replaced.contains(beanName)) {
			return false;
		}
		if (type == null || CandidateTypes.contains(type)) {
			return true;
		}
		if (!(this.beanFactory.getBeanDefinition(beanName) instanceof AnnotatedBeanDefinition definition)) {
			return false;
		}
		MethodMetadata factory = definition.getFactoryMethodMetadata();
		if (factory == null) {
			return !type.getName().equals(definition.getBeanClassName());
		}
		return ClassUtils.resolveClassName(factory.getReturnTypeName(), this.beanFactory.getBeanClassLoader())
			.isInterface();
	}

	/**
	 * Return whether this is a test with a slice of the application.
	 * @return whether there may be beans that are left out
	 */
	boolean isSlice() {
		return this.beanFactory.containsSingleton(SLICING);
	}

	/**
	 * Return whether Spring creates a bean as it does those of components and
	 * {@code @Bean} methods.
	 * @param beanName the name of the bean
	 * @return whether it does
	 */
	boolean isDeclaredAsUsual(String beanName) {
		// Other beans are created by somebody's code, which may leave out proxies with
		// good reason: test doubles, above all
		if (!this.beanFactory.containsBeanDefinition(beanName)) {
			return false;
		}
		BeanDefinition definition = this.beanFactory.getBeanDefinition(beanName);
		return definition instanceof AnnotatedBeanDefinition || isGenerated(definition);
	}

	/**
	 * Find the beans that were not created as they are declared: before others were, a
	 * test has put an object into their place. What a BeanPostProcessor needs comes
	 * later, and what is injected into a BeanFactoryPostProcessor has that as its
	 * dependent.
	 * @return their names
	 */
	private Set<String> replaced() {
		if (!this.beanFactory.containsLocalBean(REPLACING)) {
			return Set.of();
		}
		List<String> singletons = List.of(this.beanFactory.getSingletonNames());
		int processors = singletons.indexOf(AnnotationConfigUtils.AUTOWIRED_ANNOTATION_PROCESSOR_BEAN_NAME);
		Set<String> early = new LinkedHashSet<>(singletons.subList(0, Math.max(0, processors)));
		return early.stream()
			.filter((name) -> isAnotherThanDeclared(name, this.beanFactory.getSingleton(name))
					&& Stream.of(this.beanFactory.getDependentBeans(name)).noneMatch(early::contains))
			.collect(Collectors.toUnmodifiableSet());
	}

	private boolean isAnotherThanDeclared(String name, @Nullable Object singleton) {
		return this.beanFactory.containsBeanDefinition(name) && !(singleton instanceof BeanFactoryPostProcessor)
				&& (isDeclaredAsUsual(name) || !(singleton instanceof FactoryBean)
						&& (singleton == null || !isOfItsClass(name, singleton)));
	}

	private boolean isOfItsClass(String name, Object singleton) {
		return singleton.getClass().getName().equals(this.beanFactory.getBeanDefinition(name).getBeanClassName());
	}

	private static boolean isGenerated(BeanDefinition definition) {
		return AotDetector.useGeneratedArtifacts() && definition instanceof AbstractBeanDefinition declared
				&& declared.getInstanceSupplier() != null;
	}

}
