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

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

import io.lockfile.LockMode;

/**
 * A process with another program's lock, driven by a script in {@code src/test/interop},
 * which describes the lines that are exchanged. It is killed when it is closed.
 */
public final class Neighbour extends Child<Neighbour> {

	private static final String PYTHON = System.getenv().getOrDefault("LOCKFILE_INTEROP_PYTHON", "/usr/bin/python3");

	private static final Path SCRIPTS = Path.of(System.getProperty("basedir", ""), "src", "test", "interop");

	private final String version;

	private long holder;

	private Neighbour(ProcessBuilder builder) throws MissingException {
		super(builder);
		String greeting = readLine();
		if (greeting == null || !greeting.startsWith("ready ")) {
			close();
			if (greeting != null && greeting.startsWith("missing ")) {
				throw new MissingException(greeting.substring("missing ".length()));
			}
			throw new AssertionError("Expected the script to be ready but got '%s'".formatted(greeting));
		}
		this.version = greeting.substring("ready ".length());
	}

	/**
	 * Start a process.
	 * @param program the program by the name that the scripts have for it
	 * @param path what the program is told to lock
	 * @param patience the number of seconds after which that program takes a lock for
	 * abandoned, or its own locks expire, if it can be chosen; {@code null} for its own
	 * default
	 * @return the process, which has the program at hand but no lock yet
	 * @throws MissingException if the program isn't installed
	 */
	public static Neighbour start(String program, Path path, @Nullable Integer patience) throws MissingException {
		boolean javaScript = program.equals("proper-lockfile");
		List<String> command = new ArrayList<>();
		command.add(javaScript ? "node" : PYTHON);
		command.add(SCRIPTS.resolve(javaScript ? "proper-lockfile.js" : "neighbour.py").toString());
		command.add(program);
		command.add(path.toString());
		if (patience != null) {
			command.add(patience.toString());
		}
		ProcessBuilder builder = new ProcessBuilder(command);
		// Where Debian has its modules, for a node that comes from elsewhere
		builder.environment().merge("NODE_PATH", "/usr/share/nodejs", (own, debian) -> own + ":" + debian);
		try {
			return new Neighbour(builder);
		}
		catch (UncheckedIOException ex) {
			throw new MissingException("there is no " + command.get(0));
		}
	}

	@Override
	Neighbour self() {
		return this;
	}

	/**
	 * Return the version of the program.
	 * @return the version, or {@code unknown}
	 */
	public String version() {
		return this.version;
	}

	/**
	 * Let the program try once.
	 * @param mode the mode
	 * @return what came of it: {@code held}, {@code refused}, or {@code failed} and why
	 */
	public String attempt(LockMode mode) {
		return outcome(ask("try" + suffix(mode)));
	}

	/**
	 * Let the program wait for the lock.
	 * @param mode the mode
	 * @return what came of it: {@code held}, or {@code failed} and why
	 */
	public String acquire(LockMode mode) {
		return outcome(ask("acquire" + suffix(mode)));
	}

	private String outcome(String answer) {
		if (answer != null && answer.startsWith("held ")) {
			this.holder = Long.parseLong(answer.substring("held ".length()));
			return "held";
		}
		return String.valueOf(answer);
	}

	private static String suffix(LockMode mode) {
		return (mode == LockMode.SHARED) ? " shared" : "";
	}

	public Neighbour release() {
		return send("release").expect("released");
	}

	/**
	 * Let the program remove the lock of whoever has it.
	 * @return this neighbour
	 */
	public Neighbour breakLock() {
		return send("break").expect("broken");
	}

	/**
	 * Let the program hold the lock again and again.
	 * @param holds how often
	 * @param mode the mode
	 * @return this neighbour, whose {@link #intervals()} tell when that was
	 */
	public Neighbour loop(int holds, LockMode mode) {
		return send("loop " + holds + suffix(mode));
	}

	/**
	 * Wait for the end of the loop.
	 * @return when the program held the lock
	 */
	public List<Interval> intervals() {
		List<Interval> intervals = new ArrayList<>();
		for (String line = readLine(); !"done".equals(line); line = readLine()) {
			if (line == null || line.startsWith("failed")) {
				throw new AssertionError("The neighbour's loop ended early: " + line);
			}
			intervals.add(Interval.parse(line));
		}
		return intervals;
	}

	/**
	 * Return the process that holds the lock, if the program holds it.
	 * @return its pid
	 */
	public long holder() {
		return this.holder;
	}

	/**
	 * Return the name of this host as the program writes it.
	 * @return the name
	 */
	public String host() {
		return ask("host");
	}

	/**
	 * Kill the process that holds the lock with SIGKILL, and wait until it is gone.
	 */
	public void killHolder() {
		if (this.holder != pid()) {
			ProcessHandle.of(this.holder).orElseThrow().destroyForcibly();
			send("reap").expect("gone");
		}
		kill();
	}

	/**
	 * Thrown if a program isn't installed.
	 */
	public static final class MissingException extends Exception {

		private static final long serialVersionUID = 1L;

		MissingException(String message) {
			super(message);
		}

	}

}
