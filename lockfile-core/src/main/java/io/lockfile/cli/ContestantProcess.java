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
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

/**
 * A child process that runs {@link Contestant}.
 */
final class ContestantProcess {

	private static final String END = "ended";

	private final Process process;

	private final Writer input;

	private final BlockingQueue<String> output = new LinkedBlockingQueue<>();

	private boolean ready;

	private ContestantProcess(Process process) {
		this.process = process;
		this.input = process.outputWriter(StandardCharsets.UTF_8);
		Thread reader = new Thread(this::read, "lockfile-verify-" + process.pid());
		reader.setDaemon(true);
		reader.start();
	}

	/**
	 * Start a process.
	 * @param directory the directory of its locks
	 * @return the process, which will say {@code ready}
	 */
	static ContestantProcess start(Path directory) {
		List<String> command = new ArrayList<>();
		command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
		command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx64m"));
		if (Runtime.version().feature() >= 24) {
			command.add("--enable-native-access=ALL-UNNAMED");
		}
		command.addAll(List.of("-cp", System.getProperty("java.class.path"), Contestant.class.getName(),
				directory.toString()));
		try {
			return new ContestantProcess(
					new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private void read() {
		try (BufferedReader reader = this.process.inputReader(StandardCharsets.UTF_8)) {
			for (String line = reader.readLine(); line != null; line = reader.readLine()) {
				this.output.add(line);
			}
		}
		catch (IOException ex) {
			// The process was killed
			return;
		}
		finally {
			this.output.add(END);
		}
	}

	boolean isReady() {
		return this.ready;
	}

	void setReady() {
		this.ready = true;
	}

	void send(String command, String strategy, long millis) {
		try {
			this.input.write("%s %s %d%n".formatted(command, strategy, millis));
			this.input.flush();
		}
		catch (IOException ex) {
			// It has died, which is what its output says
			return;
		}
	}

	/**
	 * Read a line of its output.
	 * @param deadline until when to wait for it, by {@link System#nanoTime()}
	 * @return the line, or {@code null} if there was none in time
	 */
	@Nullable String readLine(long deadline) {
		try {
			return this.output.poll(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return END;
		}
	}

	/**
	 * Kill it with SIGKILL, and wait until it is gone.
	 */
	void kill() {
		this.process.destroyForcibly().onExit().join();
	}

}
