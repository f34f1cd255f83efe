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
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.lockfile.ClaimRequest;
import io.lockfile.LockMode;
import io.lockfile.LockPermissions;

/**
 * An open lock file, the only channel of this class loader for it, and how the file is
 * recognised. It is kept between claims.
 */
final class LockChannel implements Closeable {

	/**
	 * How long a hold lasts that others notice, in nanoseconds. After one of these the
	 * entry is looked at, since somebody may have come to wait there. A hold that is
	 * shorter is over before they have gone to sleep, and looking would cost as much as
	 * it. Files that are to be deleted are always looked at.
	 */
	private static final long LONG_HOLD = TimeUnit.MICROSECONDS.toNanos(20);

	private static final Logger logger = LoggerFactory.getLogger(LockChannel.class);

	private final Path path;

	private final BasicFileAttributeView view;

	private final FileChannel channel;

	private final @Nullable Object key;

	/**
	 * The key as {@link JvmChannels} knows it.
	 */
	private final @Nullable String file;

	/**
	 * The path as {@link JvmChannels} knows it.
	 */
	private final String name;

	private final ReentrantLock looking = new ReentrantLock();

	private final AtomicBoolean closed = new AtomicBoolean();

	private volatile boolean abandoned;

	/**
	 * Why it could not be closed.
	 */
	private volatile @Nullable IOException failure;

	/**
	 * Locks that could not be released. The JVM would refuse any other one.
	 */
	private final Queue<FileLock> left = new ConcurrentLinkedQueue<>();

	private volatile @Nullable ProcLocks kernelTable;

	private boolean kernelTableLookedFor;

	LockChannel(Path path, FileChannel channel, @Nullable Object key) {
		this.path = path;
		this.view = view(path);
		this.channel = channel;
		this.key = key;
		this.file = text(key);
		this.name = path.toString();
		KeptChannels.add(channel);
	}

	private static @Nullable String text(@Nullable Object key) {
		return (key != null) ? key.toString() : null;
	}

	/**
	 * Return the channel for a claim.
	 * @param request what to claim
	 * @return what was kept, or a channel that is opened, and kept from now on; the file
	 * is created if need be
	 * @throws IOException if it can't be opened
	 */
	static LockChannel of(ClaimRequest request) throws IOException {
		LockChannel kept = request.kept(LockChannel.class);
		if (kept != null && kept.channel.isOpen()) {
			return kept;
		}
		if (kept != null) {
			// An interrupt has closed it, and nobody counts it any more
			kept.close();
		}
		for (int i = 0; i < OsLockStrategy.MOST_EXCHANGES; i++) {
			try {
				LockChannel opened = open(request.path());
				if (opened != null) {
					request.keep(opened);
					return opened;
				}
			}
			catch (NoSuchFileException ex) {
				create(request.path(), request.permissions());
			}
		}
		throw OsLockStrategy.exchanged(request.path());
	}

	private static @Nullable LockChannel open(Path path) throws IOException {
		BasicFileAttributes attributes = view(path).readAttributes();
		if (!attributes.isRegularFile()) {
			throw notLockable(path, attributes);
		}
		LockChannel opened = announced(path, attributes.fileKey());
		boolean same = false;
		try {
			// Files with contents are nobody's to delete
			same = opened.isStillNamed() && (attributes.size() > 0 || opened.isOpenedAgain());
			return same ? opened : null;
		}
		finally {
			if (!same) {
				opened.abandon();
			}
		}
	}

	private static LockChannel announced(Path path, @Nullable Object key) throws IOException {
		JvmChannels.add(text(key), path.toString());
		LockChannel opened = null;
		try {
			opened = new LockChannel(path, openFile(path), key);
			return opened;
		}
		finally {
			if (opened == null) {
				JvmChannels.remove(text(key), path.toString());
			}
		}
	}

	private static FileChannel openFile(Path path) throws IOException {
		// For reading and writing: both modes can be locked then, and a FIFO that has
		// taken the file's place since doesn't block
		return FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
	}

