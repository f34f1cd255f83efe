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
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import org.jspecify.annotations.Nullable;

/**
 * One marker that stands at a path, or did: not whatever marker stands there.
 */
abstract class Marker implements Closeable {

	/**
	 * How often the date of a file is renewed: often enough for liblockfile, which takes
	 * one of 5 minutes for dead.
	 */
	static final Duration TOUCH_INTERVAL = Duration.ofSeconds(30);

	/**
	 * How long to wait for somebody who is about to remove it.
	 */
	private static final long PATIENCE = TimeUnit.SECONDS.toNanos(5);

	/**
	 * Markers that releases of this process could not remove.
	 */
	private static final Map<Path, Marker> LEFT = new ConcurrentHashMap<>();

	private final Path path;

	private final @Nullable MarkerInode inode;

	/**
	 * Create a marker.
	 * @param path where it stands
	 * @param inode the file that its holder has locked, or {@code null} if it is a
	 * neighbour's and has none
	 */
	Marker(Path path, @Nullable MarkerInode inode) {
		this.path = path;
		this.inode = inode;
	}

	final Path path() {
		return this.path;
	}

	final @Nullable MarkerInode inode() {
		return this.inode;
	}

	/**
	 * Close its file. The marker stays.
	 */
	@Override
	public final void close() throws IOException {
		if (this.inode != null) {
			this.inode.close();
		}
	}

	/**
	 * Look whether it still stands.
	 * @return {@code false} if it doesn't, or if another one stands in its place
	 * @throws IOException if that can't be found out
	 */
	abstract boolean isStanding() throws IOException;

	/**
	 * Remove it. The caller has the guard, and knows that it stands.
	 * @throws IOException if that failed
	 */
	abstract void remove() throws IOException;

	/**
	 * Show programs that go by dates that its holder lives.
	 * @throws IOException if that failed
	 */
	void touch() throws IOException {
		if (this.inode != null) {
			this.inode.touchEvery(TOUCH_INTERVAL);
		}
	}

	/**
	 * Remember that it could not be removed, so that the next claim tries it again.
	 */
	final void leave() {
		LEFT.put(this.path, this);
	}

	/**
	 * Remove what a release of this process could not remove. Nobody else in this JVM is
	 * near the path.
	 * @param path the path
	 * @return {@code true} if there was such a marker, which is gone now
	 * @throws IOException if it still can't be removed
	 */
	static boolean removeLeft(Path path) throws IOException {
		Marker left = LEFT.get(path);
		if (left == null) {
			return false;
		}
		left.removeIfStanding();
		LEFT.remove(path);
		left.ended();
		return true;
	}

	/**
	 * Is called when it will not be used any more.
	 * @throws IOException if what it has open can't be closed
	 */
	void ended() throws IOException {
	}

	/**
	 * Remove it, unless it is gone. Another one that stands in its place stays.
	 * @return {@code true} if it was removed
	 * @throws IOException if that failed
	 */
	final boolean removeIfStanding() throws IOException {
		if (this.inode != null) {
			guard(this.inode);
		}
		boolean standing = isStanding();
		if (standing) {
			remove();
		}
		return standing;
	}

	private void guard(MarkerInode inode) throws IOException {
		long start = System.nanoTime();
		while (!inode.tryGuard()) {
			if (System.nanoTime() - start > PATIENCE) {
				throw new FileSystemException(this.path.toString(), null,
						"its holder doesn't let go of it. If that process is stopped, end it, and the lock is free");
			}
			LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
		}
	}

}
