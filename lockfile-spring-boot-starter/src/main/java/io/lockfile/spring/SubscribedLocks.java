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
import java.util.concurrent.atomic.AtomicReference;

import org.jspecify.annotations.Nullable;

/**
 * The locks of one subscription, from the moment it asks for them until its body has
 * ended. A subscription may be cancelled at any moment, also while what it asked for is
 * on its way to it: either the body begins, and then ends, or what was obtained is given
 * back.
 */
final class SubscribedLocks {

	private final RunningBodies bodies;

	private final AtomicReference<State> state = new AtomicReference<>(State.ASKED);

	private volatile @Nullable PendingLocks pending;

	private volatile @Nullable LockedBody body;

	SubscribedLocks(RunningBodies bodies) {
		this.bodies = bodies;
	}

	/**
	 * Ask for locks, once.
	 * @param requests the locks, in their order
	 * @return what is completed with this, or with the failure to obtain one of them, but
	 * not for a subscription that was cancelled, which nobody could tell
	 */
	CompletableFuture<SubscribedLocks> acquire(List<LockRequest> requests) {
		PendingLocks acquisition = PendingLocks.acquire(requests);
		this.pending = acquisition;
		if (this.state.get() == State.ABANDONED) {
			giveBack(acquisition);
		}
		CompletableFuture<SubscribedLocks> result = new CompletableFuture<>();
		acquisition.whenComplete((held, ex) -> {
			if (ex == null) {
				result.complete(this);
			}
			else if (this.state.get() != State.ABANDONED) {
				result.completeExceptionally(ex);
			}
		});
		return result;
	}

	/**
	 * Begin the body, unless the subscription was cancelled.
	 * @return the body, or {@code null} if it must not run
	 */
	@Nullable LockedBody begin() {
		PendingLocks acquisition = this.pending;
		if (acquisition == null || !this.state.compareAndSet(State.ASKED, State.BEGUN)) {
			return null;
		}
		LockedBody begun = new LockedBody(acquisition.join(), this.bodies);
		this.body = begun;
		return begun;
	}

	/**
	 * Give back what was or will be obtained, unless the body has begun. A body that
	 * never ran needs no minimum duration.
	 */
	void abandon() {
		if (this.state.compareAndSet(State.ASKED, State.ABANDONED)) {
			// Whoever sets it later looks at the state
			PendingLocks acquisition = this.pending;
			if (acquisition != null) {
				giveBack(acquisition);
			}
		}
	}

	private static void giveBack(PendingLocks acquisition) {
		acquisition.cancel(false);
		acquisition.thenAccept((held) -> held.abandon(null));
	}

	/**
	 * Release the locks if the body has begun.
	 */
	void end() {
		LockedBody begun = this.body;
		if (begun != null) {
			begun.end();
		}
	}

	/**
	 * Release the locks if the body has begun, without hiding why it ended.
	 * @param reason the body's own failure
	 */
	void endAfter(Throwable reason) {
		LockedBody begun = this.body;
		if (begun != null) {
			begun.endAfter(reason);
		}
	}

	private enum State {

		/**
		 * The body has not begun.
		 */
		ASKED,

		/**
		 * The body has begun, and will end.
		 */
		BEGUN,

		/**
		 * The body will not begin.
		 */
		ABANDONED

	}

}
