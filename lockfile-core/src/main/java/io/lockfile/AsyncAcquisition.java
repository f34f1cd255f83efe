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

package io.lockfile;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One acquisition without a thread that waits for it.
 */
final class AsyncAcquisition {

	private static final Logger logger = LoggerFactory.getLogger(AsyncAcquisition.class);

	private final DefaultLockFile lockFile;

	private final LockAttempt attempt;

	private final Deadline deadline;

	private final CompletableFuture<LockHandle> future = new CompletableFuture<>();

	/**
	 * How often it was asked to look again. Whoever finds it at zero does the work of all
	 * who come meanwhile, so that there is one thread at a time here.
	 */
	private final AtomicInteger signals = new AtomicInteger();

	private volatile boolean abandoned;

	private boolean askedAgain;

	private volatile @Nullable Request request;

	AsyncAcquisition(DefaultLockFile lockFile, LockAttempt attempt, Deadline deadline) {
		this.lockFile = lockFile;
		this.attempt = attempt;
		this.deadline = deadline;
	}

	CompletionStage<LockHandle> start() {
		this.signals.set(1);
		ask();
		if (this.request != null && !this.deadline.isOneTry()) {
			this.lockFile.engine().events().waiting(this.attempt);
		}
		work(1);
		this.future.whenComplete((handle, ex) -> abandon());
		return this.future;
	}

	private void abandon() {
		if (this.request != null) {
			this.abandoned = true;
			signal();
		}
	}

	private void signal() {
		if (this.signals.getAndIncrement() == 0) {
			work(1);
		}
	}

	private void work(int seen) {
		int left = seen;
		while (left != 0) {
			proceed();
			left = this.signals.addAndGet(-left);
		}
	}

	private void ask() {
		PathLock pathLock;
		try {
			pathLock = this.lockFile.lease(this.attempt.mode());
		}
		catch (IOException | RuntimeException ex) {
			this.future.completeExceptionally(this.lockFile.failed(this.attempt, this.deadline, ex));
			return;
		}
		FutureWaiter waiter = new FutureWaiter(this.lockFile, this.attempt, this.deadline, this::signal);
		this.request = new Request(pathLock, waiter);
		try {
			pathLock.enter(waiter);
			waiter.startClock();
		}
		catch (IOException | RuntimeException | Error ex) {
			pathLock.leave(waiter);
			waiter.fail(ex);
		}
		proceed();
	}

	private void proceed() {
		Request current = this.request;
		if (current == null) {
			return;
		}
		if (this.abandoned) {
			current.pathLock().leave(current.waiter());
		}
		boolean ended;
		try {
			ended = current.pathLock().proceed(current.waiter());
		}
		catch (RuntimeException | Error ex) {
			current.pathLock().leave(current.waiter());
			current.waiter().fail(ex);
			ended = true;
		}
		if (ended) {
			finish(current);
		}
	}

	private void finish(Request ended) {
		this.request = null;
		ended.waiter().stopClock();
		if (ended.waiter().hold() == null) {
			this.lockFile.giveBack(ended.pathLock());
		}
		try {
			complete(ended.waiter().result());
		}
		catch (NoSuchFileException ex) {
			if (this.lockFile.forgetDirectory() && !this.askedAgain) {
				this.askedAgain = true;
				ask();
			}
			else {
				this.future.completeExceptionally(this.lockFile.failed(this.attempt, this.deadline, ex));
			}
		}
		catch (LockFailedException ex) {
			this.future.completeExceptionally(ex);
		}
		catch (IOException | RuntimeException ex) {
			this.future.completeExceptionally(this.lockFile.failed(this.attempt, this.deadline, ex));
		}
		catch (Error ex) {
			this.attempt.fail(ex);
			this.lockFile.engine().events().notAcquired(this.attempt, LockOutcome.ERROR, this.deadline.elapsed());
			this.future.completeExceptionally(ex);
		}
	}

	private void complete(@Nullable Hold hold) {
		if (hold == null && this.future.isDone()) {
			this.lockFile.engine().events().notAcquired(this.attempt, LockOutcome.INTERRUPTED, this.deadline.elapsed());
			return;
		}
		this.lockFile.report(this.attempt, this.deadline, hold);
		if (hold == null) {
			this.future.completeExceptionally(this.lockFile.unavailable(this.attempt, this.deadline));
		}
		else if (!this.future.complete(hold)) {
			closeCancelled(hold);
		}
	}

	private void closeCancelled(Hold hold) {
		try {
			hold.close();
		}
		catch (RuntimeException ex) {
			logger.warn("{} was granted and cancelled at once, and failed to be released", hold, ex);
		}
	}

	/**
	 * What is asked of whom.
	 *
	 * @param pathLock the lock of the path, leased
	 * @param waiter the request in its queue
	 */
	private record Request(PathLock pathLock, FutureWaiter waiter) {
	}

}
