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
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import org.jspecify.annotations.Nullable;

/**
 * The files that this JVM has open in order to lock them: as the one that stands behind
 * them, or as the one who removes them. Closing any other descriptor of such a file would
 * end these locks, so nobody opens a file that is here, and nobody closes one that turns
 * up here after it was opened.
 * <p>
 * All copies of this library share one set, of JDK types, in the system properties: the
 * locks belong to the process, whatever class loader has taken them.
 */
final class JvmInodes {

	private static final String KEY = "io.lockfile.inodes.v1";

	private static final Map<String, Boolean> LOCKED = shared();

	private JvmInodes() {
	}

	static boolean contains(@Nullable Object fileKey) {
		return fileKey != null && LOCKED.containsKey(fileKey.toString());
	}

	/**
	 * Tell whether this process stands behind a file, and has not only opened it in order
	 * to find out whether somebody does.
	 * @param fileKey the file
	 * @return {@code true} if it does
	 */
	static boolean isOwn(@Nullable Object fileKey) {
		return fileKey != null && Boolean.TRUE.equals(LOCKED.get(fileKey.toString()));
	}

	/**
	 * Announce that a file is going to be opened.
	 * @param fileKey the file
	 * @return {@code false} if it is open already
	 */
	static boolean tryAdd(@Nullable Object fileKey) {
		return fileKey == null || LOCKED.putIfAbsent(fileKey.toString(), false) == null;
	}

	static void own(@Nullable Object fileKey, boolean own) {
		if (fileKey != null) {
			LOCKED.put(fileKey.toString(), own);
		}
	}

	/**
	 * Close a channel that was opened without announcing it, unless the file was
	 * announced meanwhile: no lock is taken before that.
	 * @param fileKey the file
	 * @param channel the channel
	 * @return {@code false} if it must not be closed any more
	 * @throws IOException if closing it failed
	 */
	static boolean tryClose(@Nullable Object fileKey, FileChannel channel) throws IOException {
		if (fileKey == null) {
			channel.close();
			return true;
		}
		try {
			LOCKED.compute(fileKey.toString(), (key, own) -> {
				if (own == null) {
					close(channel);
				}
				return own;
			});
		}
		catch (UncheckedIOException ex) {
			throw ex.getCause();
		}
		return !channel.isOpen();
	}

	private static void close(FileChannel channel) {
		try {
			channel.close();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Close a file that was announced, and forget it. That is one step, since the number
	 * of a file that was deleted is given to a new one as soon as it is closed, and
	 * somebody may announce that.
	 * @param fileKey the file
	 * @param channel the channel
	 * @throws IOException if closing it failed; it is forgotten all the same
	 */
	static void close(@Nullable Object fileKey, FileChannel channel) throws IOException {
		if (fileKey == null) {
			channel.close();
			return;
		}
		IOException[] failure = new IOException[1];
		LOCKED.compute(fileKey.toString(), (key, own) -> {
			try {
				channel.close();
			}
			catch (IOException ex) {
				failure[0] = ex;
			}
			return null;
		});
		if (failure[0] != null) {
			throw failure[0];
		}
	}

	/**
	 * Take back the announcement of a file that could not be opened. It may be gone, and
	 * its number that of a new file, behind which this process stands.
	 * @param fileKey the file
	 */
	static void remove(@Nullable Object fileKey) {
		if (fileKey != null) {
			LOCKED.remove(fileKey.toString(), false);
		}
	}

	@SuppressWarnings("unchecked")
	private static Map<String, Boolean> shared() {
		return (Map<String, Boolean>) System.getProperties()
			.computeIfAbsent(KEY, (key) -> new ConcurrentHashMap<String, Boolean>());
	}

}
