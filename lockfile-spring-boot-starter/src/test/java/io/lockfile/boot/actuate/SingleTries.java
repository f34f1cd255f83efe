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

package io.lockfile.boot.actuate;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;

import io.lockfile.LockFiles;
import io.lockfile.LockHandle;

/**
 * A JVM that tries once and again to get locks which nobody else wants, one for each of
 * some strategies, and prints how often it got none.
 */
public final class SingleTries {

	private static final int ROUNDS = 2000;

	private static final long SEEN_NANOS = 2_000_000;

	private SingleTries() {
	}

	public static void main(String[] args) {
		int refused = 0;
		try (LockFiles locks = LockFiles.builder().directory(Path.of(args[0])).build()) {
			for (int i = 0; i < ROUNDS; i++) {
				// Most holds are too short to be seen
				long nanos = (i % 20 == 0) ? SEEN_NANOS : 0;
				for (String strategy : Arrays.asList(args).subList(1, args.length)) {
					LockHandle held = locks.get("job-" + strategy, strategy).tryAcquire().orElse(null);
					if (held == null) {
						refused++;
						continue;
					}
					LockSupport.parkNanos(nanos);
					held.close();
				}
			}
		}
		System.out.println(refused);
	}

}
