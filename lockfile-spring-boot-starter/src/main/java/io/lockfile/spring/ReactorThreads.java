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

import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import org.aopalliance.intercept.MethodInvocation;
import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.scheduling.concurrent.CustomizableThreadFactory;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * What reactive methods need to leave the subscriber's thread.
 */
final class ReactorThreads {

	/**
	 * Not Reactor's elastic threads: all of those may be blocked by callers that wait for
	 * the very lock that was granted, or is to be released.
	 */
	private static final Scheduler LOCKS = Schedulers.fromExecutor(new ThreadPoolExecutor(0, Integer.MAX_VALUE, 1,
			TimeUnit.SECONDS, new SynchronousQueue<>(), daemons("lockfile-reactive-")));

	private ReactorThreads() {
	}

	private static CustomizableThreadFactory daemons(String prefix) {
		CustomizableThreadFactory factory = new CustomizableThreadFactory(prefix);
		factory.setDaemon(true);
		return factory;
	}

	/**
	 * Tell whether this is one of Reactor's threads that must not block.
	 * @return {@code true} if so
	 */
	static boolean isNonBlocking() {
		return Schedulers.isInNonBlockingThread();
	}

	/**
	 * Return where bodies begin that have waited for their locks, and where locks are
	 * released.
	 * @return a scheduler that always has a thread
	 */
	static Scheduler forLocks() {
		return LOCKS;
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

}
