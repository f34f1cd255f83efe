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
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.lockfile.LockFailedException;

/**
 * The bodies that run under locks: how many there are, for a shutdown that lets them end,
 * and which of them fail.
 *
 * @since 0.1.0
 */
public final class RunningBodies implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(RunningBodies.class);

	private final Set<HeldLocks> running = ConcurrentHashMap.newKeySet();

	private final List<Awaiting> awaiting = new CopyOnWriteArrayList<>();

	private final Supplier<FileLockFailureListener> failureListener;

	private volatile boolean closed;

	/**
	 * Create an instance that knows of no bodies, and tells nobody of their failures.
	 */
	public RunningBodies() {
		this(() -> (handle, failure) -> {
		});
	}

	/**
	 * Create an instance that knows of no bodies.
	 * @param failureListener who is told of failures, asked for with every body
	 */
	public RunningBodies(Supplier<FileLockFailureListener> failureListener) {
		this.failureListener = failureListener;
	}

	/**
	 * Take note that a body begins.
	 * @param held its locks
	 * @throws LockFailedException if it must not, because this was closed. Its locks are
	 * given back then
	 */
	void began(HeldLocks held) {
		if (this.closed) {
			LockFailedException failure = held.refused("its application context was closed meanwhile");
			held.abandon(failure);
			throw failure;
		}
		this.running.add(held);
		// While there is somebody to ask
		tell((listener) -> {
		});
	}

	/**
	 * Take note that a body has failed, before its locks are released.
	 * @param held its locks
	 * @param failure why
	 */
	void failed(HeldLocks held, Throwable failure) {
		Throwable reason = (failure instanceof CompletionException && failure.getCause() != null) ? failure.getCause()
				: failure;
		tell((listener) -> held.handles().forEach((handle) -> listener.failed(handle, reason)));
	}

	private void tell(Consumer<FileLockFailureListener> message) {
		try {
			message.accept(this.failureListener.get());
		}
		catch (Throwable ex) {
			// Whatever it is, the locks are to be released, and the body's failure goes
			// to
			// the caller
			logger.warn("Nobody could be told of a body's failure; its locks are not affected", ex);
		}
	}

	/**
	 * Take note that a body has ended.
	 * @param held its locks
	 */
	void ended(HeldLocks held) {
		this.running.remove(held);
		runAwaiting();
	}

	/**
	 * Return how many bodies run.
	 * @return the number, at this moment
	 */
	public int count() {
		return this.running.size();
	}

	/**
	 * Return how many bodies run, beside those that the current thread is in.
	 * @return the number, at this moment
	 */
	int countOfOthers() {
		return (int) others(FileLockContext.entered()).count();
	}

	private Stream<HeldLocks> others(Set<HeldLocks> own) {
		return this.running.stream().filter((held) -> !own.contains(held));
	}

	/**
	 * Run something as soon as no body runs: now, or on the thread that ends the last
	 * one. Bodies that the current thread is in are left out: if it waits, they would
	 * wait for themselves.
	 * @param action what to run, once
	 */
	public void whenIdle(Runnable action) {
		this.awaiting.add(new Awaiting(action, FileLockContext.entered()));
		runAwaiting();
	}

	/**
	 * Let no body begin any more: what they use is gone. Of a context that shares its
	 * parent's locks, some may still wait, since its end doesn't end their waiting.
	 */
	@Override
	public void close() {
		this.closed = true;
	}

	private void runAwaiting() {
		for (Awaiting one : this.awaiting) {
			if (others(one.own()).findAny().isEmpty() && this.awaiting.remove(one)) {
				one.action().run();
			}
		}
	}

	/**
	 * What is to run.
	 *
	 * @param action what to run
	 * @param own the locks of bodies that it doesn't wait for
	 */
	private record Awaiting(Runnable action, Set<HeldLocks> own) {
	}

}
