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
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentMap;

import org.jspecify.annotations.Nullable;

import io.lockfile.ClaimRequest;
import io.lockfile.LockClaim;
import io.lockfile.LockMode;
import io.lockfile.LockOwner;
import io.lockfile.LockPermissions;
import io.lockfile.LockStrategy;

/**
 * The kernel's own locks through {@link FileChannel}: POSIX record locks, and
 * {@code LockFileEx} on Windows. The kernel releases them when the process ends, however
 * that comes about. They exclude everybody who locks the same file with {@code fcntl(2)}
 * or {@code lockf(3)}.
 * <p>
 * Record locks belong to the process and the file, not to the descriptor: closing any
 * descriptor of the file ends them. So a file is opened only while the engine lets nobody
 * else in this JVM near its path, and a channel that met another lock of this JVM (on
 * another name of the same file, or by code that knows nothing of us) stays open until it
 * can be locked.
 */
public final class OsLockStrategy implements LockStrategy {

	private static final boolean POSIX = isSupported("posix");

	/**
	 * POSIX: the whole file, as most others lock it. Windows: locks are mandatory there,
	 * so a byte that nobody reads.
	 */
	private static final long POSITION = POSIX ? 0 : Long.MAX_VALUE - 1;

	private static final long SIZE = POSIX ? Long.MAX_VALUE : 1;

	/**
	 * How often the file may be exchanged between looking and locking before that is
	 * taken for a fault instead of bad luck.
	 */
	private static final int MOST_EXCHANGES = 100;

	private static final Queue<FileChannel> REPLACED = new ConcurrentLinkedQueue<>();

	private static final ConcurrentMap<Path, LockChannel> UNCLOSABLE = new ConcurrentHashMap<>();

	@Override
	public String name() {
		return "os";
	}

	@Override
	public boolean supports(LockMode mode) {
		return true;
	}

	@Override
	public @Nullable LockClaim tryClaim(ClaimRequest request) throws IOException {
		for (int i = 0; i < MOST_EXCHANGES; i++) {
			LockChannel channel = open(request);
			FileLock lock = tryLock(channel, request);
			if (lock == null) {
				return null;
			}
			OsLockClaim claim = new OsLockClaim(channel, lock);
			boolean current = false;
			try {
				current = channel.isStillNamed();
			}
			finally {
				if (!current) {
					claim.release();
				}
			}
			if (current) {
				return claim;
			}
		}
		throw new FileSystemException(request.path().toString(), null,
				"the file is deleted or replaced again and again while it is being locked. Find out by whom");
	}

	@Override
	public Optional<LockOwner> findOwner(Path path) throws IOException {
		return ProcLocks.findOwner(path);
	}

	private static LockChannel open(ClaimRequest request) throws IOException {
		LockChannel kept = UNCLOSABLE.remove(request.path());
		if (kept != null && kept.isStillNamed()) {
			return kept;
		}
		if (kept != null) {
			// The file was replaced; whoever locked the old one in this JVM still needs
			// the
			// descriptor
			REPLACED.add(kept.channel());
		}
		for (int i = 0; i < MOST_EXCHANGES; i++) {
			try {
				return LockChannel.open(request.path());
			}
			catch (NoSuchFileException ex) {
				create(request.path(), request.permissions());
			}
		}
		throw new NoSuchFileException(request.path().toString(), null,
				"the file is deleted again and again before it can be opened. Find out by whom");
	}

	private static void create(Path path, LockPermissions permissions) throws IOException {
		try {
			if (!POSIX) {
				Files.createFile(path);
				return;
			}
			Set<PosixFilePermission> allowed = PosixFilePermissions.fromString(permissions.file());
			Files.createFile(path, PosixFilePermissions.asFileAttribute(allowed));
			if (permissions == LockPermissions.GROUP) {
				Files.getFileAttributeView(path, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
					.setPermissions(allowed);
			}
		}
		catch (FileAlreadyExistsException ex) {
			// Somebody else was faster, which is as good
		}
	}

	private static @Nullable FileLock tryLock(LockChannel channel, ClaimRequest request) throws IOException {
		FileLock lock = null;
		boolean closable = true;
		try {
			lock = channel.channel().tryLock(POSITION, SIZE, request.mode() == LockMode.SHARED);
			return lock;
		}
		catch (OverlappingFileLockException ex) {
			closable = false;
			return null;
		}
		finally {
			if (!closable) {
				UNCLOSABLE.put(request.path(), channel);
			}
			else if (lock == null) {
				channel.channel().close();
			}
		}
	}

	private static boolean isSupported(String view) {
		return FileSystems.getDefault().supportedFileAttributeViews().contains(view);
	}

	/**
	 * An open lock file, and how it is recognised.
	 *
	 * @param path the path it was opened at
	 * @param channel the only channel of this process for the file
	 * @param key the file's identity, or {@code null} where the platform has none
	 */
	private record LockChannel(Path path, FileChannel channel, @Nullable Object key) {

		static LockChannel open(Path path) throws IOException {
			BasicFileAttributes attributes = attributes(path);
			if (!attributes.isRegularFile()) {
				throw new FileSystemException(path.toString(), null,
						(attributes.isSymbolicLink() ? "it is a symbolic link, which is not followed"
								: attributes.isDirectory() ? "it is a directory" : "it is not a regular file")
								+ ". Use another path, or remove what is in its place");
			}
			// For reading and writing: both modes can be locked then, and a FIFO that has
			// taken the file's place since doesn't block
			FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE,
					LinkOption.NOFOLLOW_LINKS);
			return new LockChannel(path, channel, attributes.fileKey());
		}

		boolean isStillNamed() throws IOException {
			try {
				return Objects.equals(this.key, attributes(this.path).fileKey());
			}
			catch (NoSuchFileException ex) {
				return false;
			}
		}

		private static BasicFileAttributes attributes(Path path) throws IOException {
			return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
		}

	}

	private static final class OsLockClaim implements LockClaim {

		private final LockChannel channel;

		private final FileLock lock;

		OsLockClaim(LockChannel channel, FileLock lock) {
			this.channel = channel;
			this.lock = lock;
		}

		@Override
		public boolean isValid() {
			try {
				return this.lock.isValid() && this.channel.isStillNamed();
			}
			catch (IOException ex) {
				// Not known to have ended: a network file system may fail for a while
				return true;
			}
		}

		@Override
		public void release() throws IOException {
			try (FileChannel closed = this.channel.channel()) {
				if (closed.isOpen()) {
					this.lock.release();
				}
			}
		}

	}

}
