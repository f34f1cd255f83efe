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

import io.lockfile.LockFiles;
import io.lockfile.LockHandle;

/**
 * A program that tries once for each odd line of its standard input, says whether it got
 * the lock, and releases it at each even line.
 */
public final class Rival {

	private Rival() {
	}

	public static void main(String[] args) throws IOException {
		try (LockFiles locks = LockFiles.builder().directory(Path.of(args[0])).strategy(args[1]).build()) {
			System.out.println("ready");
			BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
			while (lines.readLine() != null) {
				LockHandle held = locks.get(args[2]).tryAcquire().orElse(null);
				System.out.println((held != null) ? "held" : "refused");
				lines.readLine();
				if (held != null) {
					held.close();
				}
				System.out.println("released");
			}
		}
	}

}
