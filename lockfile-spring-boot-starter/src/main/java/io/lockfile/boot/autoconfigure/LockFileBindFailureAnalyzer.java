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

import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.UnboundConfigurationPropertiesException;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;

import io.lockfile.spring.FileLockAdvisor;

/**
 * Says what to write instead of a value that has the wrong type, or a property that there
 * is none of.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
class LockFileBindFailureAnalyzer extends AbstractFailureAnalyzer<BindException> {

	private final @Nullable Environment environment;

	LockFileBindFailureAnalyzer(@Nullable Environment environment) {
		this.environment = environment;
	}

	@Override
	protected @Nullable FailureAnalysis analyze(Throwable rootFailure, BindException cause) {
		UnboundConfigurationPropertiesException unbound = findCause(cause,
				UnboundConfigurationPropertiesException.class);
		if (unbound != null) {
			return analyzeUnbound(unbound.getUnboundProperties(), cause);
		}
		ConfigurationProperty property = (cause.getProperty() != null) ? cause.getProperty()
				: find(cause.getName(), this.environment);
		if (property == null || !LockFilePropertyNames.PREFIX.isAncestorOf(property.getName())) {
			return null;
		}
		return new FailureAnalysis(wrongValue(property),
				allowed(cause.getTarget().getType().resolve(Object.class), property), cause);
	}

	private static @Nullable FailureAnalysis analyzeUnbound(Set<ConfigurationProperty> properties,
			BindException cause) {
		if (properties.stream()
			.anyMatch((property) -> !LockFilePropertyNames.PREFIX.isAncestorOf(property.getName()))) {
			return null;
		}
		Set<String> descriptions = new LinkedHashSet<>();
		Set<String> actions = new LinkedHashSet<>();
		boolean unknown = false;
		for (ConfigurationProperty property : properties) {
			// An empty value of an enum is bound as none, and so as if there were no
			// property
			Optional<Class<?>> type = LockFilePropertyNames.type(property.getName());
			unknown = unknown || type.isEmpty();
			descriptions.add(type.map((known) -> wrongValue(property))
				.orElseGet(() -> "There is no property '%s'%s.".formatted(property.getName(), origin(property))));
			type.map((known) -> allowed(known, property))
				.or(() -> LockFilePropertyNames.nearest(property.getName()).map("Did you mean '%s'?"::formatted))
				.ifPresent(actions::add);
		}
		if (unknown) {
			actions.add("These properties exist: %s.".formatted(String.join(", ", LockFilePropertyNames.known())));
		}
		return new FailureAnalysis(String.join("%n".formatted(), descriptions), String.join(" ", actions), cause);
	}

	private static String wrongValue(ConfigurationProperty property) {
		return "The value '%s' of property '%s'%s is not valid.".formatted(property.getValue(), property.getName(),
				origin(property));
	}

	/**
	 * Find a property.
	 * @param name its name
	 * @param environment where to look
	 * @return the property, or {@code null} if there is none
	 */
	static @Nullable ConfigurationProperty find(ConfigurationPropertyName name, @Nullable Environment environment) {
		if (environment != null) {
			for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
				ConfigurationProperty property = source.getConfigurationProperty(name);
				if (property != null) {
					return property;
				}
			}
		}
		return null;
	}

	/**
	 * Say where a property was found.
	 * @param property the property
	 * @return the place in brackets, or nothing if it isn't known
	 */
	static String origin(@Nullable ConfigurationProperty property) {
		return (property != null && property.getOrigin() != null) ? " (from " + property.getOrigin() + ")" : "";
	}

	private static String allowed(Class<?> type, ConfigurationProperty property) {
		if (type.isEnum()) {
			return "Write one of %s.".formatted(Arrays.stream(type.getEnumConstants())
				.map((constant) -> constant.toString().toLowerCase(Locale.ROOT))
				.collect(Collectors.joining(", ")));
		}
		if (type == Boolean.class || type == boolean.class) {
			return "Write true or false.";
		}
		if (type == Integer.class || type == int.class) {
			return "Write a whole number, for example %d.".formatted(
					property.getName().getLastElement(ConfigurationPropertyName.Form.DASHED).equals("advisor-order")
							? FileLockAdvisor.DEFAULT_ORDER : 64);
		}
		if (Map.class.isAssignableFrom(type) || Collection.class.isAssignableFrom(type)
				|| type.getEnclosingClass() == LockFileProperties.class) {
			return "Write the properties below it instead: %s."
				.formatted(String.join(", ", LockFilePropertyNames.below(property.getName())));
		}
		return "Write a value of type %s.".formatted(type.getSimpleName());
	}

}
