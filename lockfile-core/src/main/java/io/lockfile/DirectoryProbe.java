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
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.lockfile.LockDirectoryReport.Problem;
import io.lockfile.LockDirectoryReport.Severity;

/**
 * Creates and deletes a file in the lock directory, to see whether that can be done: of
 * inodes and quotas that are used up, a look tells nothing. The file has a name of its
 * own, so nobody is in the way and nobody is disturbed. However often somebody asks, it
 * is tried once in some seconds.
 */
final class DirectoryProbe {

	private static final Logger logger = LoggerFactory.getLogger(DirectoryProbe.class);

	private static final String NAME = ".lockfile-probe-%d-%016x";

	private static final byte[] CONTENTS = "Created by a health check, which deletes it\n"
		.getBytes(StandardCharsets.US_ASCII);

	private static final long INTERVAL = TimeUnit.SECONDS.toNanos(10);

	private static final SecureRandom RANDOM = new SecureRandom();

	private final Path directory;

	private final LockPermissions permissions;

	private final String name = NAME.formatted(LocalProcess.pid(), RANDOM.nextLong());

	private volatile @Nullable Result last;

	DirectoryProbe(LockPaths paths) {
		this.directory = paths.directory();
		this.permissions = paths.permissions();
	}

	/**
	 * Try whether a file can be created, unless that was tried just now.
	 * @param limit how long that may take
	 * @return what is wrong
	 */
	List<Problem> problems(Duration limit) {
		Result last = this.last;
		if (last == null || last.isOld()) {
			last = BoundedCalls.call(this, limit, this::run);
		}
		return (last != null) ? last.problems()
				: List.of(DirectoryLook.problem(Severity.ERROR,
						"%s: no file could be created within %s. Look after its file system or server, or use another "
								+ "directory",
						DirectoryLook.subject(this.directory), LockMessages.text(limit)));
	}

	private Result run() {
		Result last = this.last;
		if (last == null || last.isOld()) {
			last = new Result(System.nanoTime(), create());
			this.last = last;
		}
		return last;
	}

	private List<Problem> create() {
		Path file = this.directory.resolve(this.name);
		try (FileChannel channel = this.permissions.createFile(file)) {
			channel.write(ByteBuffer.wrap(CONTENTS));
			return List.of();
		}
		catch (NoSuchFileException | FileAlreadyExistsException ex) {
			// The directory is gone, which the next look tells; or this is left over from
			// the last time
			return List.of();
		}
		catch (IOException | RuntimeException ex) {
			return List.of(DirectoryLook.problem(Severity.ERROR, "%s can't be used: no file can be created there: %s",
					DirectoryLook.subject(this.directory), LockMessages.reason(ex)));
		}
		finally {
			delete(file);
		}
	}

	private static void delete(Path file) {
		try {
			Files.deleteIfExists(file);
		}
		catch (IOException | RuntimeException ex) {
			// One stays at most, as the next one has the same name
			logger.debug("{} can't be deleted", file, ex);
		}
	}

	/**
	 * What was found.
	 *
	 * @param time when
	 * @param problems what is wrong
	 */
	private record Result(long time, List<Problem> problems) {

		boolean isOld() {
			return System.nanoTime() - this.time >= INTERVAL;
		}

	}

}
