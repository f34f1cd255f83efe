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

import java.util.concurrent.Callable;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import io.lockfile.LockFailedException;
import io.lockfile.LockFile;
import io.lockfile.LockFiles;

/**
 * Breaks a lock that is in the way.
 */
@Command(name = "break", mixinStandardHelpOptions = true,
		description = { "Breaks the lock, unless its owner is seen to live.",
				"Exit code: 0 if it was broken or is free, 1 if that was refused" })
final class BreakCommand implements Callable<Integer> {

	private static final int REFUSED = 1;

	@Spec
	private @Nullable CommandSpec spec;

	@Mixin
	private LockOptions options = new LockOptions();

	@Option(names = "--force", description = "Break it whoever holds it. The owner goes on, and finds out later.")
	private boolean force;

	@Override
	public Integer call() {
		try (LockFiles locks = LockFiles.builder().build()) {
			LockFile lock = this.options.lock(locks);
			LockState state = LockState.of(lock, this.options.strategy());
			this.options.requireDirectory();
			boolean broken = breakLock(lock);
			if (!broken && state.failure() != null) {
				throw CommandFailure.of(
						"Lock %s (strategy %s) can't be looked at".formatted(lock.path(), lock.strategy()),
						state.failure());
			}
			String text = !broken ? "free"
					: "broken, it was held" + ((state.owner() != null) ? " by " + state.owner() : "");
			if (this.spec != null) {
				this.spec.commandLine()
					.getOut()
					.println(Main.oneLine("%s (strategy %s): %s".formatted(lock.path(), lock.strategy(), text)));
			}
			return ExitCodes.OK;
		}
	}

	private boolean breakLock(LockFile lock) {
		try {
			return this.force ? lock.breakLock() : lock.breakLockUnlessAlive();
		}
		catch (LockFailedException ex) {
			// It has no cause if nothing failed, but the owner was spared
			if (ex.getCause() == null) {
				throw new CommandFailure(REFUSED, String.valueOf(ex.getMessage())
					.replace("break the lock by force", "break the lock by --force"));
			}
			throw CommandFailure.of(ex);
		}
	}

}
