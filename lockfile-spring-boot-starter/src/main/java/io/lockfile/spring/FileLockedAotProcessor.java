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
import java.util.LinkedHashSet;
import java.util.Set;

import org.jspecify.annotations.Nullable;
import org.springframework.aot.hint.BindingReflectionHintsRegistrar;
import org.springframework.aot.hint.ExecutableMode;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.ReflectionHints;
import org.springframework.beans.factory.aot.BeanRegistrationAotContribution;
import org.springframework.beans.factory.aot.BeanRegistrationAotProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.RegisteredBean;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.expression.ParseException;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * Tells a native image what annotated methods name in texts: fallback methods, and what
 * the expressions in their paths read.
 */
final class FileLockedAotProcessor implements BeanRegistrationAotProcessor {

	@Override
	public @Nullable BeanRegistrationAotContribution processAheadOfTime(RegisteredBean registeredBean) {
		Class<?> type = ClassUtils.getUserClass(registeredBean.getBeanClass());
		Set<Method> annotated = FileLockedMethods.annotated(type);
		if (annotated.isEmpty()) {
			return null;
		}
		return (context, code) -> {
			ReflectionHints hints = context.getRuntimeHints().reflection();
			for (Method method : annotated) {
				hints.registerMethod(method, ExecutableMode.INVOKE);
				FileLockedMethods.annotations(FileLockedMethods.declaringAnnotation(method, type))
					.stream(FileLocked.class)
					.forEach(
							(annotation) -> register(annotation, method, type, registeredBean.getBeanFactory(), hints));
			}
		};
	}

	private static void register(MergedAnnotation<FileLocked> annotation, Method method, Class<?> type,
			ConfigurableListableBeanFactory beanFactory, ReflectionHints hints) {
		String fallback = annotation.getString("fallbackMethod");
		for (Method candidate : ReflectionUtils.getUniqueDeclaredMethods(type)) {
			if (candidate.getName().equals(fallback)) {
				hints.registerMethod(candidate, ExecutableMode.INVOKE);
			}
		}
		Set<Class<?>> read = read(annotation.getString("path"), method, beanFactory);
		for (Class<?> readType : read) {
			hints.registerType(readType, MemberCategory.INVOKE_PUBLIC_METHODS, MemberCategory.ACCESS_PUBLIC_FIELDS);
		}
		// Expressions go on from one property to the next
		new BindingReflectionHintsRegistrar().registerReflectionHints(hints, read.toArray(Class<?>[]::new));
	}

	private static Set<Class<?>> read(String path, Method method, ConfigurableListableBeanFactory beanFactory) {
		Set<Class<?>> types = new LinkedHashSet<>();
		PathTemplate template;
		try {
			template = PathTemplate.parse(path);
		}
		catch (ParseException ex) {
			// What is wrong with it is said when the application starts
			return types;
		}
		if (!template.isLiteral()) {
			for (Class<?> parameter : method.getParameterTypes()) {
				if (!parameter.isPrimitive()) {
					types.add(parameter);
				}
			}
			for (String bean : template.beans()) {
				Class<?> beanType = beanFactory.containsBean(bean) ? beanFactory.getType(bean, false) : null;
				if (beanType != null) {
					types.add(ClassUtils.getUserClass(beanType));
				}
			}
		}
		return types;
	}

}
