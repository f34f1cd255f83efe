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
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many bodies run under locks, for a shutdown that lets them end.
 *
 * @since 0.1.0
 */
public final class RunningBodies {

	private final AtomicInteger count = new AtomicInteger();

	private final List<Runnable> awaiting = new ArrayList<>();

	/**
	 * Create an instance that knows of no bodies.
	 */
	public RunningBodies() {
	}

	void began() {
		this.count.incrementAndGet();
	}

	void ended() {
		if (this.count.decrementAndGet() == 0) {
			runAwaiting();
		}
	}

	/**
	 * Return how many bodies run.
	 * @return the number, at this moment
	 */
	public int count() {
		return this.count.get();
	}

	/**
	 * Run something as soon as no body runs: now, or on the thread that ends the last
	 * one.
	 * @param action what to run, once
	 */
	public void whenIdle(Runnable action) {
		synchronized (this.awaiting) {
			this.awaiting.add(action);
		}
		if (this.count.get() == 0) {
			runAwaiting();
		}
	}

	private void runAwaiting() {
		List<Runnable> actions;
		synchronized (this.awaiting) {
			actions = List.copyOf(this.awaiting);
			this.awaiting.clear();
		}
		actions.forEach(Runnable::run);
	}

}
