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

package io.lockfile;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * The fencing tokens of a path: {@code .<name>.fence} beside it, which is never deleted.
 *
 * <pre>
 * lockfile-fence 1
 * token 0000000000000000017
 * limit 0000000000000001000
 * boot  b5f0c1de-6a0b-4c7e-9a53-0f6a2d1c8e77
 * </pre>
 *
 * A token is one more than the one before, fixed under a kernel lock on this file, since
 * the lock on the path may have been lost meanwhile. All tokens are at most the
 * {@code limit}, which is on the disk before any of them is given out; so a machine that
 * loses the latest token in a crash goes on after the limit, as a new {@code boot} tells.
 * Where boots can't be told apart, each token is forced to the disk.
 */
final class FenceFile {

	static final String SUFFIX = ".fence";

	/**
	 * No token.
	 */
	static final long NONE = -1;

	private static final long RESERVED = 1000;

	/**
	 * How long to wait for others that fix their tokens, in nanoseconds.
	 */
	private static final long LONGEST_WAIT = TimeUnit.SECONDS.toNanos(10);

	private static final int TOKEN = 17;

	private static final int LIMIT = TOKEN + 26;

	private static final int BOOT = LIMIT + 26;

	private static final int LENGTH = BOOT + 43;

	private static final String FORMAT = "lockfile-fence 1\ntoken \\d{19}\nlimit \\d{19}\nboot  .{36}\n";

	private static final byte[] TEMPLATE = template();

	private static final AtomicLong IN_MEMORY = new AtomicLong();

	private FenceFile() {
	}

	private static byte[] template() {
		String text = "lockfile-fence 1\ntoken %019d\nlimit %019d\nboot  %-36s\n".formatted(0, 0, "");
		byte[] template = text.getBytes(StandardCharsets.US_ASCII);
		if (template.length != LENGTH) {
			throw new IllegalStateException("The template has " + template.length + " bytes");
		}
		return template;
	}

	/**
	 * Fix the next token of a path. The caller sees to it that nobody else in this JVM
	 * does that at the same time.
	 * @param path the canonical path
	 * @param permissions who may use a file that is created
	 * @return the token
	 * @throws IOException if it can't be fixed
	 */
	static long next(Path path, LockPermissions permissions) throws IOException {
		Path file = Sidecar.beside(path, SUFFIX);
		return Sidecar.uninterrupted(() -> {
			try (FileChannel channel = Sidecar.open(file, TEMPLATE, permissions); FileLock lock = lock(channel)) {
				if (!lock.isValid() || Files.size(file) != LENGTH) {
					throw new IOException("Fencing tokens can't be fixed in " + file);
				}
				return next(channel);
			}
		});
	}

	/**
	 * Return the next token of paths that only this JVM knows.
	 * @return the token
	 */
	static long nextInMemory() {
		return IN_MEMORY.incrementAndGet();
	}

	private static long next(FileChannel channel) throws IOException {
		byte[] content = Sidecar.read(channel, LENGTH);
		if (!new String(content, StandardCharsets.ISO_8859_1).matches(FORMAT)) {
			throw new IOException("its fencing tokens are garbled. Write higher ones than any that were given out");
		}
		byte[] before = content.clone();
		long limit = Sidecar.getNumber(content, LIMIT + 6, 19);
		Sidecar.putText(LocalProcess.boot(), content, BOOT + 6, 36);
		boolean sameBoot = !LocalProcess.boot().isEmpty() && Arrays.equals(before, BOOT, LENGTH, content, BOOT, LENGTH);
		long token = (sameBoot ? Sidecar.getNumber(content, TOKEN + 6, 19) : limit) + 1;
		Sidecar.putNumber(token, content, TOKEN + 6, 19);
		boolean beyond = token > limit || !sameBoot;
		if (beyond) {
			Sidecar.putNumber(LocalProcess.boot().isEmpty() ? token : token + RESERVED, content, LIMIT + 6, 19);
		}
		Sidecar.write(channel, content, 0, LENGTH);
		if (beyond) {
			channel.force(true);
		}
		return token;
	}

	private static FileLock lock(FileChannel channel) throws IOException {
		// Not blocking: while it waits for the path's lock elsewhere, a process may take
		// this for a deadlock; and nobody holds this lock for longer than some writes
		Backoff backoff = new Backoff();
		long start = System.nanoTime();
		FileLock lock = channel.tryLock();
		while (lock == null) {
			if (System.nanoTime() - start > LONGEST_WAIT) {
				throw new IOException(
						"somebody keeps its fencing tokens locked. Find out who has the .fence file open");
			}
			LockSupport.parkNanos(backoff.nextNanos());
			lock = channel.tryLock();
		}
		return lock;
	}

}
