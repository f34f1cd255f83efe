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

import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

import io.lockfile.LockFiles;
import io.lockfile.boot.actuate.DeclaredLock;
import io.lockfile.boot.actuate.LockFileEndpoint;
import io.lockfile.boot.actuate.LockFileEndpointWebExtension;
import io.lockfile.spring.FileLockDefinition;
import io.lockfile.spring.FileLockDefinitionsListener;

/**
 * Auto-configuration of the actuator endpoint {@code filelocks}.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = LockFileAutoConfiguration.class)
@ConditionalOnClass(ConditionalOnAvailableEndpoint.class)
@ConditionalOnAvailableEndpoint(LockFileEndpoint.class)
@ConditionalOnBean(LockFiles.class)
public final class LockFileEndpointAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	LockFileEndpoint lockFileEndpoint(LockFiles locks) {
		return new LockFileEndpoint(locks);
	}

	@Bean
	@ConditionalOnMissingBean
	LockFileEndpointWebExtension lockFileEndpointWebExtension(LockFileEndpoint endpoint) {
		return new LockFileEndpointWebExtension(endpoint);
	}

	@Bean
	FileLockDefinitionsListener lockFileEndpointDefinitionsListener(LockFileEndpoint endpoint) {
		return (definitions) -> definitions.forEach((definition) -> endpoint.declare(declared(definition)));
	}

	private static DeclaredLock declared(FileLockDefinition definition) {
		return new DeclaredLock(definition.name(), definition.path(), definition.strategy(), definition.mode(),
				definition.user());
	}

}
