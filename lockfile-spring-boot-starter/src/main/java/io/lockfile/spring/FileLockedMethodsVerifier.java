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
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.aop.SpringProxy;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.autoproxy.AutoProxyUtils;
import org.springframework.aop.scope.ScopedObject;
import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.BeansException;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.AutowireCapableBeanFactory;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.ApplicationListener;
import org.springframework.context.event.ContextRefreshedEvent;

import io.lockfile.LockFiles;

/**
 * Reads the annotated methods of all beans when the application starts, so that what is
 * wrong with them is found then and not in the night. Beans that are created later are
 * looked at again when they are: only then their class and their proxy are known for
 * certain.
 *
 * @since 0.1.0
 */
public final class FileLockedMethodsVerifier
		implements SmartInitializingSingleton, ApplicationListener<ContextRefreshedEvent> {

	private static final Logger logger = LoggerFactory.getLogger(FileLockedMethodsVerifier.class);

	/**
	 * The class of what stands for a bean that is {@code null}.
	 */
	private static final String NULL = "org.springframework.beans.factory.support.NullBean";

	private final ConfigurableListableBeanFactory beanFactory;

	private final FileLockedMethods methods;

	private final BeanCreation creation;

	private final DeclaredBeans beans;

	private final LifecycleMethods lifecycle;

	private final LockingProxies proxies;

	private final Set<Seen> seen = ConcurrentHashMap.newKeySet();

	private final Set<FileLockDefinition> definitions = ConcurrentHashMap.newKeySet();

	private volatile Set<String> names = Set.of();

	private volatile @Nullable String asked;

	/**
	 * What beans have that were created while all others are looked at, because somebody
	 * needed them only then.
	 */
	private final List<FileLockDefinition> pending = new ArrayList<>();

	private boolean telling;

	/**
	 * Create an instance.
	 * @param beanFactory the beans
	 * @param methods the methods
	 * @param creation what was seen while the beans were created
	 */
	public FileLockedMethodsVerifier(ConfigurableListableBeanFactory beanFactory, FileLockedMethods methods,
			BeanCreation creation) {
		this.beanFactory = beanFactory;
		this.methods = methods;
		this.creation = creation;
		this.beans = new DeclaredBeans(beanFactory);
		this.lifecycle = new LifecycleMethods(beanFactory);
		this.proxies = new LockingProxies(beanFactory, methods);
	}

	@Override
	public void afterSingletonsInstantiated() {
		// Not as a bean, which would be created before most others, with all it needs
		this.beanFactory.addBeanPostProcessor(new LateBeans());
		this.beans.findReplaced();
		DeclaredLocks declared = new DeclaredLocks(this.methods);
		boolean complete = !this.beans.isSlice();
		for (String beanName : this.beanFactory.getBeanNamesForType(Object.class, true, false)) {
			if (ScopedProxyUtils.isScopedTarget(beanName)) {
				continue;
			}
			Class<?> type = AutoProxyUtils.determineTargetClass(this.beanFactory, beanName);
			// Of a bean that doesn't exist yet, only an interface may be known
			complete = complete && !this.beans.isHidden(beanName, type)
					&& (this.beanFactory.containsSingleton(beanName) || (type != null && !type.isInterface()));
			if (type != null && CandidateTypes.contains(type) && !this.beans.isReplaced(beanName)) {
				verify(existing(beanName, type), beanName, type, declared);
			}
		}
		this.beanFactory.getBeanProvider(FileLockTemplate.class)
			.stream()
			.flatMap((template) -> template.declaredNames().stream())
			.forEach(declared::addName);
		UnlockedContexts.warnOfAncestors(this.beanFactory, this.methods);
		ancestors().forEach((verifier) -> verifier.names.forEach(declared::addInheritedName));
		declared.verifyNames(complete);
		this.names = declared.knownNames();
		List<FileLockDefinition> found = new ArrayList<>(declared.definitions());
		synchronized (this.pending) {
			this.pending.stream().filter((definition) -> !found.contains(definition)).forEach(found::add);
			this.telling = true;
		}
		tell(found);
	}

	@Override
	public void onApplicationEvent(ContextRefreshedEvent event) {
		// Those of child contexts come here, too
		UnlockedContexts.warnOf(event.getApplicationContext(), this.beanFactory, this.methods);
	}

	private void tell(List<FileLockDefinition> found) {
		this.definitions.addAll(found);
		this.beanFactory.getBeanProvider(FileLockDefinitionsListener.class)
			.orderedStream()
			.forEach((listener) -> listener.defined(found));
	}

	private void verifyLate(Object bean, String beanName, Class<?> type) {
		DeclaredLocks declared = new DeclaredLocks(this.methods);
		try {
			verify(bean, beanName, type, declared);
		}
		catch (FileLockDefinitionException ex) {
			// Whoever asks for it again is to hear it again
			this.seen.remove(new Seen(type, bean.getClass()));
			throw ex;
		}
		List<FileLockDefinition> added = declared.definitions()
			.stream()
			.filter((definition) -> !this.definitions.contains(definition))
			.toList();
		if (added.isEmpty()) {
			return;
		}
		synchronized (this.pending) {
			if (!this.telling) {
				this.pending.addAll(added);
				return;
			}
		}
		tell(added);
	}

	private Stream<FileLockedMethodsVerifier> ancestors() {
		return (this.beanFactory.getParentBeanFactory() instanceof ListableBeanFactory parent)
				? parent.getBeanProvider(FileLockedMethodsVerifier.class).stream() : Stream.empty();
	}

	private void verify(@Nullable Object bean, String beanName, Class<?> type, DeclaredLocks declared) {
		Set<Method> annotated = annotated(bean, beanName, type);
		for (Method method : annotated) {
			verifyVisible(beanName, type, method);
			verifyCaller(beanName, type, method);
			declared.add(method, type);
		}
		if (!annotated.isEmpty()) {
			verifyProxy(bean, beanName, type, annotated);
			closeBefore(beanName);
		}
	}

	/**
	 * Return the annotated methods of a bean.
	 * @param bean the bean, or {@code null} if it is not to be used yet
	 * @param beanName its name
	 * @param type its class
	 * @return the methods; none if they can't be told and the bean isn't used yet
	 */
	static Set<Method> annotated(@Nullable Object bean, String beanName, Class<?> type) {
		try {
			return FileLockedMethods.annotated(type);
		}
		catch (IllegalStateException | LinkageError ex) {
			if (bean != null) {
				throw ex;
			}
			// It may be lazy for that reason. Whoever asks for it hears of it
			logger.debug("Bean '{}' can't be looked at: its class refers to one that isn't there", beanName, ex);
			return Set.of();
		}
	}

	private static void verifyVisible(String beanName, Class<?> type, Method method) {
		int modifiers = method.getModifiers();
		if (Modifier.isPrivate(modifiers) || Modifier.isStatic(modifiers)) {
			throw FileLockedMethodReader.invalid(method,
					"is %s, so no proxy of bean '%s' can lock it."
						.formatted(Modifier.isStatic(modifiers) ? "static" : "private", beanName),
					"Make it an instance method that is not private.", null);
		}
		if (!Modifier.isPublic(modifiers) && !Modifier.isProtected(modifiers)
				&& method.getDeclaringClass().getPackage() != type.getPackage()) {
			throw FileLockedMethodReader.invalid(method,
					"is only visible in its own package, so no proxy of bean '%s' can lock it.".formatted(beanName),
					"Make it public or protected.", null);
		}
	}

	private void verifyCaller(String beanName, Class<?> type, Method method) {
		if (this.lifecycle.contains(created(beanName), type, method)) {
			throw FileLockedMethodReader.invalid(method,
					("is called when bean '%s' is initialized or destroyed, on the object itself and not through its "
							+ "proxy, so it would run unlocked.")
						.formatted(beanName),
					"Use FileLockOperations in it, or call a @FileLocked method of another bean. What may run a little "
							+ "later can be an @EventListener of ApplicationReadyEvent.",
					null);
		}
		if (this.creation.wasEarly(created(beanName)) && LifecycleMethods.isCalledByContainer(method)) {
			throw FileLockedMethodReader.invalid(method,
					("is called on the object itself and not through its proxy, because bean '%s' is part of a circle "
							+ "of beans that need each other, so it would run unlocked.")
						.formatted(beanName),
					"Break the circle, for example with @Lazy where one of the others gets this bean, or lock in "
							+ "another bean.",
					null);
		}
	}

	/**
	 * Return the bean that is created under a name: for a scoped proxy, what it stands
	 * for.
	 * @param beanName the name of a bean
	 * @return the same name, or that of the proxy's target
	 */
	private String created(String beanName) {
		String target = ScopedProxyUtils.getTargetBeanName(beanName);
		return this.beanFactory.containsBeanDefinition(target) ? target : beanName;
	}

	private @Nullable Object existing(String beanName, Class<?> type) {
		Object singleton = this.beanFactory.getSingleton(created(beanName));
		Object bean = (singleton instanceof FactoryBean<?> factory && !type.isInstance(singleton))
				? product(factory, beanName) : singleton;
		return (bean != null && !bean.getClass().getName().equals(NULL)) ? bean : null;
	}

	/**
	 * Return what a factory creates. It is verified together with all others, and not as
	 * a late bean, although it may be created here.
	 * @param factory the factory
	 * @param beanName its name
	 * @return its product, or {@code null} if that doesn't exist yet
	 */
	private @Nullable Object product(FactoryBean<?> factory, String beanName) {
		if (!factory.isSingleton() || (this.beanFactory.containsBeanDefinition(beanName)
				&& this.beanFactory.getBeanDefinition(beanName).isLazyInit())) {
			return null;
		}
		try {
			// There is no way to ask whether it exists already
			this.asked = beanName;
			return this.beanFactory.getBean(beanName);
		}
		catch (BeansException ex) {
			if (ex.getMostSpecificCause() instanceof FileLockDefinitionException definition) {
				throw definition;
			}
			logger.debug("Bean '{}' can't be looked at: its factory doesn't create it", beanName, ex);
			return null;
		}
		finally {
			this.asked = null;
		}
	}

	private void verifyProxy(@Nullable Object bean, String beanName, Class<?> type, Set<Method> annotated) {
		String created = created(beanName);
		if (bean != null && !LockingProxies.isAdvised(bean) && this.creation.isLocking(created)) {
			logger.debug("Bean '{}' locks behind a proxy that can't be looked into", beanName);
			return;
		}
		for (Method method : annotated) {
			LockingProxies.Problem problem = (bean != null) ? this.proxies.problem(bean, method, type)
					: this.proxies.problem(created, method);
			if (problem == null) {
				continue;
			}
			String description = "The @FileLocked method %s.%s of bean '%s' would run unlocked: %s"
				.formatted(method.getDeclaringClass().getName(), method.getName(), beanName, problem.description());
			if (bean == null || LockingProxies.isAdvised(bean)
					|| (this.beans.isDeclaredAsUsual(created) && !isOpaque(bean, created))) {
				throw new FileLockDefinitionException(description, problem.remedy(), null);
			}
			logger.warn("{} {}", description, problem.remedy());
		}
	}

	private void closeBefore(String beanName) {
		// The engine is to outlive whoever locks while it is destroyed
		for (String engine : this.beanFactory.getBeanNamesForType(LockFiles.class, true, false)) {
			this.beanFactory.registerDependentBean(engine, beanName);
		}
	}

	private boolean isOpaque(Object bean, String beanName) {
		// Somebody has put a proxy of his own around it, which nobody can look into, and
		// at its first use it is too late to stop the application
		return Proxy.isProxyClass(bean.getClass()) && !(bean instanceof Advised)
				&& !this.beanFactory.containsSingleton(beanName);
	}

	/**
	 * Looks at beans that are created after the start.
	 */
	private final class LateBeans implements BeanPostProcessor {

		@Override
		public Object postProcessAfterInitialization(Object bean, String beanName) {
			if (beanName.equals(FileLockedMethodsVerifier.this.asked)) {
				return bean;
			}
			Object exposed = exposed(bean, beanName);
			Class<?> type = AopUtils.getTargetClass(exposed);
			if (CandidateTypes.contains(type) && isItself(exposed, beanName, type)) {
				if (FileLockedMethodsVerifier.this.seen.add(new Seen(type, exposed.getClass()))) {
					verifyLate(exposed, beanName, type);
				}
				else if (isSingleton(beanName)) {
					closeBefore(beanName);
				}
			}
			return bean;
		}

		private Object exposed(Object bean, String beanName) {
			// The proxy of a bean in a circle was handed out before
			if (!CandidateTypes.contains(bean.getClass()) || LockingProxies.isAdvised(bean)
					|| !FileLockedMethodsVerifier.this.beanFactory.isCurrentlyInCreation(beanName)) {
				return bean;
			}
			Object early = FileLockedMethodsVerifier.this.beanFactory.getSingleton(beanName);
			return (early != null && AopUtils.getTargetClass(early) == bean.getClass()) ? early : bean;
		}

		private boolean isSingleton(String beanName) {
			return FileLockedMethodsVerifier.this.beanFactory.containsBean(beanName)
					&& FileLockedMethodsVerifier.this.beanFactory.isSingleton(beanName);
		}

		private boolean isItself(Object bean, String beanName, Class<?> type) {
			// Not its factory, nor what stands for a scoped bean, nor a test's instance
			return !(bean instanceof ScopedObject) && (bean instanceof SpringProxy || type.isInstance(bean))
					&& !beanName.endsWith(AutowireCapableBeanFactory.ORIGINAL_INSTANCE_SUFFIX);
		}

	}

	/**
	 * What was looked at after the start.
	 *
	 * @param type the class of a bean
	 * @param created its own class, or that of its proxy
	 */
	private record Seen(Class<?> type, Class<?> created) {
	}

}
