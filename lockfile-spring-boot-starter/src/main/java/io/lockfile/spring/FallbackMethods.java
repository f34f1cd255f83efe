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
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;
import org.springframework.core.KotlinDetector;
import org.springframework.core.ResolvableType;
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
		Signature wanted = Signature.of(method, userClass);
		Method found = find(userClass, name, method, wanted, true);
		if (found == null) {
			found = find(userClass, name, method, wanted, false);
		}
		if (found == null) {
			throw FileLockedMethodReader.invalid(declaration,
					("has fallbackMethod = \"%s\", but class %s has no method with that name, the same parameters "
							+ "(optionally followed by a LockUnavailableException), and a return type that fits.")
						.formatted(name, userClass.getName()),
					"Add one: %s.".formatted(wanted.text(name)), null);
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

	private static @Nullable Method find(Class<?> type, String name, Method method, Signature wanted,
			boolean withException) {
		for (Method candidate : ReflectionUtils.getUniqueDeclaredMethods(type)) {
			if (candidate.getName().equals(name) && !candidate.equals(method)
					&& (Signature.of(candidate, type).fits(wanted, withException)
							|| Signature.declared(candidate).fits(Signature.declared(method), withException))) {
				return candidate;
			}
		}
		return null;
	}

	/**
	 * What a method takes and returns on objects of one class, where type variables stand
	 * for types.
	 *
	 * @param parameters the types of its parameters
	 * @param returned its return type
	 */
	private record Signature(List<Class<?>> parameters, Class<?> returned) {

		static Signature of(Method method, Class<?> type) {
			List<Class<?>> parameters = new ArrayList<>();
			for (int i = 0; i < method.getParameterCount(); i++) {
				parameters
					.add(ResolvableType.forMethodParameter(method, i, type).resolve(method.getParameterTypes()[i]));
			}
			return new Signature(parameters,
					ResolvableType.forMethodReturnType(method, type).resolve(method.getReturnType()));
		}

		static Signature declared(Method method) {
			return new Signature(List.of(method.getParameterTypes()), method.getReturnType());
		}

		boolean fits(Signature wanted, boolean withException) {
			int count = wanted.parameters.size();
			if (this.parameters.size() != count + (withException ? 1 : 0)
					|| !this.parameters.subList(0, count).equals(wanted.parameters)) {
				return false;
			}
			return (!withException || (Throwable.class.isAssignableFrom(this.parameters.get(count))
					&& this.parameters.get(count).isAssignableFrom(LockUnavailableException.class)))
					&& (wanted.returned == void.class || ClassUtils.isAssignable(wanted.returned, this.returned));
		}

		String text(String name) {
			StringBuilder text = new StringBuilder();
			this.parameters.forEach((type) -> text.append(type.getSimpleName()).append(", "));
			return "%s %s(%sLockUnavailableException)".formatted(this.returned.getSimpleName(), name, text);
		}

	}

}
