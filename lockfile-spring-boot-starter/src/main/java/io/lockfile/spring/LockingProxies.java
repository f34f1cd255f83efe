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
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.springframework.aop.Advisor;
import org.springframework.aop.PointcutAdvisor;
import org.springframework.aop.config.AopConfigUtils;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aop.framework.ProxyConfig;
import org.springframework.aop.framework.autoproxy.AutoProxyUtils;
import org.springframework.aop.interceptor.AsyncExecutionInterceptor;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.util.ClassUtils;

/**
 * Judges whether the proxy of a bean locks a method.
 */
final class LockingProxies {

	private static final String REMEDY = "Enable what its other annotations need. If that is so, the bean is created "
			+ "too early, most often because a BeanPostProcessor needs it: break that dependency, or lock in another bean.";

	private static final String REMEDY_FOR_INTERFACES = "Declare it in an interface of the bean, or set property "
			+ "'spring.aop.proxy-target-class' to true.";

	private static final String REMEDY_FOR_ASYNC = "Let @EnableAsync have its default order, or a number greater than "
			+ "Ordered.HIGHEST_PRECEDENCE.";

	private static final Problem FINAL = new Problem("it is final, so the proxy of its class can't lock it.",
			"Make the method not final; in Kotlin, open, or use the compiler plugin kotlin-spring. Or declare it in an "
					+ "interface of the bean, and set property 'spring.aop.proxy-target-class' to false.");

	private final ConfigurableListableBeanFactory beanFactory;

	private final FileLockedMethods methods;

	LockingProxies(ConfigurableListableBeanFactory beanFactory, FileLockedMethods methods) {
		this.beanFactory = beanFactory;
		this.methods = methods;
	}

	/**
	 * Look at a method of a bean.
	 * @param bean the bean, as others get it
	 * @param method one of its methods
	 * @param type its class, behind proxies
	 * @return why the method would run unlocked, or {@code null}
	 */
	@Nullable Problem problem(Object bean, Method method, Class<?> type) {
		if (!isAdvised(bean)) {
			return new Problem("the bean is not behind a proxy that locks.", REMEDY);
		}
		if (AopUtils.isJdkDynamicProxy(bean) && !isInInterface(bean, method, type)) {
			return new Problem("it is in no interface of the bean's proxy, so it is only called by the bean itself, "
					+ "around the proxy.", REMEDY_FOR_INTERFACES);
		}
		if (this.methods.get(method, type).completion() == Completion.FUTURE && !isAsync(bean)) {
			return new Problem("it is @Async, but the bean is not behind a proxy that runs it asynchronously.", REMEDY);
		}
		if (isAsynchronousWithin(bean, method, type)) {
			return new Problem("it is @Async, and its asynchronous task begins inside of the lock, which is released "
					+ "as soon as that is handed over.", REMEDY_FOR_ASYNC);
		}
		return (AopUtils.isCglibProxy(bean) && Modifier.isFinal(method.getModifiers())) ? FINAL : null;
	}

	/**
	 * Look at a method of a bean that doesn't exist yet. It is looked at again when it
	 * does.
	 * @param beanName the name of the bean
	 * @param method one of its methods
	 * @return what can be told already
	 */
	@Nullable Problem problem(String beanName, Method method) {
		return (Modifier.isFinal(method.getModifiers()) && isForClassProxy(beanName, method)) ? FINAL : null;
	}

	private boolean isForClassProxy(String beanName, Method method) {
		if (this.beanFactory.containsBeanDefinition(beanName) && this.beanFactory.getMergedBeanDefinition(beanName)
			.hasAttribute(AutoProxyUtils.EXPOSED_INTERFACES_ATTRIBUTE)) {
			return false;
		}
		return isProxyingClasses() || AutoProxyUtils.shouldProxyTargetClass(this.beanFactory, beanName)
				|| ClassUtils.getAllInterfacesForClassAsSet(method.getDeclaringClass())
					.stream()
					.noneMatch((implemented) -> ClassUtils.hasMethod(implemented, method));
	}

	private boolean isProxyingClasses() {
		return this.beanFactory.containsBean(AopConfigUtils.AUTO_PROXY_CREATOR_BEAN_NAME)
				&& this.beanFactory.getBean(AopConfigUtils.AUTO_PROXY_CREATOR_BEAN_NAME) instanceof ProxyConfig config
				&& config.isProxyTargetClass();
	}

	private static boolean isInInterface(Object proxy, Method method, Class<?> type) {
		return Stream.of(proxy.getClass().getInterfaces())
			.flatMap((implemented) -> Stream.of(implemented.getMethods()))
			.anyMatch(
					(declared) -> declared.equals(method) || FileLockedMethods.isImplementedBy(declared, method, type));
	}

	static boolean isAdvised(Object bean) {
		return hasAdvisor(bean, FileLockAdvisor.class::isInstance);
	}

	private static boolean isAsync(Object bean) {
		return hasAdvisor(bean, (advisor) -> advisor.getAdvice() instanceof AsyncExecutionInterceptor);
	}

	private static boolean isAsynchronousWithin(Object bean, Method method, Class<?> type) {
		return advisors(bean).dropWhile((advisor) -> !(advisor instanceof FileLockAdvisor))
			.anyMatch((advisor) -> advisor.getAdvice() instanceof AsyncExecutionInterceptor
					&& advisor instanceof PointcutAdvisor within && within.getPointcut().getClassFilter().matches(type)
					&& within.getPointcut().getMethodMatcher().matches(method, type));
	}

	private static boolean hasAdvisor(Object bean, Predicate<Advisor> condition) {
		return advisors(bean).anyMatch(condition);
	}

	/**
	 * Return the advisors of a bean.
	 * @param bean the bean
	 * @return the advisors, from the outside to the inside
	 */
	private static Stream<Advisor> advisors(Object bean) {
		return Stream.iterate(bean, Objects::nonNull, AopProxyUtils::getSingletonTarget)
			.filter(Advised.class::isInstance)
			.flatMap((proxy) -> Stream.of(((Advised) proxy).getAdvisors()));
	}

	/**
	 * Why a method would run unlocked.
	 *
	 * @param description why
	 * @param remedy what to do about it
	 */
	record Problem(String description, String remedy) {
	}

}
