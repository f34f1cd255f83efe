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

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.scheduling.concurrent.ExecutorConfigurationSupport;

import io.lockfile.LockFiles;

/**
 * Ends the use of locks in an application that stops, in two steps: at first nobody waits
 * for a lock any more, and those who do get an exception; later, after web servers have
 * stopped and together with schedulers and executors, running bodies have the time of
 * their phase to end. They keep their locks until then, and longer if need be. A body
 * that stops the application itself, on its own thread, is not waited for.
 * <p>
 * What bodies use is still there: connection factories and the like stop in phase 0, and
 * beans are destroyed after all phases.
 *
 * @since 0.1.0
 */
public final class FileLockLifecycle implements SmartLifecycle {

	/**
	 * The phase in which waiting ends: the first one of a shutdown, so that requests and
	 * tasks that only wait don't use up the time of web servers, schedulers and
	 * executors.
	 */
	public static final int WAITING_PHASE = SmartLifecycle.DEFAULT_PHASE;

	/**
	 * The phase in which running bodies are waited for: that of schedulers and executors,
	 * which comes after web servers. A body on one of their threads has the time of that
	 * phase once, and not that of two phases.
	 */
	public static final int BODIES_PHASE = ExecutorConfigurationSupport.DEFAULT_PHASE;

	private static final Logger logger = LoggerFactory.getLogger(FileLockLifecycle.class);

	private final int phase;

	private final Runnable onStart;

	private final Stopping onStop;

	private volatile boolean running;

	private FileLockLifecycle(int phase, Runnable onStart, Stopping onStop) {
		this.phase = phase;
		this.onStart = onStart;
		this.onStop = onStop;
	}

	/**
	 * Create what lets nobody wait while the application stops, or is stopped.
	 * @param locks the engine
	 * @return the lifecycle
	 */
	public static FileLockLifecycle waiting(LockFiles locks) {
		return new FileLockLifecycle(WAITING_PHASE, locks::resumeWaiting, (callback) -> {
			locks.stopWaiting();
			callback.run();
		});
	}

	/**
	 * Create what waits for running bodies.
	 * @param bodies the bodies
	 * @return the lifecycle
	 */
	public static FileLockLifecycle bodies(RunningBodies bodies) {
		return new FileLockLifecycle(BODIES_PHASE, () -> {
		}, (callback) -> {
			int count = bodies.countOfOthers();
			if (count > 0) {
				logger.info("Waiting for {} bodies that run under locks", count);
			}
			bodies.whenIdle(callback);
		});
	}

	@Override
	public void start() {
		this.onStart.run();
		this.running = true;
	}

	@Override
	public void stop() {
		stop(() -> {
		});
	}

	@Override
	public void stop(Runnable callback) {
		this.running = false;
		this.onStop.stop(callback);
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

	@Override
	public int getPhase() {
		return this.phase;
	}

	/**
	 * What happens when the application stops.
	 */
	@FunctionalInterface
	private interface Stopping {

		/**
		 * Begin to stop.
		 * @param callback what to run when that is done
		 */
		void stop(Runnable callback);

	}

}
