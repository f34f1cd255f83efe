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

import java.util.List;

import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.context.expression.BeanFactoryResolver;
import org.springframework.expression.BeanResolver;
import org.springframework.expression.ConstructorResolver;
import org.springframework.expression.EvaluationContext;
import org.springframework.expression.IndexAccessor;
import org.springframework.expression.MethodResolver;
import org.springframework.expression.OperatorOverloader;
import org.springframework.expression.PropertyAccessor;
import org.springframework.expression.TypeComparator;
import org.springframework.expression.TypeConverter;
import org.springframework.expression.TypeLocator;
import org.springframework.expression.TypedValue;
import org.springframework.expression.spel.support.StandardEvaluationContext;

/**
 * What the expressions in paths see. What is found about the types of their objects is
 * kept from one call to the next, which makes an evaluation many times cheaper.
 */
final class PathExpressions {

	private final StandardEvaluationContext common = new StandardEvaluationContext();

	PathExpressions(BeanFactory beanFactory) {
		this.common.setBeanResolver(new BeanFactoryResolver(beanFactory));
	}

	EvaluationContext context(FileLockedMethod method, MethodInvocation invocation) {
		@Nullable Object[] arguments = invocation.getArguments();
		TypedValue root = new TypedValue(
				new FileLockExpressionRoot(method.method(), arguments, invocation.getThis(), method.targetClass()));
		return new CallContext(this.common, root, method, arguments);
	}

	/**
	 * What they see in one call: beside the common things, the arguments.
	 *
	 * @param common what is common to all calls
	 * @param root the root object
	 * @param method the method
	 * @param arguments its arguments
	 */
	private record CallContext(StandardEvaluationContext common, TypedValue root, FileLockedMethod method,
			@Nullable Object[] arguments) implements EvaluationContext {

		@Override
		public TypedValue getRootObject() {
			return this.root;
		}

		@Override
		public @Nullable Object lookupVariable(String name) {
			Integer index = this.method.parameters().get(name);
			return (index != null && index < this.arguments.length) ? this.arguments[index] : null;
		}

		@Override
		public void setVariable(String name, @Nullable Object value) {
			throw new UnsupportedOperationException("The path of a lock only reads variables");
		}

		@Override
		public boolean isAssignmentEnabled() {
			return false;
		}

		@Override
		public List<PropertyAccessor> getPropertyAccessors() {
			return this.common.getPropertyAccessors();
		}

		@Override
		public List<IndexAccessor> getIndexAccessors() {
			return this.common.getIndexAccessors();
		}

		@Override
		public List<ConstructorResolver> getConstructorResolvers() {
			return this.common.getConstructorResolvers();
		}

		@Override
		public List<MethodResolver> getMethodResolvers() {
			return this.common.getMethodResolvers();
		}

		@Override
		public @Nullable BeanResolver getBeanResolver() {
			return this.common.getBeanResolver();
		}

		@Override
		public TypeLocator getTypeLocator() {
			return this.common.getTypeLocator();
		}

		@Override
		public TypeConverter getTypeConverter() {
			return this.common.getTypeConverter();
		}

		@Override
		public TypeComparator getTypeComparator() {
			return this.common.getTypeComparator();
		}

		@Override
		public OperatorOverloader getOperatorOverloader() {
			return this.common.getOperatorOverloader();
		}

	}

}
