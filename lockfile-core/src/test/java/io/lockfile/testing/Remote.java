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

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;

import io.lockfile.LockAttempt;
import io.lockfile.LockFile;
import io.lockfile.LockFiles;
import io.lockfile.LockHandle;
import io.lockfile.LockListener;
import io.lockfile.LockMode;

/**
 * A program that does with one lock what it is told on its standard input, and answers
 * each line with one.
 */
public final class Remote {

	private final LockFile lock;

	private final LockFile other;

	private volatile @Nullable LockHandle handle;

	private Remote(LockFile lock, LockFile other) {
		this.lock = lock;
		this.other = other;
	}

	public static void main(String[] args) throws Exception {
		AtomicInteger lost = new AtomicInteger();
		LockListener listener = new LockListener() {

			@Override
			public void waiting(LockAttempt attempt) {
				System.out.println("waiting");
			}

			@Override
			public void lost(LockAttempt attempt, LockHandle handle) {
				lost.incrementAndGet();
			}

		};
		try (LockFiles locks = LockFiles.builder()
			.directory(Path.of(args[0]))
			.strategy(args[1])
			.fencing(Boolean.parseBoolean(args[3]))
			.leaseDuration(Duration.ofSeconds(3))
			.deleteOnRelease(args.length > 4 && Boolean.parseBoolean(args[4]))
			.listener(listener)
			.build()) {
			Remote remote = new Remote(locks.get(args[2]), locks.get("a"));
			BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
			for (String line = commands.readLine(); line != null; line = commands.readLine()) {
				remote.run(line, lost);
			}
		}
	}

	private void run(String command, AtomicInteger lost) throws IOException {
		LockHandle held = this.handle;
		switch (command) {
			case "acquire" -> acquired(this.lock.acquire(LockFiles.FOREVER));
			case "acquire shared" -> acquired(this.lock.acquire(LockMode.SHARED, LockFiles.FOREVER));
			case "try" -> System.out.println(tried(LockMode.EXCLUSIVE));
			case "try shared" -> System.out.println(tried(LockMode.SHARED));
			case "tries" -> System.out.println(tries());
			case "wait" -> new Thread(() -> acquired(this.lock.acquire(LockFiles.FOREVER)), "waiter").start();
			case "cross" -> new Thread(() -> {
				this.other.acquire(LockFiles.FOREVER).close();
				System.out.println("crossed");
			}).start();
			case "release" -> {
				if (held != null) {
					held.close();
				}
				System.out.println("released");
			}
			case "valid" -> System.out.println(held != null && held.isValid());
			case "lost" -> System.out.println(lost);
			case "token" -> System.out.println((held != null) ? held.fencingToken() : -1);
			case "refused" -> System.out.println(this.lock.tryAcquire().isEmpty());
			case "break" -> System.out.println(this.lock.breakLock());
			case "crashed" -> System.out.println(held != null && held.previousHolderCrashed());
			default -> throw new IllegalArgumentException(command);
		}
	}

	private void acquired(LockHandle held) {
		this.handle = held;
		System.out.println("held");
	}

	private String tried(LockMode mode) {
		LockHandle held = this.lock.acquire(mode, Duration.ZERO);
		this.handle = held;
		return "held";
	}

	private int tries() {
		int refused = 0;
		for (int i = 0; i < 2000; i++) {
			LockHandle held = this.lock.tryAcquire().orElse(null);
			if (held == null) {
				refused++;
			}
			else {
				held.close();
			}
		}
		return refused;
	}

}
