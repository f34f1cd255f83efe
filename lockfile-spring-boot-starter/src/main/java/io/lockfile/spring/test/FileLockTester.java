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

package io.lockfile.spring.test;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletionException;

import org.jspecify.annotations.Nullable;

import io.lockfile.LockFile;
import io.lockfile.LockFiles;
import io.lockfile.LockHandle;
import io.lockfile.LockMode;
import io.lockfile.LockUnavailableException;
import io.lockfile.spring.FileLockAction;
import io.lockfile.spring.FileLockCallback;
import io.lockfile.spring.FileLockContext;

/**
 * Tests what locked code does while somebody else has its lock.
 *
 * <pre class="code">
 * FileLockTester tester = new FileLockTester(locks);
 * tester.whileHeldElsewhere("nightly-report",
 *     () -> assertThatExceptionOfType(LockUnavailableException.class).isThrownBy(reports::create));
 * </pre>
 *
 * A test that acquires the lock itself proves nothing: its thread may enter the lock
 * again, and so the locked method. The lock that is held here belongs to no thread.
 *
 * @since 0.1.0
 */
public final class FileLockTester {

	private final LockFiles locks;

	private final Duration limit;

	/**
	 * Create a tester.
	 * @param locks the engine that the tested code uses, or another one with the same
	 * directory and strategy
	 */
	public FileLockTester(LockFiles locks) {
		this(locks, Duration.ofSeconds(30));
	}

	FileLockTester(LockFiles locks, Duration limit) {
		this.locks = Objects.requireNonNull(locks, "locks");
		this.limit = limit;
	}

	/**
	 * Do something while somebody else has a lock.
	 * @param <E> the type of exception that the action throws
	 * @param path the path, as the tested code locks it, in {@link LockMode#EXCLUSIVE}
	 * and with the engine's strategy
	 * @param action what to do
	 * @throws E if the action throws it
	 * @throws IllegalStateException if the lock was not obtained within 30 seconds, and
	 * the action not run
	 */
	public <E extends Throwable> void whileHeldElsewhere(String path, FileLockAction<E> action) throws E {
		whileHeldElsewhere(this.locks.get(path), action);
	}

	/**
	 * Do something while somebody else has a lock.
	 * @param <E> the type of exception that the action throws
	 * @param lock the lock, for example one with a strategy of its own
	 * @param action what to do
	 * @throws E if the action throws it
	 * @throws IllegalStateException if the lock was not obtained within 30 seconds, and
	 * the action not run
	 */
	public <E extends Throwable> void whileHeldElsewhere(LockFile lock, FileLockAction<E> action) throws E {
		FileLockCallback<Boolean, E> body = () -> {
			action.run();
			return true;
		};
		callWhileHeldElsewhere(lock, body);
	}

	/**
	 * Compute something while somebody else has a lock.
	 * @param <T> the type of the result
	 * @param <E> the type of exception that the body throws
	 * @param path the path, as the tested code locks it, in {@link LockMode#EXCLUSIVE}
	 * and with the engine's strategy
	 * @param body what to do
	 * @return its result
	 * @throws E if the body throws it
	 * @throws IllegalStateException if the lock was not obtained within 30 seconds, and
	 * the body not run
	 */
	public <T extends @Nullable Object, E extends Throwable> T callWhileHeldElsewhere(String path,
			FileLockCallback<T, E> body) throws E {
		return callWhileHeldElsewhere(this.locks.get(path), body);
	}

	/**
	 * Compute something while somebody else has a lock.
	 * @param <T> the type of the result
	 * @param <E> the type of exception that the body throws
	 * @param lock the lock, for example one with a strategy of its own
	 * @param body what to do
	 * @return its result
	 * @throws E if the body throws it
	 * @throws IllegalStateException if the lock was not obtained within 30 seconds, and
	 * the body not run
	 */
	@SuppressWarnings("try")
	public <T extends @Nullable Object, E extends Throwable> T callWhileHeldElsewhere(LockFile lock,
			FileLockCallback<T, E> body) throws E {
		try (LockHandle held = hold(lock)) {
			return body.call();
		}
	}

	private LockHandle hold(LockFile lock) {
		try {
			// Asked for without a thread, so that no thread may enter it again
			return lock.acquireAsync(LockMode.EXCLUSIVE, this.limit).toCompletableFuture().join();
		}
		catch (CompletionException ex) {
			if (ex.getCause() instanceof LockUnavailableException) {
				throw new IllegalStateException(
						("Lock %s could not be held for the test, because somebody has it for longer than %s. If it is "
								+ "the test itself, call this before it locks")
							.formatted(lock.path(), this.limit),
						ex.getCause());
			}
			throw new IllegalStateException("Lock %s could not be held for the test".formatted(lock.path()),
					ex.getCause());
		}
	}

	/**
	 * Let {@link FileLockContext#assertHeld()}, with or without a name, pass on the
	 * current thread, for tests that call a body on an object of their own, without proxy
	 * and lock.
	 *
	 * <pre class="code">
	 * try (var held = FileLockTester.assumeHeld()) {
	 *     new Reports(orders).create();
	 * }
	 * </pre>
	 * @return what ends it, to be closed on the same thread
	 */
	public static FileLockContext.Assumption assumeHeld() {
		return FileLockContext.assumeHeld();
	}

}
