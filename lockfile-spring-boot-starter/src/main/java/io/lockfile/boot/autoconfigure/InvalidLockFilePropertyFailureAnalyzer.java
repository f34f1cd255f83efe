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

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.env.Environment;

/**
 * Says where a value comes from that can't be used, and what to write instead.
 */
class InvalidLockFilePropertyFailureAnalyzer extends AbstractFailureAnalyzer<InvalidLockFilePropertyException> {

	private final @Nullable Environment environment;

	InvalidLockFilePropertyFailureAnalyzer(@Nullable Environment environment) {
		this.environment = environment;
	}

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, InvalidLockFilePropertyException cause) {
		return new FailureAnalysis("The value '%s' of property '%s'%s is not valid: %s.".formatted(cause.value(),
				cause.property(), LockFileBindFailureAnalyzer.origin(find(cause)), cause.reason()), cause.action(),
				cause);
	}

	private @Nullable ConfigurationProperty find(InvalidLockFilePropertyException cause) {
		ConfigurationProperty property = LockFileBindFailureAnalyzer
			.find(ConfigurationPropertyName.adapt(cause.property(), '.'), this.environment);
		// What is found may have placeholders in it
		return (property != null && this.environment != null
				&& this.environment.resolvePlaceholders(String.valueOf(property.getValue())).equals(cause.value()))
						? property : null;
	}

}
