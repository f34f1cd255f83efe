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
import java.util.Optional;

import io.lockfile.LockFiles;
import io.lockfile.LockHandle;
import io.lockfile.LockPermissions;

/**
 * A program that takes a lock again and again without ever waiting for it, deletes the
 * file with every release, and prints the intervals in which it held it. Permissions may
 * be given.
 */
public final class Taker {

	private Taker() {
	}

	public static void main(String[] args) throws IOException {
		int holds = Integer.parseInt(args[3]);
		List<String> intervals = new ArrayList<>(holds);
		try (LockFiles locks = LockFiles.builder()
			.directory(Path.of(args[0]))
			.strategy(args[1])
			.permissions((args.length > 4) ? LockPermissions.valueOf(args[4]) : LockPermissions.OWNER)
			.deleteOnRelease(true)
			.build()) {
			System.out.println("ready");
			System.in.read();
			while (intervals.size() < holds) {
				Optional<LockHandle> taken = locks.get(args[2]).tryAcquire();
				if (taken.isPresent()) {
					try (LockHandle held = taken.get()) {
						long entered = System.nanoTime();
						held.ensureValid();
						intervals.add(entered + " " + System.nanoTime());
					}
				}
			}
		}
		intervals.forEach(System.out::println);
	}

}
