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

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import io.lockfile.LockAttempt;
import io.lockfile.LockFailedException;
import io.lockfile.LockFile;
import io.lockfile.LockFiles;
import io.lockfile.LockHandle;
import io.lockfile.LockInterruptedException;
import io.lockfile.LockListener;
import io.lockfile.LockMode;
import io.lockfile.LockUnavailableException;
import io.lockfile.UnlockException;

/**
 * Runs a command while it holds a lock.
 */
@Command(name = RunCommand.NAME, mixinStandardHelpOptions = true,
		customSynopsis = "lockfile run [--strategy S] [--timeout 5s] [--shared] PATH -- COMMAND...",
		description = { "Runs a command while the lock is held.", "Exit code: that of the command;"
				+ " 75 if the lock was not obtained, 126 if the command can't be executed, 127 if there is none" })
final class RunCommand implements Callable<Integer> {

	static final String NAME = "run";

	@Spec
	private @Nullable CommandSpec spec;

	@Mixin
	private LockOptions options = new LockOptions();

	@Option(names = "--timeout", paramLabel = "DURATION", defaultValue = "-1",
			description = "How long to wait for the lock: a number with a unit, as in 500ms, 5s or 1m30s; 0 for one"
					+ " try. Without it, as long as it takes.")
	private String timeout = "";

	@Option(names = "--shared", description = "Hold the lock together with others that ask for it shared.")
	private boolean shared;

	private List<String> command = List.of();

	void setCommand(List<String> command) {
		this.command = List.copyOf(command);
	}

	@Override
	public Integer call() {
		if (this.command.isEmpty()) {
			throw new CommandFailure(ExitCodes.USAGE, "There is no command. Write it after PATH and '--'");
		}
		Duration timeout = timeout();
		LockMode mode = this.shared ? LockMode.SHARED : LockMode.EXCLUSIVE;
		if (!this.options.strategy().supports(mode)) {
			throw new CommandFailure(ExitCodes.USAGE,
					"Strategy %s has no shared locks. Leave out --shared".formatted(this.options.strategy().name()));
		}
		RunningCommand running = new RunningCommand(this.command, Thread.currentThread());
		LockFiles.Builder builder = LockFiles.builder().listener(new Lost()).remedy(RunCommand::remedy);
		try (LockFiles locks = builder.build()) {
			LockFile lock = this.options.lock(locks);
			this.options.requireDirectory();
			Signals.handle(running::signalled);
			return run(running, acquire(lock, mode, timeout, running));
		}
	}

	private Duration timeout() {
		try {
			return Timeouts.parse(this.timeout);
		}
		catch (IllegalArgumentException ex) {
			throw new CommandFailure(ExitCodes.USAGE, "--timeout " + ex.getMessage());
		}
	}

	private static String remedy(LockAttempt attempt) {
		return (attempt.timeout().isZero()) ? "To wait for it, leave out --timeout 0."
				: "To wait longer, write a longer --timeout, or none to wait for as long as it takes.";
	}

	private LockHandle acquire(LockFile lock, LockMode mode, Duration timeout, RunningCommand running) {
		try {
			return lock.acquire(mode, timeout);
		}
		catch (LockUnavailableException ex) {
			throw new CommandFailure(ExitCodes.NOT_OBTAINED, String.valueOf(ex.getMessage()));
		}
		catch (LockInterruptedException ex) {
			throw new CommandFailure(ExitCodes.SIGNALLED + running.signalNumber(),
					"SIG%s came after %d ms of waiting for lock %s (strategy %s)%s. The command was not run".formatted(
							running.signal(), ex.getWaited().toMillis(), lock.path(), lock.strategy(),
							ex.getOwner().map((owner) -> ", held by " + owner).orElse("")));
		}
		catch (LockFailedException ex) {
			throw CommandFailure.of(ex);
		}
	}

	private Integer run(RunningCommand running, LockHandle held) {
		int exitCode;
		try {
			exitCode = running.run();
		}
		catch (CommandFailure ex) {
			release(held);
			throw new CommandFailure(ex.exitCode(),
					"%s (while lock %s was held)".formatted(ex.getMessage(), held.lockFile().path()));
		}
		release(held);
		return exitCode;
	}

	/**
	 * Give the lock back. What goes wrong here doesn't change how the command ended.
	 * @param held the lock
	 */
	private void release(LockHandle held) {
		// A signal that came late may have interrupted this thread
		Thread.interrupted();
		try {
			held.close();
		}
		catch (UnlockException ex) {
			warn(String.valueOf(ex.getMessage()));
		}
	}

	private void warn(String message) {
		if (this.spec != null) {
			this.spec.commandLine().getErr().println(Main.oneLine("lockfile run: " + message));
		}
	}

	private final class Lost implements LockListener {

		@Override
		public void lost(LockAttempt attempt, LockHandle handle) {
			Path path = attempt.path();
			warn("Lock %s (strategy %s) was lost while the command runs: it was deleted, replaced or broken, so that"
				.formatted(path, attempt.strategy())
					+ " somebody else may hold it. The command goes on; stop it if that does harm");
		}

	}

}
