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
import java.util.function.Supplier;

import org.aopalliance.aop.Advice;
import org.springframework.aop.Pointcut;
import org.springframework.aop.support.AbstractPointcutAdvisor;
import org.springframework.aop.support.StaticMethodMatcherPointcut;
import org.springframework.core.Ordered;

/**
 * Puts the lock around annotated methods.
 *
 * @since 0.1.0
 */
public final class FileLockAdvisor extends AbstractPointcutAdvisor {

	/**
	 * The default order: outside of transactions, whose default is the lowest precedence.
	 */
	public static final int DEFAULT_ORDER = Ordered.LOWEST_PRECEDENCE - 100;

	private static final long serialVersionUID = 1L;

	private final transient Pointcut pointcut = new AnnotatedMethods();

	private final transient Advice advice;

	/**
	 * Create an advisor with the {@link #DEFAULT_ORDER}.
	 * @param methods the annotated methods
	 * @param skipListener who is told of skipped bodies, asked for at the first call
	 * @param bodies who is told of running bodies
	 */
	public FileLockAdvisor(FileLockedMethods methods, Supplier<FileLockSkipListener> skipListener,
			RunningBodies bodies) {
		this.advice = new FileLockInterceptor(methods, skipListener, bodies);
		setOrder(DEFAULT_ORDER);
	}

	@Override
	public Pointcut getPointcut() {
		return this.pointcut;
	}

	@Override
	public Advice getAdvice() {
		return this.advice;
	}

	private static final class AnnotatedMethods extends StaticMethodMatcherPointcut {

		AnnotatedMethods() {
			setClassFilter(CandidateTypes::contains);
		}

		@Override
		public boolean matches(Method method, Class<?> targetClass) {
			return FileLockedMethods.isAnnotated(method, targetClass);
		}

	}

}
