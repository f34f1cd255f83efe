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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.aop.Advisor;
import org.springframework.aop.PointcutAdvisor;
import org.springframework.aop.SpringProxy;
import org.springframework.aop.config.AopConfigUtils;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aop.framework.ProxyConfig;
import org.springframework.aop.framework.autoproxy.AutoProxyUtils;
import org.springframework.aop.interceptor.AsyncExecutionInterceptor;
import org.springframework.aop.scope.ScopedObject;
import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.aot.AotDetector;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.annotation.AnnotatedBeanDefinition;
import org.springframework.beans.factory.config.AutowireCapableBeanFactory;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.AbstractBeanDefinition;
import org.springframework.context.annotation.AnnotationConfigUtils;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.type.MethodMetadata;
import org.springframework.util.ClassUtils;
import org.springframework.util.ObjectUtils;

import io.lockfile.LockFiles;

/**
 * Reads the annotated methods of all beans when the application starts, so that what is
 * wrong with them is found then and not in the night. Beans that are created later are
 * looked at again when they are: only then their class and their proxy are known for
 * certain.
 *
 * @since 0.1.0
 */
public final class FileLockedMethodsVerifier implements SmartInitializingSingleton {

	private static final Logger logger = LoggerFactory.getLogger(FileLockedMethodsVerifier.class);

	private static final String REMEDY = "Enable what its other annotations need. If that is so, the bean is created "
			+ "too early, most often because a BeanPostProcessor needs it: break that dependency, or lock in another bean.";

	private static final String REMEDY_FOR_INTERFACES = "Declare it in an interface of the bean, or set property "
			+ "'spring.aop.proxy-target-class' to true.";

	private static final String REMEDY_FOR_ASYNC = "Let @EnableAsync have its default order, or a number greater than "
			+ "Ordered.HIGHEST_PRECEDENCE.";

	private static final Problem FINAL = new Problem("it is final, so the proxy of its class can't lock it.",
			"Make the method not final; in Kotlin, open, or use the compiler plugin kotlin-spring. Or declare it in an "
					+ "interface of the bean, and set property 'spring.aop.proxy-target-class' to false.");

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
	 * The bean with which Spring's test support replaces others.
	 */
	private static final String REPLACING = "org.springframework.test.context.bean.override.internalBeanOverridePostProcessor";

	private final ConfigurableListableBeanFactory beanFactory;

	private final FileLockedMethods methods;

	private final Set<Seen> seen = ConcurrentHashMap.newKeySet();

	private final Set<FileLockDefinition> definitions = ConcurrentHashMap.newKeySet();

	private volatile Set<String> names = Set.of();

	private volatile Set<String> replaced = Set.of();

	/**
	 * Create an instance.
	 * @param beanFactory the beans
	 * @param methods the methods
	 */
	public FileLockedMethodsVerifier(ConfigurableListableBeanFactory beanFactory, FileLockedMethods methods) {
		this.beanFactory = beanFactory;
		this.methods = methods;
	}

