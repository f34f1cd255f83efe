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
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.expression.ParseException;
import org.springframework.util.ClassUtils;

import io.lockfile.LockMode;

/**
 * From an annotated method to what the interceptor needs of it, with a clear word about
 * all that can't be.
 */
final class FileLockedMethodReader {

	private static final Pattern PLAIN_NAME = Pattern.compile("[\\p{L}\\p{N}-]+");

	private final ConfigurableBeanFactory beanFactory;

	private final FileLockSettings settings;

	FileLockedMethodReader(ConfigurableBeanFactory beanFactory, FileLockSettings settings) {
		this.beanFactory = beanFactory;
		this.settings = settings;
	}

	/**
	 * Read a method.
	 * @param declaration the method that has the annotation
	 * @param method the method that implements it
	 * @param targetClass the class of the bean
	 * @return what it asks for
	 * @throws FileLockDefinitionException if it can't be locked as it is declared
	 */
	FileLockedMethod read(Method declaration, Method method, Class<?> targetClass) {
		Completion completion = Completions.of(declaration, method, targetClass);
		List<FileLockSpec> specs = new ArrayList<>();
		Set<String> names = new HashSet<>();
		for (MergedAnnotation<FileLocked> annotation : nearest(declaration, method, targetClass)) {
			String name = unique(name(annotation, declaration), names);
			specs.add(spec(annotation, name, declaration, method, targetClass));
		}
		return new FileLockedMethod(method, targetClass, specs, completion);
	}

	private static List<MergedAnnotation<FileLocked>> nearest(Method declaration, Method method, Class<?> targetClass) {
		List<MergedAnnotation<FileLocked>> all = inOrder(declaration);
		Map<Class<?>, Set<Map<String, Object>>> locks = new LinkedHashMap<>();
		collect(all, locks);
		// An implementation that is inherited knows nothing of its class's interfaces
		for (Method declared : FileLockedMethods.declarationsInInterfaces(method, targetClass)) {
			collect(inOrder(declared), locks);
		}
		Class<?> nearestType = declaringType(all.get(0));
		locks.forEach((type, declared) -> {
			if (!type.isAssignableFrom(nearestType) && !declared.equals(locks.get(nearestType))) {
				throw invalid(declaration,
						"inherits different locks, from %s and %s, which know nothing of each other."
							.formatted(nearestType.getName(), type.getName()),
						"%s with all locks that it needs."
							.formatted((method.getDeclaringClass() == targetClass) ? "Annotate the method itself"
									: "Override it in %s, annotated".formatted(targetClass.getName())),
						null);
			}
		});
		int nearest = all.get(0).getAggregateIndex();
		return all.stream().filter((annotation) -> annotation.getAggregateIndex() == nearest).toList();
	}

	private static void collect(List<MergedAnnotation<FileLocked>> annotations,
			Map<Class<?>, Set<Map<String, Object>>> locks) {
		annotations.forEach((annotation) -> locks.computeIfAbsent(declaringType(annotation), (type) -> new HashSet<>())
			.add(annotation.asMap()));
	}

	private static List<MergedAnnotation<FileLocked>> inOrder(Method declaration) {
		return FileLockedMethods.annotations(declaration)
			.stream(FileLocked.class)
			.sorted(Comparator.comparingInt(MergedAnnotation::getAggregateIndex))
			.toList();
	}

	private static Class<?> declaringType(MergedAnnotation<FileLocked> annotation) {
		return (annotation.getSource() instanceof Method source) ? source.getDeclaringClass() : Object.class;
	}

	private FileLockSpec spec(MergedAnnotation<FileLocked> annotation, String name, Method declaration, Method method,
			Class<?> targetClass) {
		Optional<FileLockSettings.LockSettings> own = this.settings.forName(name);
		FileLocked.OnUnavailable declared = annotation.getEnum("onUnavailable", FileLocked.OnUnavailable.class);
		String fallback = annotation.getString("fallbackMethod");
		if (declared == FileLocked.OnUnavailable.SKIP && !fallback.isBlank()) {
			throw invalid(declaration,
					"has onUnavailable = SKIP as well as fallbackMethod = \"%s\".".formatted(fallback),
					"Remove one of the two.", null);
		}
		FileLocked.OnUnavailable onUnavailable = own.map(FileLockSettings.LockSettings::onUnavailable).orElse(declared);
		if (onUnavailable == FileLocked.OnUnavailable.SKIP) {
			Completions.verifySkippable(declaration, method, targetClass);
		}
		boolean replaced = own.map(FileLockSettings.LockSettings::onUnavailable).isPresent();
		Duration timeout = own.map(FileLockSettings.LockSettings::timeout)
			.orElseGet(() -> timeout(annotation.getString("timeout"), onUnavailable, declaration));
		String strategy = own.map(FileLockSettings.LockSettings::strategy)
			.orElseGet(() -> resolved("strategy", annotation.getString("strategy"), declaration, Function.identity()));
		Duration minHold = own.map(FileLockSettings.LockSettings::minHold)
			.orElseGet(() -> minHold(annotation.getString("minHold"), declaration));
		String template = annotation.getString("path");
		return new FileLockSpec(name, path(template.isBlank() ? name : template, declaration, method), timeout,
				strategy.isBlank() ? null : strategy, annotation.getEnum("mode", LockMode.class), minHold,
				onUnavailable, (fallback.isBlank() || replaced) ? null
						: FallbackMethods.find(fallback, declaration, method, targetClass));
	}

