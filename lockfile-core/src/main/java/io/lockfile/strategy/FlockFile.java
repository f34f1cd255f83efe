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

import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.lockfile.ClaimRequest;
import io.lockfile.LockMode;

/**
 * A file or directory that is open to be locked by {@code flock(2)}, and how it is
 * recognised. It is kept between claims.
 */
final class FlockFile implements Closeable {

	private static final Logger logger = LoggerFactory.getLogger(FlockFile.class);

	private static final int CLOSED = -1;

	/**
	 * Where Linux shows what a descriptor stands for, whatever its path is by now.
	 */
	private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

	private static final boolean SHOWS_DESCRIPTORS = Files.isDirectory(DESCRIPTORS);

	/**
	 * How the JDK spells paths for the system.
	 */
	private static final Charset SPELLING = Charset
		.forName(System.getProperty("sun.jnu.encoding", Charset.defaultCharset().name()));

	private final SystemCalls system;

	private final Path path;

	private final BasicFileAttributeView view;

	private final AtomicInteger descriptor = new AtomicInteger(CLOSED);

	private volatile @Nullable Object key;

	private FlockFile(SystemCalls system, Path path) {
		this.system = system;
		this.path = path;
		this.view = Files.getFileAttributeView(path, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
	}

	/**
	 * Return the open file for a claim.
	 * @param request what to claim
	 * @param system the system calls
	 * @return what was kept, or a file that is opened, and kept from now on; it is
	 * created if need be
	 * @throws IOException if it can't be opened
	 */
	static FlockFile of(ClaimRequest request, SystemCalls system) throws IOException {
		FlockFile kept = request.kept(FlockFile.class);
		if (kept != null && kept.descriptor.get() != CLOSED) {
			return kept;
		}
		for (int i = 0; i < OsLockStrategy.MOST_EXCHANGES; i++) {
			try {
				FlockFile file = new FlockFile(system, request.path());
				file.open(UnixPlatform.READING);
				request.keep(file);
				return file;
			}
			catch (NoSuchFileException ex) {
				// Not by open(2): the mode is a variable argument, which some processors
				// pass in another way
				LockChannel.create(request.path(), request.permissions());
			}
		}
		throw OsLockStrategy.exchanged(request.path());
	}

	private void open(int access) throws IOException {
		BasicFileAttributes before = lockable(this.view.readAttributes());
		byte[] spelled = this.path.toString().getBytes(SPELLING);
		int opened = this.system.open(Arrays.copyOf(spelled, spelled.length + 1),
				access | this.system.platform().openFlags());
		if (opened < 0) {
			throw failure("opened", -opened);
		}
		close(this.descriptor.getAndSet(opened));
		boolean sound = false;
		try {
			BasicFileAttributes attributes = SHOWS_DESCRIPTORS ? lockable(
					Files.readAttributes(DESCRIPTORS.resolve(Integer.toString(opened)), BasicFileAttributes.class))
					: before;
			this.key = attributes.fileKey();
			sound = true;
		}
		finally {
			if (!sound) {
				close();
			}
		}
	}

	private BasicFileAttributes lockable(BasicFileAttributes attributes) throws FileSystemException {
		if (!attributes.isRegularFile() && !attributes.isDirectory()) {
			throw LockChannel.notLockable(this.path, attributes);
		}
		return attributes;
	}

	/**
	 * Try to lock the file.
	 * @param mode the mode
	 * @return {@code false} if somebody else has it
	 * @throws IOException if it can't be locked
	 */
	boolean tryLock(LockMode mode) throws IOException {
		int operation = UnixPlatform.LOCK_NONBLOCKING
				| ((mode == LockMode.SHARED) ? UnixPlatform.LOCK_SHARED : UnixPlatform.LOCK_EXCLUSIVE);
		int error = flock(operation);
		if (mode == LockMode.EXCLUSIVE
				&& (error == UnixPlatform.BAD_DESCRIPTOR || error == UnixPlatform.INPUT_OUTPUT)) {
			// NFS and SMB lock exclusively only what is open for writing. Elsewhere it is
			// not, since that would keep programs from being started, and be told to
			// those who watch the file
			open(UnixPlatform.READING_AND_WRITING);
			error = flock(operation);
		}
		if (error != 0 && error != this.system.platform().wouldBlock()) {
			throw failure("locked", error);
		}
		return error == 0;
	}

	/**
	 * Unlock the file, which stays open. Processes that were started meanwhile don't
	 * matter to that, even if they have inherited the descriptor for an instant.
	 */
	void unlock() {
		if (flock(UnixPlatform.UNLOCK) != 0) {
			// Closing it ends the lock, too
			close();
		}
	}

	/**
	 * Unlock the file, and delete it if nobody else has it or would miss it. After that
	 * nothing comes back to this descriptor.
	 * @param request what was claimed
	 */
	void unlockAndDelete(ClaimRequest request) {
		boolean deleted = false;
		try {
			// Anew, since the lock may be shared, or lost to somebody who now has the
			// file
			boolean exclusive = tryLock(LockMode.EXCLUSIVE);
			Object key = this.key;
			deleted = exclusive && key != null && LockChannel.tryDelete(request, this.view, key);
		}
		catch (IOException ex) {
			logger.debug("{} stays", this.path, ex);
		}
		finally {
			if (deleted) {
				request.keep(null);
				close();
			}
			else {
				unlock();
			}
		}
	}

	private int flock(int operation) {
		int result;
		do {
			result = this.system.flock(this.descriptor.get(), operation);
		}
		while (result == -UnixPlatform.INTERRUPTED);
		return -result;
	}

	private FileSystemException failure(String what, int error) {
		return switch (error) {
			case UnixPlatform.NO_SUCH_FILE -> new NoSuchFileException(this.path.toString());
			case UnixPlatform.ACCESS_DENIED -> new AccessDeniedException(this.path.toString());
			default -> new FileSystemException(this.path.toString(), null,
					"it can't be %s: %s (errno %d)".formatted(what, this.system.describe(error), error));
		};
	}

	/**
	 * Look whether the path still names this file.
	 * @return {@code true} if it does
	 * @throws IOException if that can't be found out
	 */
	boolean isStillNamed() throws IOException {
		try {
			return Objects.equals(this.key, this.view.readAttributes().fileKey());
		}
		catch (NoSuchFileException ex) {
			return false;
		}
	}

	@Override
	public void close() {
		close(this.descriptor.getAndSet(CLOSED));
	}

	private void close(int closed) {
		if (closed != CLOSED) {
			// Whatever it returns, the descriptor is no more
			this.system.close(closed);
		}
	}

	@Override
	public String toString() {
		return "descriptor of " + this.path;
	}

}
