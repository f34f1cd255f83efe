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

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.aop.config.AopConfigUtils;
import org.springframework.aop.framework.autoproxy.AutoProxyUtils;
import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Warns of annotated methods in parents and children of a context: proxies are made for
 * each context by itself, and these may make none.
 */
final class UnlockedContexts {

	private static final Logger logger = LoggerFactory.getLogger(UnlockedContexts.class);

	private UnlockedContexts() {
	}

	/**
	 * Warn of the ancestors of a context.
	 * @param beanFactory the beans of the context
	 * @param methods its annotated methods
	 */
	static void warnOfAncestors(ConfigurableListableBeanFactory beanFactory, FileLockedMethods methods) {
		ConfigurableListableBeanFactory parent = beans(beanFactory.getParentBeanFactory());
		while (parent != null) {
			String id = (parent instanceof DefaultListableBeanFactory beans) ? beans.getSerializationId() : null;
			warnOf(parent, (id != null) ? id : "parent", methods);
			parent = beans(parent.getParentBeanFactory());
		}
	}

	/**
	 * Warn of a context that was started after another one.
	 * @param context the context
	 * @param known the beans of the other one
	 * @param methods the annotated methods of the other one
	 */
	static void warnOf(ApplicationContext context, ConfigurableListableBeanFactory known, FileLockedMethods methods) {
		ConfigurableListableBeanFactory beans = beans(context);
		if (beans != null && beans != known) {
			warnOf(beans, context.getDisplayName(), methods);
		}
	}

	private static @Nullable ConfigurableListableBeanFactory beans(@Nullable BeanFactory beanFactory) {
		if (beanFactory instanceof ConfigurableApplicationContext context) {
			return context.getBeanFactory();
		}
		return (beanFactory instanceof ConfigurableListableBeanFactory beans) ? beans : null;
	}

	private static void warnOf(ConfigurableListableBeanFactory beans, String context, FileLockedMethods methods) {
		if (beans.getBeanNamesForType(FileLockedMethodsVerifier.class, true, false).length > 0
				|| !methods.settings().enabled()) {
			return;
		}
		for (String beanName : beans.getBeanNamesForType(Object.class, true, false)) {
			Class<?> type = AutoProxyUtils.determineTargetClass(beans, beanName);
			if (type != null && !ScopedProxyUtils.isScopedTarget(beanName)
					&& !FileLockedMethodsVerifier.annotated(null, beanName, type).isEmpty()
					&& !isLocking(beans, beanName)) {
				logger.warn("The @FileLocked methods of bean '{}' of class {} run unlocked: its context '{}' makes no "
						+ "proxies for them. Add @ImportAutoConfiguration(LockFileAutoConfiguration.class) to that "
						+ "context, or put the bean into one that has it.", beanName, type.getName(), context);
			}
		}
	}

	private static boolean isLocking(ConfigurableListableBeanFactory beans, String beanName) {
		Object bean = beans.getSingleton(beanName);
		return (bean != null && !(bean instanceof FactoryBean)) ? LockingProxies.isAdvised(bean)
				: beans.containsLocalBean(AopConfigUtils.AUTO_PROXY_CREATOR_BEAN_NAME);
	}

}
