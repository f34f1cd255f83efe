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

package io.lockfile;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Assumptions;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Code of the documentation for Python or the shell, which runs in a process of its own.
 * Its {@code work()} takes until it is told to proceed.
 */
final class Script implements AutoCloseable {

	/**
	 * Comments that say what a statement raises or returns become calls of these.
	 */
	private static final String PYTHON = """
			import contextlib, sys

			@contextlib.contextmanager
			def raises(name):
			    try:
			        yield
			    except Exception as error:
			        assert type(error).__name__ == name, repr(error)
			    else:
			        raise AssertionError("no " + name)

			def returns(expected, actual):
			    assert str(actual) == expected, actual

			def work():
			    print("working", flush=True)
			    sys.stdin.readline()

			""";

	private static final Pattern RAISES = Pattern.compile("^( *)(\\S[^\\n]*?) +# raises (\\w+)", Pattern.MULTILINE);

	private static final Pattern RETURNS = Pattern.compile("^( *)(\\S[^\\n]*?) +# (True|False|LockState\\.\\w+)",
			Pattern.MULTILINE);

	private static final String SHELL = """
			work() {
				echo working
				read -r line || true
			}
			""";

	private static final Pattern MISSING = Pattern.compile("No module named '(\\w+)|(\\w+): (?:command )?not found");

	private static final Map<String, String> DEBIAN_PACKAGES = Map.of("dotlockfile", "liblockfile-bin", "fasteners",
			"python3-fasteners", "filelock", "python3-filelock", "flock", "util-linux", "flufl", "python3-flufl.lock",
			"lockfile", "python3-lockfile", "oslo_concurrency", "python3-oslo.concurrency");

	private final Process process;

	private final BufferedReader lines;

	private final StringBuilder output = new StringBuilder();

	private Script(Process process) {
		this.process = process;
		this.lines = process.inputReader(StandardCharsets.UTF_8);
	}

	/**
	 * Start a script.
	 * @param language {@code python} or {@code sh}
	 * @param code the code
	 * @param directory what {@code /var/lib/shop} in it stands for, and where it runs
	 * @return the script, to be closed
	 */
	static Script start(String language, String code, Path directory) throws IOException {
		String moved = code.replace("/var/lib/shop", directory.toString());
		List<String> command = language.equals("sh") ? List.of("sh", "-c", SHELL + moved)
				: List.of(python(), "-c", PYTHON + checked(moved));
		try {
			return new Script(
					new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).start());
		}
		catch (IOException ex) {
			throw missing(command.get(0));
		}
	}

	private static String python() {
		// Where Debian's packages are found, whichever Python comes first in the path
		return Files.isExecutable(Path.of("/usr/bin/python3")) ? "/usr/bin/python3" : "python3";
	}

	private static String checked(String code) {
		String checked = RAISES.matcher(code).replaceAll("$1with raises('$3'): $2 #");
		return RETURNS.matcher(checked).replaceAll("$1returns('$3', $2) #");
	}

	/**
	 * Wait until the script works or ends.
	 * @return {@code true} if it works
	 */
	boolean works() throws IOException {
		for (String line = this.lines.readLine(); line != null; line = this.lines.readLine()) {
			if (line.equals("working")) {
				return true;
			}
			this.output.append(line).append('\n');
		}
		Matcher matcher = MISSING.matcher(this.output);
		if (matcher.find()) {
			throw missing((matcher.group(1) != null) ? matcher.group(1) : matcher.group(2));
		}
		return false;
	}

	private static AssertionError missing(String program) {
		String message = "%s is not installed. Try: sudo apt-get install %s".formatted(program,
				DEBIAN_PACKAGES.getOrDefault(program, program));
		if (System.getenv("LOCKFILE_INTEROP_REQUIRED") == null) {
			Assumptions.abort(message);
		}
		return new AssertionError(message);
	}

	/**
	 * Let the script go on to its end, which has to be a good one.
	 */
	void proceed() throws Exception {
		this.process.getOutputStream().close();
		assertThat(works()).as("works again").isFalse();
		assertThat(this.process.waitFor(60, TimeUnit.SECONDS)).isTrue();
		assertThat(this.process.exitValue()).as(this.output.toString()).isZero();
	}

	/**
	 * Return what the script has printed so far.
	 * @return its output and its errors
	 */
	String output() {
		return this.output.toString();
	}

	@Override
	public void close() {
		this.process.destroyForcibly();
	}

}