	private static String name(MergedAnnotation<FileLocked> annotation, Method method) {
		String name = annotation.getString("name");
		String template = annotation.getString("path");
		if (name.contains("#{") || name.contains("${")) {
			throw invalid(method, "has the name '%s', which is not a fixed one.".formatted(name),
					"Write a literal name, and put what changes into the path.", null);
		}
		if (!name.isBlank()) {
			FileLockNames.problem(name).ifPresent((problem) -> {
				throw invalid(method, "has the name '%s', %s.".formatted(name, problem),
						"Use another name: properties 'lockfile.locks.<name>.*', the tags of meters and the address of "
								+ "the actuator endpoint have to carry it. The path may be anything.",
						null);
			});
			return name;
		}
		if (template.isBlank()) {
			throw invalid(method, "has neither a path nor a name.",
					"Add one, for example @FileLocked(\"%s\").".formatted(kebab(method.getName())), null);
		}
		return (PLAIN_NAME.matcher(template).matches() && FileLockNames.problem(template).isEmpty()) ? template
				: FileLockNames.cleaned(kebab(ClassUtils.getUserClass(method.getDeclaringClass()).getSimpleName()) + "-"
						+ kebab(method.getName()));
	}

	private static String unique(String name, Set<String> names) {
		String unique = name;
		for (int i = 2; !names.add(unique); i++) {
			unique = name + "-" + i;
		}
		return unique;
	}

	private static String kebab(String camel) {
		return camel.replaceAll("(?<=[\\p{Ll}\\p{N}])(?=\\p{Lu})|(?<=\\p{Lu})(?=\\p{Lu}\\p{Ll})", "-")
			.toLowerCase(Locale.ROOT);
	}

	private Duration timeout(String text, FileLocked.OnUnavailable onUnavailable, Method method) {
		if (text.isBlank()) {
			return (onUnavailable == FileLocked.OnUnavailable.SKIP) ? Duration.ZERO : this.settings.timeout();
		}
		return resolved("timeout", text, method, LockTimeouts::parse);
	}

	private Duration minHold(String text, Method method) {
		return text.isBlank() ? this.settings.minHold() : resolved("minHold", text, method, LockTimeouts::parseMinHold);
	}

	private PathTemplate path(String template, Method declaration, Method method) {
		try {
			PathTemplate path = PathTemplate.parse(resolve(template));
			if (path.literal().isBlank()) {
				throw new IllegalArgumentException("it is empty");
			}
			path.verify(LockedCall.PARAMETER_NAMES.getParameterNames(method), method.getParameterCount(),
					this.beanFactory::containsBean);
			return path;
		}
		catch (IllegalArgumentException | ParseException ex) {
			throw invalid(declaration,
					"has the path '%s', which can't be resolved: %s.".formatted(template, ex.getMessage()),
					"Correct the attribute 'path', or the property that it names.", ex);
		}
	}

	private <T> T resolved(String attribute, String text, Method method, Function<String, T> parser) {
		try {
			return parser.apply(resolve(text));
		}
		catch (IllegalArgumentException ex) {
			throw invalid(method, "has a wrong %s, \"%s\": %s.".formatted(attribute, text, ex.getMessage()),
					"Correct the attribute '%s', or the property that it names.".formatted(attribute), ex);
		}
	}

	private String resolve(String text) {
		String resolved = this.beanFactory.resolveEmbeddedValue(text);
		if (resolved != null && resolved.contains("${")) {
			throw new IllegalArgumentException("it has a placeholder that no property resolves: " + resolved);
		}
		return (resolved != null) ? resolved : "";
	}

	static FileLockDefinitionException invalid(Method method, String what, String action, @Nullable Throwable cause) {
		return new FileLockDefinitionException("The @FileLocked method %s.%s %s"
			.formatted(method.getDeclaringClass().getName(), method.getName(), what), action, cause);
	}

}
