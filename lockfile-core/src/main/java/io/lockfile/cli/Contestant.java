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

package io.lockfile.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import io.lockfile.LockAttempt;
import io.lockfile.LockFailedException;
import io.lockfile.LockFile;
import io.lockfile.LockFileException;
import io.lockfile.LockFiles;
import io.lockfile.LockHandle;
import io.lockfile.LockListener;
import io.lockfile.LockUnavailableException;

/**
 * The program of the processes that {@code verify} starts. It does what it is told on its
 * standard input until that ends, and answers on its standard output.
 */
public final class Contestant {

	/**
	 * How long a lease lasts here: as short as possible, as somebody waits for the end of
	 * one.
	 */
	private static final Duration LEASE = Duration.ofSeconds(3);

	private static final long BODY_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

	private final LockFiles locks;

	private volatile boolean tellsWaiting;

	private Contestant(Path directory) {
		this.locks = LockFiles.builder().directory(directory).leaseDuration(LEASE).listener(new LockListener() {

			@Override
			public void waiting(LockAttempt attempt) {
				if (Contestant.this.tellsWaiting) {
					System.out.println("waiting");
				}
			}

		}).build();
	}

	/**
	 * Run the program.
	 * @param args the directory of the locks
	 * @throws IOException if the standard input can't be read
	 */
	public static void main(String[] args) throws IOException {
		BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
		Contestant contestant = new Contestant(Path.of(args[0]));
		System.out.println("ready");
		for (String line = input.readLine(); line != null; line = input.readLine()) {
			contestant.obey(line.split(" "));
		}
	}

	private void obey(String[] command) {
		try {
			LockFile lock = this.locks.get(command[1] + "/lock", command[1]);
			Duration time = Duration.ofMillis(Long.parseLong(command[2]));
			switch (command[0]) {
				case "contend" -> contend(lock, time);
				case "hold" -> {
					lock.acquire(time);
					System.out.println("held");
				}
				case "next" -> next(lock, time);
				default -> throw new IllegalArgumentException(command[0]);
			}
		}
		catch (LockUnavailableException ex) {
			System.out.println("unavailable");
		}
		catch (LockFailedException ex) {
			System.out.println("failed " + Main.oneLine(reason(ex)));
		}
		catch (LockFileException | IllegalArgumentException | LinkageError ex) {
			System.out.println("failed " + Main.oneLine(ex.toString()));
		}
	}

	private static String reason(LockFailedException ex) {
		if (ex.getCause() instanceof FileSystemException cause && cause.getReason() != null) {
			return cause.getReason();
		}
		if (ex.getCause() instanceof IOException cause) {
			return CommandFailure.reason(cause);
		}
		return String.valueOf((ex.getCause() != null) ? ex.getCause() : ex.getMessage());
	}

	private static void contend(LockFile lock, Duration time) {
		List<String> intervals = new ArrayList<>();
		long end = System.nanoTime() + time.toNanos();
		long left = time.toNanos();
		while (left > 0 && hold(lock, Duration.ofNanos(left), intervals)) {
			left = end - System.nanoTime();
		}
		intervals.forEach(System.out::println);
		System.out.println("done");
	}

	private static boolean hold(LockFile lock, Duration timeout, List<String> intervals) {
		LockHandle held;
		try {
			held = lock.acquire(timeout);
		}
		catch (LockUnavailableException ex) {
			return false;
		}
		long entered = System.nanoTime();
		LockSupport.parkNanos(BODY_NANOS);
		intervals.add(entered + " " + System.nanoTime());
		held.close();
		return true;
	}

	private void next(LockFile lock, Duration time) {
		this.tellsWaiting = true;
		try {
			LockHandle held = lock.acquire(time);
			System.out.println("held");
			held.close();
		}
		finally {
			this.tellsWaiting = false;
		}
	}

}
