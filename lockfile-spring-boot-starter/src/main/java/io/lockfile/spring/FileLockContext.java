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

import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.ProxyMethodInvocation;

import io.lockfile.LockFailedException;
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
	 * Make sure that the current thread runs a body under a lock, whichever that is. This
	 * finds out a method that was called around the proxy, by another one of its own
	 * object or on an object that is not a bean, where nothing else is locked: within the
	 * body of another lock it passes, and {@link #assertHeld(String)} tells them apart.
	 * It doesn't look at the file system, {@link LockHandle#ensureValid()} does. While
	 * locks are disabled, bodies that would be locked pass.
	 * @throws IllegalStateException if there is no lock
	 */
	public static void assertHeld() {
		if (CURRENT.get() == null) {
			throw notHeld("No @FileLocked method or FileLockOperations has locked anything");
		}
	}

	/**
	 * Make sure that the current thread runs a body under a certain lock, its innermost
	 * one or one around that. It finds out a locked method that another locked method of
	 * its own object has called, if both have locks of different names. It tells names
	 * apart and not paths: of a lock for each order, any order's passes. It doesn't look
	 * at the file system either, and passes in bodies while locks are disabled.
	 * @param name the declared name of the lock, as for {@link #current(String)}
	 * @throws IllegalStateException if there is no such lock
	 */
	public static void assertHeld(String name) {
		Set<String> held = new LinkedHashSet<>();
		for (Frame frame = CURRENT.get(); frame != null; frame = frame.outer()) {
			if (frame.isAssumed()) {
				return;
			}
			if (frame.locks() != null) {
				frame.locks().names().filter((each) -> !each.isEmpty()).forEach(held::add);
			}
		}
		if (!held.contains(name)) {
			throw notHeld("No @FileLocked method or FileLockOperations has locked '%s'%s".formatted(name,
					held.isEmpty() ? "" : ", only '%s',".formatted(String.join("', '", held))));
		}
	}

	private static IllegalStateException notHeld(String what) {
		return new IllegalStateException(what + " on thread '" + Thread.currentThread().getName()
				+ "'. Most often a method was called by another one of its own "
				+ "object, which no proxy sees: move it to another bean, inject the bean into itself and call it "
				+ "there, or use FileLockOperations. A test that calls the method on an object of its own may use "
				+ "FileLockTester.assumeHeld()");
	}

	/**
	 * Let {@link #assertHeld()} and {@link #assertHeld(String)} pass on the current
	 * thread, although nothing is locked. This is what
	 * {@code FileLockTester.assumeHeld()} calls, and of no use but in tests.
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
		return enter(locks, null);
	}

	/**
	 * Enter the body of an annotated method.
	 * @param locks its locks
	 * @param call the call, or {@code null} if it is none of a proxy
	 * @return what leaves it again, on the same thread
	 */
	static Frame enter(@Nullable HeldLocks locks, @Nullable MethodInvocation call) {
		Frame frame = new Frame(locks, CURRENT.get(), call);
		CURRENT.set(frame);
		return frame;
	}

	/**
	 * Return what the bodies are locked by that the current thread is in.
	 * @return the locks
	 */
	static Set<HeldLocks> entered() {
		Set<HeldLocks> entered = new HashSet<>();
		for (Frame frame = CURRENT.get(); frame != null; frame = frame.outer()) {
			if (frame.locks() != null) {
				entered.add(frame.locks());
			}
		}
		return entered;
	}

	/**
	 * Tell whether a call is locked already, because the proxy that got it is the target
	 * of another one.
	 * @param call a call
	 * @return {@code true} if the current body is this call's
	 */
	static boolean isWithin(MethodInvocation call) {
		Frame frame = CURRENT.get();
		return frame != null && frame.call() != null && call instanceof ProxyMethodInvocation inner
				&& frame.call().getThis() == inner.getProxy() && isSame(frame.call().getMethod(), call.getMethod());
	}

	/**
	 * Refuse to wait for what only ends when the current thread goes on: a lock of a body
	 * that this thread runs, where one of both belongs to no thread.
	 * @param request what the thread is about to wait for
	 * @param own whether the hold would be the thread's own, which can enter it again
	 * @throws LockFailedException if the thread would wait for itself
	 */
	static void requireNoWaitForItself(LockRequest request, boolean own) {
		for (Frame frame = CURRENT.get(); frame != null; frame = frame.outer()) {
			if (frame.locks() != null && frame.locks().excludes(request)
					&& !(own && request.lock().isHeldByCurrentThread()) && !isOneTry(request.timeout())) {
				String path = request.lock().path().toString();
				throw new LockFailedException(
						("Lock '%s' (%s, strategy %s) is held by a body that this thread runs, and can't be waited for "
								+ "here: %s, so the thread would wait for itself. Lock another path, or only one of both")
							.formatted(request.name(), path, request.lock().strategy(),
									own ? "that hold lasts until its result is there and belongs to no thread"
											: "the hold of a method that returns a stage belongs to no thread"),
						path, request.lock().strategy(), Duration.ZERO, null);
			}
		}
	}

	private static boolean isOneTry(Duration timeout) {
		return timeout.isZero() || timeout.isNegative();
	}

	private static boolean isSame(Method method, Method other) {
		return method.equals(other) || (method.getName().equals(other.getName())
				&& Arrays.equals(method.getParameterTypes(), other.getParameterTypes()));
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
	 * @param call the call of an annotated method, or {@code null}
	 */
	record Frame(@Nullable HeldLocks locks, @Nullable Frame outer,
			@Nullable MethodInvocation call) implements Assumption {

		/**
		 * Tell whether the body is taken to be locked, by whatever it asks for. One that
		 * the proxy around its own has locked is not.
		 * @return {@code true} if so
		 */
		boolean isAssumed() {
			return this.locks == null && this.call == null;
		}

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
