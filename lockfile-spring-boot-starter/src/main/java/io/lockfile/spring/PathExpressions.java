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

import org.aopalliance.intercept.MethodInvocation;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.context.expression.BeanFactoryResolver;
import org.springframework.context.expression.MethodBasedEvaluationContext;
import org.springframework.expression.EvaluationContext;
import org.springframework.expression.spel.support.StandardEvaluationContext;

/**
 * What the expressions in paths see. What is found about the types of their objects is
 * kept from one call to the next.
 */
final class PathExpressions {

	private final StandardEvaluationContext common = new StandardEvaluationContext();

	PathExpressions(BeanFactory beanFactory) {
		this.common.setBeanResolver(new BeanFactoryResolver(beanFactory));
	}

	EvaluationContext context(FileLockedMethod method, MethodInvocation invocation) {
		MethodBasedEvaluationContext context = new MethodBasedEvaluationContext(
				new FileLockExpressionRoot(method.method(), invocation.getArguments(), invocation.getThis(),
						method.targetClass()),
				method.method(), invocation.getArguments(), LockedCall.PARAMETER_NAMES);
		this.common.applyDelegatesTo(context);
		return context;
	}

}
