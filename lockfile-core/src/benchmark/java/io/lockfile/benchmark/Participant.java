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
import java.lang.management.ManagementFactory;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;

import io.lockfile.LockFile;
import io.lockfile.LockFiles;
import io.lockfile.LockHandle;

/**
 * What a child JVM does in a benchmark. It says {@code ready}, waits for a line, and
 * prints what it has found.
 */
public final class Participant {

	/**
	 * Hand-overs before the ones that count, so that the JVM has compiled what it uses.
	 */
	private static final int WARM_UP = 1500;

	private static final long PAUSE = TimeUnit.MICROSECONDS.toNanos(500);

	private Participant() {
	}

	public static void main(String[] args) throws Exception {
		Path directory = Path.of(args[1]);
		switch (args[0]) {
			case "hand-over" -> handOver(args[2], directory, Integer.parseInt(args[3]),
					TimeUnit.MILLISECONDS.toNanos(Long.parseLong(args[4])));
			case "fairness" -> fairness(args[2], directory, Integer.parseInt(args[3]));
			case "wait" -> waitForIt(directory, Integer.parseInt(args[2]), args[3], true);
			case "idle" -> waitForIt(directory, Integer.parseInt(args[2]), "os", false);
			case "paths" -> paths(directory, Integer.parseInt(args[2]));
			case "virtual" -> virtualThreads(directory, Integer.parseInt(args[2]));
			default -> throw new IllegalArgumentException(args[0]);
		}
	}

	private static void awaitStart() throws IOException {
		System.out.println("ready");
		System.in.read();
	}

	/**
	 * Hold, let the other one in, and come back while it holds.
	 */
	private static void handOver(String contestant, Path directory, int rounds, long hold) throws Exception {
		long[] acquired = new long[rounds];
		long[] released = new long[rounds];
		try (Contestant lock = Contestant.of(contestant, directory)) {
			awaitStart();
			for (int i = 0; i < WARM_UP; i++) {
				lock.run(() -> LockSupport.parkNanos(PAUSE * 2));
				LockSupport.parkNanos(PAUSE);
			}
			for (int i = 0; i < rounds; i++) {
				int round = i;
				lock.run(() -> {
					acquired[round] = System.nanoTime();
					LockSupport.parkNanos(hold);
					released[round] = System.nanoTime();
				});
				LockSupport.parkNanos(PAUSE);
			}
		}
		for (int i = 0; i < rounds; i++) {
			System.out.println(acquired[i] + " " + released[i]);
		}
	}

	/**
	 * Lock, compute for 1 ms, release, again and again.
	 */
	private static void fairness(String contestant, Path directory, int seconds) throws Exception {
		long count = 0;
		try (Contestant lock = Contestant.of(contestant, directory)) {
			awaitStart();
			long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
			while (System.nanoTime() < end) {
				lock.run(() -> {
					long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(1);
					while (System.nanoTime() < until) {
						Thread.onSpinWait();
					}
				});
				count++;
			}
		}
		System.out.println(count);
	}

	/**
	 * Wait for a lock that somebody else has all the time, or for nothing.
	 */
	private static void waitForIt(Path directory, int seconds, String strategy, boolean waiting)
			throws Exception {
		try (LockFiles locks = LockFiles.builder().directory(directory).strategy(strategy).build()) {
			awaitStart();
			locks.get("other").acquire().close();
			Thread waiter = new Thread(() -> {
				if (waiting) {
					locks.get("lock").acquire(LockFiles.FOREVER).close();
				}
			});
			waiter.setDaemon(true);
			waiter.start();
			// Whatever there is to do at the start and for the JIT compiler is over then
			Thread.sleep(5000);
			long before = cpuNanos();
			Thread.sleep(TimeUnit.SECONDS.toMillis(seconds));
			System.out.println(TimeUnit.NANOSECONDS.toMicros(cpuNanos() - before));
			System.out.flush();
			Runtime.getRuntime().halt(0);
		}
	}

	private static long cpuNanos() throws IOException {
		long nanos = 0;
		try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
			for (Path thread : threads.toList()) {
				nanos += Long.parseLong(Files.readString(thread.resolve("schedstat")).split(" ")[0]);
			}
		}
		return nanos;
	}

	/**
	 * Lock many paths, one after another.
	 */
	private static void paths(Path directory, int count) throws Exception {
		try (LockFiles locks = LockFiles.builder().directory(directory).build()) {
			awaitStart();
			for (int i = 0; i < 20_000; i++) {
				lockAndDelete(locks, directory, "warm-" + i % 2000);
			}
			long heap = usedHeap();
			long files = openFiles();
			for (int i = 0; i < count; i++) {
				lockAndDelete(locks, directory, "p" + i);
			}
			System.out.println("stays " + (usedHeap() - heap) / 1024 + " " + (openFiles() - files));
		}
	}

	private static void lockAndDelete(LockFiles locks, Path directory, String name) throws IOException {
		try (LockHandle held = locks.get(name).acquire()) {
			// So that the disk isn't filled
			Files.deleteIfExists(directory.resolve(name));
			Files.deleteIfExists(directory.resolve("." + name + ".owner"));
		}
	}

	private static long usedHeap() throws InterruptedException {
		for (int i = 0; i < 3; i++) {
			System.gc();
			Thread.sleep(200);
		}
		return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
	}

	private static long openFiles() throws IOException {
		try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
			return files.count();
		}
	}

	/**
	 * Have many virtual threads wait for one path.
	 */
	private static void virtualThreads(Path directory, int count) throws Exception {
		Path record = directory.resolve("pinned.jfr");
		AtomicInteger served = new AtomicInteger();
		CountDownLatch done = new CountDownLatch(count);
		Method start = Thread.class.getMethod("startVirtualThread", Runnable.class);
		try (LockFiles locks = LockFiles.builder().directory(directory).build(); Recording recording = new Recording()) {
			recording.enable("jdk.VirtualThreadPinned").withThreshold(Duration.ZERO);
			recording.start();
			awaitStart();
			LockFile lock = locks.get("lock");
			List<Object> threads = new ArrayList<>();
			long begin = System.nanoTime();
			try (LockHandle held = lock.acquire()) {
				for (int i = 0; i < count; i++) {
					threads.add(start.invoke(null, (Runnable) () -> {
						try (LockHandle mine = lock.acquire(LockFiles.FOREVER)) {
							served.incrementAndGet();
						}
						finally {
							done.countDown();
						}
					}));
				}
			}
			done.await(5, TimeUnit.MINUTES);
			long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
			recording.stop();
			recording.dump(record);
			long pinned = RecordingFile.readAllEvents(record).size();
			System.out.println(served + " " + pinned + " " + millis + " " + threads.size());
		}
	}

}
