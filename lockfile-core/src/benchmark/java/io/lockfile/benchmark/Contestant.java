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

package io.lockfile.benchmark;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.store.Lock;
import org.apache.lucene.store.NativeFSLockFactory;
import org.eclipse.aether.named.NamedLock;
import org.eclipse.aether.named.providers.FileLockNamedLockFactory;

import io.lockfile.LockFile;
import io.lockfile.LockFiles;
import io.lockfile.LockHandle;

/**
 * Something that locks a file in a directory, acquires and releases.
 */
interface Contestant extends AutoCloseable {

	/**
	 * Acquire, waiting as long as it takes, and release after the body.
	 * @param body what is done while the lock is held
	 * @throws Exception if that failed
	 */
	void run(Runnable body) throws Exception;

	@Override
	default void close() throws Exception {
	}

	/**
	 * Create a contestant.
	 * @param name its name
	 * @param directory where it locks
	 * @return the contestant
	 * @throws IOException if it can't be created
	 */
	static Contestant of(String name, Path directory) throws IOException {
		return switch (name) {
			case "floor" -> new Channel(directory.resolve("lock"), false);
			case "floor-helper" -> new Helper(directory.resolve("lock"));
			case "floor-stat" -> new Channel(directory.resolve("lock"), true);
			case "reopened" -> reopened(directory.resolve("lock"));
			case "lockfile" -> new Ours(directory);
			case "lockfile-looked-up" -> new LookedUp(directory, "os");
			case "floor-link" -> link(directory);
			case "maven-resolver" -> new MavenResolver(directory.resolve("lock"));
			case "lucene" -> new Lucene(directory);
			default -> new LookedUp(directory, name.substring("lockfile-".length()));
		};
	}

	private static Contestant link(Path directory) throws IOException {
		Path file = Files.createFile(directory.resolve("file"));
		Path link = directory.resolve("lock");
		return (body) -> {
			Files.createLink(link, file);
			body.run();
			Files.delete(link);
		};
	}

	private static Contestant reopened(Path file) {
		return (body) -> {
			try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
					FileLock lock = channel.lock()) {
				body.run();
			}
		};
	}

	/**
	 * A channel that stays open, blocking in the kernel.
	 */
	final class Channel implements Contestant {

		private final Path file;

		private final FileChannel channel;

		private final Object key;

		private final boolean stat;

		Channel(Path file, boolean stat) throws IOException {
			this.file = file;
			this.stat = stat;
			this.channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
			this.key = key();
		}

		private Object key() throws IOException {
			return Files.readAttributes(this.file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS).fileKey();
		}

		@Override
		public void run(Runnable body) throws IOException {
			FileLock lock = this.channel.tryLock();
			if (lock == null) {
				lock = this.channel.lock();
			}
			if (this.stat && !Objects.equals(this.key, key())) {
				throw new IOException("exchanged");
			}
			body.run();
			lock.release();
		}

		@Override
		public void close() throws IOException {
			this.channel.close();
		}

	}

	/**
	 * A channel that stays open, on which another thread blocks in the kernel: the least
	 * that it takes if a caller's thread is not to block there.
	 */
	final class Helper implements Contestant {

		private final FileChannel channel;

		private final ExecutorService helpers = Executors.newCachedThreadPool((task) -> {
			Thread thread = new Thread(task);
			thread.setDaemon(true);
			return thread;
		});

		Helper(Path file) throws IOException {
			this.channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
		}

		@Override
		public void run(Runnable body) throws Exception {
			FileLock lock = this.channel.tryLock();
			if (lock == null) {
				lock = this.helpers.submit(() -> this.channel.lock()).get();
			}
			body.run();
			lock.release();
		}

		@Override
		public void close() throws IOException {
			this.channel.close();
			this.helpers.shutdown();
		}

	}

	/**
	 * Ours.
	 */
	final class Ours implements Contestant {

		private final LockFiles locks;

		private final LockFile lock;

		Ours(Path directory) {
			this.locks = LockFiles.builder().directory(directory).build();
			this.lock = this.locks.get("lock");
		}

		@Override
		public void run(Runnable body) {
			try (LockHandle held = this.lock.acquire(LockFiles.FOREVER)) {
				body.run();
			}
		}

		@Override
		public void close() {
			this.locks.close();
		}

	}

	/**
	 * Ours, looked up by name each time.
	 */
	final class LookedUp implements Contestant {

		private static final Duration TIMEOUT = Duration.ofSeconds(30);

		private final LockFiles locks;

		LookedUp(Path directory, String strategy) {
			this.locks = LockFiles.builder().directory(directory).strategy(strategy).build();
		}

		@Override
		public void run(Runnable body) {
			try (LockHandle held = this.locks.get("lock").acquire(TIMEOUT)) {
				body.run();
			}
		}

		@Override
		public void close() {
			this.locks.close();
		}

	}

	/**
	 * Named locks of Maven Resolver, on files.
	 */
	final class MavenResolver implements Contestant {

		private final FileLockNamedLockFactory factory = new FileLockNamedLockFactory();

		private final String name;

		MavenResolver(Path file) {
			this.name = file.toUri().toString();
		}

		@Override
		public void run(Runnable body) throws InterruptedException {
			try (NamedLock lock = this.factory.getLock(this.name)) {
				if (!lock.lockExclusively(30, TimeUnit.SECONDS)) {
					throw new IllegalStateException("not obtained");
				}
				body.run();
				lock.unlock();
			}
		}

		@Override
		public void close() {
			this.factory.shutdown();
		}

	}

	/**
	 * Lucene's lock of an index directory. It doesn't wait.
	 */
	final class Lucene implements Contestant {

		private final FSDirectory directory;

		Lucene(Path directory) throws IOException {
			this.directory = FSDirectory.open(directory);
		}

		@Override
		public void run(Runnable body) throws IOException {
			try (Lock lock = NativeFSLockFactory.INSTANCE.obtainLock(this.directory, "lock")) {
				lock.ensureValid();
				body.run();
			}
		}

		@Override
		public void close() throws IOException {
			this.directory.close();
		}

	}

}
