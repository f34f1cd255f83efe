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
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

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

import io.lockfile.LockFiles;
import io.lockfile.LockOwner;

/**
 * Warnings of callers that a lock does no good to, once for each method, and for each
 * place that uses {@link FileLockOperations}.
 */
final class CallerWarnings {

	private static final Logger logger = LoggerFactory.getLogger(CallerWarnings.class);

	private static final boolean TRANSACTIONS = ClassUtils.isPresent(
			"org.springframework.transaction.support.TransactionSynchronizationManager",
			CallerWarnings.class.getClassLoader());

	private static final String SCHEDULER = "java.util.concurrent.ScheduledThreadPoolExecutor";

	/**
	 * Whose threads are those of the Java class, too, but schedule nothing: there are
	 * many, each for whoever needs one.
	 */
	private static final List<String> NO_SCHEDULERS = List.of("reactor.core.scheduler.", "io.reactivex.");

	private static final Pattern LAMBDA = Pattern.compile("lambda\\$(.+)\\$\\d+");

	/**
	 * Whether a thread is a scheduler's, which it is for its whole life.
	 */
	private static final ThreadLocal<Boolean> SCHEDULER_THREAD = ThreadLocal.withInitial(() -> StackWalker.getInstance()
		.walk((frames) -> isScheduler(frames.map(StackWalker.StackFrame::getClassName))));

	private final Supplier<FileLockSettings> settings;

	private final Set<String> places = ConcurrentHashMap.newKeySet();

	private final @Nullable Transactions transactions = TRANSACTIONS ? new Transactions() : null;

	CallerWarnings(Supplier<FileLockSettings> settings) {
		this.settings = settings;
	}

	/**
	 * Look at the caller of a method.
	 * @param method what is called
	 * @param requests the locks it needs
	 * @return what ends with the wait for them, or {@code null}
	 */
	@Nullable DelayedWarning beforeWaiting(FileLockedMethod method, List<LockRequest> requests) {
		if (this.transactions != null && this.transactions.isJoinedBy(method) && !isNested(requests)
				&& method.isFirstWarningOfTransaction()) {
			warnOfTransaction("Method " + method);
		}
		Duration bound = this.settings.get().schedulerWaitWarning();
		if (!isLongerThan(bound, requests)) {
			return null;
		}
		Thread thread = Thread.currentThread();
		boolean virtual = isVirtual(thread);
		// Of virtual threads there are many, and most of them are no scheduler's: those
		// are only looked at if they have waited
		return (virtual || SCHEDULER_THREAD.get()) ? new DelayedWarning(bound,
				() -> (!virtual || isScheduler(Stream.of(thread.getStackTrace()).map(StackTraceElement::getClassName)))
						&& method.isFirstWarningOfScheduler(),
				() -> warnOfScheduler(method, requests, bound, thread)) : null;
	}

	/**
	 * Look at who uses {@link FileLockOperations}.
	 * @param request the lock it needs
	 */
	void beforeOperation(LockRequest request) {
		if (this.transactions != null && this.transactions.isActive() && !isNested(List.of(request))) {
			String place = StackWalker.getInstance().walk(CallerWarnings::user);
			if (this.places.add(place)) {
				warnOfTransaction("What %s does with FileLockOperations%s".formatted(place,
						request.name().isEmpty() ? "" : " (lock '%s')".formatted(request.name())));
			}
		}
	}

	private static String user(Stream<StackWalker.StackFrame> frames) {
		return frames
			.filter((frame) -> !frame.getClassName().equals(CallerWarnings.class.getName())
					&& !frame.getClassName().equals(FileLockTemplate.class.getName()))
			.findFirst()
			.map((frame) -> frame.getClassName() + "." + LAMBDA.matcher(frame.getMethodName()).replaceFirst("$1"))
			.orElse("somebody");
	}

	private static boolean isNested(List<LockRequest> requests) {
		return requests.stream().allMatch((request) -> request.lock().isHeldByCurrentThread());
	}

