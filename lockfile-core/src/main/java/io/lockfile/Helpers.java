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

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads of the library: for waiting in the system in place of the callers, and for
 * what happens while no caller's thread waits. They are daemons, and end soon after there
 * is nothing left to do.
 */
final class Helpers {

	private static final AtomicLong COUNT = new AtomicLong();

	private static final ThreadPoolExecutor EXECUTOR = new ThreadPoolExecutor(0, Integer.MAX_VALUE, 1, TimeUnit.SECONDS,
			new SynchronousQueue<>(), Helpers::thread);

	private static final Logger logger = LoggerFactory.getLogger(Helpers.class);

	/**
	 * On the thread of the JDK's timers, which is started when the first timeout is set.
	 */
	private static final Executor LATER = CompletableFuture.delayedExecutor(100, TimeUnit.MILLISECONDS, Runnable::run);

	private Helpers() {
	}

	static void execute(Runnable task) {
		EXECUTOR.execute(task);
	}

	/**
	 * Execute a task, if need be when there are threads again. This doesn't throw, so
	 * that whoever has to wake others goes on.
	 * @param task the task
	 */
	static void executeSurely(Runnable task) {
		try {
			EXECUTOR.execute(task);
		}
		catch (RuntimeException | OutOfMemoryError ex) {
			LATER.execute(() -> executeSurely(task));
			SafeLog.warn(logger, "There is no thread for a task of a lock, so it is postponed", ex);
		}
	}

	/**
	 * Execute a task when some time is over, by the monotonic clock.
	 * @param task the task
	 * @param nanos the time in nanoseconds
	 */
	static void executeLater(Runnable task, long nanos) {
		CompletableFuture.delayedExecutor(nanos, TimeUnit.NANOSECONDS, Helpers::executeSurely).execute(task);
	}

	private static Thread thread(Runnable task) {
		Thread thread = new Thread(null, task, "lockfile-" + COUNT.incrementAndGet(), 0, false);
		thread.setDaemon(true);
		thread.setContextClassLoader(null);
		return thread;
	}

}
