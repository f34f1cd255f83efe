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
import java.time.Duration;

import io.lockfile.LockFiles;
import io.lockfile.LockHandle;
import io.lockfile.LockMode;

/**
 * A program that holds a lock until its standard input has something or ends. Its leases
 * are as short as they can be, so that waiting for their end is.
 */
public final class Holder {

	private Holder() {
	}

	public static void main(String[] args) throws IOException {
		LockMode mode = (args.length > 3) ? LockMode.valueOf(args[3]) : LockMode.EXCLUSIVE;
		try (LockFiles locks = LockFiles.builder()
			.directory(Path.of(args[0]))
			.strategy(args[1])
			.leaseDuration(Duration.ofSeconds(3))
			.build(); LockHandle held = locks.get(args[2]).acquire(mode, Duration.ofSeconds(30))) {
			System.out.println("held");
			System.in.read();
			held.ensureValid();
		}
		System.out.println("released");
	}

}
