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

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.format.annotation.DurationFormat;
import org.springframework.format.datetime.standard.DurationFormatterUtils;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.annotation.AnnotationTransactionAttributeSource;
import org.springframework.transaction.interceptor.TransactionAttribute;
import org.springframework.transaction.interceptor.TransactionAttributeSource;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.util.ClassUtils;

/**
 * Warnings of callers that a lock does no good to, once for each method.
 */
final class CallerWarnings {

	private static final Logger logger = LoggerFactory.getLogger(CallerWarnings.class);

	private static final boolean TRANSACTIONS = ClassUtils.isPresent(
			"org.springframework.transaction.support.TransactionSynchronizationManager",
			CallerWarnings.class.getClassLoader());

	private static final String SCHEDULER = "java.util.concurrent.ScheduledThreadPoolExecutor";

	/**
	 * Whether a thread is a scheduler's, which it is for its whole life.
	 */
	private static final ThreadLocal<Boolean> SCHEDULER_THREAD = ThreadLocal.withInitial(CallerWarnings::isScheduler);

	private final FileLockedMethods methods;

	private final @Nullable Transactions transactions = TRANSACTIONS ? new Transactions() : null;

	CallerWarnings(FileLockedMethods methods) {
		this.methods = methods;
	}

	/**
	 * Look at the caller.
	 * @param method what is called
	 * @param requests the locks it needs
	 * @return what ends with the wait for them, or {@code null}
	 */
	@Nullable DelayedWarning beforeWaiting(FileLockedMethod method, List<LockRequest> requests) {
		if (this.transactions != null && this.transactions.isJoinedBy(method) && !isNested(requests)
				&& method.isFirstWarningOfTransaction()) {
			logger.warn("Method {} is locked within a transaction that its caller has begun, so the lock is released "
					+ "before that commits, and the next holder may not see what it wrote. Lock where the transaction "
					+ "begins", method);
		}
		Duration bound = this.methods.settings().schedulerWaitWarning();
		for (LockRequest request : requests) {
			if (request.timeout().compareTo(bound) > 0 && !isVirtual() && SCHEDULER_THREAD.get()) {
				String thread = Thread.currentThread().getName();
				return new DelayedWarning(bound, method::isFirstWarningOfScheduler,
						() -> warnOfScheduler(method, request, bound, thread));
			}
		}
		return null;
	}

	private static boolean isNested(List<LockRequest> requests) {
		return requests.stream().allMatch((request) -> request.lock().isHeldByCurrentThread());
	}

	/**
	 * Look who has called. Names of threads don't tell: applications choose them.
	 * @return whether the current thread works for a scheduler
	 */
	private static boolean isScheduler() {
		return StackWalker.getInstance()
			.walk((frames) -> frames.anyMatch((frame) -> frame.getClassName().startsWith(SCHEDULER)));
	}

	private static boolean isVirtual() {
		return Thread.currentThread().getClass().getName().contains("VirtualThread");
	}

	private static void warnOfScheduler(FileLockedMethod method, LockRequest request, Duration bound, String thread) {
		logger.warn("Method {} has waited for lock '{}' ({}{}) for {} on scheduler thread '{}', which runs nothing "
				+ "else meanwhile. Declare onUnavailable = SKIP or a shorter timeout (property "
				+ "'lockfile.locks.{}.timeout'), or give the scheduler more threads (property "
				+ "'spring.task.scheduling.pool.size'). Property 'lockfile.scheduler-wait-warning' sets when this "
				+ "is said", method, request.name(), request.lock().path(),
				request.lock().owner().map((owner) -> ", held by " + owner).orElse(""),
				DurationFormatterUtils.print(bound, DurationFormat.Style.COMPOSITE), thread, request.name());
	}

	/**
	 * Transactions, if there are any.
	 */
	private static final class Transactions {

		/**
		 * Not static, since it keeps the classes of the application.
		 */
		private final TransactionAttributeSource attributes = new AnnotationTransactionAttributeSource(false);

		boolean isJoinedBy(FileLockedMethod method) {
			return TransactionSynchronizationManager.isActualTransactionActive() && !isIndependent(method);
		}

		/**
		 * Tell whether a method has nothing to do with its caller's transaction.
		 * @param method the method
		 * @return {@code true} if it has one of its own, or none
		 */
		private boolean isIndependent(FileLockedMethod method) {
			TransactionAttribute attribute = this.attributes.getTransactionAttribute(method.method(),
					method.targetClass());
			return attribute != null
					&& (attribute.getPropagationBehavior() == TransactionDefinition.PROPAGATION_REQUIRES_NEW
							|| attribute.getPropagationBehavior() == TransactionDefinition.PROPAGATION_NOT_SUPPORTED);
		}

	}

}
