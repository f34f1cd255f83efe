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

import java.util.List;

import org.springframework.aop.config.AopConfigUtils;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.SearchStrategy;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Fallback;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.ImportBeanDefinitionRegistrar;
import org.springframework.context.annotation.Role;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotationMetadata;
import org.springframework.util.function.SingletonSupplier;

import io.lockfile.LockFiles;
import io.lockfile.LockListener;
import io.lockfile.spring.BeanCreation;
import io.lockfile.spring.FileLockAdvisor;
import io.lockfile.spring.FileLockFailureListener;
import io.lockfile.spring.FileLockLifecycle;
import io.lockfile.spring.FileLockLog;
import io.lockfile.spring.FileLockOperations;
import io.lockfile.spring.FileLockSettings;
import io.lockfile.spring.FileLockSkipListener;
import io.lockfile.spring.FileLockTemplate;
import io.lockfile.spring.FileLockedMethods;
import io.lockfile.spring.FileLockedMethodsVerifier;
import io.lockfile.spring.LockTimeouts;
import io.lockfile.spring.RunningBodies;

/**
 * Auto-configuration of file locks and of
 * {@link io.lockfile.spring.FileLocked @FileLocked}.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = AopAutoConfiguration.class)
@EnableConfigurationProperties(LockFileProperties.class)
@Import(LockFileAutoConfiguration.AutoProxyRegistrar.class)
public final class LockFileAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	LockFiles lockFiles(LockFileProperties properties, Environment environment,
			ObjectProvider<LockListener> listeners) {
		return new LockFilesFactory(properties, environment).create(listeners.orderedStream().toList());
	}

	@Bean
	@ConditionalOnMissingBean
	FileLockLog fileLockLog(LockFileProperties properties, ObjectProvider<LockFiles> locks) {
		return new FileLockLog(locks::getObject, FileLockSettingsFactory.duration("lockfile.wait-warning",
				properties.getWaitWarning(), LockTimeouts::parseBound));
	}

	/**
	 * Settings from the properties of this context, also if its parent has such beans; a
	 * user's bean there comes first.
	 * @param properties the properties
	 * @param locks the engine, which knows the strategies
	 * @return the settings
	 */
	@Bean
	@Fallback
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
	FileLockSettings fileLockSettings(LockFileProperties properties, LockFiles locks) {
		return FileLockSettingsFactory.create(properties, locks);
	}

	@Bean
	@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
	static FileLockedMethods fileLockedMethods(ConfigurableListableBeanFactory beanFactory,
			ObjectProvider<FileLockSettings> settings, ObjectProvider<LockFiles> locks) {
		return new FileLockedMethods(beanFactory, SingletonSupplier.of(settings::getObject),
				SingletonSupplier.of(locks::getObject));
	}

	@Bean
	@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
	static FileLockAdvisor fileLockAdvisor(FileLockedMethods methods,
			ObjectProvider<FileLockSkipListener> skipListeners, RunningBodies bodies, Environment environment) {
		FileLockSkipListener all = (name, strategy, mode) -> skipListeners.orderedStream()
			.forEach((listener) -> listener.skipped(name, strategy, mode));
		FileLockAdvisor advisor = new FileLockAdvisor(methods, () -> all, bodies);
		// The properties bean would come too early here, together with what it needs
		advisor.setOrder(Binder.get(environment)
			.bind("lockfile.advisor-order", Integer.class)
			.orElse(FileLockAdvisor.DEFAULT_ORDER));
		return advisor;
	}

	@Bean
	@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
	static RunningBodies fileLockRunningBodies(ObjectProvider<FileLockFailureListener> listeners) {
		return new RunningBodies(SingletonSupplier.of(() -> {
			List<FileLockFailureListener> all = listeners.orderedStream().toList();
			return (handle, failure) -> all.forEach((listener) -> listener.failed(handle, failure));
		}));
	}

	/**
	 * Ends waiting with the context that has the engine: its children share that.
	 * @param locks the engine
	 * @return the lifecycle
	 */
	@Bean
	@ConditionalOnBean(value = LockFiles.class, search = SearchStrategy.CURRENT)
	FileLockLifecycle fileLockWaitingLifecycle(LockFiles locks) {
		return FileLockLifecycle.waiting(locks);
	}

	@Bean
	FileLockLifecycle fileLockBodiesLifecycle(RunningBodies bodies) {
		return FileLockLifecycle.bodies(bodies);
	}

	@Bean
	LockFileStartup fileLockStartup(LockFileProperties properties, LockFiles locks, Environment environment) {
		return new LockFileStartup(properties, locks, environment);
	}

	@Bean
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
	static FileLockedMethodsVerifier fileLockedMethodsVerifier(ConfigurableListableBeanFactory beanFactory,
			FileLockedMethods methods, BeanCreation creation) {
		return new FileLockedMethodsVerifier(beanFactory, methods, creation);
	}

	@Bean
	@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
	static BeanCreation fileLockBeanCreation() {
		return new BeanCreation();
	}

	/**
	 * The operations for those who have none of their own. Templates of users don't
	 * replace them, since they may be made of them, but come first.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnMissingBean(name = "fileLockTemplate", search = SearchStrategy.CURRENT)
	static class OperationsConfiguration {

		@Bean
		@Fallback
		@ConditionalOnMissingBean(value = FileLockOperations.class, ignored = FileLockTemplate.class,
				search = SearchStrategy.CURRENT)
		FileLockTemplate fileLockTemplate(LockFiles locks, FileLockSettings settings, RunningBodies bodies) {
			return new FileLockTemplate(locks, settings, bodies);
		}

	}

	/**
	 * Makes sure that there are proxies, even with {@code spring.aop.auto=false}.
	 */
	static final class AutoProxyRegistrar implements ImportBeanDefinitionRegistrar {

		@Override
		public void registerBeanDefinitions(AnnotationMetadata metadata, BeanDefinitionRegistry registry) {
			AopConfigUtils.registerAutoProxyCreatorIfNecessary(registry);
		}

	}

}
