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
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Flow;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.core.KotlinDetector;
import org.springframework.core.MethodClassKey;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.annotation.MergedAnnotations.SearchStrategy;
import org.springframework.expression.ParseException;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils.MethodFilter;

import io.lockfile.LockFailedException;
import io.lockfile.LockFile;
import io.lockfile.LockFiles;
import io.lockfile.LockMode;
import io.lockfile.LockStrategy;

/**
 * The annotated methods, each one read once.
 *
 * @since 0.1.0
 */
public final class FileLockedMethods {

	private static final Logger logger = LoggerFactory.getLogger(FileLockedMethods.class);

	private static final Pattern PLAIN_NAME = Pattern.compile("[\\p{L}\\p{N}-]+");

	private static final List<Class<?>> ASYNCHRONOUS = List.of(Future.class, CompletionStage.class,
			Flow.Publisher.class, Callable.class);

	/**
	 * What Spring MVC goes on with after the method returned.
	 */
	private static final Set<String> HANDLED_LATER = Set.of(
			"org.springframework.web.context.request.async.DeferredResult",
			"org.springframework.web.context.request.async.WebAsyncTask",
			"org.springframework.web.servlet.mvc.method.annotation.ResponseBodyEmitter",
			"org.springframework.web.servlet.mvc.method.annotation.StreamingResponseBody");

	private final Map<MethodClassKey, FileLockSpec> specs = new ConcurrentHashMap<>();