	private static void warnOfTransaction(String what) {
		logger.warn(
				"{} is locked within a transaction that its caller has begun, so the lock is released before that "
						+ "commits, and the next holder may not see what it wrote. Lock where the transaction begins",
				what);
	}

	/**
	 * Tell whether somebody may have to wait for too long, for one lock after another.
	 * @param bound how long is not too long
	 * @param requests the locks
	 * @return {@code true} if that is possible
	 */
	private static boolean isLongerThan(Duration bound, List<LockRequest> requests) {
		if (bound.equals(LockFiles.FOREVER)) {
			return false;
		}
		Duration left = bound;
		for (LockRequest request : requests) {
			if (request.timeout().compareTo(left) > 0) {
				return true;
			}
			left = request.timeout().isNegative() ? left : left.minus(request.timeout());
		}
		return false;
	}

	/**
	 * Look who has called. Names of threads don't tell: applications choose them.
	 * @param frames the classes on a thread's stack, the innermost one first
	 * @return whether the thread works for a scheduler
	 */
	private static boolean isScheduler(Stream<String> frames) {
		String task = "";
		for (Iterator<String> classes = frames.iterator(); classes.hasNext();) {
			String next = classes.next();
			if (next.startsWith(SCHEDULER)) {
				return NO_SCHEDULERS.stream().noneMatch(task::startsWith);
			}
			task = next.startsWith("java.") ? task : next;
		}
		return false;
	}

	private static boolean isVirtual(Thread thread) {
		return thread.getClass().getName().contains("VirtualThread");
	}

	private static void warnOfScheduler(FileLockedMethod method, List<LockRequest> requests, Duration bound,
			Thread thread) {
		boolean virtual = isVirtual(thread);
		String names = requests.stream().map(LockRequest::name).collect(Collectors.joining(", "));
		logger.warn("Method {} has waited for {} for {} on scheduler thread '{}', which runs {} meanwhile. Declare "
				+ "onUnavailable = SKIP or a shorter timeout (property 'lockfile.locks.{}.timeout'), or {}. Property "
				+ "'lockfile.scheduler-wait-warning' sets when this is said", method, text(requests, thread),
				DurationFormatterUtils.print(bound, DurationFormat.Style.COMPOSITE), thread.getName(),
				virtual ? "no other method with a fixed delay" : "nothing else",
				names.contains(", ") ? "<name>" : names,
				virtual ? "schedule it at a fixed rate or by cron: such runs have threads of their own"
						: "give the scheduler more threads (property 'spring.task.scheduling.pool.size')");
	}

	/**
	 * Describe what a thread waits for: of several locks, those that it doesn't have yet.
	 * @param requests the locks
	 * @param thread the thread
	 * @return their names, paths and owners
	 */
	private static String text(List<LockRequest> requests, Thread thread) {
		List<String> texts = new ArrayList<>();
		for (LockRequest request : requests) {
			Optional<LockOwner> owner = request.lock().owner();
			if (requests.size() == 1 || owner.filter((found) -> isThread(found, thread)).isEmpty()) {
				texts.add("lock '%s' (%s%s)".formatted(request.name(), request.lock().path(),
						owner.map((found) -> ", held by " + found).orElse("")));
			}
		}
		return String.join(" and ", texts);
	}

	private static boolean isThread(LockOwner owner, Thread thread) {
		return thread.getName().equals(owner.thread()) && Objects.equals(owner.pid(), ProcessHandle.current().pid());
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
			return isActive() && !isIndependent(method);
		}

		/**
		 * Tell whether there is a transaction that has not ended. For those who are told
		 * that it has, it still is the actual one.
		 * @return {@code true} if so
		 */
		boolean isActive() {
			return TransactionSynchronizationManager.isActualTransactionActive()
					&& TransactionSynchronizationManager.isSynchronizationActive();
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
