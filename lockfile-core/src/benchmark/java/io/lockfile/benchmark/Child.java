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

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * A JVM that takes part in a benchmark.
 */
final class Child implements AutoCloseable {

	private final Process process;

	private final BufferedReader output;

	private Child(Process process) {
		this.process = process;
		this.output = process.inputReader(StandardCharsets.UTF_8);
	}

	static Child start(Object... arguments) throws IOException {
		List<String> command = new ArrayList<>(
				List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx512m",
						"-Daether.named.file-lock.deleteLockFiles=false", "-cp",
						System.getProperty("java.class.path"), Participant.class.getName()));
		for (Object argument : arguments) {
			command.add(argument.toString());
		}
		return new Child(new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
	}

	void proceed() throws IOException {
		this.process.getOutputStream().write('\n');
		this.process.getOutputStream().flush();
	}

	@Nullable String readLine() throws IOException {
		return this.output.readLine();
	}

	Child expect(String line) throws IOException {
		String found = readLine();
		if (!line.equals(found)) {
			throw new IllegalStateException("Expected '%s' but got '%s'".formatted(line, found));
		}
		return this;
	}

	List<String> rest() throws IOException {
		List<String> lines = new ArrayList<>();
		for (String line = readLine(); line != null; line = readLine()) {
			lines.add(line);
		}
		return lines;
	}

	@Override
	public void close() throws InterruptedException {
		this.process.destroyForcibly().waitFor();
	}

}
