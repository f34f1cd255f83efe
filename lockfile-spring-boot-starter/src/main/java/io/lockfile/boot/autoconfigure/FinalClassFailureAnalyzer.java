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

package io.lockfile.boot.autoconfigure;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Set;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;
import org.springframework.aop.framework.AopConfigException;
import org.springframework.aop.framework.autoproxy.AutoProxyUtils;
import org.springframework.beans.factory.BeanCreationException;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

import io.lockfile.spring.FileLockedMethods;

/**
 * Explains that a class with annotated methods can't have a proxy because it is final, as
 * all are in Kotlin that don't say otherwise.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
class FinalClassFailureAnalyzer extends AbstractFailureAnalyzer<AopConfigException> {

	private final BeanFactory beanFactory;

	FinalClassFailureAnalyzer(BeanFactory beanFactory) {
		this.beanFactory = beanFactory;
	}

	@Override
	protected @Nullable FailureAnalysis analyze(Throwable rootFailure, AopConfigException cause) {
		String beanName = beanName(rootFailure, cause);
		if (beanName == null || !(this.beanFactory instanceof ConfigurableListableBeanFactory listable)) {
			return null;
		}
		Class<?> type = AutoProxyUtils.determineTargetClass(listable, beanName);
		if (type == null || !(Modifier.isFinal(type.getModifiers()) || type.isSealed())) {
			return null;
		}
		Set<Method> annotated = FileLockedMethods.annotated(type);
		return annotated.isEmpty() ? null : analyze(beanName, type, annotated, cause);
	}

	private static FailureAnalysis analyze(String beanName, Class<?> type, Set<Method> annotated,
			AopConfigException cause) {
		String methods = annotated.stream()
			.map((method) -> type.getName() + "." + method.getName())
			.sorted()
			.distinct()
			.collect(Collectors.joining(", "));
		return new FailureAnalysis(
				"The @FileLocked %s %s of bean '%s' can't be locked: the class is %s, so there can be no proxy of it."
					.formatted((annotated.size() != 1) ? "methods" : "method", methods, beanName,
							type.isSealed() ? "sealed" : "final"),
				"Make the class and the method not final; in Kotlin, declare them open, or use the compiler plugin "
						+ "kotlin-spring. Or let the class implement an interface with the method, and set property "
						+ "'spring.aop.proxy-target-class' to false.",
				cause);
	}

	private static @Nullable String beanName(Throwable rootFailure, AopConfigException cause) {
		String name = null;
		for (Throwable current = rootFailure; current != null && current != cause; current = current.getCause()) {
			if (current instanceof BeanCreationException creation) {
				name = creation.getBeanName();
			}
		}
		return name;
	}

}
