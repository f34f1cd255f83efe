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
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.Future;

import org.jspecify.annotations.Nullable;
import org.springframework.core.KotlinDetector;
import org.springframework.core.MethodParameter;
import org.springframework.core.Nullness;
import org.springframework.core.ReactiveAdapter;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.scheduling.annotation.Async;
import org.springframework.util.ClassUtils;

/**
 * Tells by its return type when the work of a method is done.
 */
final class Completions {

	private static final List<String> PUBLISHERS = List.of(Flow.Publisher.class.getName(),
			"org.reactivestreams.Publisher", "kotlinx.coroutines.flow.Flow", "kotlinx.coroutines.Deferred");

	private static final String REACTOR = "io.projectreactor:reactor-core";

	private static final String COROUTINES = "org.jetbrains.kotlinx:kotlinx-coroutines-reactor";

	private static final boolean HAS_COROUTINES = ClassUtils.isPresent("kotlinx.coroutines.reactor.MonoKt",
			Completions.class.getClassLoader());

	/**
	 * What Spring MVC goes on with after the method returned.
	 */
	private static final Set<String> HANDLED_LATER = Set.of(Callable.class.getName(),
			"org.springframework.web.context.request.async.DeferredResult",
			"org.springframework.web.context.request.async.WebAsyncTask",
			"org.springframework.web.servlet.mvc.method.annotation.ResponseBodyEmitter",
			"org.springframework.web.servlet.mvc.method.annotation.StreamingResponseBody");

	private static final List<String> RESPONSES = List.of("org.springframework.http.HttpEntity");

	/**
	 * Optional, and those of numbers, which can be empty.
	 */
	private static final String OPTIONAL = Optional.class.getName();

	/**
	 * What a function of Kotlin returns that nobody looks at, or that can be empty.
	 */
	private static final Set<String> NEVER_USED = Set.of("kotlin.Unit", "java.lang.Void",
			"kotlinx.coroutines.flow.Flow");

	private Completions() {
	}

	/**
	 * Tell when the work of a method is done.
	 * @param declaration the method that has the annotation
	 * @param method the method that implements it
	 * @param targetClass the class of the bean
	 * @return how that is known
	 * @throws FileLockDefinitionException if it can't be known
	 */
	static Completion of(Method declaration, Method method, Class<?> targetClass) {
		if (KotlinDetector.isSuspendingFunction(method)) {
			require(LockedStage.REACTOR && HAS_COROUTINES, COROUTINES, declaration, "is a suspending function");
			Class<?> returned = new MethodParameter(method, -1).getParameterType();
			return returned.getName().equals("kotlinx.coroutines.flow.Flow") ? Completion.MANY : Completion.SINGLE;
		}
		Class<?> type = ResolvableType.forMethodReturnType(method, targetClass).resolve(method.getReturnType());
		if (CompletionStage.class.isAssignableFrom(type)) {
			if (!type.isAssignableFrom(CompletableFuture.class)) {
				throw FileLockedMethodReader.invalid(declaration,
						"returns %s, which the lock can't follow.".formatted(type.getName()),
						"Declare it to return CompletionStage or CompletableFuture.", null);
			}
			return Completion.STAGE;
		}
		if (Future.class.isAssignableFrom(type)) {
			if (!isAsync(method, targetClass)) {
				throw FileLockedMethodReader.invalid(declaration,
						("returns %s, which doesn't tell when its work is done, so the lock would be released before "
								+ "that.")
							.formatted(type.getSimpleName()),
						"Return a CompletableFuture, or make it an @Async method.", null);
			}
			return Completion.FUTURE;
		}
		ReactiveAdapter adapter = ReactiveAdapterRegistry.getSharedInstance().getAdapter(type);
		if (adapter != null || isOne(type, PUBLISHERS)) {
			return publisher(declaration, type, adapter);
		}
		if (isOne(type, HANDLED_LATER)) {
			throw FileLockedMethodReader.invalid(declaration,
					"returns %s, whose work begins after the lock was released.".formatted(type.getSimpleName()),
					"Lock the method that does the work, or return a CompletableFuture.", null);
		}
		if (isOne(type, RESPONSES)) {
			verifyResponse(declaration, method, targetClass);
		}
		return Completion.RETURN;
	}