	/**
	 * Make sure that what the path was seen to name is the file that is open, which can't
	 * be asked for its number. Others may have deleted files meanwhile, and numbers of
	 * deleted files are given to new ones. The number of an open file is not; so if the
	 * path leads to the same file once more, it has named no other one since the file was
	 * opened. The JVM knows whether it is the same: it refuses to lock it twice.
	 * @return {@code false} if it is certainly another file
	 * @throws IOException if it can't be opened
	 */
	private boolean isOpenedAgain() throws IOException {
		if (this.key == null) {
			return true;
		}
		boolean[] same = new boolean[1];
		// If it is open by another path, too, its number is nobody else's, and a lock
		// could
		// end with any channel that is closed
		JvmChannels.with(this.file, this.name, (openElsewhere) -> {
			same[0] = openElsewhere || isSameWhenOpenedAgain();
			return false;
		});
		return same[0];
	}

	private boolean isSameWhenOpenedAgain() throws IOException {
		FileLock first = tryLockLast(this.channel);
		if (first == null) {
			// It is locked as a whole, by somebody who deletes nothing
			return true;
		}
		try (first; FileChannel again = openFile(this.path)) {
			LockRange.LAST.tryLock(again, true);
			return false;
		}
		catch (OverlappingFileLockException ex) {
			return true;
		}
	}

	private static @Nullable FileLock tryLockLast(FileChannel channel) throws IOException {
		try {
			return LockRange.LAST.tryLock(channel, true);
		}
		catch (OverlappingFileLockException ex) {
			return null;
		}
	}

	/**
	 * Say what is in the place of a lock file.
	 * @param path the path
	 * @param attributes what is there
	 * @return the exception
	 */
	static FileSystemException notLockable(Path path, BasicFileAttributes attributes) {
		return new FileSystemException(path.toString(), null,
				(attributes.isSymbolicLink() ? "it is a symbolic link, which is not followed"
						: attributes.isDirectory() ? "it is a directory" : "it is not a regular file")
						+ ". Use another path, or remove what is in its place");
	}

	/**
	 * Create a lock file, unless somebody else is faster, which is as good.
	 * @param path the path
	 * @param permissions who may use it
	 * @throws IOException if it can't be created
	 */
	static void create(Path path, LockPermissions permissions) throws IOException {
		try {
			permissions.createFile(path).close();
		}
		catch (FileAlreadyExistsException ex) {
			// Somebody else was faster
		}
	}

