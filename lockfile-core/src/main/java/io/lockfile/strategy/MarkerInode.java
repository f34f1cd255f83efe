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
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;

import io.lockfile.LockPermissions;

/**
 * An open file that is a marker, or stands behind one. Two of its bytes, far behind any
 * content, are locked:
 * <ul>
 * <li>{@code HOLDER}, by the process that has made the file, as long as it lives. Whoever
 * obtains this lock has the proof that it is dead, whatever pids, namespaces and clocks
 * say, and is the only one who has it.</li>
 * <li>{@code GUARD}, by whoever may remove the marker. While it is locked, nobody else of
 * this library removes the marker, so it can't be replaced by a successor's between
 * looking and removing. A process keeps it from one hold to the next, and gives it back
 * when a hold lasts, so that an operator can have it.</li>
 * </ul>
 */
final class MarkerInode implements Closeable {

	/**
	 * How much of a file is read at most. Markers are short.
	 */
	private static final int MOST_CONTENT = 1024;

	/**
	 * How often to look for a file that another thread has open.
	 */
	private static final int MOST_LOOKS = 10_000;

	private static final long HOLDER = Long.MAX_VALUE - 4;

	private static final long GUARD = Long.MAX_VALUE - 3;

	private volatile Path file;

	private final FileChannel channel;

	private final @Nullable Object key;

	private final boolean writable;

	private boolean holding;

	private @Nullable FileLock guard;

	private long touched;

	private boolean closed;

	private MarkerInode(Path file, FileChannel channel, @Nullable Object key, boolean writable) {
		this.file = file;
		this.channel = channel;
		this.key = key;
		this.writable = writable;
	}

	/**
	 * Create a file.
	 * @param file the file
	 * @param permissions who may use it
	 * @return the open file, or {@code null} if it is gone already
	 * @throws java.nio.file.FileAlreadyExistsException if there is one
	 * @throws IOException if it can't be created
	 */
	static @Nullable MarkerInode create(Path file, LockPermissions permissions) throws IOException {
		FileChannel channel = permissions.createFile(file);
		boolean created = false;
		try {
			Object key = attributes(file).fileKey();
			if (key == null) {
				throw new FileSystemException(file.toString(), null,
						"the platform doesn't tell one file from another. Use strategy os");
			}
			JvmInodes.own(key, true);
			created = true;
			return new MarkerInode(file, channel, key, true);
		}
		catch (NoSuchFileException ex) {
			return null;
		}
		finally {
			if (!created) {
				channel.close();
				Files.deleteIfExists(file);
			}
		}
	}

	/**
	 * Open a file that exists, for locking it. The caller has the engine's promise that
	 * nobody else in this JVM is near the path.
	 * @param file the file
	 * @return the open file, or {@code null} if there is none, or if it is one that this
	 * process has locked
	 * @throws IOException if there is something else, or if it can't be opened
	 */
	static @Nullable MarkerInode open(Path file) throws IOException {
		return open(file, true);
	}

	/**
	 * Open a file as {@link #open(Path)} does, or if need be for reading only.
	 * @param file the file
	 * @return the open file, or {@code null} as {@link #open(Path)} does
	 * @throws IOException if there is something else, or if it can't be opened
	 */
	static @Nullable MarkerInode openAnyhow(Path file) throws IOException {
		try {
			return open(file, true);
		}
		catch (AccessDeniedException ex) {
			return open(file, false);
		}
	}

	private static @Nullable MarkerInode open(Path file, boolean writable) throws IOException {
		Object key = null;
		boolean opened = false;
		try {
			BasicFileAttributes attributes = attributes(file);
			expectRegular(file, attributes);
			if (!JvmInodes.tryAdd(attributes.fileKey())) {
				return null;
			}
			key = attributes.fileKey();
			// For writing too: a FIFO that has taken the file's place doesn't block then
			FileChannel channel = FileChannel.open(file, StandardOpenOption.READ,
					writable ? StandardOpenOption.WRITE : StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
			opened = true;
			return new MarkerInode(file, channel, key, writable);
		}
		catch (NoSuchFileException ex) {
			return null;
		}
		finally {
			if (!opened) {
				JvmInodes.remove(key);
			}
		}
	}

	/**
	 * Read a file without any promise, so that it may be one that this process is just
	 * about to lock. If so it is never closed.
	 * @param file the file
	 * @param ours tells a content that may be this process's
	 * @param oursText what is returned for a file that this process has locked
	 * @return the content, or {@code null} if there is no such file
	 * @throws IOException if there is something else, or if it can't be read
	 */
	static @Nullable String look(Path file, Predicate<String> ours, String oursText) throws IOException {
		try {
			BasicFileAttributes attributes = attributes(file);
			expectRegular(file, attributes);
			for (int i = 0; i < MOST_LOOKS && JvmInodes.contains(attributes.fileKey()); i++) {
				if (JvmInodes.isOwn(attributes.fileKey())) {
					return oursText;
				}
				// Another thread is just finding out who stands behind it
				Thread.yield();
				attributes = attributes(file);
			}
			if (JvmInodes.contains(attributes.fileKey())) {
				return "";
			}
			MarkerInode opened = new MarkerInode(file,
					FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS), attributes.fileKey(),
					false);
			boolean safe = false;
			try {
				String content = opened.read();
				safe = opened.isAt(file) || !ours.test(content);
				return content;
			}
			finally {
				if (!safe || !JvmInodes.tryClose(opened.key, opened.channel)) {
					// This process has got a lock on the file meanwhile
					KeptChannels.add(opened.channel);
				}
			}
		}
		catch (NoSuchFileException ex) {
			return null;
		}
	}

