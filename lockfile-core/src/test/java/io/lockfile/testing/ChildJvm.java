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

package io.lockfile.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A JVM of its own that runs the {@code main} method of a test class. It is killed when
 * it is closed.
 */
public final class ChildJvm implements AutoCloseable {

	private final Process process;

	private final BufferedReader output;

	private ChildJvm(Process process) {
		this.process = process;
		this.output = process.inputReader(StandardCharsets.UTF_8);
	}

	public static ChildJvm start(Class<?> main, Object... arguments) {
		return start(List.of("-cp", System.getProperty("java.class.path")), main.getName(), arguments);
	}

	public static ChildJvm start(List<String> options, String main, Object... arguments) {
		List<String> command = new ArrayList<>();
		command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
		command.add("-XX:TieredStopAtLevel=1");
		ManagementFactory.getRuntimeMXBean()
			.getInputArguments()
			.stream()
			.filter((option) -> option.startsWith("--enable-native-access"))
			.forEach(command::add);
		command.addAll(options);
		command.add(main);
		for (Object argument : arguments) {
			command.add(argument.toString());
		}
		return program(command);
	}

	/**
	 * Start a program that isn't a JVM.
	 * @param command the program and its arguments
	 * @return the child
	 */
	public static ChildJvm program(List<String> command) {
		try {
			return new ChildJvm(new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Wait for a line of the child's output.
	 * @param expected the line
	 * @return this child
	 */
	public ChildJvm expect(String expected) {
		String line = readLine();
		if (!expected.equals(line)) {
			throw new AssertionError("Expected the child to print '%s' but got '%s'".formatted(expected, line));
		}
		return this;
	}

	/**
	 * Read a line of the child's output.
	 * @return the line, or {@code null} if there are no more
	 */
	public String readLine() {
		try {
			return this.output.readLine();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Let a child go on that waits for its standard input.
	 * @return this child
	 */
	public ChildJvm proceed() {
		try {
			this.process.getOutputStream().write('\n');
			this.process.getOutputStream().flush();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		return this;
	}

	/**
	 * Send a line.
	 * @param line the line
	 * @return this child
	 */
	public ChildJvm send(String line) {
		try {
			this.process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
			this.process.getOutputStream().flush();
			return this;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Send a line and return the answer.
	 * @param line the line
	 * @return the next line of the child's output
	 */
	public String ask(String line) {
		return send(line).readLine();
	}

	/**
	 * Send the child a signal.
	 * @param name the name of the signal, without {@code SIG}
	 */
	public void signal(String name) {
		try {
			new ProcessBuilder("kill", "-" + name, Long.toString(pid())).start().waitFor();
		}
		catch (IOException | InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	public long pid() {
		return this.process.pid();
	}

	/**
	 * Wait for the child's end, which has to be a good one.
	 * @return the rest of its output
	 */
	public List<String> finish() {
		List<String> lines = new ArrayList<>();
		for (String line = readLine(); line != null; line = readLine()) {
			lines.add(line);
		}
		try {
			if (!this.process.waitFor(60, TimeUnit.SECONDS) || this.process.exitValue() != 0) {
				throw new AssertionError("The child failed: " + this.process + " " + lines);
			}
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
		return lines;
	}

	/**
	 * Kill the child with SIGKILL, and wait until it is gone.
	 */
	public void kill() {
		try {
			this.process.destroyForcibly().waitFor();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Override
	public void close() {
		kill();
	}

}
