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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

/**
 * Calls that may hang, like those that a network file system has to answer, on threads of
 * the library. Whoever asks for something that is just being asked for gets the same
 * answer: so however often that is, one thread hangs.
 */
final class BoundedCalls {

	private static final ConcurrentMap<Object, CompletableFuture<?>> RUNNING = new ConcurrentHashMap<>();

	private BoundedCalls() {
	}

	/**
	 * Wait for an answer, but not for ever. An interrupt doesn't end the wait, which is
	 * short in any case, and is kept for later.
	 * @param <T> the type of the answer
	 * @param key stands for the question, and for the type of the answer
	 * @param limit how long to wait
	 * @param call finds the answer; it has the context class loader of the caller
	 * @return the answer, or {@code null} if there was none in that time
	 */
	static <T> @Nullable T call(Object key, Duration limit, Supplier<T> call) {
		Deadline deadline = Deadline.after(limit);
		CompletableFuture<T> answer = start(key, call);
		boolean interrupted = false;
		try {
			while (true) {
				try {
					return answer.get(deadline.remaining(), TimeUnit.NANOSECONDS);
				}
				catch (InterruptedException ex) {
					interrupted = true;
				}
				catch (TimeoutException ex) {
					return null;
				}
				catch (ExecutionException ex) {
					if (ex.getCause() instanceof Error error) {
						throw error;
					}
					throw (RuntimeException) ex.getCause();
				}
			}
		}
		finally {
			if (interrupted) {
				Thread.currentThread().interrupt();
			}
		}
	}

	@SuppressWarnings("unchecked")
	private static <T> CompletableFuture<T> start(Object key, Supplier<T> call) {
		CompletableFuture<T> answer = new CompletableFuture<>();
		CompletableFuture<?> running = RUNNING.putIfAbsent(key, answer);
		if (running != null) {
			return (CompletableFuture<T>) running;
		}
		ClassLoader classLoader = Thread.currentThread().getContextClassLoader();
		boolean started = false;
		try {
			Helpers.execute(() -> run(key, call, classLoader, answer));
			started = true;
		}
		finally {
			if (!started) {
				RUNNING.remove(key, answer);
			}
		}
		return answer;
	}

	private static <T> void run(Object key, Supplier<T> call, @Nullable ClassLoader classLoader,
			CompletableFuture<T> answer) {
		Thread thread = Thread.currentThread();
		thread.setContextClassLoader(classLoader);
		try {
			T found = call.get();
			RUNNING.remove(key, answer);
			answer.complete(found);
		}
		catch (RuntimeException | Error ex) {
			RUNNING.remove(key, answer);
			answer.completeExceptionally(ex);
		}
		finally {
			thread.setContextClassLoader(null);
		}
	}

}