	private static void verifyResponse(Method declaration, Method method, Class<?> targetClass) {
		Class<?> body = ResolvableType.forMethodReturnType(method, targetClass).getGeneric().resolve(Object.class);
		if (Future.class.isAssignableFrom(body) || CompletionStage.class.isAssignableFrom(body)
				|| ReactiveAdapterRegistry.getSharedInstance().getAdapter(body) != null || isOne(body, PUBLISHERS)
				|| isOne(body, HANDLED_LATER)) {
			throw FileLockedMethodReader.invalid(declaration,
					"returns a response of %s, whose work ends after the lock was released."
						.formatted(body.getSimpleName()),
					"Lock the method that does the work, or return a CompletableFuture or a Mono of the response.",
					null);
		}
	}

	private static Completion publisher(Method declaration, Class<?> type, @Nullable ReactiveAdapter adapter) {
		String what = "returns " + type.getSimpleName();
		require(LockedStage.REACTOR, REACTOR, declaration, what);
		if (adapter == null) {
			throw missing(COROUTINES, declaration, what);
		}
		if (!type.isAssignableFrom(adapter.getReactiveType())) {
			throw FileLockedMethodReader.invalid(declaration,
					"returns %s, which the lock can't follow.".formatted(type.getName()),
					"Declare it to return %s.".formatted(adapter.getReactiveType().getSimpleName()), null);
		}
		return adapter.isMultiValue() ? Completion.MANY : Completion.SINGLE;
	}

	private static void require(boolean present, String dependency, Method declaration, String what) {
		if (!present) {
			throw missing(dependency, declaration, what);
		}
	}

	private static FileLockDefinitionException missing(String dependency, Method declaration, String what) {
		return FileLockedMethodReader.invalid(declaration,
				"%s, and following that needs %s, which is not on the class path.".formatted(what, dependency),
				"Add that, or let it return when its work is done.", null);
	}

	static boolean isAsync(Method method, Class<?> targetClass) {
		return AnnotatedElementUtils.hasAnnotation(method, Async.class)
				|| AnnotatedElementUtils.hasAnnotation(targetClass, Async.class);
	}

	private static boolean isOne(Class<?> type, Collection<String> names) {
		for (Class<?> current = type; current != null; current = current.getSuperclass()) {
			if (names.contains(current.getName())) {
				return true;
			}
		}
		return ClassUtils.getAllInterfacesForClassAsSet(type)
			.stream()
			.anyMatch((implemented) -> names.contains(implemented.getName()));
	}

	/**
	 * Make sure that a method has something to return when its body is skipped.
	 * @param declaration the method that has the annotation
	 * @param method the method that implements it
	 * @param targetClass the class of the bean
	 * @throws FileLockDefinitionException if it has not
	 */
	static void verifySkippable(Method declaration, Method method, Class<?> targetClass) {
		Class<?> type = ResolvableType.forMethodReturnType(method, targetClass).resolve(method.getReturnType());
		ReactiveAdapter adapter = ReactiveAdapterRegistry.getSharedInstance().getAdapter(type);
		if (type.isPrimitive() && type != void.class) {
			throw notSkippable(declaration, "its return type is %s".formatted(type.getName()));
		}
		if (adapter != null && !adapter.supportsEmpty()) {
			throw notSkippable(declaration, "a %s can't be empty".formatted(type.getSimpleName()));
		}
		if (adapter == null && !isEmptied(type) && isNeverNullInKotlin(method)) {
			throw notSkippable(declaration, "its return type can't be null");
		}
	}

	private static FileLockDefinitionException notSkippable(Method declaration, String why) {
		return FileLockedMethodReader.invalid(declaration,
				"is to be skipped, and has nothing to return then: %s.".formatted(why),
				"Return an Optional or an object that may be null, or let it throw.", null);
	}

	private static boolean isEmptied(Class<?> type) {
		return type.getName().startsWith(OPTIONAL) || Future.class.isAssignableFrom(type)
				|| CompletionStage.class.isAssignableFrom(type);
	}

	private static boolean isNeverNullInKotlin(Method method) {
		if (!KotlinDetector.isKotlinReflectPresent() || !KotlinDetector.isKotlinType(method.getDeclaringClass())) {
			return false;
		}
		Class<?> returned = new MethodParameter(method, -1).getParameterType();
		return returned != void.class && !NEVER_USED.contains(returned.getName())
				&& Nullness.forMethodReturnType(method) == Nullness.NON_NULL;
	}

}
