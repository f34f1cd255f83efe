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

package io.lockfile.boot.actuate;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

import io.lockfile.LockFiles;
import io.lockfile.LockHandle;

/**
 * Another process that holds a lock until it is killed.
 */
public final class HolderProcess implements AutoCloseable {

	private static final String PYTHON = """
			import fcntl, sys
			file = open(sys.argv[1], "r+")
			fcntl.lockf(file, fcntl.LOCK_EX)
			print("held", flush=True)
			sys.stdin.read()
			""";

	private final Process process;

	private final BufferedReader output;

	private HolderProcess(List<String> command) throws IOException {
		this.process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
		this.output = this.process.inputReader();
		expect("held");
	}

	/**
	 * Let a JVM hold a lock.
	 * @param directory the lock directory
	 * @param path the path
	 * @param strategy the strategy
	 * @return the process, once it holds the lock
	 */
	public static HolderProcess java(Path directory, String path, String strategy) throws IOException {
		return new HolderProcess(command(HolderProcess.class, directory.toString(), path, strategy));
	}

	/**
	 * Let Python hold a record lock.
	 * @param file an existing file
	 * @return the process, once it holds the lock
	 */
	static HolderProcess python(Path file) throws IOException {
		return new HolderProcess(List.of("python3", "-c", PYTHON, file.toString()));
	}

	static boolean hasPython() {
		try {
			return new ProcessBuilder("python3", "--version").start().waitFor() == 0;
		}
		catch (IOException ex) {
			return false;
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	static List<String> command(Class<?> main, String... arguments) {
		List<String> command = new ArrayList<>(
				List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
						System.getProperty("java.class.path"), "-XX:TieredStopAtLevel=1", main.getName()));
		command.addAll(List.of(arguments));
		return command;
	}

	long pid() {
		return this.process.pid();
	}

	public void kill() throws InterruptedException {
		this.process.destroyForcibly().waitFor();
	}

	@Override
	public void close() {
		this.process.destroyForcibly();
	}

	private void expect(String line) throws IOException {
		@Nullable String read = this.output.readLine();
		if (!line.equals(read)) {
			throw new IllegalStateException("The holder said: " + read);
		}
	}

	public static void main(String[] args) {
		try (LockFiles locks = LockFiles.builder().directory(Path.of(args[0])).build();
				LockHandle held = locks.get(args[1], args[2]).acquire()) {
			System.out.println("held");
			System.out.flush();
			while (System.in.read() >= 0) {
				held.ensureValid();
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
