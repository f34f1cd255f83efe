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
import java.util.Arrays;

import org.jspecify.annotations.Nullable;
import org.springframework.core.KotlinDetector;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

import io.lockfile.LockUnavailableException;

/**
 * Finds what is called instead of a method whose lock somebody else has.
 */
final class FallbackMethods {

	private FallbackMethods() {
	}

	/**
	 * Find a fallback method.
	 * @param name its name
	 * @param declaration the method that has the annotation
	 * @param method the method that implements it
	 * @param targetClass the class of the bean
	 * @return the fallback method, accessible
	 * @throws FileLockDefinitionException if there is none that fits
	 */
	static Method find(String name, Method declaration, Method method, Class<?> targetClass) {
		if (KotlinDetector.isSuspendingFunction(method)) {
			throw FileLockedMethodReader.invalid(declaration,
					"is a suspending function, and can't have a fallbackMethod.",
					"Catch the LockUnavailableException where it is called.", null);
		}
		Class<?> userClass = ClassUtils.getUserClass(targetClass);
		Method found = find(userClass, name, method, true);
		if (found == null) {
			found = find(userClass, name, method, false);
		}
		if (found == null) {
			throw FileLockedMethodReader.invalid(declaration,
					("has fallbackMethod = \"%s\", but class %s has no method with that name, the same parameters "
							+ "(optionally followed by a LockUnavailableException), and a return type that fits.")
						.formatted(name, userClass.getName()),
					"Add one: %s.".formatted(signature(name, method)), null);
		}
		if (FileLockedMethods.isAnnotated(found, targetClass)) {
			throw FileLockedMethodReader.invalid(declaration,
					"has fallbackMethod = \"%s\", which is a @FileLocked method itself and would run unlocked."
						.formatted(name),
					"Name a method without the annotation.", null);
		}
		ReflectionUtils.makeAccessible(found);
		return found;
	}

	private static @Nullable Method find(Class<?> type, String name, Method method, boolean withException) {
		for (Method candidate : ReflectionUtils.getUniqueDeclaredMethods(type)) {
			if (candidate.getName().equals(name) && !candidate.equals(method)
					&& hasParameters(candidate, method.getParameterTypes(), withException)
					&& (method.getReturnType() == void.class
							|| ClassUtils.isAssignable(method.getReturnType(), candidate.getReturnType()))) {
				return candidate;
			}
		}
		return null;
	}

	private static boolean hasParameters(Method candidate, Class<?>[] types, boolean withException) {
		Class<?>[] own = candidate.getParameterTypes();
		if (!withException) {
			return Arrays.equals(own, types);
		}
		return own.length == types.length + 1 && Arrays.equals(Arrays.copyOf(own, types.length), types)
				&& Throwable.class.isAssignableFrom(own[types.length])
				&& own[types.length].isAssignableFrom(LockUnavailableException.class);
	}

	private static String signature(String name, Method method) {
		StringBuilder parameters = new StringBuilder();
		for (Class<?> type : method.getParameterTypes()) {
			parameters.append(type.getSimpleName()).append(", ");
		}
		return "%s %s(%sLockUnavailableException)".formatted(method.getReturnType().getSimpleName(), name, parameters);
	}

}
