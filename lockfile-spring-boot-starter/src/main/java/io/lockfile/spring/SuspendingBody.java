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

import kotlin.coroutines.Continuation;
import kotlin.coroutines.CoroutineContext;
import kotlinx.coroutines.ThreadContextElementKt;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.ProxyMethodInvocation;

/**
 * The body of a suspending function, which finds its locks on all threads on which it is
 * resumed.
 */
final class SuspendingBody {

	private SuspendingBody() {
	}

	/**
	 * Give a body its locks.
	 * @param invocation its call
	 * @param frame its locks
	 */
	static void enter(MethodInvocation invocation, FileLockContext.Frame frame) {
		@Nullable Object[] arguments = invocation.getArguments().clone();
		int last = arguments.length - 1;
		if (invocation instanceof ProxyMethodInvocation proxied
				&& arguments[last] instanceof Continuation<?> continuation) {
			arguments[last] = new Entered(continuation, continuation.getContext()
				.plus(ThreadContextElementKt.asContextElement(FileLockContext.threadLocal(), frame)));
			proxied.setArguments(arguments);
		}
	}

	/**
	 * A continuation with a context of its own.
	 *
	 * @param continuation what goes on
	 * @param context its context
	 */
	private record Entered(Continuation<?> continuation, CoroutineContext context) implements Continuation<Object> {

		@Override
		public CoroutineContext getContext() {
			return this.context;
		}

		@Override
		public void resumeWith(Object result) {
			this.continuation.resumeWith(result);
		}

	}

}
