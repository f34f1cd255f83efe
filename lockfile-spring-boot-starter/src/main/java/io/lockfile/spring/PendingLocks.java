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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

import org.jspecify.annotations.Nullable;

import io.lockfile.LockHandle;

/**
 * The locks of one call while they are acquired without blocking a thread, all or none.
 * They belong to no thread. Cancelling this gives back what was obtained.
 */
final class PendingLocks extends CompletableFuture<HeldLocks> {

	private final List<LockRequest> requests;

	private final HeldLocks held = new HeldLocks();

	private int next;

	private volatile @Nullable CompletableFuture<LockHandle> current;

	private PendingLocks(List<LockRequest> requests) {
		this.requests = requests;
	}

	/**
	 * Ask for locks.
	 * @param requests the locks, in their order
	 * @return what is completed with the locks, or with the failure to obtain one of them
	 */
	static PendingLocks acquire(List<LockRequest> requests) {
		PendingLocks pending = new PendingLocks(requests);
		pending.proceedSurely();
		return pending;
	}

	private void proceed() {
		if (this.next == this.requests.size()) {
			if (!complete(this.held)) {
				this.held.abandon(null);
			}
			return;
		}
		LockRequest request = this.requests.get(this.next++);
		CompletableFuture<LockHandle> acquisition = request.lock()
			.acquireAsync(request.mode(), request.timeout())
			.toCompletableFuture();
		this.current = acquisition;
		if (isDone()) {
			acquisition.cancel(false);
		}
		acquisition.whenComplete((handle, ex) -> obtained(request, handle, ex));
	}

	private void obtained(LockRequest request, @Nullable LockHandle handle, @Nullable Throwable failure) {
		if (handle != null) {
			this.held.add(request, handle);
			if (isDone()) {
				this.held.abandon(null);
			}
			else {
				proceedSurely();
			}
			return;
		}
		Throwable cause = (failure instanceof CompletionException && failure.getCause() != null) ? failure.getCause()
				: failure;
		this.held.abandon(cause);
		completeExceptionally((cause != null) ? cause : new IllegalStateException("Nothing was obtained"));
	}

	private void proceedSurely() {
		try {
			proceed();
		}
		catch (RuntimeException | Error ex) {
			this.held.abandon(ex);
			completeExceptionally(ex);
		}
	}

	@Override
	public boolean cancel(boolean mayInterruptIfRunning) {
		boolean cancelled = super.cancel(mayInterruptIfRunning);
		CompletableFuture<LockHandle> acquisition = this.current;
		if (cancelled && acquisition != null) {
			acquisition.cancel(false);
		}
		return cancelled;
	}

}