	private final ConfigurableBeanFactory beanFactory;

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
		this.settings = settings;
		this.locks = locks;
	}

	ConfigurableBeanFactory beanFactory() {
		return this.beanFactory;
	}

	LockFiles locks() {
		return this.locks.get();
	}

	FileLockSettings settings() {
		return this.settings.get();
	}

	static boolean isAnnotated(Method method, Class<?> targetClass) {
		return declaration(method, targetClass) != null;
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
		Method specific = AopUtils.getMostSpecificMethod(method, targetClass);
		if (find(specific).isPresent(FileLocked.class)) {
			return specific;
		}
		if (Modifier.isPrivate(specific.getModifiers()) || Modifier.isStatic(specific.getModifiers())) {
			return null;
		}
		for (Class<?> type : ClassUtils.getAllInterfacesForClassAsSet(targetClass)) {
			Method declared = ClassUtils.getMethodIfAvailable(type, specific.getName(), specific.getParameterTypes());
			if (declared != null && find(declared).isPresent(FileLocked.class)) {
				return declared;
			}
		}
		return null;
	}

	private static MergedAnnotations find(Method method) {
		return MergedAnnotations.from(method, SearchStrategy.TYPE_HIERARCHY);
	}

	/**
	 * Return what an annotated method asks for.
	 * @param method an annotated method
	 * @param targetClass the class of the bean
	 * @return the specification
	 * @throws FileLockDefinitionException if it can't be had
	 */
	FileLockSpec spec(Method method, Class<?> targetClass) {
		MethodClassKey key = new MethodClassKey(method, targetClass);
		FileLockSpec spec = this.specs.get(key);
		if (spec == null) {
			Method declaration = declaration(method, targetClass);
			if (declaration == null) {
				throw new IllegalArgumentException("Not annotated: " + method);
			}
			spec = read(declaration, AopUtils.getMostSpecificMethod(method, targetClass).getReturnType());
			this.specs.put(key, spec);
		}
		return spec;
	}

	private FileLockSpec read(Method method, Class<?> returnType) {
		MergedAnnotation<FileLocked> annotation = nearest(method);
		String template = annotation.getString("path");
		String name = name(annotation.getString("name"), template, method);
		FileLockSettings settings = settings();
		FileLocked.OnUnavailable onUnavailable = settings.forName(name)
			.map(FileLockSettings.LockSettings::onUnavailable)
			.orElseGet(() -> annotation.getEnum("onUnavailable", FileLocked.OnUnavailable.class));
		verifyReturnType(method, returnType, onUnavailable);
		Duration timeout = settings.forName(name)
			.map(FileLockSettings.LockSettings::timeout)
			.orElseGet(() -> timeout(annotation.getString("timeout"), onUnavailable, settings, method));
		String strategy = settings.forName(name)
			.map(FileLockSettings.LockSettings::strategy)
			.orElseGet(() -> strategy(annotation.getString("strategy"), method));
		return new FileLockSpec(name, path(template.isBlank() ? name : template, method), timeout,
				strategy.isBlank() ? null : strategy, annotation.getEnum("mode", LockMode.class), onUnavailable,
				returnType);
	}

	private static MergedAnnotation<FileLocked> nearest(Method method) {
		List<MergedAnnotation<FileLocked>> all = find(method).stream(FileLocked.class)
			.sorted(Comparator.comparingInt(MergedAnnotation::getAggregateIndex))
			.toList();
		if (all.size() > 1 && all.get(0).getAggregateIndex() == all.get(1).getAggregateIndex()) {
			throw invalid(method, "is annotated more than once.", "Leave one of the annotations.", null);
		}
		return all.get(0);
	}

	private static String name(String name, String template, Method method) {
		if (name.contains("#{") || name.contains("${")) {
			throw invalid(method, "has the name '%s', which is not a fixed one.".formatted(name),
					"Write a literal name, and put what changes into the path.", null);
		}
		if (!name.isBlank()) {
			return name;
		}
		if (template.isBlank()) {
			throw invalid(method, "has neither a path nor a name.",
					"Add one, for example @FileLocked(\"%s\").".formatted(kebab(method.getName())), null);
		}
		return PLAIN_NAME.matcher(template).matches() ? template
				: kebab(ClassUtils.getUserClass(method.getDeclaringClass()).getSimpleName()) + "-"
						+ kebab(method.getName());
	}

	private static String kebab(String camel) {
		return camel.replaceAll("(?<=[\\p{Ll}\\p{N}])(?=\\p{Lu})|(?<=\\p{Lu})(?=\\p{Lu}\\p{Ll})", "-")
			.toLowerCase(Locale.ROOT);
	}

	private Duration timeout(String text, FileLocked.OnUnavailable onUnavailable, FileLockSettings settings,
			Method method) {
		if (text.isBlank()) {
			return (onUnavailable == FileLocked.OnUnavailable.SKIP) ? Duration.ZERO : settings.timeout();
		}
		try {
			return LockTimeouts.parse(resolve(text));
		}
		catch (IllegalArgumentException ex) {
			throw invalid(method, "has a wrong timeout, \"%s\": %s.".formatted(text, ex.getMessage()),
					"Correct the attribute 'timeout', or the property that it names.", ex);
		}
	}

	private PathTemplate path(String template, Method method) {
		try {
			PathTemplate path = PathTemplate.parse(resolve(template));
			if (path.literal().isBlank()) {
				throw new IllegalArgumentException("it is empty");
			}
			return path;
		}
		catch (IllegalArgumentException | ParseException ex) {
			throw invalid(method,
					"has the path '%s', which can't be resolved: %s.".formatted(template, ex.getMessage()),
					"Correct the attribute 'path', or the property that it names.", ex);
		}
	}

	private String strategy(String text, Method method) {
		try {
			return resolve(text);
		}
		catch (IllegalArgumentException ex) {
			throw invalid(method, "has a wrong strategy, \"%s\": %s.".formatted(text, ex.getMessage()),
					"Correct the attribute 'strategy', or the property that it names.", ex);
		}
	}

	private String resolve(String text) {
		String resolved = this.beanFactory.resolveEmbeddedValue(text);
		if (resolved != null && resolved.contains("${")) {
			throw new IllegalArgumentException("it has a placeholder that no property resolves: " + resolved);
		}
		return (resolved != null) ? resolved : "";
	}

	/**
	 * Tell whether what a method returns may stand for work that is not done yet.
	 * @param type the return type
	 * @return {@code true} if so
	 */
	static boolean isAsynchronous(Class<?> type) {
		return ASYNCHRONOUS.stream().anyMatch((asynchronous) -> asynchronous.isAssignableFrom(type))
				|| ClassUtils.getAllInterfacesForClassAsSet(type)
					.stream()
					.anyMatch((implemented) -> implemented.getName().equals("org.reactivestreams.Publisher"))
				|| type.getName().equals("org.reactivestreams.Publisher") || isHandledLater(type)
				|| ReactiveAdapterRegistry.getSharedInstance().getAdapter(type) != null;
	}

	private static boolean isHandledLater(Class<?> type) {
		for (Class<?> current = type; current != null; current = current.getSuperclass()) {
			if (HANDLED_LATER.contains(current.getName())) {
				return true;
			}
		}
		return false;
	}

	private static void verifyReturnType(Method method, Class<?> type, FileLocked.OnUnavailable onUnavailable) {
		if (isAsynchronous(type) || KotlinDetector.isSuspendingFunction(method)) {
			throw invalid(method,
					"returns %s, so its work may go on after it returned and its lock was released."
						.formatted(type.getSimpleName()),
					"Let it return when its work is done, and make its caller asynchronous instead.", null);
		}
		if (onUnavailable == FileLocked.OnUnavailable.SKIP && type.isPrimitive() && type != void.class) {
			throw invalid(method, "is to be skipped, and has nothing to return then: its return type is %s."
				.formatted(type.getName()), "Return an Optional or an object, or let it throw.", null);
		}
	}

	/**
	 * Verify all methods of a bean.
	 * @param beanName the name of the bean
	 * @param targetClass its class
	 * @return the names of its locks
	 */
	List<String> verify(String beanName, Class<?> targetClass) {
		List<String> names = new ArrayList<>();
		for (Method method : annotated(targetClass)) {
			if (Modifier.isPrivate(method.getModifiers()) || Modifier.isStatic(method.getModifiers())) {
				throw invalid(method,
						"is %s, so no proxy of bean '%s' can lock it."
							.formatted(Modifier.isStatic(method.getModifiers()) ? "static" : "private", beanName),
						"Make it an instance method that is not private.", null);
			}
			if (!isOverridable(method, targetClass)) {
				throw invalid(method,
						"is only visible in its own package, so no proxy of bean '%s' can lock it.".formatted(beanName),
						"Make it public or protected.", null);
			}
			FileLockSpec spec = spec(method, targetClass);
			verifyStrategy(spec, method);
			verifyLiteral(spec, method);
			names.add(spec.name());
		}
		return names;
	}

	private static boolean isOverridable(Method method, Class<?> targetClass) {
		return Modifier.isPublic(method.getModifiers()) || Modifier.isProtected(method.getModifiers())
				|| method.getDeclaringClass().getPackage() == targetClass.getPackage();
	}

	private void verifyStrategy(FileLockSpec spec, Method method) {
		if (!settings().enabled()) {
			return;
		}
		LockFile any;
		try {
			any = spec.lock(this.locks.get(), spec.name().replaceAll("[^\\p{L}\\p{N}-]", "-"));
		}
		catch (IllegalArgumentException ex) {
			throw invalid(method, "has a wrong strategy: %s.".formatted(ex.getMessage()),
					"Correct the attribute 'strategy', or property 'lockfile.locks.%s.strategy'."
						.formatted(spec.name()),
					ex);
		}
		if (!any.supports(spec.mode())) {
			throw invalid(method,
					"has mode %s, which strategy '%s' doesn't support.".formatted(spec.mode(), any.strategy()),
					"Use one of these strategies: %s.".formatted(String.join(", ", strategiesThatSupport(spec.mode()))),
					null);
		}
	}

	private static List<String> strategiesThatSupport(LockMode mode) {
		return LockFiles.strategies()
			.stream()
			.filter((strategy) -> strategy.supports(mode))
			.map(LockStrategy::name)
			.toList();
	}

	private void verifyLiteral(FileLockSpec spec, Method method) {
		if (!spec.path().isLiteral() || !settings().enabled()) {
			return;
		}
		try {
			spec.lock(this.locks.get(), spec.path().literal());
		}
		catch (LockFailedException ex) {
			throw invalid(method, "has a wrong path: " + ex.getMessage() + ".",
					"Correct the attribute 'path', or the property that it names.", ex);
		}
	}

	static Set<Method> annotated(Class<?> targetClass) {
		return MethodIntrospector.selectMethods(targetClass,
				(MethodFilter) (candidate) -> isAnnotated(candidate, targetClass));
	}

	/**
	 * Make sure that all settings of single locks belong to a method, and say what was
	 * found.
	 * @param names the names of all locks
	 * @param complete whether the classes of all beans were known
	 */
	void verified(List<String> names, boolean complete) {
		Set<String> known = new TreeSet<>(names);
		for (String name : known) {
			known.stream()
				.filter((other) -> !other.equals(name)
						&& FileLockSettings.uniform(other).equals(FileLockSettings.uniform(name)))
				.findFirst()
				.ifPresent((other) -> {
					throw new FileLockDefinitionException(
							"The locks '%s' and '%s' can't be told apart in properties, which ignore case and dashes."
								.formatted(name, other),
							"Give one of them another name with the attribute 'name'.", null);
				});
		}
		for (String configured : settings().locks().keySet()) {
			if (known.stream()
				.noneMatch((name) -> FileLockSettings.uniform(name).equals(FileLockSettings.uniform(configured)))) {
				unknown(configured, known, complete);
			}
		}
		if (!settings().enabled() && !names.isEmpty()) {
			logger.warn("File locks are disabled (lockfile.enabled=false): {} @FileLocked methods run unlocked",
					names.size());
		}
		else {
			logger.debug("{} @FileLocked methods with locks {}", names.size(), known);
		}
	}

	private static void unknown(String configured, Set<String> known, boolean complete) {
		String description = "There are settings 'lockfile.locks.%s', but no @FileLocked method has that name."
			.formatted(configured);
		String action = known.isEmpty() ? "Remove them: there are no @FileLocked methods."
				: "Remove them, or use one of these names: %s.".formatted(String.join(", ", known));
		if (complete) {
			throw new FileLockDefinitionException(description, action, null);
		}
		logger.warn("{} {} Beans that don't exist yet may have more.", description, action);
	}

	private static FileLockDefinitionException invalid(Method method, String what, String action,
			@Nullable Throwable cause) {
		return new FileLockDefinitionException("The @FileLocked method %s.%s %s"
			.formatted(method.getDeclaringClass().getName(), method.getName(), what), action, cause);
	}

}
