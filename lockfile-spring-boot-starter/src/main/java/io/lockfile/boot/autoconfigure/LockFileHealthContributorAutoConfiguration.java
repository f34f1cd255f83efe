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

import java.util.Objects;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.context.annotation.Bean;

import io.lockfile.LockFiles;
import io.lockfile.boot.health.LockFileHealthIndicator;
import io.lockfile.spring.FileLockDefinitionsListener;

/**
 * Auto-configuration of the health contributor {@code fileLocks}.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = LockFileAutoConfiguration.class)
@ConditionalOnClass(ConditionalOnEnabledHealthIndicator.class)
@ConditionalOnEnabledHealthIndicator("filelocks")
@ConditionalOnBooleanProperty(name = "lockfile.enabled", matchIfMissing = true)
@ConditionalOnBean({ LockFiles.class, LockFileProperties.class })
public final class LockFileHealthContributorAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean(name = { "fileLocksHealthIndicator", "fileLocksHealthContributor" })
	LockFileHealthIndicator fileLocksHealthContributor(LockFiles locks, LockFileProperties properties) {
		LockFileHealthIndicator indicator = new LockFileHealthIndicator(locks);
		// Those of templates, which nobody tells of
		properties.getLocks()
			.values()
			.stream()
			.map(LockFileProperties.Lock::getStrategy)
			.filter(Objects::nonNull)
			.forEach(indicator::add);
		return indicator;
	}

	@Bean
	FileLockDefinitionsListener fileLocksHealthDefinitionsListener(ObjectProvider<LockFileHealthIndicator> indicators) {
		return (definitions) -> indicators
			.forEach((indicator) -> definitions.forEach((definition) -> indicator.add(definition.strategy())));
	}

}
