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

import io.lockfile.LockFailedException;
import io.lockfile.LockFiles;
import io.lockfile.LockHandle;

/**
 * A program that says how an acquisition fails, and whether one with strategy {@code os}
 * does.
 */
public final class Failure {

	private Failure() {
	}

	public static void main(String[] args) {
		try (LockFiles locks = LockFiles.builder().directory(Path.of(args[0])).strategy(args[1]).build()) {
			try (LockHandle held = locks.get("a").acquire()) {
				System.out.println(held.isValid());
			}
			catch (LockFailedException ex) {
				System.out.println(ex.getMessage());
			}
			System.out.println(locks.get("a").owner());
			try (LockHandle held = locks.get("a", "os").acquire()) {
				System.out.println(held.isValid());
			}
		}
	}

}
