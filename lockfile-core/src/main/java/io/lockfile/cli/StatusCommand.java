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

import java.util.Locale;
import java.util.concurrent.Callable;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import io.lockfile.LockFile;
import io.lockfile.LockFiles;
import io.lockfile.LockOwner;

/**
 * Tells who holds a lock.
 */
@Command(name = "status", mixinStandardHelpOptions = true,
		description = { "Tells who holds the lock, without claiming anything.",
				"Exit code: 0 if it is free, 1 if it is held, 2 if that can't be seen" })
final class StatusCommand implements Callable<Integer> {

	private static final int FREE = 0;

	private static final int HELD = 1;

	private static final int UNKNOWN = 2;

	@Spec
	private @Nullable CommandSpec spec;

	@Mixin
	private LockOptions options = new LockOptions();

	@Option(names = "--json", description = "Print a JSON object.")
	private boolean json;

	@Override
	public Integer call() {
		try (LockFiles locks = LockFiles.builder().build()) {
			LockFile lock = this.options.lock(locks);
			LockState state = LockState.of(lock, this.options.strategy());
			int exitCode = switch (state.word()) {
				case "free" -> FREE;
				case "held" -> HELD;
				default -> UNKNOWN;
			};
			if (!this.json && exitCode == UNKNOWN) {
				throw new CommandFailure(UNKNOWN, text(lock, state));
			}
			print(this.json ? json(lock, state) : text(lock, state));
			return exitCode;
		}
	}

	private void print(String line) {
		if (this.spec != null) {
			this.spec.commandLine().getOut().println(Main.oneLine(line));
		}
	}

	private static String text(LockFile lock, LockState state) {
		String details = "";
		if (state.owner() != null) {
			details = " by %s, %s".formatted(state.owner(), switch (state.owner().liveness()) {
				case ALIVE -> "alive";
				case DEAD -> "dead";
				case UNKNOWN -> "alive or dead is unknown";
			});
		}
		else if (state.reason() != null) {
			details = ": " + state.reason();
		}
		return "%s (strategy %s): %s%s".formatted(lock.path(), lock.strategy(), state.word(), details);
	}

	private static String json(LockFile lock, LockState state) {
		return new JsonObject().add("path", lock.path().toString())
			.add("strategy", lock.strategy())
			.add("state", state.word())
			.add("owner", (state.owner() != null) ? json(state.owner()) : null)
			.add("reason", state.reason())
			.toString();
	}

	private static JsonObject json(LockOwner owner) {
		return new JsonObject().add("pid", owner.pid())
			.add("host", owner.host())
			.add("processStart", owner.processStart())
			.add("thread", owner.thread())
			.add("since", owner.since())
			.add("liveness", owner.liveness().name().toLowerCase(Locale.ROOT));
	}

}
