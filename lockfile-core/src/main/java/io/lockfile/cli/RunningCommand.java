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

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * A command and the signals that are meant for it: before it runs they keep it from being
 * started, and while it runs they are passed on to it.
 */
final class RunningCommand {

	private static final boolean WINDOWS = System.getProperty("os.name", "").startsWith("Windows");

	private final List<String> command;

	private final Thread waiter;

	private @Nullable Process process;

	private @Nullable String signal;

	private int signalNumber;

	/**
	 * Create a command that does not run yet.
	 * @param command the program and its arguments
	 * @param waiter the thread that will run it, which a signal interrupts until then
	 */
	RunningCommand(List<String> command, Thread waiter) {
		this.command = command;
		this.waiter = waiter;
	}

	/**
	 * Take note of a signal.
	 * @param name the name of the signal
	 * @param number its number
	 */
	synchronized void signalled(String name, int number) {
		Process process = this.process;
		if (process != null) {
			forward(name, process);
		}
		else if (this.signal == null) {
			this.signal = name;
			this.signalNumber = number;
			this.waiter.interrupt();
		}
	}

	/**
	 * Return the signal that came before the command was started.
	 * @return its name, or {@code null} if none came
	 */
	synchronized @Nullable String signal() {
		return this.signal;
	}

	synchronized int signalNumber() {
		return this.signalNumber;
	}

	/**
	 * Run the command until it ends, unless a signal came before.
	 * @return the exit code: the command's own, or that of a shell for a command that was
	 * ended by a signal
	 * @throws CommandFailure if it can't be started
	 */
	int run() {
		Process process = start();
		if (process == null) {
			return ExitCodes.SIGNALLED + signalNumber();
		}
		return process.onExit().join().exitValue();
	}

	private synchronized @Nullable Process start() {
		if (this.signal != null) {
			return null;
		}
		try {
			Process process = new ProcessBuilder(this.command).inheritIO().start();
			this.process = process;
			return process;
		}
		catch (IOException ex) {
			String name = this.command.get(0);
			if (isThere(name)) {
				throw new CommandFailure(ExitCodes.NOT_EXECUTABLE,
						"%s can't be executed: %s".formatted(name, ex.getMessage()));
			}
			throw new CommandFailure(ExitCodes.NOT_FOUND,
					"%s was not found. Write the path of a program, or a name that PATH leads to".formatted(name));
		}
	}

	private static boolean isThere(String name) {
		try {
			if (Path.of(name).getNameCount() > 1 || Path.of(name).isAbsolute()) {
				return Files.exists(Path.of(name));
			}
			String path = System.getenv("PATH");
			for (String directory : ((path != null) ? path : "").split(File.pathSeparator)) {
				if (Files.isRegularFile(Path.of(directory, name))) {
					return true;
				}
			}
			return false;
		}
		catch (InvalidPathException ex) {
			return false;
		}
	}

	private static void forward(String name, Process process) {
		if (!process.isAlive()) {
			return;
		}
		if (name.equals("TERM")) {
			process.destroy();
		}
		else if (!WINDOWS && !(name.equals("INT") && isInForeground())) {
			kill(name, process.pid());
		}
	}

	private static void kill(String name, long pid) {
		try {
			// There is always a shell, but not always a program 'kill'
			new ProcessBuilder("/bin/sh", "-c", "kill -s \"$0\" \"$1\"", name, Long.toString(pid)).inheritIO().start();
		}
		catch (IOException ex) {
			System.err
				.println(Main.oneLine("lockfile run: SIG%s can't be passed on to pid %d: %s".formatted(name, pid, ex)));
		}
	}

	/**
	 * Tell whether a key on the terminal would send its signals to this process. It sends
	 * them to all processes of the group, so the command gets them anyway.
	 * @return {@code true} if this process is in the group in the foreground
	 */
	private static boolean isInForeground() {
		try {
			Path stat = Path.of("/proc/self/stat");
			if (Files.exists(stat)) {
				String line = Files.readString(stat);
				// The name of the program is in parentheses, and may contain anything
				String[] fields = line.substring(line.lastIndexOf(')') + 1).trim().split(" ");
				return fields[2].equals(fields[5]);
			}
			Process ps = new ProcessBuilder("ps", "-o", "pgid=,tpgid=", "-p",
					Long.toString(ProcessHandle.current().pid()))
				.start();
			String[] groups = new String(ps.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).trim()
				.split("\\s+");
			return groups.length == 2 && groups[0].equals(groups[1]);
		}
		catch (IOException | RuntimeException ex) {
			return false;
		}
	}

}
