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

package io.lockfile.testing;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import io.lockfile.LockFiles;
import io.lockfile.LockHandle;
import io.lockfile.LockMode;

/**
 * A program that holds a lock again and again, and prints the intervals in which it did,
 * by the clock that all processes of the machine share. A mode may be given, for how many
 * microseconds to pause at most after a hold, and whether to delete the file on release.
 */
public final class Contender {

	private static final long BODY_NANOS = 100_000;

	private Contender() {
	}

	public static void main(String[] args) throws IOException {
		int holds = Integer.parseInt(args[3]);
		LockMode mode = (args.length > 4) ? LockMode.valueOf(args[4]) : LockMode.EXCLUSIVE;
		long pauseNanos = (args.length > 5) ? TimeUnit.MICROSECONDS.toNanos(Long.parseLong(args[5])) : 0;
		List<String> intervals = new ArrayList<>(holds);
		try (LockFiles locks = LockFiles.builder()
			.directory(Path.of(args[0]))
			.strategy(args[1])
			.deleteOnRelease(args.length > 6 && Boolean.parseBoolean(args[6]))
			.build()) {
			// Whoever has not loaded its classes yet comes late
			locks.get(args[2]).acquire(mode, LockFiles.FOREVER).close();
			System.out.println("ready");
			System.in.read();
			for (int i = 0; i < holds; i++) {
				try (LockHandle held = locks.get(args[2]).acquire(mode, LockFiles.FOREVER)) {
					long entered = System.nanoTime();
					LockSupport.parkNanos(BODY_NANOS);
					held.ensureValid();
					intervals.add(entered + " " + System.nanoTime());
				}
				if (pauseNanos > 0) {
					LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(pauseNanos));
				}
			}
		}
		intervals.forEach(System.out::println);
	}

}
