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
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Supplier;

import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.aop.support.AopUtils;
import org.springframework.context.expression.BeanFactoryResolver;
import org.springframework.context.expression.MethodBasedEvaluationContext;
import org.springframework.core.DefaultParameterNameDiscoverer;
import org.springframework.core.ParameterNameDiscoverer;
import org.springframework.expression.EvaluationException;

import io.lockfile.LockFailedException;
import io.lockfile.LockFile;
import io.lockfile.LockHandle;
import io.lockfile.LockUnavailableException;

/**
 * Runs the body of an annotated method under its lock, or not at all.
 */
final class FileLockInterceptor implements MethodInterceptor {

	private static final Logger logger = LoggerFactory.getLogger(FileLockInterceptor.class);

	private static final ParameterNameDiscoverer PARAMETER_NAMES = new DefaultParameterNameDiscoverer();

	private final FileLockedMethods methods;

	private final Supplier<FileLockSkipListener> skipListener;

	FileLockInterceptor(FileLockedMethods methods, Supplier<FileLockSkipListener> skipListener) {
		this.methods = methods;
		this.skipListener = skipListener;
	}

	@Override
	public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
		if (!this.methods.settings().enabled()) {
			return invocation.proceed();
		}
		Object target = invocation.getThis();
		Class<?> targetClass = (target != null) ? AopUtils.getTargetClass(target)
				: invocation.getMethod().getDeclaringClass();
		FileLockSpec spec = this.methods.spec(invocation.getMethod(), targetClass);
		LockFile lock = spec.lock(this.methods.locks(), path(spec, invocation, targetClass));
		LockHandle handle;
		try {
			handle = lock.acquire(spec.mode(), spec.timeout());
		}
		catch (LockUnavailableException ex) {
			if (!spec.isSkipping()) {
				throw ex;
			}
			logger.debug("Skipped: {}", ex.getMessage());
			tellSkipped(spec, lock.strategy());
			return spec.skipped();
		}
		try (handle) {
			return invocation.proceed();
		}
	}

	private void tellSkipped(FileLockSpec spec, String strategy) {
		try {
			this.skipListener.get().skipped(spec.name(), strategy, spec.mode());
		}
		catch (RuntimeException ex) {
			logger.warn("Nobody could be told that lock '{}' was skipped", spec.name(), ex);
		}
	}

	private String path(FileLockSpec spec, MethodInvocation invocation, Class<?> targetClass) {
		if (spec.path().isLiteral()) {
			return spec.path().literal();
		}
		Method method = AopUtils.getMostSpecificMethod(invocation.getMethod(), targetClass);
		MethodBasedEvaluationContext context = new MethodBasedEvaluationContext(
				new FileLockExpressionRoot(method, invocation.getArguments(), invocation.getThis(), targetClass),
				method, invocation.getArguments(), PARAMETER_NAMES);
		context.setBeanResolver(new BeanFactoryResolver(this.methods.beanFactory()));
		try {
			String path = spec.path().evaluate(context);
			return confined(path, spec);
		}
		catch (EvaluationException | IllegalArgumentException ex) {
			throw new LockFailedException(
					"The path '%s' of lock '%s' (method %s.%s) can't be resolved for this call: %s"
						.formatted(spec.path(), spec.name(), targetClass.getName(), method.getName(), ex.getMessage()),
					spec.path().toString(), "none", Duration.ZERO, ex);
		}
	}

	private String confined(String path, FileLockSpec spec) {
		if (spec.path().isAbsoluteByItsText()) {
			return path;
		}
		Path directory = this.methods.locks().directory();
		try {
			if (!directory.resolve(path).normalize().startsWith(directory)) {
				throw new IllegalArgumentException(
						"it yields '%s', which leaves the lock directory %s".formatted(path, directory));
			}
		}
		catch (InvalidPathException ex) {
			throw new IllegalArgumentException("it yields '%s', which can't be a path: %s"
				.formatted(ex.getInput().replaceAll("\\p{Cntrl}", "?"), ex.getReason()), ex);
		}
		return path;
	}

	/**
	 * What expressions see as {@code #root}.
	 *
	 * @param method the method
	 * @param args its arguments
	 * @param target the bean
	 * @param targetClass the bean's class
	 */
	public record FileLockExpressionRoot(Method method, @Nullable Object[] args, @Nullable Object target,
			Class<?> targetClass) {
	}

}
