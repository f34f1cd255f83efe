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
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Supplier;

import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.aop.support.AopUtils;
import org.springframework.core.KotlinDetector;
import org.springframework.core.ReactiveAdapterRegistry;

import io.lockfile.LockUnavailableException;

/**
 * Runs the body of an annotated method under its locks, or not at all.
 */
final class FileLockInterceptor implements MethodInterceptor {

	private static final Logger logger = LoggerFactory.getLogger(FileLockInterceptor.class);

	private final FileLockedMethods methods;

	private final Supplier<FileLockSkipListener> skipListener;

	private final RunningBodies bodies;

	private final CallerWarnings warnings;

	FileLockInterceptor(FileLockedMethods methods, Supplier<FileLockSkipListener> skipListener, RunningBodies bodies) {
		this.methods = methods;
		this.skipListener = skipListener;
		this.bodies = bodies;
		this.warnings = new CallerWarnings(methods::settings);
	}

	@Override
	public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
		if (!this.methods.settings().enabled()) {
			return unlocked(invocation);
		}
		if (FileLockContext.isWithin(invocation)) {
			return withinAnotherProxy(invocation);
		}
		Object target = invocation.getThis();
		Class<?> targetClass = (target != null) ? AopUtils.getTargetClass(target)
				: invocation.getMethod().getDeclaringClass();
		FileLockedMethod method = this.methods.get(invocation.getMethod(), targetClass);
		LockedCall call = new LockedCall(this.methods, method, invocation, this.skipListener.get());
		return switch (method.completion()) {
			case RETURN, FUTURE -> untilReturn(method, call, invocation);
			case STAGE -> new LockedStage(method, call, this.bodies, this.warnings).call(invocation);
			case SINGLE, MANY -> LockedPublisher.create(method, call, this.bodies, invocation);
		};
	}

	@SuppressWarnings("try")
	private static @Nullable Object unlocked(MethodInvocation invocation) throws Throwable {
		try (FileLockContext.Frame frame = FileLockContext.enter(null)) {
			if (KotlinDetector.isSuspendingFunction(invocation.getMethod())) {
				SuspendingBody.enter(invocation, frame);
			}
			return invocation.proceed();
		}
	}

	/**
	 * Leave a call to the proxy around this one, which has locked it, and this one only
	 * once: the body may call this proxy again with other arguments.
	 * @param invocation the call
	 * @return what the body returns
	 * @throws Throwable what the body throws
	 */
	@SuppressWarnings("try")
	private static @Nullable Object withinAnotherProxy(MethodInvocation invocation) throws Throwable {
		try (FileLockContext.Frame frame = FileLockContext.enter(null, invocation)) {
			return invocation.proceed();
		}
	}

	@SuppressWarnings("try")
	private @Nullable Object untilReturn(FileLockedMethod method, LockedCall call, MethodInvocation invocation)
			throws Throwable {
		List<LockRequest> requests = call.requests();
		HeldLocks held;
		try (DelayedWarning wait = this.warnings.beforeWaiting(method, requests)) {
			held = HeldLocks.acquire(requests);
		}
		catch (LockUnavailableException ex) {
			return call.instead(requests, ex);
		}
		this.bodies.began(held);
		try (held; FileLockContext.Frame frame = FileLockContext.enter(held, invocation)) {
			Object result = proceed(invocation, held);
			if (method.completion() == Completion.FUTURE && result instanceof Future<?> future) {
				awaitDone(future, held);
			}
			else if (isUnfinished(method, result) && method.isFirstWarningOfResult()) {
				logger.warn(
						"Method {} has returned a {} whose work goes on, and its lock is released now. Declare it "
								+ "with a return type that says so, to have it locked until then",
						method, result.getClass().getName());
			}
			return result;
		}
		finally {
			this.bodies.ended(held);
		}
	}

	private @Nullable Object proceed(MethodInvocation invocation, HeldLocks held) throws Throwable {
		try {
			return invocation.proceed();
		}
		catch (Throwable ex) {
			this.bodies.failed(held, ex);
			throw ex;
		}
	}

	/**
	 * Wait for what the asynchronous thread, which this is, would wait for anyway.
	 * @param future what the body returned
	 * @param held its locks
	 */
	private void awaitDone(Future<?> future, HeldLocks held) {
		boolean interrupted = false;
		try {
			boolean ended = false;
			while (!ended) {
				try {
					future.get();
					ended = true;
				}
				catch (InterruptedException ex) {
					interrupted = true;
				}
				catch (ExecutionException | RuntimeException ex) {
					// Who has the future will find out
					this.bodies.failed(held, (ex.getCause() != null) ? ex.getCause() : ex);
					ended = true;
				}
			}
		}
		finally {
			if (interrupted) {
				Thread.currentThread().interrupt();
			}
		}
	}

	private static boolean isUnfinished(FileLockedMethod method, @Nullable Object result) {
		if (result instanceof Future<?> future) {
			return !future.isDone();
		}
		if (result instanceof CompletionStage<?> stage) {
			return !isDone(stage);
		}
		// A type that says more has been looked at
		return result != null && method.returnType() == Object.class
				&& ReactiveAdapterRegistry.getSharedInstance().getAdapter(result.getClass()) != null;
	}

	private static boolean isDone(CompletionStage<?> stage) {
		try {
			return stage.toCompletableFuture().isDone();
		}
		catch (UnsupportedOperationException ex) {
			return false;
		}
	}

}