	@Override
	public void afterSingletonsInstantiated() {
		// Not as a bean, which would be created before most others, with all it needs
		this.beanFactory.addBeanPostProcessor(new LateBeans());
		this.replaced = replaced();
		DeclaredLocks declared = new DeclaredLocks(this.methods);
		boolean complete = true;
		for (String beanName : this.beanFactory.getBeanNamesForType(Object.class, true, false)) {
			if (ScopedProxyUtils.isScopedTarget(beanName)) {
				continue;
			}
			Class<?> type = AutoProxyUtils.determineTargetClass(this.beanFactory, beanName);
			// Of a bean that doesn't exist yet, only an interface may be known
			complete = complete && !isHidden(beanName, type)
					&& (this.beanFactory.containsSingleton(beanName) || (type != null && !type.isInterface()));
			if (type != null && CandidateTypes.contains(type)) {
				verify(existing(beanName, type), beanName, type, declared);
			}
		}
		this.beanFactory.getBeanProvider(FileLockTemplate.class)
			.stream()
			.flatMap((template) -> template.name().stream())
			.forEach(declared::addName);
		ancestors().forEach((verifier) -> verifier.names.forEach(declared::addInheritedName));
		declared.verifyNames(complete);
		this.names = declared.knownNames();
		tell(declared.definitions());
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
		if (!added.isEmpty()) {
			tell(added);
		}
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

	private static Set<Method> annotated(@Nullable Object bean, String beanName, Class<?> type) {
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
		if (INJECTED.stream().anyMatch(MergedAnnotations.from(method)::isPresent)
				|| (method.getParameterCount() == 0 && isLifecycle(beanName, type, method))) {
			throw FileLockedMethodReader.invalid(method,
					("is called when bean '%s' is initialized or destroyed, on the object itself and not through its "
							+ "proxy, so it would run unlocked.")
						.formatted(beanName),
					"Use FileLockOperations in it, or call a @FileLocked method of another bean. What may run a little "
							+ "later can be an @EventListener of ApplicationReadyEvent.",
					null);
		}
	}

	private boolean isLifecycle(String beanName, Class<?> type, Method method) {
		String name = method.getName();
		MergedAnnotations annotations = FileLockedMethods.annotations(method);
		if (LIFECYCLE.stream().anyMatch(annotations::isPresent)
				|| (name.equals("afterPropertiesSet") && InitializingBean.class.isAssignableFrom(type))
				|| (name.equals("destroy") && DisposableBean.class.isAssignableFrom(type))) {
			return true;
		}
		String created = created(beanName);
		return this.beanFactory.containsBeanDefinition(created)
				&& this.beanFactory.getMergedBeanDefinition(created) instanceof AbstractBeanDefinition definition
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
		// What a factory creates is no singleton of this name
		return (singleton instanceof FactoryBean && !type.isInstance(singleton)) ? null : singleton;
	}

	private void verifyProxy(@Nullable Object bean, String beanName, Class<?> type, Set<Method> annotated) {
		String created = created(beanName);
		for (Method method : annotated) {
			Problem problem = (bean != null) ? problem(bean, method, type) : problem(created, method);
			if (problem == null) {
				continue;
			}
			String description = "The @FileLocked method %s.%s of bean '%s' would run unlocked: %s"
				.formatted(method.getDeclaringClass().getName(), method.getName(), beanName, problem.description());
			if (this.replaced.contains(created)) {
				logger.debug("{} It was put in the place of the declared one.", description);
				continue;
			}
			if (bean == null || isAdvised(bean) || (isDeclaredAsUsual(created) && !isOpaque(bean, created))) {
				throw new FileLockDefinitionException(description, problem.remedy(), null);
			}
			logger.warn("{} {}", description, problem.remedy());
		}
	}

	private @Nullable Problem problem(Object bean, Method method, Class<?> type) {
		if (!isAdvised(bean)) {
			return new Problem("the bean is not behind a proxy that locks.", REMEDY);
		}
		if (AopUtils.isJdkDynamicProxy(bean) && !isInInterface(bean, method, type)) {
			return new Problem("it is in no interface of the bean's proxy, so it is only called by the bean itself, "
					+ "around the proxy.", REMEDY_FOR_INTERFACES);
		}
		if (this.methods.get(method, type).completion() == Completion.FUTURE && !isAsync(bean)) {
			return new Problem("it is @Async, but the bean is not behind a proxy that runs it asynchronously.", REMEDY);
		}
		if (isAsynchronousWithin(bean, method, type)) {
			return new Problem("it is @Async, and its asynchronous task begins inside of the lock, which is released "
					+ "as soon as that is handed over.", REMEDY_FOR_ASYNC);
		}
		return (AopUtils.isCglibProxy(bean) && Modifier.isFinal(method.getModifiers())) ? FINAL : null;
	}

	/**
	 * Look at a method of a bean that doesn't exist yet. It is looked at again when it
	 * does.
	 * @param beanName the name of the bean
	 * @param method one of its methods
	 * @return what can be told already
	 */
	private @Nullable Problem problem(String beanName, Method method) {
		return (Modifier.isFinal(method.getModifiers()) && isForClassProxy(beanName, method)) ? FINAL : null;
	}

	private boolean isForClassProxy(String beanName, Method method) {
		if (this.beanFactory.containsBeanDefinition(beanName) && this.beanFactory.getMergedBeanDefinition(beanName)
			.hasAttribute(AutoProxyUtils.EXPOSED_INTERFACES_ATTRIBUTE)) {
			return false;
		}
		return isProxyingClasses() || AutoProxyUtils.shouldProxyTargetClass(this.beanFactory, beanName)
				|| ClassUtils.getAllInterfacesForClassAsSet(method.getDeclaringClass())
					.stream()
					.noneMatch((implemented) -> ClassUtils.hasMethod(implemented, method));
	}

	private boolean isProxyingClasses() {
		return this.beanFactory.containsBean(AopConfigUtils.AUTO_PROXY_CREATOR_BEAN_NAME)
				&& this.beanFactory.getBean(AopConfigUtils.AUTO_PROXY_CREATOR_BEAN_NAME) instanceof ProxyConfig config
				&& config.isProxyTargetClass();
	}

	private static boolean isInInterface(Object proxy, Method method, Class<?> type) {
		return Stream.of(proxy.getClass().getInterfaces())
			.flatMap((implemented) -> Stream.of(implemented.getMethods()))
			.anyMatch(
					(declared) -> declared.equals(method) || FileLockedMethods.isImplementedBy(declared, method, type));
	}

	private static boolean isAdvised(Object bean) {
		return hasAdvisor(bean, FileLockAdvisor.class::isInstance);
	}

	private static boolean isAsync(Object bean) {
		return hasAdvisor(bean, (advisor) -> advisor.getAdvice() instanceof AsyncExecutionInterceptor);
	}

	private static boolean isAsynchronousWithin(Object bean, Method method, Class<?> type) {
		return advisors(bean).dropWhile((advisor) -> !(advisor instanceof FileLockAdvisor))
			.anyMatch((advisor) -> advisor.getAdvice() instanceof AsyncExecutionInterceptor
					&& advisor instanceof PointcutAdvisor within && within.getPointcut().getClassFilter().matches(type)
					&& within.getPointcut().getMethodMatcher().matches(method, type));
	}

	private static boolean hasAdvisor(Object bean, Predicate<Advisor> condition) {
		return advisors(bean).anyMatch(condition);
	}

	/**
	 * Return the advisors of a bean.
	 * @param bean the bean
	 * @return the advisors, from the outside to the inside
	 */
	private static Stream<Advisor> advisors(Object bean) {
		return Stream.iterate(bean, Objects::nonNull, AopProxyUtils::getSingletonTarget)
			.filter(Advised.class::isInstance)
			.flatMap((proxy) -> Stream.of(((Advised) proxy).getAdvisors()));
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

	private boolean isDeclaredAsUsual(String beanName) {
		// Other beans are created by somebody's code, which may leave out proxies with
		// good reason: test doubles, above all
		if (!this.beanFactory.containsBeanDefinition(beanName)) {
			return false;
		}
		BeanDefinition definition = this.beanFactory.getBeanDefinition(beanName);
		return definition instanceof AnnotatedBeanDefinition || isGenerated(definition);
	}

	/**
	 * Find the beans that were not created as they are declared: before others were, a
	 * test has put an object into their place. What a BeanPostProcessor needs comes
	 * later, and what is injected into a BeanFactoryPostProcessor has that as its
	 * dependent.
	 * @return their names
	 */
	private Set<String> replaced() {
		if (!this.beanFactory.containsLocalBean(REPLACING)) {
			return Set.of();
		}
		List<String> singletons = List.of(this.beanFactory.getSingletonNames());
		int processors = singletons.indexOf(AnnotationConfigUtils.AUTOWIRED_ANNOTATION_PROCESSOR_BEAN_NAME);
		Set<String> early = new LinkedHashSet<>(singletons.subList(0, Math.max(0, processors)));
		return early.stream()
			.filter((name) -> isDeclaredAsUsual(name)
					&& !(this.beanFactory.getSingleton(name) instanceof BeanFactoryPostProcessor)
					&& Stream.of(this.beanFactory.getDependentBeans(name)).noneMatch(early::contains))
			.collect(Collectors.toUnmodifiableSet());
	}

	private boolean isHidden(String beanName, @Nullable Class<?> type) {
		if (!this.replaced.contains(beanName)
				|| !(this.beanFactory.getBeanDefinition(beanName) instanceof AnnotatedBeanDefinition definition)) {
			return false;
		}
		MethodMetadata factory = definition.getFactoryMethodMetadata();
		if (factory == null) {
			return type == null || !type.getName().equals(definition.getBeanClassName());
		}
		return ClassUtils.resolveClassName(factory.getReturnTypeName(), this.beanFactory.getBeanClassLoader())
			.isInterface();
	}

	private static boolean isGenerated(BeanDefinition definition) {
		return AotDetector.useGeneratedArtifacts() && definition instanceof AbstractBeanDefinition declared
				&& declared.getInstanceSupplier() != null;
	}

	/**
	 * Looks at beans that are created after the start.
	 */
	private final class LateBeans implements BeanPostProcessor {

		@Override
		public Object postProcessAfterInitialization(Object bean, String beanName) {
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
			if (!CandidateTypes.contains(bean.getClass()) || isAdvised(bean)
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

	/**
	 * Why a method would run unlocked.
	 *
	 * @param description why
	 * @param remedy what to do about it
	 */
	private record Problem(String description, String remedy) {
	}

}
