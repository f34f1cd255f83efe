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

import io.micrometer.core.instrument.MeterRegistry;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

import io.lockfile.boot.metrics.LockFileMetrics;
import io.lockfile.boot.metrics.LockFileObservations;
import io.lockfile.spring.FileLockDefinitionsListener;
import io.lockfile.spring.FileLockSkipListener;

/**
 * Auto-configuration of the meters of file locks.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = { LockFileAutoConfiguration.class, LockFileObservationAutoConfiguration.class },
		afterName = "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration")
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBean({ MeterRegistry.class, LockFileProperties.class })
public final class LockFileMetricsAutoConfiguration {

	private static final Logger logger = LoggerFactory.getLogger(LockFileMetricsAutoConfiguration.class);

	@Bean
	@ConditionalOnMissingBean
	LockFileMetrics lockFileMetrics(MeterRegistry registry, ObjectProvider<LockFileObservations> observations,
			LockFileProperties properties) {
		if (properties.getObservations().isEnabled() && observations.getIfAvailable() == null) {
			logger
				.warn("There is no ObservationRegistry, so locks are measured without observations, although property "
						+ "'lockfile.observations.enabled' is true. Add the module spring-boot-micrometer-observation, or "
						+ "remove the property");
		}
		return new LockFileMetrics(registry, observations.getIfAvailable() == null);
	}

	@Bean
	FileLockSkipListener lockFileMetricsSkipListener(LockFileMetrics metrics) {
		return metrics::skipped;
	}

	@Bean
	FileLockDefinitionsListener lockFileMetricsDefinitionsListener(LockFileMetrics metrics) {
		return (definitions) -> definitions
			.forEach((definition) -> metrics.register(definition.name(), definition.strategy(), definition.mode()));
	}

}
