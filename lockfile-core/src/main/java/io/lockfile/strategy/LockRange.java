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
import java.nio.file.FileSystems;

import org.jspecify.annotations.Nullable;

/**
 * The bytes of a lock file that are locked. Byte ranges of a file can be locked whether
 * or not the file has these bytes.
 * <p>
 * On POSIX systems a holder has {@link #MAIN}. Others of this library that wait are at
 * the {@link #ENTRY}, one byte behind it: the first of them has locked it and waits for
 * {@code MAIN}, the others wait for the entry. Whoever comes from outside looks at the
 * entry too, so nobody is overtaken. Programs that lock the {@link #WHOLE} file, as most
 * do, exclude holders and are excluded by them.
 * <p>
 * Windows has one range, {@link #LAST}: locks are mandatory there, so a byte that nobody
 * reads.
 */
enum LockRange {

	/**
	 * What a holder has that didn't look at the entry: both other ranges.
	 */
	WHOLE(0, Long.MAX_VALUE - 1),

	/**
	 * What a holder has.
	 */
	MAIN(0, Long.MAX_VALUE - 2),

	/**
	 * What the next one has.
	 */
	ENTRY(Long.MAX_VALUE - 2, 1),

	/**
	 * What nobody of this library has on POSIX systems, but everybody who locks the whole
	 * file.
	 */
	LAST(Long.MAX_VALUE - 1, 1);

	/**
	 * Whether one can wait for a range in the system. On Windows, a thread that does so
	 * can't be called off for certain.
	 */
	static final boolean WAITS = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");

	private final long position;

	private final long size;

	LockRange(long position, long size) {
		this.position = position;
		this.size = size;
	}

	/**
	 * Return the first byte as the kernel's table shows it.
	 * @return the number of the byte
	 */
	String start() {
		return Long.toString(this.position);
	}

	@Nullable FileLock tryLock(FileChannel channel, boolean shared) throws IOException {
		return channel.tryLock(this.position, this.size, shared);
	}

	FileLock lock(FileChannel channel, boolean shared) throws IOException {
		return channel.lock(this.position, this.size, shared);
	}

}