	private static void expectRegular(Path file, BasicFileAttributes attributes) throws FileSystemException {
		if (!attributes.isRegularFile()) {
			throw new FileSystemException(file.toString(), null,
					kind(attributes) + ", and no marker of this strategy. Use another path or strategy, or remove it");
		}
	}

	private static String kind(BasicFileAttributes attributes) {
		return attributes.isSymbolicLink() ? "it is a symbolic link"
				: attributes.isDirectory() ? "it is a directory" : "it is not a regular file";
	}

	static BasicFileAttributes attributes(Path file) throws IOException {
		return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
	}

	Path file() {
		return this.file;
	}

	/**
	 * Look whether a path names this file.
	 * @param path the path
	 * @return {@code true} if it does
	 * @throws IOException if that can't be found out
	 */
	boolean isAt(Path path) throws IOException {
		try {
			return Objects.equals(this.key, attributes(path).fileKey());
		}
		catch (NoSuchFileException ex) {
			return false;
		}
	}

	/**
	 * Become the process that stands behind this file, for as long as it is open.
	 * @return {@code false} if another one does, and lives, or if the file was deleted
	 * @throws IOException if that can't be found out
	 */
	boolean tryOwn() throws IOException {
		this.holding = tryLock(HOLDER) != null;
		boolean owned = this.holding && isAt(this.file);
		JvmInodes.own(this.key, owned);
		return owned;
	}

	/**
	 * Find out whether the process behind this file is dead. If it is, nobody else finds
	 * that out until this is closed.
	 * @return {@code true} if it is
	 * @throws IOException if that can't be found out
	 */
	boolean isOwnerDead() throws IOException {
		// The JVM takes a second lock for a mistake
		this.holding = this.holding || tryLock(HOLDER) != null;
		return this.holding;
	}

	/**
	 * Keep others of this library from removing the marker, until this is closed or the
	 * guard is given back.
	 * @return {@code false} if somebody else has the guard
	 * @throws IOException if it can't be locked
	 */
	boolean tryGuard() throws IOException {
		if (this.guard == null) {
			this.guard = tryLock(GUARD);
		}
		return this.guard != null;
	}

	/**
	 * Let an operator remove the marker.
	 * @throws IOException if the guard can't be unlocked
	 */
	void giveGuardBack() throws IOException {
		FileLock given = this.guard;
		this.guard = null;
		if (given != null && this.channel.isOpen()) {
			given.release();
		}
	}

	private @Nullable FileLock tryLock(long position) throws IOException {
		try {
			return this.channel.tryLock(position, 1, !this.writable);
		}
		catch (OverlappingFileLockException ex) {
			return null;
		}
	}

	/**
	 * Read the beginning of the file.
	 * @return the text, one character for a byte
	 * @throws IOException if it can't be read
	 */
	String read() throws IOException {
		ByteBuffer content = ByteBuffer.allocate(MOST_CONTENT);
		int count = 0;
		while (count >= 0 && content.hasRemaining()) {
			count = this.channel.read(content, content.position());
		}
		return new String(content.array(), 0, content.position(), StandardCharsets.ISO_8859_1);
	}

	/**
	 * Replace the content.
	 * @param text the text, one byte for a character
	 * @throws IOException if it can't be written
	 */
	void write(String text) throws IOException {
		ByteBuffer content = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
		this.channel.truncate(0);
		this.touched = System.nanoTime();
		while (content.hasRemaining()) {
			this.channel.write(content, content.position());
		}
	}

	/**
	 * Show programs that go by dates that the file is in use.
	 * @param interval how long it may not have been shown
	 * @throws IOException if that failed
	 */
	void touchEvery(Duration interval) throws IOException {
		long now = System.nanoTime();
		if (now - this.touched >= interval.toNanos()) {
			// What is written gets a date. To set one, the JDK would open the file, and
			// by closing it again end the locks that prove that we live
			ByteBuffer first = ByteBuffer.allocate(1);
			if (this.channel.read(first, 0) > 0) {
				this.channel.write(first.flip(), 0);
			}
			this.touched = now;
		}
	}

	/**
	 * Remember that the file has got another name, under which it is known from now on.
	 * @param name the name
	 */
	void named(Path name) {
		this.file = name;
	}

	/**
	 * Tell whether it can still be used: an interrupt of a thread that reads or writes
	 * closes a channel.
	 * @return {@code true} if it is open
	 */
	boolean isOpen() {
		return this.channel.isOpen();
	}

	/**
	 * Close the file, which ends all locks on it.
	 */
	@Override
	public void close() throws IOException {
		if (this.closed) {
			return;
		}
		this.closed = true;
		JvmInodes.close(this.key, this.channel);
	}

	@Override
	public String toString() {
		return this.file.toString();
	}

}
