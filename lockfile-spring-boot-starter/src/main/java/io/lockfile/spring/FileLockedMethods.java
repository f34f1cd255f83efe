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
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.core.MethodClassKey;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.annotation.MergedAnnotations.SearchStrategy;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils.MethodFilter;

import io.lockfile.LockFiles;

/**
 * The annotated methods, each one read once.
 *
 * @since 0.1.0
 */
public final class FileLockedMethods {

	private final Map<MethodClassKey, FileLockedMethod> methods = new ConcurrentHashMap<>();

	private final ConfigurableBeanFactory beanFactory;

	private final PathExpressions expressions;

	private final Supplier<FileLockSettings> settings;

	private final Supplier<LockFiles> locks;

	/**
	 * Create an instance.
	 * @param beanFactory what resolves placeholders
	 * @param settings the settings, asked for when the first method is read
	 * @param locks the engine, asked for when the first method is verified or called
	 */
	public FileLockedMethods(ConfigurableBeanFactory beanFactory, Supplier<FileLockSettings> settings,
			Supplier<LockFiles> locks) {
		this.beanFactory = beanFactory;
		this.expressions = new PathExpressions(beanFactory);
		this.settings = settings;
		this.locks = locks;
	}

	ConfigurableBeanFactory beanFactory() {
		return this.beanFactory;
	}

	PathExpressions expressions() {
		return this.expressions;
	}

	LockFiles locks() {
		return this.locks.get();
	}

	FileLockSettings settings() {
		return this.settings.get();
	}

	/**
	 * Return what an annotated method asks for.
	 * @param method an annotated method
	 * @param targetClass the class of the bean
	 * @return the method's locks
	 * @throws FileLockDefinitionException if it can't be locked as it is declared
	 */
	FileLockedMethod get(Method method, Class<?> targetClass) {
		MethodClassKey key = new MethodClassKey(method, targetClass);
		FileLockedMethod read = this.methods.get(key);
		if (read == null) {
			Method declaration = declaringAnnotation(method, targetClass);
			read = new FileLockedMethodReader(this.beanFactory, settings()).read(declaration,
					mostSpecific(method, targetClass), targetClass);
			FileLockedMethod first = this.methods.putIfAbsent(key, read);
			read = (first != null) ? first : read;
		}
		return read;
	}

	static boolean isAnnotated(Method method, Class<?> targetClass) {
		return CandidateTypes.contains(targetClass) && declaration(method, targetClass) != null;
	}

	/**
	 * Return the annotated methods of a class.
	 * @param targetClass the class of a bean
	 * @return the methods that have the annotation, or inherit it, ordered by name: which
	 * of several mistakes is reported doesn't depend on the virtual machine
	 */
	public static Set<Method> annotated(Class<?> targetClass) {
		if (!CandidateTypes.contains(targetClass)) {
			return Set.of();
		}
		return MethodIntrospector
			.selectMethods(targetClass, (MethodFilter) (candidate) -> isAnnotated(candidate, targetClass))
			.stream()
			.sorted(Comparator.comparing(Method::getName).thenComparing(Method::toString))
			.collect(Collectors.toCollection(LinkedHashSet::new));
	}

	/**
	 * Find the method that has the annotation: the most specific one or what it
	 * overrides, or, for an implementation that is inherited from a class which doesn't
	 * know the interface, the interface's method.
	 * @param method a method
	 * @param targetClass the class of the bean
	 * @return the method to read the annotation from, or {@code null} if there is none
	 */
	private static @Nullable Method declaration(Method method, Class<?> targetClass) {
		Method specific = mostSpecific(method, targetClass);
		if (annotations(specific).isPresent(FileLocked.class)) {
			return specific;
		}
		Method nearest = null;
		for (Method declared : declarationsInInterfaces(specific, targetClass)) {
			if (nearest == null || nearest.getDeclaringClass().isAssignableFrom(declared.getDeclaringClass())) {
				nearest = declared;
			}
		}
		return nearest;
	}

	/**
	 * Find all methods of interfaces that have the annotation and are implemented by one
	 * method.
	 * @param method a method
	 * @param targetClass the class of the bean
	 * @return the methods of the interfaces
	 */
	static List<Method> declarationsInInterfaces(Method method, Class<?> targetClass) {
		Method specific = mostSpecific(method, targetClass);
		if (Modifier.isPrivate(specific.getModifiers()) || Modifier.isStatic(specific.getModifiers())) {
			return List.of();
		}
		List<Method> declarations = new ArrayList<>();
		for (Class<?> type : ClassUtils.getAllInterfacesForClassAsSet(targetClass)) {
			for (Method declared : type.getMethods()) {
				if (isImplementedBy(declared, specific, targetClass)
						&& annotations(declared).isPresent(FileLocked.class)) {
					declarations.add(declared);
				}
			}
		}
		return declarations;
	}

	static boolean isImplementedBy(Method declared, Method specific, Class<?> targetClass) {
		return declared.getName().equals(specific.getName())
				&& declared.getParameterCount() == specific.getParameterCount()
				&& mostSpecific(declared, targetClass).equals(specific);
	}

	/**
	 * Find the method that a class has. Where that is generated, as for an interface
	 * client or a repository, the interface's method tells more: its class has a lasting
	 * name, and its parameters have theirs.
	 * @param method a method
	 * @param targetClass the class of the bean
	 * @return the method of the class or, for a JDK proxy, that of the interface
	 */
	private static Method mostSpecific(Method method, Class<?> targetClass) {
		Method specific = AopUtils.getMostSpecificMethod(method, targetClass);
		if (!Proxy.isProxyClass(specific.getDeclaringClass())) {
			return specific;
		}
		return method.getDeclaringClass().isInterface() ? method
				: ClassUtils.getInterfaceMethodIfPossible(specific, specific.getDeclaringClass());
	}

	/**
	 * Return the method to read the annotation of an annotated method from.
	 * @param method an annotated method
	 * @param targetClass the class of the bean
	 * @return the method itself, or one that it implements
	 */
	static Method declaringAnnotation(Method method, Class<?> targetClass) {
		Method declaration = declaration(method, targetClass);
		if (declaration == null) {
			throw new IllegalArgumentException("Not annotated: " + method);
		}
		return declaration;
	}

	static MergedAnnotations annotations(Method method) {
		return MergedAnnotations.from(method, SearchStrategy.TYPE_HIERARCHY);
	}

}
