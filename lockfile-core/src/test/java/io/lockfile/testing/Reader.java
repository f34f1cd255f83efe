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

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

import io.lockfile.LockFiles;
import io.lockfile.LockHandle;
import io.lockfile.LockMode;

/**
 * A program whose threads hold a lock shared or exclusively again and again, and that
 * prints mode and intervals.
 */
public final class Reader {

	private Reader() {
	}

	public static void main(String[] args) throws Exception {
		int holds = Integer.parseInt(args[3]);
		List<String> intervals = new ArrayList<>();
		try (LockFiles locks = LockFiles.builder()
			.directory(Path.of(args[0]))
			.strategy(args[1])
			.deleteOnRelease(args.length > 4 && Boolean.parseBoolean(args[4]))
			.build()) {
			System.out.println("ready");
			System.in.read();
			List<Thread> threads = new ArrayList<>();
			for (int i = 0; i < 3; i++) {
				LockMode mode = (i == 0) ? LockMode.EXCLUSIVE : LockMode.SHARED;
				Thread thread = new Thread(() -> {
					for (int j = 0; j < holds; j++) {
						try (LockHandle held = locks.get(args[2]).acquire(mode, LockFiles.FOREVER)) {
							long entered = System.nanoTime();
							LockSupport.parkNanos(ThreadLocalRandom.current().nextInt(300_000));
							held.ensureValid();
							synchronized (intervals) {
								intervals.add(mode + " " + entered + " " + System.nanoTime());
							}
						}
					}
				});
				thread.start();
				threads.add(thread);
			}
			for (Thread thread : threads) {
				thread.join();
			}
		}
		intervals.forEach(System.out::println);
	}

}
