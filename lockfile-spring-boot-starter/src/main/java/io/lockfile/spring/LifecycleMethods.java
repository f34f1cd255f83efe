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
import java.lang.reflect.Modifier;
import java.util.List;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.AbstractBeanDefinition;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.util.ClassUtils;
import org.springframework.util.ObjectUtils;

/**
 * The methods that Spring calls when it creates or destroys a bean: on the object itself,
 * not through its proxy.
 */
final class LifecycleMethods {

	/**
	 * What Spring calls on the object itself, before and after there is a proxy.
	 */
	private static final List<String> LIFECYCLE = List.of("jakarta.annotation.PostConstruct",
			"jakarta.annotation.PreDestroy");

	/**
	 * What Spring calls with arguments on the object itself.
	 */
	private static final List<String> INJECTED = List.of("org.springframework.beans.factory.annotation.Autowired",
			"jakarta.annotation.Resource", "jakarta.inject.Inject");

	/**
	 * What others register for when a bean is complete, with the object that they see
	 * then.
	 */
	private static final List<String> CALLED = List.of("org.springframework.scheduling.annotation.Scheduled",
			"org.springframework.jms.annotation.JmsListener", "org.springframework.kafka.annotation.KafkaListener",
			"org.springframework.amqp.rabbit.annotation.RabbitListener",
			"org.springframework.pulsar.annotation.PulsarListener");

	private final ConfigurableListableBeanFactory beanFactory;

	LifecycleMethods(ConfigurableListableBeanFactory beanFactory) {
		this.beanFactory = beanFactory;
	}

	/**
	 * Return whether a method is one of them.
	 * @param beanName the name under which the bean is created
	 * @param type its class
	 * @param method the method
	 * @return whether Spring calls it on the object itself
	 */
	boolean contains(String beanName, Class<?> type, Method method) {
		return INJECTED.stream().anyMatch(MergedAnnotations.from(method)::isPresent)
				|| (method.getParameterCount() == 0 && isLifecycle(beanName, type, method));
	}

	/**
	 * Return whether a method is called by what has registered the bean's object when
	 * that was complete: usually its proxy.
	 * @param method the method
	 * @return whether it is
	 */
	static boolean isCalledByContainer(Method method) {
		MergedAnnotations annotations = FileLockedMethods.annotations(method);
		return CALLED.stream().anyMatch(annotations::isPresent);
	}

	private boolean isLifecycle(String beanName, Class<?> type, Method method) {
		String name = method.getName();
		MergedAnnotations annotations = FileLockedMethods.annotations(method);
		if (LIFECYCLE.stream().anyMatch(annotations::isPresent)
				|| (name.equals("afterPropertiesSet") && InitializingBean.class.isAssignableFrom(type))
				|| (name.equals("destroy") && DisposableBean.class.isAssignableFrom(type))) {
			return true;
		}
		return this.beanFactory.containsBeanDefinition(beanName)
				&& this.beanFactory.getMergedBeanDefinition(beanName) instanceof AbstractBeanDefinition definition
				&& (ObjectUtils.containsElement(definition.getInitMethodNames(), name)
						|| ObjectUtils.containsElement(definition.getDestroyMethodNames(), name)
						|| isInferredDestroyMethod(definition, type, method));
	}

	private static boolean isInferredDestroyMethod(AbstractBeanDefinition definition, Class<?> type, Method method) {
		String declared = definition.getDestroyMethodName();
		boolean inferred = AbstractBeanDefinition.INFER_METHOD.equals(declared);
		if (definition.isPrototype() || DisposableBean.class.isAssignableFrom(type)
				|| !Modifier.isPublic(method.getModifiers())) {
			return false;
		}
		return switch (method.getName()) {
			case "close" -> inferred || (declared == null && AutoCloseable.class.isAssignableFrom(type));
			case "shutdown" -> inferred && !ClassUtils.hasMethod(type, "close");
			default -> false;
		};
	}

}
