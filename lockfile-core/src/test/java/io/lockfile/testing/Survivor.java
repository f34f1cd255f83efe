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
import java.util.concurrent.atomic.AtomicInteger;

import io.lockfile.LockAttempt;
import io.lockfile.LockFiles;
import io.lockfile.LockHandle;
import io.lockfile.LockListener;

/**
 * A program that holds a lock whose file is deleted now and then, and prints for each
 * hold its interval and whether it was told that it had lost it.
 */
public final class Survivor {

	private Survivor() {
	}

	public static void main(String[] args) throws Exception {
		int holds = Integer.parseInt(args[3]);
		AtomicInteger lost = new AtomicInteger();
		LockListener listener = new LockListener() {

			@Override
			public void lost(LockAttempt attempt, LockHandle handle) {
				lost.incrementAndGet();
			}

		};
		List<String> intervals = new ArrayList<>(holds);
		try (LockFiles locks = LockFiles.builder()
			.directory(Path.of(args[0]))
			.strategy(args[1])
			.listener(listener)
			.build()) {
			System.out.println("ready");
			System.in.read();
			for (int i = 0; i < holds; i++) {
				lost.set(0);
				LockHandle held = locks.get(args[2]).acquire(LockFiles.FOREVER);
				long entered = System.nanoTime();
				Thread.sleep(12);
				long left = System.nanoTime();
				held.close();
				intervals.add(entered + " " + left + " " + (lost.get() == 1));
			}
		}
		intervals.forEach(System.out::println);
	}

}
