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

import java.util.Set;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler.IgnoredMeters;
import io.micrometer.observation.ObservationFilter;
import io.micrometer.observation.ObservationPredicate;
import io.micrometer.observation.ObservationRegistry;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

import io.lockfile.boot.metrics.DefaultLockFileObservationConvention;
import io.lockfile.boot.metrics.LockFileObservationConvention;
import io.lockfile.boot.metrics.LockFileObservations;
import io.lockfile.spring.FileLockDefinitionsListener;
import io.lockfile.spring.FileLockFailureListener;

/**
 * Auto-configuration of the observations of file locks, which are off unless a property
 * says otherwise.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = LockFileAutoConfiguration.class,
		afterName = { "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration",
				"org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration" })
@ConditionalOnClass({ ObservationRegistry.class, MeterRegistry.class })
@ConditionalOnBean(ObservationRegistry.class)
@ConditionalOnBooleanProperty("lockfile.observations.enabled")
public final class LockFileObservationAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	LockFileObservations lockFileObservations(ObservationRegistry registry,
			ObjectProvider<LockFileObservationConvention> convention, ObjectProvider<MeterRegistry> meterRegistry,
			ObjectProvider<ObservationFilter> filters, ObjectProvider<ObservationPredicate> predicates,
			Environment environment) {
		LockFileObservations observations = new LockFileObservations(registry,
				convention.getIfAvailable(DefaultLockFileObservationConvention::new));
		meterRegistry.ifAvailable((meters) -> observations.manageMeters(meters, hasLongTaskTimers(environment),
				filters.orderedStream().toList(), predicates.orderedStream().toList()));
		return observations;
	}

	private static boolean hasLongTaskTimers(Environment environment) {
		return !Binder.get(environment)
			.bind("management.metrics.observations.ignored-meters", Bindable.setOf(IgnoredMeters.class))
			.orElse(Set.of())
			.contains(IgnoredMeters.LONG_TASK_TIMER);
	}

	@Bean
	FileLockFailureListener lockFileObservationsFailureListener(LockFileObservations observations) {
		return observations::failed;
	}

	@Bean
	FileLockDefinitionsListener lockFileObservationsDefinitionsListener(LockFileObservations observations) {
		return (definitions) -> definitions.forEach(
				(definition) -> observations.register(definition.name(), definition.strategy(), definition.mode()));
	}

}
