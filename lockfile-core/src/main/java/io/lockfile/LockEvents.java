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

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the listeners, and keeps what they throw from the callers.
 */
final class LockEvents {

	private static final Logger logger = LoggerFactory.getLogger(LockEvents.class);

	private final List<LockListener> listeners;

	LockEvents(List<LockListener> listeners) {
		this.listeners = List.copyOf(listeners);
	}

	boolean isListenedTo() {
		return !this.listeners.isEmpty();
	}

	/**
	 * Tell that an attempt begins, the first time that it does: it is asked again if the
	 * directory of its path was deleted.
	 * @param attempt the attempt
	 */
	void attempting(LockAttempt attempt) {
		if (attempt.begin()) {
			tell((listener) -> listener.attempting(attempt));
		}
	}

	void waiting(LockAttempt attempt) {
		tell((listener) -> listener.waiting(attempt));
	}

	void acquired(LockAttempt attempt, LockHandle handle) {
		tell((listener) -> listener.acquired(attempt, handle));
	}

	void notAcquired(LockAttempt attempt, LockOutcome outcome, Duration waited) {
		tell((listener) -> listener.notAcquired(attempt, outcome, waited));
	}

	void kept(LockAttempt attempt, long heldNanos) {
		if (!this.listeners.isEmpty()) {
			Duration held = Duration.ofNanos(heldNanos);
			tell((listener) -> listener.kept(attempt, held));
		}
	}

	void released(LockAttempt attempt, long heldNanos) {
		if (!this.listeners.isEmpty()) {
			Duration held = Duration.ofNanos(heldNanos);
			tell((listener) -> listener.released(attempt, held));
		}
	}

	void lost(LockAttempt attempt, LockHandle handle) {
		tell((listener) -> listener.lost(attempt, handle));
	}

	void broken(LockAttempt attempt, @Nullable LockOwner owner) {
		tell((listener) -> listener.broken(attempt, owner));
	}

	private void tell(Consumer<LockListener> event) {
		for (LockListener listener : this.listeners) {
			try {
				event.accept(listener);
			}
			catch (Throwable ex) {
				SafeLog.warn(logger,
						"Lock listener " + listener.getClass().getName() + " failed; the lock is not affected", ex);
			}
		}
	}

}
