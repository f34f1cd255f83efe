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

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.aop.Advisor;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aop.framework.autoproxy.AutoProxyUtils;
import org.springframework.aop.interceptor.AsyncExecutionInterceptor;
import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.aot.AotDetector;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.annotation.AnnotatedBeanDefinition;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.AbstractBeanDefinition;
import org.springframework.util.ClassUtils;

import io.lockfile.LockFiles;

/**
 * Reads the annotated methods of all beans when the application starts, so that what is
 * wrong with them is found then and not in the night.
 *
 * @since 0.1.0
 */
public final class FileLockedMethodsVerifier implements SmartInitializingSingleton {

	private static final Logger logger = LoggerFactory.getLogger(FileLockedMethodsVerifier.class);

	private static final String REMEDY = "Make the class and the method not final, and enable what its other annotations need. "
			+ "If that is so, the bean is created too "
			+ "early, most often because a BeanPostProcessor needs it: break that dependency, or lock in another bean.";

	private final ConfigurableListableBeanFactory beanFactory;

	private final FileLockedMethods methods;

	private volatile Set<String> names = Set.of();

	/**
	 * Create an instance.
	 * @param beanFactory the beans
	 * @param methods the methods
	 */
	public FileLockedMethodsVerifier(ConfigurableListableBeanFactory beanFactory, FileLockedMethods methods) {
		this.beanFactory = beanFactory;
		this.methods = methods;
	}

	@Override
	public void afterSingletonsInstantiated() {
		DeclaredLocks declared = new DeclaredLocks(this.methods);
		boolean complete = true;
		for (String beanName : this.beanFactory.getBeanNamesForType(Object.class, true, false)) {
			if (ScopedProxyUtils.isScopedTarget(beanName)) {
				continue;
			}
			Class<?> type = AutoProxyUtils.determineTargetClass(this.beanFactory, beanName);
			// Of a bean that doesn't exist yet, only an interface may be known
			complete = complete
					&& (this.beanFactory.containsSingleton(beanName) || (type != null && !type.isInterface()));
			if (type != null && CandidateTypes.contains(type)) {
				verify(beanName, type, declared);
			}
		}
		this.beanFactory.getBeanProvider(FileLockTemplate.class)
			.stream()
			.flatMap((template) -> template.name().stream())
			.forEach(declared::addName);
		ancestors().forEach((verifier) -> verifier.names.forEach(declared::addInheritedName));
		declared.verifyNames(complete);
		this.names = declared.knownNames();
		this.beanFactory.getBeanProvider(FileLockDefinitionsListener.class)
			.orderedStream()
			.forEach((listener) -> listener.defined(declared.definitions()));
	}

	private Stream<FileLockedMethodsVerifier> ancestors() {
		return (this.beanFactory.getParentBeanFactory() instanceof ListableBeanFactory parent)
				? parent.getBeanProvider(FileLockedMethodsVerifier.class).stream() : Stream.empty();
	}

	private void verify(String beanName, Class<?> type, DeclaredLocks declared) {
		Set<Method> annotated = FileLockedMethods.annotated(type);
		for (Method method : annotated) {
			verifyVisible(beanName, type, method);
			declared.add(method, type);
		}
		if (!annotated.isEmpty()) {
			verifyProxy(beanName, type, annotated);
			closeBefore(beanName);
		}
	}

	private static void verifyVisible(String beanName, Class<?> type, Method method) {
		int modifiers = method.getModifiers();
		if (Modifier.isPrivate(modifiers) || Modifier.isStatic(modifiers)) {
			throw FileLockedMethodReader.invalid(method,
					"is %s, so no proxy of bean '%s' can lock it."
						.formatted(Modifier.isStatic(modifiers) ? "static" : "private", beanName),
					"Make it an instance method that is not private.", null);
		}
		if (!Modifier.isPublic(modifiers) && !Modifier.isProtected(modifiers)
				&& method.getDeclaringClass().getPackage() != type.getPackage()) {
			throw FileLockedMethodReader.invalid(method,
					"is only visible in its own package, so no proxy of bean '%s' can lock it.".formatted(beanName),
					"Make it public or protected.", null);
		}
	}

	private void verifyProxy(String beanName, Class<?> type, Set<Method> annotated) {
		Object bean = this.beanFactory.getSingleton(beanName);
		if (bean instanceof FactoryBean) {
			return;
		}
		for (Method method : annotated) {
			String problem = problem(bean, method, type);
			if (problem == null) {
				continue;
			}
			String description = "The @FileLocked method %s.%s of bean '%s' would run unlocked: %s"
				.formatted(method.getDeclaringClass().getName(), method.getName(), beanName, problem);
			if (isDeclaredAsUsual(beanName)) {
				throw new FileLockDefinitionException(description, REMEDY, null);
			}
			logger.warn("{} {}", description, REMEDY);
		}
	}

	private @Nullable String problem(@Nullable Object bean, Method method, Class<?> type) {
		if (bean != null && !isAdvised(bean)) {
			return "the bean is not behind a proxy that locks.";
		}
		if (bean != null && this.methods.get(method, type).completion() == Completion.FUTURE && !isAsync(bean)) {
			return "it is @Async, but the bean is not behind a proxy that runs it asynchronously.";
		}
		// Nobody knows yet which kind of proxy a bean will have that doesn't exist: with
		// Spring Boot one of its class, unless told otherwise
		boolean classProxy = (bean != null) ? AopUtils.isCglibProxy(bean)
				: !ClassUtils.getAllInterfacesForClassAsSet(method.getDeclaringClass())
					.stream()
					.anyMatch((implemented) -> ClassUtils.hasMethod(implemented, method));
		return (classProxy && Modifier.isFinal(method.getModifiers()))
				? "it is final, so the proxy of its class can't lock it." : null;
	}

	private static boolean isAdvised(Object bean) {
		return hasAdvisor(bean, FileLockAdvisor.class::isInstance);
	}

	private static boolean isAsync(Object bean) {
		return hasAdvisor(bean, (advisor) -> advisor.getAdvice() instanceof AsyncExecutionInterceptor);
	}

	private static boolean hasAdvisor(Object bean, Predicate<Advisor> condition) {
		Object current = bean;
		while (current instanceof Advised advised) {
			if (Stream.of(advised.getAdvisors()).anyMatch(condition)) {
				return true;
			}
			current = AopProxyUtils.getSingletonTarget(current);
		}
		return false;
	}

	private void closeBefore(String beanName) {
		// The engine is to outlive whoever locks while it is destroyed
		for (String engine : this.beanFactory.getBeanNamesForType(LockFiles.class, true, false)) {
			this.beanFactory.registerDependentBean(engine, beanName);
		}
	}

	private boolean isDeclaredAsUsual(String beanName) {
		// Other beans are created by somebody's code, which may leave out proxies with
		// good reason: test doubles, above all
		if (!this.beanFactory.containsBeanDefinition(beanName)) {
			return false;
		}
		BeanDefinition definition = this.beanFactory.getBeanDefinition(beanName);
		return !this.beanFactory.containsSingleton(beanName) || definition instanceof AnnotatedBeanDefinition
				|| isGenerated(definition);
	}

	private static boolean isGenerated(BeanDefinition definition) {
		return AotDetector.useGeneratedArtifacts() && definition instanceof AbstractBeanDefinition declared
				&& declared.getInstanceSupplier() != null;
	}

}
