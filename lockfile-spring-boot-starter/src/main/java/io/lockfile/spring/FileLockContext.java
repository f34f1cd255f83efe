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

import java.util.Optional;

import org.jspecify.annotations.Nullable;

import io.lockfile.LockHandle;

/**
 * What the body that runs on the current thread is locked by: for code that needs a
 * fencing token, wants to know whether it still has its lock, or must not run without
 * one.
 * <p>
 * It knows the locks of {@link FileLocked} methods and of {@link FileLockOperations}, on
 * the thread on which the body was called. What a body goes on with on other threads, as
 * the operators of a {@code Mono} do, has to take the handle along. A suspending function
 * of Kotlin has them wherever it runs.
 *
 * @since 0.1.0
 */
public final class FileLockContext {

	private static final ThreadLocal<@Nullable Frame> CURRENT = new ThreadLocal<>();

	private FileLockContext() {
	}

	/**
	 * Return the innermost lock of the current body. It is released by whoever acquired
	 * it: its {@link LockHandle#close()} throws an {@link IllegalStateException}.
	 * @return the hold, or empty if there is none, which is also so while locks are
	 * disabled
	 */
	public static Optional<LockHandle> current() {
		for (Frame frame = CURRENT.get(); frame != null; frame = frame.outer()) {
			if (frame.locks() != null) {
				return Optional.of(new BorrowedHandle(frame.locks().innermost()));
			}
		}
		return Optional.empty();
	}

	/**
	 * Return the innermost lock with a declared name.
	 * @param name the name
	 * @return the hold, or empty if there is none
	 */
	public static Optional<LockHandle> current(String name) {
		for (Frame frame = CURRENT.get(); frame != null; frame = frame.outer()) {
			LockHandle handle = (frame.locks() != null) ? frame.locks().named(name) : null;
			if (handle != null) {
				return Optional.of(new BorrowedHandle(handle));
			}
		}
		return Optional.empty();
	}

	/**
	 * Make sure that the current thread runs a body under a lock, and was not called
	 * around the proxy: by the object itself, or on an object that is not a bean. This
	 * doesn't look at the file system, {@link LockHandle#ensureValid()} does. While locks
	 * are disabled, bodies that would be locked pass.
	 * @throws IllegalStateException if there is no lock
	 */
	public static void assertHeld() {
		if (CURRENT.get() == null) {
			throw new IllegalStateException(
					"No @FileLocked method or FileLockOperations has locked anything on thread '"
							+ Thread.currentThread().getName()
							+ "'. Most often a method was called by another one of its own "
							+ "object, which no proxy sees: move it to another bean, inject the bean into itself and call it "
							+ "there, or use FileLockOperations. A test that calls the method on an object of its own may use "
							+ "FileLockTester.assumeHeld()");
		}
	}

	/**
	 * Let {@link #assertHeld()} pass on the current thread, although nothing is locked.
	 * This is what {@code FileLockTester.assumeHeld()} calls, and of no use but in tests.
	 * @return what ends it, to be closed on the same thread
	 */
	public static Assumption assumeHeld() {
		return enter(null);
	}

	/**
	 * Return where bodies are entered.
	 * @return what the current thread runs
	 */
	static ThreadLocal<@Nullable Frame> threadLocal() {
		return CURRENT;
	}

	/**
	 * Enter a body.
	 * @param locks its locks, or {@code null} if it is taken to be locked
	 * @return what leaves it again, on the same thread
	 */
	static Frame enter(@Nullable HeldLocks locks) {
		Frame frame = new Frame(locks, CURRENT.get());
		CURRENT.set(frame);
		return frame;
	}

	/**
	 * That the current thread is taken to run a body under a lock, until this is closed.
	 *
	 * @since 0.1.0
	 */
	public interface Assumption extends AutoCloseable {

		@Override
		void close();

	}

	/**
	 * A body that runs.
	 *
	 * @param locks its locks, or {@code null} if it is taken to be locked
	 * @param outer the body that called it
	 */
	record Frame(@Nullable HeldLocks locks, @Nullable Frame outer) implements Assumption {

		@Override
		public void close() {
			if (this.outer != null) {
				CURRENT.set(this.outer);
			}
			else {
				CURRENT.remove();
			}
		}

	}

}
