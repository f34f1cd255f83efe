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

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/**
 * Something that is warned about if it takes too long.
 */
final class DelayedWarning implements AutoCloseable {

	private final CompletableFuture<Void> ended = new CompletableFuture<>();

	/**
	 * Begin.
	 * @param bound how long it may take
	 * @param due decides, without taking long, whether there is a warning if it has taken
	 * that long
	 * @param warning the warning, which may take its time
	 */
	DelayedWarning(Duration bound, BooleanSupplier due, Runnable warning) {
		this.ended.orTimeout(bound.toMillis(), TimeUnit.MILLISECONDS).whenComplete((value, ex) -> {
			if (ex instanceof TimeoutException && due.getAsBoolean()) {
				// To find out who has the lock may take time, which that thread has not,
				// and the threads of the common pool may be those that wait
				Thread thread = new Thread(warning, "lockfile-warning");
				thread.setDaemon(true);
				thread.start();
			}
		});
	}

	@Override
	public void close() {
		this.ended.complete(null);
	}

}
