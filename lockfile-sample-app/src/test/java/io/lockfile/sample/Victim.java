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

package io.lockfile.sample;

import java.nio.file.Path;
import java.time.Duration;

import io.lockfile.LockFiles;
import io.lockfile.LockHandle;

/**
 * A process that takes a lock and keeps it until it is killed. An instance could be that,
 * but takes longer to start.
 */
public final class Victim {

	private Victim() {
	}

	public static void main(String[] args) throws InterruptedException {
		try (LockFiles locks = LockFiles.builder().directory(Path.of(args[0])).build();
				LockHandle held = locks.get(args[1], "link").acquire(Duration.ZERO)) {
			Thread.sleep(Duration.ofMinutes(10).toMillis());
			throw new IllegalStateException("Nobody has killed the holder of " + held);
		}
	}

}