	private static BasicFileAttributeView view(Path path) {
		return Files.getFileAttributeView(path, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
	}

	FileChannel channel() {
		return this.channel;
	}

	/**
	 * Try to lock the file.
	 * @param request what to claim
	 * @return the lock, or {@code null} if somebody else has it or is next
	 * @throws IOException if it can't be locked
	 */
	@Nullable FileLock tryLock(ClaimRequest request) throws IOException {
		releaseLeft();
		return tryLock(() -> tryLockOnce(request));
	}

	/**
	 * Release what could not be released before, unless it went with the channel.
	 * @throws IOException if it can't be released now, either
	 */
	void releaseLeft() throws IOException {
		for (FileLock old = this.left.poll(); old != null; old = this.left.poll()) {
			if (this.channel.isOpen()) {
				release(old);
			}
		}
	}

	/**
	 * Lock the file so that it isn't unlocked by somebody in this JVM who has it open by
	 * another path and is just closing it.
	 * @param attempt locks it
	 * @return the lock, or {@code null} if there is none
	 * @throws IOException if it can't be locked
	 */
	private @Nullable FileLock tryLock(Attempt attempt) throws IOException {
		List<String> before = state();
		FileLock lock = attempt.lock();
		if (lock == null || isAlone(before)) {
			return lock;
		}
		release(lock);
		FileLock[] anew = new FileLock[1];
		JvmChannels.with(this.file, this.name, (openElsewhere) -> {
			anew[0] = attempt.lock();
			return false;
		});
		return anew[0];
	}

	/**
	 * Return what changes when the file is opened or closed by another path.
	 * @return the state
	 */
	@Nullable List<String> state() {
		return JvmChannels.state(this.file);
	}

	/**
	 * Tell whether this JVM has had the file open by no other path.
	 * @param before the state since when
	 * @return {@code true} if it has not
	 */
	boolean isAlone(@Nullable List<String> before) {
		return JvmChannels.isAlone(this.file, this.name, before);
	}

	private @Nullable FileLock tryLockOnce(ClaimRequest request) throws IOException {
		boolean shared = request.mode() == LockMode.SHARED;
		try {
			if (!LockRange.WAITS) {
				return LockRange.LAST.tryLock(this.channel, shared);
			}
			return (shared || request.lastHeldNanos() >= LONG_HOLD || request.deletesOnRelease()) ? tryLockMain(shared)
					: LockRange.WHOLE.tryLock(this.channel, false);
		}
		catch (OverlappingFileLockException ex) {
			// Other code of this JVM has it
			return null;
		}
	}

	private @Nullable FileLock tryLockMain(boolean shared) throws IOException {
		// The main range first: who is refused leaves no trace that others could take for
		// somebody at the entry
		FileLock main = LockRange.MAIN.tryLock(this.channel, shared);
		if (main == null) {
			return null;
		}
		boolean nobodyNext = false;
		try {
			nobodyNext = isNobodyNext(shared);
		}
		finally {
			if (!nobodyNext) {
				release(main);
			}
		}
		return nobodyNext ? main : null;
	}

	/**
	 * Look whether somebody of another process is next.
	 * @param shared whether it may be somebody who comes in together with us
	 * @return {@code true} if nobody is
	 * @throws IOException if that can't be found out
	 */
	boolean isNobodyNext(boolean shared) throws IOException {
		// One at a time: the JVM takes two locks for a mistake
		this.looking.lock();
		try {
			releaseLeft();
			FileLock entry = LockRange.ENTRY.tryLock(this.channel, shared);
			if (entry != null) {
				release(entry);
			}
			return entry != null;
		}
		finally {
			this.looking.unlock();
		}
	}

	/**
	 * Release a lock. If that fails, the next one who locks the file tries it again.
	 * @param lock the lock
	 * @throws IOException if it can't be released
	 */
	void release(FileLock lock) throws IOException {
		boolean released = false;
		try {
			lock.release();
			released = true;
		}
		finally {
			if (!released) {
				this.left.add(lock);
			}
		}
	}

	/**
	 * Release a lock, and delete the file if nobody else has it, waits for it, or would
	 * miss it. After that nothing comes back to this channel.
	 * @param request what was claimed
	 * @param lock the lock
	 * @throws IOException if a lock can't be released
	 */
	void releaseAndDelete(ClaimRequest request, FileLock lock) throws IOException {
		release(lock);
		releaseLeft();
		if (this.key == null) {
			return;
		}
		FileLock main = null;
		boolean deleted = false;
		try {
			// Anew, since the lock may have been shared, or lost to somebody who now has
			// the file. Whoever waits has the entry, and goes on with this file
			main = tryLock(() -> tryLockMain(false));
			deleted = main != null && tryDelete(request, this.view, this.key);
		}
		catch (OverlappingFileLockException | IOException ex) {
			logger.debug("{} stays", this.path, ex);
		}
		finally {
			try {
				if (main != null) {
					release(main);
				}
			}
			finally {
				if (deleted) {
					request.keep(null);
					abandon();
				}
				else {
					releaseLeft();
				}
			}
		}
	}

	/**
	 * Delete a lock file that is locked exclusively, if the path still names it and it is
	 * empty.
	 * @param request names it
	 * @param view the view of the path
	 * @param key what the locked file is recognised by
	 * @return {@code false} if it stays
	 * @throws IOException if it can't be deleted
	 */
	static boolean tryDelete(ClaimRequest request, BasicFileAttributeView view, Object key) throws IOException {
		BasicFileAttributes attributes = view.readAttributes();
		if (!key.equals(attributes.fileKey()) || !attributes.isRegularFile() || attributes.size() > 0) {
			return false;
		}
		// First, as the next holder may come as soon as the file is gone
		request.deleteRecord();
		Files.delete(request.path());
		return true;
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

	/**
	 * Find out, while it is certainly locked, whether the kernel's table will tell.
	 */
	void rememberKernelTable() {
		if (!this.kernelTableLookedFor) {
			this.kernelTableLookedFor = true;
			this.kernelTable = ProcLocks.of(this.path);
		}
	}

	/**
	 * Look whether the kernel still has a lock of this process on the file.
	 * @return {@code false} if it certainly has none
	 * @throws IOException if that can't be found out
	 */
	boolean isStillLocked() throws IOException {
		ProcLocks table = this.kernelTable;
		return table == null || table.isLockedByThisProcess();
	}

	/**
	 * Close the file, unless somebody else of this JVM has locked it: closing it would
	 * end its lock.
	 * @throws IOException if the file stays open
	 */
	@Override
	public void close() throws IOException {
		if (this.closed.get()) {
			return;
		}
		if (!this.channel.isOpen()) {
			if (this.closed.compareAndSet(false, true)) {
				JvmChannels.remove(this.file, this.name);
				KeptChannels.remove(this.channel);
			}
			return;
		}
		JvmChannels.with(this.file, this.name, this::tryClose);
		if (!this.closed.get()) {
			throw new IOException("other code of this JVM has locked " + this.path + ", or may do so");
		}
		IOException failure = this.failure;
		if (failure != null) {
			throw failure;
		}
	}

	private boolean tryClose(boolean openElsewhere) throws IOException {
		if ((openElsewhere ? !isLockedByNobody() : isLockedByOthersInThisJvm())
				|| !this.closed.compareAndSet(false, true)) {
			return false;
		}
		closeChannel();
		return true;
	}

	/**
	 * Close the channel. If that fails it counts as closed all the same, as for the JVM,
	 * which doesn't try it again; but the garbage collector would, so it is kept.
	 */
	private void closeChannel() {
		try {
			this.channel.close();
			KeptChannels.remove(this.channel);
		}
		catch (IOException ex) {
			this.failure = ex;
		}
	}

	/**
	 * Lock the file, if nobody in this JVM has or wants it by another path. Whoever comes
	 * while it is closed locks it anew after that.
	 * @return {@code true} if it can be closed
	 * @throws IOException if that can't be found out
	 */
	private boolean isLockedByNobody() throws IOException {
		try {
			return LockRange.WHOLE.tryLock(this.channel, true) != null;
		}
		catch (OverlappingFileLockException ex) {
			return false;
		}
	}

	/**
	 * Call off whoever waits for a lock on this channel, by closing it. If the file is
	 * open by another path, too, it may be locked by that, and the wait goes on. If it
	 * was {@linkplain #abandon() abandoned}, the wait is over, and the next one may have
	 * come.
	 * @throws IOException if closing failed
	 */
	void callOff() throws IOException {
		JvmChannels.with(this.file, this.name, (openElsewhere) -> {
			if (openElsewhere || this.abandoned || !this.closed.compareAndSet(false, true)) {
				return false;
			}
			closeChannel();
			return true;
		});
	}

	/**
	 * Close a file that the path doesn't name any more. If that isn't possible it stays
	 * open, for good: nothing will come back to it.
	 */
	void abandon() {
		try {
			// Whoever calls off has closed it before that, or doesn't any more
			JvmChannels.with(this.file, this.name, (openElsewhere) -> {
				this.abandoned = true;
				return false;
			});
			close();
		}
		catch (IOException ex) {
			logger.debug("{} stays open", this, ex);
		}
	}

	private boolean isLockedByOthersInThisJvm() throws IOException {
		// The JVM looks into its own table before it asks the kernel
		try {
			FileLock lock = LockRange.LAST.tryLock(this.channel, true);
			if (lock != null) {
				lock.release();
			}
			return false;
		}
		catch (OverlappingFileLockException ex) {
			return true;
		}
	}

	@Override
	public String toString() {
		return "channel of " + this.path;
	}

	/**
	 * A way to lock the file.
	 */
	private interface Attempt {

		@Nullable FileLock lock() throws IOException;

	}

}
