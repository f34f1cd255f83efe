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
import java.util.Comparator;
import java.util.List;

import io.lockfile.LockFile;
import io.lockfile.LockMode;

/**
 * One lock that a call needs.
 *
 * @param name its declared name
 * @param lock the lock
 * @param mode the mode
 * @param timeout how long to wait
 * @param minHold for how long it is kept at least
 */
record LockRequest(String name, LockFile lock, LockMode mode, Duration timeout, Duration minHold) {

	/**
	 * In the order of their paths, which is the same for all who lock several. What asks
	 * for the same lock stands together, and what excludes others comes first.
	 */
	private static final Comparator<LockRequest> ORDER = Comparator
		.comparing((LockRequest request) -> request.lock().path())
		.thenComparing((request) -> request.lock().strategy())
		.thenComparing(LockRequest::mode);

	/**
	 * Bring the locks of one call into the order in which they are to be taken. What two
	 * of them ask for is asked for once.
	 * @param requests the locks
	 * @return the locks in order
	 */
	static List<LockRequest> inOrder(List<LockRequest> requests) {
		List<LockRequest> ordered = new ArrayList<>();
		for (LockRequest request : requests.stream().sorted(ORDER).toList()) {
			LockRequest last = ordered.isEmpty() ? null : ordered.get(ordered.size() - 1);
			if (last != null && last.isSame(request)) {
				ordered.set(ordered.size() - 1, last.atLeast(request.minHold()));
			}
			else {
				ordered.add(request);
			}
		}
		return ordered;
	}

	private boolean isSame(LockRequest other) {
		return this.lock.path().equals(other.lock.path()) && this.lock.strategy().equals(other.lock.strategy());
	}

	private LockRequest atLeast(Duration minHold) {
		return (minHold.compareTo(this.minHold) > 0)
				? new LockRequest(this.name, this.lock, this.mode, this.timeout, minHold) : this;
	}

}
