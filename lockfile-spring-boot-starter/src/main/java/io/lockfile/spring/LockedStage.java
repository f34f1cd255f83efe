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

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;

import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.util.ClassUtils;

import io.lockfile.LockInterruptedException;
import io.lockfile.LockUnavailableException;

/**
 * A call of a method that returns a {@link CompletionStage}: locked until that is
 * completed or cancelled. The locks belong to no thread.
 */
final class LockedStage {

	static final boolean REACTOR = ClassUtils.isPresent("reactor.core.scheduler.Schedulers",
			LockedStage.class.getClassLoader());

	private final FileLockedMethod method;

	private final LockedCall call;

	private final RunningBodies bodies;

	private final CallerWarnings warnings;

	LockedStage(FileLockedMethod method, LockedCall call, RunningBodies bodies, CallerWarnings warnings) {
		this.method = method;
		this.call = call;
		this.bodies = bodies;
		this.warnings = warnings;
	}

	/**
	 * Run the body under its locks.
	 * @param invocation the body
	 * @return a stage that is completed as the body's is, after the locks were released,
	 * or with the failure to obtain them
	 * @throws Throwable what the body throws instead of returning a stage
	 */
	@Nullable Object call(MethodInvocation invocation) throws Throwable {
		if (REACTOR && ReactorThreads.isNonBlocking()) {
			return LockedPublisher.future(this.method, this.call, this.bodies, invocation);
		}
		return callHere(invocation);
	}

	private @Nullable Object callHere(MethodInvocation invocation) throws Throwable {
		List<LockRequest> requests = List.of();
		LockedBody body;
		try {
			requests = this.call.requests();
			requests.forEach((request) -> FileLockContext.requireNoWaitForItself(request, false));
			body = new LockedBody(acquire(requests), this.bodies);
		}
		catch (LockUnavailableException ex) {
			return instead(requests, ex);
		}
		catch (RuntimeException ex) {
			return CompletableFuture.failedFuture(ex);
		}
		return proceed(invocation, body);
	}

	private @Nullable Object instead(List<LockRequest> requests, LockUnavailableException ex) {
		try {
			return this.call.instead(requests, ex);
		}
		catch (Throwable failure) {
			return CompletableFuture.failedFuture(failure);
		}
	}

	@SuppressWarnings("try")
	private HeldLocks acquire(List<LockRequest> requests) {
		long start = System.nanoTime();
		PendingLocks pending = PendingLocks.acquire(requests);
		try (DelayedWarning wait = this.warnings.beforeWaiting(this.method, requests)) {
			return pending.get();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			if (!pending.cancel(false) && !pending.isCompletedExceptionally()) {
				return pending.join();
			}
			LockRequest first = requests.get(0);
			throw new LockInterruptedException(
					"Lock '%s' of method %s was not obtained: the thread was interrupted while it waited"
						.formatted(first.name(), this.method),
					first.lock().path().toString(), first.lock().strategy(),
					Duration.ofNanos(System.nanoTime() - start), null);
		}
		catch (ExecutionException ex) {
			if (ex.getCause() instanceof Error failure) {
				throw failure;
			}
			throw (ex.getCause() instanceof RuntimeException failure) ? failure
					: new IllegalStateException(ex.getCause());
		}
	}

	private static @Nullable Object proceed(MethodInvocation invocation, LockedBody body) throws Throwable {
		try {
			Object result = enter(invocation, body);
			if (result instanceof CompletionStage<?> stage) {
				return follow(stage, body);
			}
			body.end();
			return result;
		}
		catch (Throwable ex) {
			body.endAfter(ex);
			throw ex;
		}
	}

	@SuppressWarnings("try")
	private static @Nullable Object enter(MethodInvocation invocation, LockedBody body) throws Throwable {
		try (FileLockContext.Frame frame = FileLockContext.enter(body.held(), invocation)) {
			return invocation.proceed();
		}
	}

	private static CompletableFuture<@Nullable Object> follow(CompletionStage<?> stage, LockedBody body) {
		CompletableFuture<@Nullable Object> result = new CompletableFuture<>();
		stage.whenComplete((value, ex) -> {
			if (ex != null) {
				body.endAfter(ex);
				result.completeExceptionally(ex);
				return;
			}
			try {
				body.end();
				result.complete(value);
			}
			catch (RuntimeException | Error failure) {
				result.completeExceptionally(failure);
			}
		});
		result.whenComplete((value, ex) -> {
			if (result.isCancelled()) {
				try {
					cancel(stage);
				}
				finally {
					body.endAfter(ex);
				}
			}
		});
		return result;
	}

	private static void cancel(CompletionStage<?> stage) {
		try {
			stage.toCompletableFuture().cancel(true);
		}
		catch (UnsupportedOperationException ex) {
			// Nobody can stop it, but nobody waits for it either
		}
	}

}
