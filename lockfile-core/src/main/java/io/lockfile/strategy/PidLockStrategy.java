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

package io.lockfile.strategy;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.lockfile.LockOwner;
import io.lockfile.ProcessIdentity;
import io.lockfile.StrategyLabel;

/**
 * A PID file: {@code P} itself, with the pid in its first line and the host in its
 * second, as filelock's {@code SoftFileLock} has it. It is published complete, by a hard
 * link.
 * <p>
 * A space behind the pid tells our files from those of neighbours, whose readers all
 * ignore it: only behind ours a process has a lock that proves its life.
 */
public class PidLockStrategy extends LinkLockStrategy {

	private static final StrategyLabel LABEL = new StrategyLabel("`P`, gone after release", false,
			StrategyLabel.AfterCrash.PROOF_OF_DEATH, StrategyLabel.Waiting.EVENTS,
			"Excludes where hard links do, NFS included; a dead holder is recognised where the server locks byte ranges",
			"a file system with hard links; not Windows",
			List.of("Python lockfile PIDLockFile", "python-daemon", "Python filelock SoftFileLock"),
			"A neighbour's file that a crash has left is for an operator: it names no boot and no pid namespace");

	private static final Pattern OURS = Pattern.compile("(\\d{1,10}) \\n([^\\n]+)\\n");

	private static final Pattern NEIGHBOURS = Pattern.compile("|\\s*(\\d{1,10})\\s*(\\n([^\\n]*)(\\n[\\s\\S]*)?)?");

	/**
	 * Create the strategy, for {@link java.util.ServiceLoader}.
	 */
	public PidLockStrategy() {
		super("pid", LABEL);
	}

	@Override
	public Path marker(Path path) {
		return path;
	}

	@Override
	String content() {
		ProcessIdentity self = ProcessIdentity.current();
		return "%d \n%s\n".formatted(self.pid(), self.host());
	}

	@Override
	Optional<ProcessIdentity> parse(String text) {
		Matcher matcher = OURS.matcher(text);
		if (!matcher.matches()) {
			return Optional.empty();
		}
		// Start and namespace don't fit into this format. Without them nothing is proved
		// but by the lock
		return Optional.of(new ProcessIdentity(Long.parseLong(matcher.group(1)), 0, "", matcher.group(2)));
	}

	@Override
	boolean isNeighbours(String text) {
		return NEIGHBOURS.matcher(text).matches();
	}

	@Override
	boolean isForeign(String text) {
		return !isNeighbours(text);
	}

	@Override
	LockOwner describe(String text) {
		Matcher matcher = NEIGHBOURS.matcher(text);
		if (!matcher.matches() || matcher.group(1) == null) {
			return NOBODY_KNOWN;
		}
		String host = matcher.group(3);
		return MarkerText.neighbour(Long.parseLong(matcher.group(1)),
				(host != null && !host.isBlank()) ? host.strip() : null);
	}

}
