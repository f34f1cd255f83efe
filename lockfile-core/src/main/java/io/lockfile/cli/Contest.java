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

import java.io.Serial;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

import io.lockfile.LockStrategy;

/**
 * Several processes that contend for one lock of each strategy in turn. They are started
 * once, and whoever is killed or doesn't answer is replaced.
 */
final class Contest implements AutoCloseable {

	/**
	 * How many processes contend.
	 */
	static final int PROCESSES = 4;

	private static final long CONTEND_MILLIS = 1000;

	/**
	 * How long they contend at most: on a busy machine, some have no turn in less.
	 */
	private static final long LONGEST_CONTEND_MILLIS = 9000;

	private static final long ANSWER_MILLIS = 15_000;

	/**
	 * How many holds, by how many processes, say something: a lock that lets nobody in
	 * excludes everybody.
	 */
	private static final int FEWEST_HOLDS = 8;

	private static final int FEWEST_HOLDERS = 2;

	private final List<Path> directories;

	private final List<ContestantProcess> processes = new ArrayList<>();

	private boolean closed;

	/**
	 * Start the processes.
	 * @param directories the directories of the locks, which each of the processes uses
	 * one of in turn
	 */
	Contest(List<Path> directories) {
		this.directories = List.copyOf(directories);
		for (int i = 0; i < PROCESSES; i++) {
			this.processes.add(start(i));
		}
	}

	private ContestantProcess start(int index) {
		return ContestantProcess.start(this.directories.get(index % this.directories.size()));
	}

	private synchronized void replace(int index) {
		this.processes.get(index).kill();
		if (!this.closed) {
			this.processes.set(index, start(index));
		}
	}

	/**
	 * Let the processes contend for the lock of a strategy.
	 * @param strategy the strategy
	 * @return what was seen
	 */
	Verdict verify(LockStrategy strategy) {
		try {
			Verdict verdict = null;
			for (long millis = CONTEND_MILLIS; verdict == null; millis *= 3) {
				verdict = contend(strategy, millis);
			}
			return verdict;
		}
		catch (NoAnswerException ex) {
			for (int i = 0; i < PROCESSES; i++) {
				replace(i);
			}
			return Verdict.unsupported(String.valueOf(ex.getMessage()));
		}
	}

	private @Nullable Verdict contend(LockStrategy strategy, long millis) throws NoAnswerException {
		for (ContestantProcess process : this.processes) {
			if (!process.isReady()) {
				expect(process, "ready", ANSWER_MILLIS);
				process.setReady();
			}
		}
		this.processes.forEach((process) -> process.send("contend", strategy.name(), millis));
		List<Interval> intervals = new ArrayList<>();
		String failure = null;
		int holders = 0;
		for (ContestantProcess process : this.processes) {
			int before = intervals.size();
			String line = answer(process, millis + ANSWER_MILLIS);
			while (Character.isDigit(line.charAt(0))) {
				intervals.add(Interval.parse(line));
				line = answer(process, ANSWER_MILLIS);
			}
			if (!line.equals("done")) {
				failure = line.replaceFirst("failed ", "");
			}
			holders += (intervals.size() > before) ? 1 : 0;
		}
		int overlaps = Interval.overlaps(intervals);
		if (overlaps > 0) {
			return Verdict.unsafe(intervals.size(), overlaps);
		}
		if (failure != null) {
			return Verdict.unsupported(failure);
		}
		if (intervals.size() < FEWEST_HOLDS || holders < FEWEST_HOLDERS) {
			return (millis < LONGEST_CONTEND_MILLIS) ? null
					: Verdict.unsupported("only %d holds by %d of %d processes in %d s, which says nothing"
						.formatted(intervals.size(), holders, PROCESSES, millis / 1000));
		}
		return crash(strategy, intervals.size());
	}

	private Verdict crash(LockStrategy strategy, int holds) throws NoAnswerException {
		int victim = PROCESSES - 1;
		ContestantProcess holder = this.processes.get(victim);
		ContestantProcess successor = this.processes.get(0);
		long patience = switch (strategy.label().afterCrash()) {
			case RELEASED, PROOF_OF_DEATH -> 5000;
			// A lease of three seconds, and what a strategy adds to it
			case EXPIRY -> 20_000;
			case OPERATOR -> 300;
		};
		holder.send("hold", strategy.name(), ANSWER_MILLIS);
		expect(holder, "held", ANSWER_MILLIS);
		successor.send("next", strategy.name(), patience);
		String line = answer(successor, ANSWER_MILLIS);
		if (line.equals("held")) {
			replace(victim);
			return Verdict.unsafe(holds, 1);
		}
		holder.kill();
		long killed = System.nanoTime();
		replace(victim);
		if (line.equals("waiting")) {
			line = answer(successor, patience + ANSWER_MILLIS);
		}
		String expected = switch (strategy.label().afterCrash()) {
			case RELEASED -> "released";
			case PROOF_OF_DEATH -> "broken on proof of death";
			case EXPIRY -> "expires";
			case OPERATOR -> "stays until an operator breaks it";
		};
		return switch (line) {
			case "held" -> Verdict.safe(holds, "%s: free after %d ms".formatted(expected,
					TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - killed)));
			case "unavailable" -> Verdict.safe(holds, "%s: not free after %d ms".formatted(expected, patience));
			default -> Verdict.safe(holds, "%s: %s".formatted(expected, line));
		};
	}

	private static void expect(ContestantProcess process, String expected, long millis) throws NoAnswerException {
		String line = answer(process, millis);
		if (!line.equals(expected)) {
			throw new NoAnswerException(line.replaceFirst("failed ", ""));
		}
	}

	private static String answer(ContestantProcess process, long millis) throws NoAnswerException {
		String line = process.readLine(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis));
		if (line == null) {
			throw new NoAnswerException("a process did not answer for %d s".formatted(millis / 1000));
		}
		return line;
	}

	@Override
	public synchronized void close() {
		this.closed = true;
		this.processes.forEach(ContestantProcess::kill);
	}

	private static final class NoAnswerException extends Exception {

		@Serial
		private static final long serialVersionUID = 1L;

		NoAnswerException(String message) {
			super(message);
		}

	}

}
