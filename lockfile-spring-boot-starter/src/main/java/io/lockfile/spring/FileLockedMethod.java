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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

import org.jspecify.annotations.Nullable;
import org.springframework.core.KotlinDetector;
import org.springframework.core.ResolvableType;

/**
 * An annotated method, as it is called on beans of one class.
 */
final class FileLockedMethod {

	private final Method method;

	private final Class<?> targetClass;

	private final Class<?> returnType;

	private final boolean suspending;

	private final List<FileLockSpec> specs;

	private final Completion completion;

	private final String user;

	private final Map<String, Integer> parameters;

	private final AtomicBoolean warnedOfTransaction = new AtomicBoolean();

	private final AtomicBoolean warnedOfScheduler = new AtomicBoolean();

	private final AtomicBoolean warnedOfResult = new AtomicBoolean();

	/**
	 * Create an instance.
	 * @param method the most specific method
	 * @param targetClass the class of the bean
	 * @param specs its locks
	 * @param completion when its work is done
	 */
	FileLockedMethod(Method method, Class<?> targetClass, List<FileLockSpec> specs, Completion completion) {
		this.method = method;
		this.targetClass = targetClass;
		this.suspending = KotlinDetector.isSuspendingFunction(method);
		// To those who call it, a suspending function returns what it may come to
		this.returnType = this.suspending ? method.getReturnType()
				: ResolvableType.forMethodReturnType(method, targetClass).resolve(method.getReturnType());
		this.specs = List.copyOf(specs);
		this.completion = completion;
		this.user = text(method);
		this.parameters = parameters(method);
	}

	Method method() {
		return this.method;
	}

	Class<?> targetClass() {
		return this.targetClass;
	}

	/**
	 * Return what the method returns on beans of this class, which may be a type variable
	 * in its declaration.
	 * @return the type
	 */
	Class<?> returnType() {
		return this.returnType;
	}

	/**
	 * Tell whether it is a suspending function of Kotlin.
	 * @return {@code true} if its last parameter is a continuation
	 */
	boolean isSuspending() {
		return this.suspending;
	}

	List<FileLockSpec> specs() {
		return this.specs;
	}

	/**
	 * Return the parameters under the names that expressions have for them: their own,
	 * where the class file tells it, {@code a0} and {@code p0}.
	 * @return the positions, by name
	 */
	Map<String, Integer> parameters() {
		return this.parameters;
	}

	private static Map<String, Integer> parameters(Method method) {
		Map<String, Integer> parameters = new HashMap<>();
		for (int i = 0; i < method.getParameterCount(); i++) {
			parameters.put("a" + i, i);
			parameters.put("p" + i, i);
		}
		// Their own names come last, and so first
		@Nullable String @Nullable [] names = LockedCall.PARAMETER_NAMES.getParameterNames(method);
		for (int i = 0; names != null && i < names.length; i++) {
			if (names[i] != null) {
				parameters.put(names[i], i);
			}
		}
		return parameters;
	}

	Completion completion() {
		return this.completion;
	}

	/**
	 * Return what the attempts to get its locks say of who uses them.
	 * @return the method with the class that declares it
	 */
	String user() {
		return this.user;
	}

	/**
	 * Name a method for people.
	 * @param method the method
	 * @return its class and its name
	 */
	static String text(Method method) {
		return method.getDeclaringClass().getName() + "." + method.getName();
	}

	boolean isFirstWarningOfTransaction() {
		return this.warnedOfTransaction.compareAndSet(false, true);
	}

	boolean isFirstWarningOfScheduler() {
		return this.warnedOfScheduler.compareAndSet(false, true);
	}

	boolean isFirstWarningOfResult() {
		return this.warnedOfResult.compareAndSet(false, true);
	}

	/**
	 * Return what the method returns when its body is skipped.
	 * @return {@code null}, an empty optional, or a completed stage
	 */
	@Nullable Object skipped() {
		Class<?> type = this.returnType;
		if (type == Optional.class) {
			return Optional.empty();
		}
		if (type == OptionalInt.class) {
			return OptionalInt.empty();
		}
		if (type == OptionalLong.class) {
			return OptionalLong.empty();
		}
		if (type == OptionalDouble.class) {
			return OptionalDouble.empty();
		}
		return (this.completion == Completion.STAGE || type == Future.class) ? CompletableFuture.completedFuture(null)
				: null;
	}

	@Override
	public String toString() {
		return this.targetClass.getName() + "." + this.method.getName();
	}

}
