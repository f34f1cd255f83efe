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

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.ProxyMethodInvocation;
import reactor.core.Disposable;
import reactor.core.scheduler.Schedulers;

/**
 * Reactor's threads that may block, for callers that may not.
 */
final class ElasticThreads {

	private ElasticThreads() {
	}

	static boolean isNeeded() {
		return Schedulers.isInNonBlockingThread();
	}

	/**
	 * Copy an invocation, so that it can proceed after this call has returned, and more
	 * than once.
	 * @param invocation an invocation
	 * @return its copy
	 */
	static MethodInvocation copy(MethodInvocation invocation) {
		return (invocation instanceof ProxyMethodInvocation proxied) ? proxied.invocableClone() : invocation;
	}

	/**
	 * Call a body on another thread.
	 * @param body the body, which returns a stage
	 * @return a stage that is completed as that one is, and cancels it when it is
	 * cancelled
	 */
	static CompletableFuture<@Nullable Object> call(Body body) {
		CompletableFuture<@Nullable Object> result = new CompletableFuture<>();
		Disposable task = Schedulers.boundedElastic().schedule(() -> {
			try {
				complete(result, body.call());
			}
			catch (Throwable ex) {
				result.completeExceptionally(ex);
			}
		});
		result.whenComplete((value, ex) -> {
			if (result.isCancelled()) {
				task.dispose();
			}
		});
		return result;
	}

	private static void complete(CompletableFuture<@Nullable Object> result, @Nullable Object returned) {
		if (!(returned instanceof CompletionStage<?> stage)) {
			result.complete(returned);
			return;
		}
		stage.whenComplete((value, ex) -> {
			if (ex != null) {
				result.completeExceptionally(ex);
			}
			else {
				result.complete(value);
			}
		});
		result.whenComplete((value, ex) -> {
			if (result.isCancelled()) {
				stage.toCompletableFuture().cancel(true);
			}
		});
	}

	/**
	 * What is called.
	 */
	@FunctionalInterface
	interface Body {

		/**
		 * Call it.
		 * @return a stage
		 * @throws Throwable if it fails
		 */
		@Nullable Object call() throws Throwable;

	}

}
