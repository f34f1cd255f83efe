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

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.config.SmartInstantiationAwareBeanPostProcessor;
import org.springframework.core.Ordered;

/**
 * Remembers what can only be seen while beans with annotated methods are created. It
 * comes right behind what makes proxies, and depends on nothing.
 *
 * @since 0.1.0
 */
public final class BeanCreation implements SmartInstantiationAwareBeanPostProcessor, Ordered {

	private final Set<String> early = ConcurrentHashMap.newKeySet();

	private final Set<String> locking = ConcurrentHashMap.newKeySet();

	/**
	 * Create an instance.
	 */
	public BeanCreation() {
	}

	@Override
	public int getOrder() {
		return Ordered.HIGHEST_PRECEDENCE + 1;
	}

	@Override
	public Object getEarlyBeanReference(Object bean, String beanName) {
		if (CandidateTypes.contains(AopUtils.getTargetClass(bean))) {
			this.early.add(beanName);
		}
		return postProcessAfterInitialization(bean, beanName);
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		if (CandidateTypes.contains(AopUtils.getTargetClass(bean)) && LockingProxies.isAdvised(bean)) {
			this.locking.add(beanName);
		}
		return bean;
	}

	/**
	 * Return whether other beans got a bean before it was complete. Its proxy was made
	 * then, so whatever looks at complete beans has seen the object itself.
	 * @param beanName the name of the bean
	 * @return whether they did
	 */
	boolean wasEarly(String beanName) {
		return this.early.contains(beanName);
	}

	/**
	 * Return whether a proxy that locks was made, also if it can't be seen any more in a
	 * proxy that somebody else has put around it.
	 * @param beanName the name of the bean
	 * @return whether it was made
	 */
	boolean isLocking(String beanName) {
		return this.locking.contains(beanName);
	}

}
