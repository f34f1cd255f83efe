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
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;

import io.lockfile.LockAttempt;
import io.lockfile.LockFiles;
import io.lockfile.LockHandle;
import io.lockfile.LockListener;
import io.lockfile.LockOwner;

/**
 * A program that tries once for each odd line of its standard input, says whether it got
 * the lock and how many it has broken, and releases the lock at each even line.
 */
public final class Rival {

	private Rival() {
	}

	public static void main(String[] args) throws IOException {
		AtomicInteger broken = new AtomicInteger();
		LockListener listener = new LockListener() {

			@Override
			public void broken(LockAttempt attempt, @Nullable LockOwner owner) {
				broken.incrementAndGet();
			}

		};
		try (LockFiles locks = LockFiles.builder()
			.directory(Path.of(args[0]))
			.strategy(args[1])
			.listener(listener)
			.build()) {
			System.out.println("ready");
			BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
			while (lines.readLine() != null) {
				LockHandle held = locks.get(args[2]).tryAcquire().orElse(null);
				System.out.println(((held != null) ? "held " : "refused ") + broken.getAndSet(0));
				lines.readLine();
				if (held != null) {
					held.close();
				}
				System.out.println("released");
			}
		}
	}

}
