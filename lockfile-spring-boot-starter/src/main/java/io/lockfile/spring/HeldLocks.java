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

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import io.lockfile.LockFailedException;
import io.lockfile.LockHandle;
import io.lockfile.LockMode;

/**
 * The locks of one call: all that it asked for, in the order in which they were taken.
 */
final class HeldLocks implements AutoCloseable {

	private final List<Held> held = new ArrayList<>(1);

	HeldLocks() {
	}

	/**
	 * Acquire locks on the current thread, all or none.
	 * @param requests the locks, in their order
	 * @return the locks
	 * @throws io.lockfile.LockNotAcquiredException if one of them was not obtained
	 */
	static HeldLocks acquire(List<LockRequest> requests) {
		HeldLocks locks = new HeldLocks();
		try {
			for (LockRequest request : requests) {
				FileLockContext.requireNoWaitForItself(request, true);
				locks.add(request, request.lock().acquire(request.mode(), request.timeout()));
			}
			return locks;
		}
		catch (RuntimeException | Error ex) {
			locks.abandon(ex);
			throw ex;
		}
	}

	void add(LockRequest request, LockHandle handle) {
		this.held.add(new Held(request, handle));
	}

	/**
	 * Give back what was obtained before something failed.
	 * @param reason what failed
	 */
	void abandon(@Nullable Throwable reason) {
		for (int i = this.held.size() - 1; i >= 0; i--) {
			try {
				this.held.get(i).handle().close();
			}
			catch (RuntimeException | Error ex) {
				if (reason != null) {
					reason.addSuppressed(ex);
				}
			}
		}
	}

	/**
	 * Create an exception for a body that must not run, although its locks were obtained.
	 * @param reason why it must not
	 * @return the exception
	 */
	LockFailedException refused(String reason) {
		LockRequest request = this.held.get(this.held.size() - 1).request();
		String path = request.lock().path().toString();
		return new LockFailedException(
				"Lock '%s' (%s, strategy %s) was obtained in vain: %s, so the body doesn't run"
					.formatted(request.name(), path, request.lock().strategy(), reason),
				path, request.lock().strategy(), innermost().waited(), null);
	}

	Stream<LockHandle> handles() {
		return this.held.stream().map(Held::handle);
	}

	/**
	 * Return the declared names.
	 * @return the names, in the order in which they were taken
	 */
	Stream<String> names() {
		return this.held.stream().flatMap((one) -> one.request().names().stream());
	}

	/**
	 * Return the innermost lock.
	 * @return its handle
	 */
	LockHandle innermost() {
		return this.held.get(this.held.size() - 1).handle();
	}

	/**
	 * Return a lock by its declared name.
	 * @param name the name
	 * @return its handle, or {@code null} if there is none
	 */
	@Nullable LockHandle named(String name) {
		for (Held one : this.held) {
			if (one.request().names().contains(name)) {
				return one.handle();
			}
		}
		return null;
	}

	/**
	 * Give all locks back, the last one first.
	 */
	@Override
	public void close() {
		Throwable failure = null;
		for (int i = this.held.size() - 1; i >= 0; i--) {
			try {
				this.held.get(i).close();
			}
			catch (RuntimeException | Error ex) {
				// The others are given back whatever happens to one
				if (failure == null) {
					failure = ex;
				}
				else {
					failure.addSuppressed(ex);
				}
			}
		}
		if (failure instanceof Error error) {
			throw error;
		}
		if (failure != null) {
			throw (RuntimeException) failure;
		}
	}

	/**
	 * Tell whether these have to be released before another one can be obtained.
	 * @param other what somebody asks for
	 * @return {@code true} if one of these is of the same path, unless both are shared
	 */
	boolean excludes(LockRequest other) {
		return this.held.stream()
			.map(Held::request)
			.anyMatch((request) -> request.lock().path().equals(other.lock().path())
					&& !(request.mode() == LockMode.SHARED && other.mode() == LockMode.SHARED));
	}

	/**
	 * One of the locks.
	 *
	 * @param request what was asked for
	 * @param handle what was obtained
	 */
	private record Held(LockRequest request, LockHandle handle) {

		void close() {
			if (this.request.minHold().isZero()) {
				this.handle.close();
			}
			else {
				this.handle.closeAfter(this.request.minHold());
			}
		}

	}

}
