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

package io.lockfile.strategy;

import java.io.IOException;
import java.util.Locale;
import java.util.Set;

/**
 * The numbers that system calls take. They differ between systems, and on Linux between
 * processors too.
 */
enum UnixPlatform {

	/**
	 * Linux on most processors.
	 */
	LINUX(04000 | 0400000 | 02000000, 11),

	/**
	 * Linux on ARM and POWER, where {@code O_NOFOLLOW} is another one.
	 */
	LINUX_ARM_OR_POWER(04000 | 0100000 | 02000000, 11),

	/**
	 * macOS.
	 */
	MACOS(0x4 | 0x100 | 0x1000000, 35);

	static final int READING = 0;

	static final int READING_AND_WRITING = 2;

	static final int LOCK_SHARED = 1;

	static final int LOCK_EXCLUSIVE = 2;

	static final int LOCK_NONBLOCKING = 4;

	static final int UNLOCK = 8;

	static final int NO_SUCH_FILE = 2;

	static final int INTERRUPTED = 4;

	static final int INPUT_OUTPUT = 5;

	static final int BAD_DESCRIPTOR = 9;

	static final int ACCESS_DENIED = 13;

	private static final Set<String> MOST_PROCESSORS = Set.of("amd64", "x86_64", "x86", "i386", "i686", "riscv64",
			"s390x", "loongarch64");

	private static final Set<String> ARM_OR_POWER = Set.of("aarch64", "arm", "ppc", "ppc64", "ppc64le");

	private final int openFlags;

	private final int wouldBlock;

	/**
	 * Create a platform.
	 * @param openFlags {@code O_NONBLOCK}, so that a FIFO doesn't block,
	 * {@code O_NOFOLLOW}, and {@code O_CLOEXEC}
	 * @param wouldBlock the error {@code EWOULDBLOCK}
	 */
	UnixPlatform(int openFlags, int wouldBlock) {
		this.openFlags = openFlags;
		this.wouldBlock = wouldBlock;
	}

	/**
	 * Return the platform that this JVM runs on.
	 * @return the platform
	 * @throws IOException if its numbers aren't known
	 */
	static UnixPlatform current() throws IOException {
		return of(System.getProperty("os.name", ""), System.getProperty("os.arch", ""));
	}

	static UnixPlatform of(String system, String processor) throws IOException {
		String name = system.toLowerCase(Locale.ROOT);
		if (name.startsWith("mac")) {
			return MACOS;
		}
		if (name.startsWith("linux") && MOST_PROCESSORS.contains(processor)) {
			return LINUX;
		}
		if (name.startsWith("linux") && ARM_OR_POWER.contains(processor)) {
			return LINUX_ARM_OR_POWER;
		}
		throw new IOException(
				"it works on Linux and macOS, and not on %s (%s). Use strategy os".formatted(system, processor));
	}

	int openFlags() {
		return this.openFlags;
	}

	int wouldBlock() {
		return this.wouldBlock;
	}

}
