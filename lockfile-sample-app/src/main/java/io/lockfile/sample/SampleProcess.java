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

package io.lockfile.sample;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * An instance of this application as a process of its own, on any free port and with its
 * output in a file.
 */
final class SampleProcess implements AutoCloseable {

	private final String instance;

	private final Path log;

	private final Process process;

	private SampleProcess(String instance, Path log, Process process) {
		this.instance = instance;
		this.log = log;
		this.process = process;
	}

	/**
	 * Start an instance.
	 * @param directory what it shares with others
	 * @param instance its name
	 * @param arguments what to configure beside that
	 * @return the instance, which is just starting
	 * @throws IOException if it can't be started
	 */
	static SampleProcess start(Path directory, String instance, String... arguments) throws IOException {
		Files.createDirectories(directory);
		Path log = directory.resolve(instance + ".log");
		List<String> command = new ArrayList<>();
		command.add(ProcessHandle.current()
			.info()
			.command()
			.orElse(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java"));
		command.addAll(List.of("-Xmx256m", "-XX:TieredStopAtLevel=1"));
		String classPath = System.getProperty("java.class.path");
		command.addAll(isExecutableJar() ? List.of("-jar", classPath)
				: List.of("-cp", classPath, SampleApplication.class.getName()));
		command.addAll(List.of("--server.port=0", "--sample.directory=" + directory.toAbsolutePath(),
				"--sample.instance=" + instance));
		command.addAll(Arrays.asList(arguments));
		Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
		return new SampleProcess(instance, log, process);
	}

	private static boolean isExecutableJar() {
		return String.valueOf(SampleProcess.class.getResource("SampleProcess.class")).startsWith("jar:nested:");
	}

	String instance() {
		return this.instance;
	}

	long pid() {
		return this.process.pid();
	}

	boolean isAlive() {
		return this.process.isAlive();
	}

	boolean isStarted() throws IOException {
		return hasLogged("Started SampleApplication");
	}

	boolean hasLogged(String text) throws IOException {
		return log().contains(text);
	}

	String log() throws IOException {
		return Files.readString(this.log);
	}

	/**
	 * Let it die without any chance to tidy up.
	 */
	void kill() {
		this.process.destroyForcibly().onExit().join();
	}

	/**
	 * Stop it as an operator would, and make sure that it's gone.
	 */
	@Override
	public void close() {
		this.process.destroy();
		try {
			this.process.waitFor(20, TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		kill();
	}

}
