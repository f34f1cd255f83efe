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

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.awaitility.Awaitility;

/**
 * A process of the command line, whose output goes to files. It is killed when it is
 * closed.
 */
public final class CommandLineProcess implements AutoCloseable {

	private final Process process;

	private final Path out;

	private final Path err;

	private CommandLineProcess(Process process, Path out, Path err) {
		this.process = process;
		this.out = out;
		this.err = err;
	}

	/**
	 * Start a process.
	 * @param java the options of the JVM, with what is to be run
	 * @param workingDirectory its working directory
	 * @param arguments the arguments of the command line
	 * @return the process
	 * @throws IOException if it can't be started
	 */
	public static CommandLineProcess start(List<String> java, Path workingDirectory, Object... arguments)
			throws IOException {
		List<String> command = new ArrayList<>();
		command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
		command.add("-XX:TieredStopAtLevel=1");
		if (Runtime.version().feature() >= 24 && java.contains("-cp")) {
			// With -jar, the manifest allows it
			command.add("--enable-native-access=ALL-UNNAMED");
		}
		command.addAll(java);
		Stream.of(arguments).map(Object::toString).forEach(command::add);
		Path out = Files.createTempFile("lockfile", ".out");
		Path err = Files.createTempFile("lockfile", ".err");
		return new CommandLineProcess(new ProcessBuilder(command).directory(workingDirectory.toFile())
			.redirectOutput(out.toFile())
			.redirectError(err.toFile())
			.start(), out, err);
	}

	public long pid() {
		return this.process.pid();
	}

	public List<String> out() throws IOException {
		return Files.readAllLines(this.out);
	}

	public List<String> err() throws IOException {
		return Files.readAllLines(this.err);
	}

	/**
	 * Send a line to its standard input.
	 * @param line the line
	 * @throws IOException if it can't be sent
	 */
	public void send(String line) throws IOException {
		this.process.outputWriter().append(line).append('\n').flush();
	}

	/**
	 * Wait until it has printed a line.
	 * @param line the line
	 * @return this process
	 */
	public CommandLineProcess awaitOut(String line) {
		Awaitility.await(line).atMost(60, TimeUnit.SECONDS).until(() -> out().contains(line));
		return this;
	}

	/**
	 * Send it a signal.
	 * @param name the name of the signal, without {@code SIG}
	 * @throws IOException if there is no shell
	 * @throws InterruptedException if this thread is interrupted
	 */
	public void signal(String name) throws IOException, InterruptedException {
		new ProcessBuilder("sh", "-c", "kill -s " + name + " " + pid()).inheritIO().start().waitFor();
	}

	/**
	 * Wait for its end.
	 * @return the exit code
	 * @throws InterruptedException if this thread is interrupted
	 */
	public int exitCode() throws InterruptedException {
		if (!this.process.waitFor(60, TimeUnit.SECONDS)) {
			throw new AssertionError("It goes on: " + this.process);
		}
		return this.process.exitValue();
	}

	@Override
	public void close() throws IOException {
		this.process.destroyForcibly().onExit().join();
		Files.delete(this.out);
		Files.delete(this.err);
	}

}
