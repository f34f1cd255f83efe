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

import java.io.Serial;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.springframework.core.ReactiveAdapter;
import org.springframework.core.ReactiveAdapterRegistry;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import io.lockfile.LockUnavailableException;

/**
 * A call of a method that returns a reactive type: each subscription acquires the locks,
 * calls the body, and releases them when what it returned has ended or is cancelled. The
 * locks belong to no thread, and nothing of this runs on the subscriber's.
 */
final class LockedPublisher {

	private final FileLockedMethod method;

	private final LockedCall call;

	private final RunningBodies bodies;

	private final MethodInvocation invocation;

	private LockedPublisher(FileLockedMethod method, LockedCall call, RunningBodies bodies,
			MethodInvocation invocation) {
		this.method = method;
		this.call = call;
		this.bodies = bodies;
		this.invocation = invocation;
	}

	/**
	 * Create what the method returns.
	 * @param method the method
	 * @param call its call
	 * @param bodies who counts bodies
	 * @param invocation the body
	 * @return a publisher of the method's return type
	 */
	static Object create(FileLockedMethod method, LockedCall call, RunningBodies bodies, MethodInvocation invocation) {
		LockedPublisher locked = new LockedPublisher(method, call, bodies, ReactorThreads.copy(invocation));
		Publisher<Object> publisher = (method.completion() == Completion.MANY) ? Flux.defer(locked::many)
				: Mono.defer(locked::single);
		ReactiveAdapter adapter = ReactiveAdapterRegistry.getSharedInstance().getAdapter(method.returnType());
		return (adapter != null) ? adapter.fromPublisher(publisher) : publisher;
	}

	/**
	 * Call a method that returns a stage on another thread, without blocking that one
	 * while it waits.
	 * @param method the method
	 * @param call its call
	 * @param bodies who counts bodies
	 * @param invocation the body
	 * @return a future that is completed as the body's stage is, and cancels it when it
	 * is cancelled
	 */
	static CompletableFuture<@Nullable Object> future(FileLockedMethod method, LockedCall call, RunningBodies bodies,
			MethodInvocation invocation) {
		return new LockedPublisher(method, call, bodies, ReactorThreads.copy(invocation)).single().toFuture();
	}

	private Flux<Object> many() {
		return Flux
			.usingWhen(acquire(), (locks) -> Flux.from(proceed(locks)), LockedPublisher::end, LockedPublisher::endAfter,
					LockedPublisher::end)
			.onErrorMap(LockedPublisher::unwrapped)
			.onErrorResume(NotObtained.class, (ex) -> Flux.from(instead(ex)));
	}

	private Mono<Object> single() {
		return Mono
			.usingWhen(acquire(), (locks) -> Mono.from(proceed(locks)), LockedPublisher::end, LockedPublisher::endAfter,
					LockedPublisher::end)
			.onErrorMap(LockedPublisher::unwrapped)
			.onErrorResume(NotObtained.class, (ex) -> Mono.from(instead(ex)));
	}

	private Mono<SubscribedLocks> acquire() {
		return Mono.defer(() -> {
			SubscribedLocks locks = new SubscribedLocks(this.bodies);
			return Mono.fromCallable(this.call::requests)
				.subscribeOn(Schedulers.boundedElastic())
				.flatMap((requests) -> acquire(locks, requests))
				.doOnError((ex) -> locks.abandon())
				.doOnCancel(locks::abandon);
		});
	}

	private static Mono<SubscribedLocks> acquire(SubscribedLocks locks, List<LockRequest> requests) {
		CompletableFuture<SubscribedLocks> acquisition = locks.acquire(requests);
		// A future that is cancelled too late would keep what it was completed with
		Mono<SubscribedLocks> acquired = Mono.fromFuture(acquisition, true);
		// Whoever grants it later is not to run the body
		return (acquisition.isDone() ? acquired : acquired.publishOn(ReactorThreads.forLocks()))
			.onErrorMap(LockUnavailableException.class, (ex) -> new NotObtained(requests, ex));
	}

	@SuppressWarnings("try")
	private Publisher<Object> proceed(SubscribedLocks locks) {
		LockedBody body = locks.begin();
		if (body == null) {
			return Mono.empty();
		}
		MethodInvocation copy = ReactorThreads.copy(this.invocation);
		try (FileLockContext.Frame frame = FileLockContext.enter(body.held(), copy)) {
			if (this.method.isSuspending()) {
				SuspendingBody.enter(copy, frame);
			}
			return publisher(copy.proceed());
		}
		catch (Throwable ex) {
			return Mono.error(ex);
		}
	}

	private Publisher<Object> instead(NotObtained ex) {
		try {
			return publisher(this.call.instead(ex.requests, ex.reason));
		}
		catch (Throwable failure) {
			return Mono.error(failure);
		}
	}

	private static Publisher<Object> publisher(@Nullable Object returned) {
		if (returned == null) {
			return Mono.empty();
		}
		ReactiveAdapter adapter = ReactiveAdapterRegistry.getSharedInstance().getAdapter(null, returned);
		return (adapter != null) ? adapter.toPublisher(returned) : Mono.just(returned);
	}

	private static Mono<Void> end(SubscribedLocks locks) {
		return elsewhere(locks::end).onErrorMap(NotReleased::new);
	}

	private static Throwable unwrapped(Throwable ex) {
		return (ex.getCause() instanceof NotReleased failure && failure.getCause() != null) ? failure.getCause() : ex;
	}

	private static Mono<Void> endAfter(SubscribedLocks locks, Throwable reason) {
		return elsewhere(() -> locks.endAfter(reason));
	}

	private static Mono<Void> elsewhere(Runnable action) {
		return Mono.<Void>fromRunnable(action).subscribeOn(ReactorThreads.forLocks());
	}

	/**
	 * The locks were not released after the body had ended well. Reactor wraps this.
	 */
	private static final class NotReleased extends RuntimeException {

		@Serial
		private static final long serialVersionUID = 1L;

		NotReleased(Throwable cause) {
			super(null, cause, false, false);
		}

	}

	/**
	 * Somebody else has a lock; what the body itself throws is never this.
	 */
	private static final class NotObtained extends RuntimeException {

		@Serial
		private static final long serialVersionUID = 1L;

		private final transient List<LockRequest> requests;

		private final LockUnavailableException reason;

		NotObtained(List<LockRequest> requests, LockUnavailableException reason) {
			super(null, null, false, false);
			this.requests = requests;
			this.reason = reason;
		}

	}

}
