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
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A process that is told on its standard input what to do, and answers on its standard
 * output. It is killed when it is closed.
 *
 * @param <C> the type of the child
 */
public abstract class Child<C extends Child<C>> implements AutoCloseable {

	private final Process process;

	private final BufferedReader output;

	Child(ProcessBuilder builder) {
		try {
			this.process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		this.output = this.process.inputReader(StandardCharsets.UTF_8);
	}

	/**
	 * Return this child.
	 * @return this
	 */
	abstract C self();

	/**
	 * Wait for a line of the child's output.
	 * @param expected the line
	 * @return this child
	 */
	public C expect(String expected) {
		String line = readLine();
		if (!expected.equals(line)) {
			throw new AssertionError("Expected the child to print '%s' but got '%s'".formatted(expected, line));
		}
		return self();
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
	public C proceed() {
		return send("");
	}

	/**
	 * Send a line.
	 * @param line the line
	 * @return this child
	 */
	public C send(String line) {
		try {
			this.process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
			this.process.getOutputStream().flush();
			return self();
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
