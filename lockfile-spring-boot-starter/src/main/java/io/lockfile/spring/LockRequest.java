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

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

import io.lockfile.LockFailedException;
import io.lockfile.LockFile;
import io.lockfile.LockMode;

/**
 * One lock that a call needs.
 *
 * @param names its declared names: several if annotations of one method have one path.
 * Whoever tells of it calls it by the first one
 * @param lock the lock
 * @param mode the mode
 * @param timeout how long to wait
 * @param minHold for how long it is kept at least
 */
record LockRequest(List<String> names, LockFile lock, LockMode mode, Duration timeout, Duration minHold) {

	LockRequest(String name, LockFile lock, LockMode mode, Duration timeout, Duration minHold) {
		this(List.of(name), lock, mode, timeout, minHold);
	}

	String name() {
		return this.names.get(0);
	}

	/**
	 * Bring the locks of one call into the order in which they are to be taken, which is
	 * the same for all who lock several. What two of them ask for is asked for once.
	 * @param requests the locks
	 * @return the locks in order
	 * @throws LockFailedException if two strategies are asked for one path
	 */
	static List<LockRequest> inOrder(List<LockRequest> requests) {
		List<Placed> ordered = new ArrayList<>();
		for (Placed placed : requests.stream().map(Placed::of).sorted(Placed.ORDER).toList()) {
			Placed last = ordered.isEmpty() ? null : ordered.get(ordered.size() - 1);
			if (last != null && last.place().equals(placed.place())) {
				ordered.set(ordered.size() - 1, last.and(placed.request()));
			}
			else {
				ordered.add(placed);
			}
		}
		return ordered.stream().map(Placed::request).toList();
	}

	private LockRequest with(LockRequest other) {
		List<String> all = Stream.concat(this.names.stream(), other.names.stream()).toList();
		return new LockRequest(all, this.lock, this.mode, this.timeout,
				(other.minHold.compareTo(this.minHold) > 0) ? other.minHold : this.minHold);
	}

	/**
	 * A request, and the one path that stands for all spellings of its own.
	 *
	 * @param place the path, with the real path of its directory
	 * @param request the request
	 */
	private record Placed(Path place, LockRequest request) {

		/**
		 * What excludes others comes first where one path is asked for twice.
		 */
		static final Comparator<Placed> ORDER = Comparator.comparing(Placed::place)
			.thenComparing((placed) -> placed.request().mode());

		static Placed of(LockRequest request) {
			Path path = request.lock().path();
			Path existing = path.getParent();
			while (existing != null) {
				try {
					return new Placed(existing.toRealPath().resolve(existing.relativize(path)).normalize(), request);
				}
				catch (IOException ex) {
					existing = existing.getParent();
				}
			}
			return new Placed(path.normalize(), request);
		}

		Placed and(LockRequest other) {
			LockFile lock = this.request.lock();
			if (!lock.strategy().equals(other.lock().strategy())) {
				throw new LockFailedException(
						("Locks '%s' and '%s' of one method ask for path %s with two strategies, %s and %s, and would wait "
								+ "for each other. Use one strategy")
							.formatted(this.request.name(), other.name(), lock.path(), lock.strategy(),
									other.lock().strategy()),
						lock.path().toString(), lock.strategy(), Duration.ZERO, null);
			}
			return new Placed(this.place, this.request.with(other));
		}

	}

}
