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
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

import org.jspecify.annotations.Nullable;

import io.lockfile.ClaimRequest;

/**
 * An open lock file whose system fails.
 */
final class FaultyChannel extends FileChannel {

	static final long MAIN_SIZE = Long.MAX_VALUE - 2;

	static final long ENTRY_SIZE = 1;

	/**
	 * The size of the range that can't be released, once.
	 */
	final AtomicLong failingRelease = new AtomicLong();

	/**
	 * The size of the range that can't be waited for, once.
	 */
	final AtomicLong failingLock = new AtomicLong();

	volatile boolean failingClose;

	/**
	 * Let go when somebody waits for the main range.
	 */
	final CountDownLatch waiting = new CountDownLatch(1);

	/**
	 * What a wait for the main range lasts until, if there is one.
	 */
	volatile @Nullable CountDownLatch free;

	private final FileChannel real;

	private FaultyChannel(FileChannel real) {
		this.real = real;
	}

	/**
	 * Open the file, and keep it for claims.
	 * @param request whose path and keeper are used
	 * @return the channel
	 * @throws IOException if it can't be opened
	 */
	static FaultyChannel keep(ClaimRequest request) throws IOException {
		FaultyChannel channel = new FaultyChannel(
				FileChannel.open(request.path(), StandardOpenOption.READ, StandardOpenOption.WRITE));
		JvmChannels.add(file(request), request.path().toString());
		request.keep(new LockChannel(request.path(), channel,
				Files.readAttributes(request.path(), BasicFileAttributes.class).fileKey()));
		return channel;
	}

	static String file(ClaimRequest request) throws IOException {
		return Files.readAttributes(request.path(), BasicFileAttributes.class).fileKey().toString();
	}

	@Override
	public FileLock lock(long position, long size, boolean shared) throws IOException {
		if (this.failingLock.compareAndSet(size, 0)) {
			throw new IOException("locking failed on purpose");
		}
		CountDownLatch until = this.free;
		if (until != null && size == MAIN_SIZE) {
			this.waiting.countDown();
			await(until);
		}
		return new FaultyLock(this.real.lock(position, size, shared));
	}

	private static void await(CountDownLatch latch) {
		try {
			latch.await();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Override
	public @Nullable FileLock tryLock(long position, long size, boolean shared) throws IOException {
		FileLock lock = this.real.tryLock(position, size, shared);
		return (lock != null) ? new FaultyLock(lock) : null;
	}

	@Override
	protected void implCloseChannel() throws IOException {
		this.real.close();
		if (this.failingClose) {
			throw new IOException("closing failed on purpose");
		}
	}

	@Override
	public int read(ByteBuffer target) throws IOException {
		return this.real.read(target);
	}

	@Override
	public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
		return this.real.read(targets, offset, length);
	}

	@Override
	public int read(ByteBuffer target, long position) throws IOException {
		return this.real.read(target, position);
	}

	@Override
	public int write(ByteBuffer source) throws IOException {
		return this.real.write(source);
	}

	@Override
	public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
		return this.real.write(sources, offset, length);
	}

	@Override
	public int write(ByteBuffer source, long position) throws IOException {
		return this.real.write(source, position);
	}

	@Override
	public long position() throws IOException {
		return this.real.position();
	}

	@Override
	public FileChannel position(long position) throws IOException {
		return this.real.position(position);
	}

	@Override
	public long size() throws IOException {
		return this.real.size();
	}

	@Override
	public FileChannel truncate(long size) throws IOException {
		return this.real.truncate(size);
	}

	@Override
	public void force(boolean metaData) throws IOException {
		this.real.force(metaData);
	}

	@Override
	public long transferTo(long position, long count, WritableByteChannel target) throws IOException {
		return this.real.transferTo(position, count, target);
	}

	@Override
	public long transferFrom(ReadableByteChannel source, long position, long count) throws IOException {
		return this.real.transferFrom(source, position, count);
	}

	@Override
	public MappedByteBuffer map(MapMode mode, long position, long size) throws IOException {
		return this.real.map(mode, position, size);
	}

	private final class FaultyLock extends FileLock {

		private final FileLock real;

		FaultyLock(FileLock real) {
			super(FaultyChannel.this, real.position(), real.size(), real.isShared());
			this.real = real;
		}

		@Override
		public boolean isValid() {
			return this.real.isValid();
		}

		@Override
		public void release() throws IOException {
			if (FaultyChannel.this.failingRelease.compareAndSet(size(), 0)) {
				throw new IOException("releasing failed on purpose");
			}
			this.real.release();
		}

	}

}
