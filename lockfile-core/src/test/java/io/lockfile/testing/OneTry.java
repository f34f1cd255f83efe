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

import io.lockfile.LockFileException;
import io.lockfile.LockFiles;

/**
 * A program that tries each of some locks once, and prints what comes of it.
 */
public final class OneTry {

	private OneTry() {
	}

	public static void main(String[] args) {
		try (LockFiles locks = LockFiles.builder().directory(Path.of(args[0])).strategy(args[1]).build()) {
			for (int i = 2; i < args.length; i++) {
				System.out.println(tryOnce(locks, args[i]));
			}
		}
	}

	private static String tryOnce(LockFiles locks, String name) {
		try {
			return locks.get(name).tryAcquire().isPresent() ? "held" : "locked";
		}
		catch (LockFileException ex) {
			return ex.getClass().getSimpleName() + ": " + ex.getMessage();
		}
	}

}
