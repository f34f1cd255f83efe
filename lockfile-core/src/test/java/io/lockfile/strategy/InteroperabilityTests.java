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

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import io.lockfile.AlreadyLockedException;
import io.lockfile.LockFile;
import io.lockfile.LockFiles;
import io.lockfile.LockHandle;
import io.lockfile.LockMode;
import io.lockfile.LockOwner;
import io.lockfile.LockStrategy;
import io.lockfile.LockTimeoutException;
import io.lockfile.StrategyLabel;
import io.lockfile.strategy.InteroperabilityTable.Column;
import io.lockfile.testing.ChildJvm;
import io.lockfile.testing.Contender;
import io.lockfile.testing.Holder;
import io.lockfile.testing.Interval;
import io.lockfile.testing.Neighbour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What the strategies promise of the programs in {@link NeighbourProgram}, tried with
 * these programs. What is seen becomes a table in {@code target/interoperability.md}, and
 * has to be what {@code docs/interoperability.md} says.
 * <p>
 * Where a program isn't installed its tests are skipped, or fail if the environment has
 * {@code LOCKFILE_INTEROP_REQUIRED}.
 */
@EnabledOnOs(value = OS.LINUX, disabledReason = "the neighbours are programs for Linux")
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class InteroperabilityTests {

	private static final Path DOCUMENTED = Path.of(System.getProperty("basedir", ""), "..", "docs",
			"interoperability.md");

	private static final Path MEASURED = Path.of(System.getProperty("basedir", ""), "target", "interoperability.md");

	private static final InteroperabilityTable documented = InteroperabilityTable.read(DOCUMENTED);

	private static final InteroperabilityTable measured = new InteroperabilityTable();

	private static final Duration SHORT = Duration.ofMillis(200);

	private static final Duration LONG = Duration.ofSeconds(60);

	/**
	 * By how much flufl.lock lets clocks differ before it takes a lock for expired.
	 */
	private static final Duration SLOP = Duration.ofSeconds(10);

	private static final int OUR_HOLDS = 100;

	private static final int THEIR_HOLDS = 75;

	@TempDir
	private Path directory;

	private final List<AutoCloseable> children = new ArrayList<>();

	private LockFiles locks;

	private LockFile lock;

	@BeforeEach
	void noLocksYet() {
		this.locks = LockFiles.builder().directory(this.directory).build();
	}

	@AfterEach
	void leaveNobodyBehind() throws Exception {
		for (AutoCloseable child : this.children) {
			child.close();
		}
		this.locks.close();
	}

	@AfterAll
	static void writeTable() throws IOException {
		Files.writeString(MEASURED, measured.toString());
	}

	@ParameterizedTest
	@EnumSource
	void heldByTheNeighbour(NeighbourProgram program) {
		prepare(program);
		Neighbour neighbour = start(program);
		assertThat(neighbour.attempt(program.mode())).isEqualTo("held");
		assertThat(this.lock.tryAcquire()).isEmpty();
		AlreadyLockedException refusal = refusal();
		LockOwner owner = refusal.getOwner().orElseThrow();
		assertThat(refusal).hasMessageContaining(owner.toString());
		assertThat(this.lock.isLocked()).isTrue();
		if (owner.pid() != null || program.tells().pid()) {
			assertThat(owner.pid()).isEqualTo(neighbour.holder());
		}
		if (owner.host() != null || program.tells().host()) {
			assertThat(owner.host()).isEqualTo(neighbour.host());
		}
		if (program.mode() == LockMode.SHARED) {
			this.lock.acquire(LockMode.SHARED, Duration.ZERO).close();
			assertThat(this.lock.tryAcquire()).as("while the neighbour still reads").isEmpty();
		}
		neighbour.release();
		this.lock.acquire(Duration.ZERO).close();
		assertThat(neighbour.attempt(program.mode())).as("after us").isEqualTo("held");
		saw(program, Column.NEIGHBOUR_HOLDS, program.tells().cell());
	}

	private AlreadyLockedException refusal() {
		return assertThatExceptionOfType(AlreadyLockedException.class)
			.isThrownBy(() -> this.lock.acquire(Duration.ZERO))
			.actual();
	}

	@ParameterizedTest
	@EnumSource
	void heldByUs(NeighbourProgram program) {
		prepare(program);
		Neighbour neighbour = start(program);
		try (LockHandle held = this.lock.acquire(program.mode(), Duration.ZERO)) {
			assertThat(neighbour.attempt(LockMode.EXCLUSIVE)).isEqualTo("refused");
			assertThat(neighbour.attempt(LockMode.EXCLUSIVE)).isEqualTo("refused");
			if (program.mode() == LockMode.SHARED) {
				assertThat(neighbour.attempt(LockMode.SHARED)).isEqualTo("held");
				neighbour.release();
				assertThat(neighbour.attempt(LockMode.EXCLUSIVE)).as("while we still read").isEqualTo("refused");
			}
			held.ensureValid();
		}
		assertThat(neighbour.attempt(LockMode.EXCLUSIVE)).as("after us").isEqualTo("held");
		neighbour.release();
		saw(program, Column.WE_HOLD, "refused");
	}

	@ParameterizedTest
	@EnumSource
	void bothContend(NeighbourProgram program) {
		prepare(program);
		List<Hold> holds = contend(program);
		for (int i = 0; i < 3 && Hold.turns(holds) <= 10; i++) {
			// On a busy machine one side may have ended before the other one began
			holds = contend(program);
		}
		assertThat(Hold.turns(holds)).as("turns between them and us").isGreaterThan(10);
		saw(program, Column.BOTH_CONTEND, holds.size() + " holds, 0 overlaps");
	}

	private List<Hold> contend(NeighbourProgram program) {
		List<LockMode> modes = List.of(LockMode.EXCLUSIVE, program.mode());
		List<Neighbour> theirs = modes.stream().map((mode) -> start(program)).toList();
		List<ChildJvm> ours = modes.stream().map((mode) -> contender(program, mode)).toList();
		ours.forEach((child) -> child.expect("ready"));
		for (int i = 0; i < modes.size(); i++) {
			theirs.get(i).loop(THEIR_HOLDS, modes.get(i));
			ours.get(i).proceed();
		}
		List<Hold> holds = new ArrayList<>();
		for (int i = 0; i < modes.size(); i++) {
			LockMode mode = modes.get(i);
			theirs.get(i).intervals().forEach((interval) -> holds.add(new Hold(interval, mode, false)));
			ours.get(i).finish().forEach((interval) -> holds.add(new Hold(Interval.parse(interval), mode, true)));
		}
		assertThat(holds).hasSize(modes.size() * (OUR_HOLDS + THEIR_HOLDS));
		assertThat(Hold.overlapping(holds)).isEmpty();
		return holds;
	}

	private ChildJvm contender(NeighbourProgram program, LockMode mode) {
		ChildJvm child = ChildJvm.start(Contender.class, this.directory, program.strategy(), "a", OUR_HOLDS, mode,
				4000);
		this.children.add(child);
		return child;
	}

	@ParameterizedTest
	@EnumSource
	void neighbourIsKilled(NeighbourProgram program) throws IOException {
		prepare(program);
		Neighbour neighbour = start(program, 2);
		assertThat(neighbour.attempt(program.mode())).isEqualTo("held");
		assertThat(this.lock.tryAcquire()).isEmpty();
		Instant expiry = lastModified(program);
		neighbour.killHolder();
		switch (program.theirs()) {
			case AT_ONCE -> {
				assertThat(afterCrash(program)).isEqualTo(StrategyLabel.AfterCrash.RELEASED);
				this.lock.acquire(Duration.ZERO).close();
			}
			case OPERATOR -> {
				// This is about our own holders; what it says of others is in its remarks
				assertThat(afterCrash(program)).isEqualTo(StrategyLabel.AfterCrash.PROOF_OF_DEATH);
				assertThat(this.lock.tryAcquire()).isEmpty();
				assertThatExceptionOfType(LockTimeoutException.class).isThrownBy(() -> this.lock.acquire(SHORT));
				assertThat(this.lock.breakLock()).isTrue();
				this.lock.acquire(Duration.ZERO).close();
			}
			case EXPIRY -> {
				assertThat(afterCrash(program)).isEqualTo(StrategyLabel.AfterCrash.EXPIRY);
				assertThat(this.lock.tryAcquire()).isEmpty();
				this.lock.acquire(LONG).close();
				assertThat(Instant.now()).isAfterOrEqualTo(expiry.plus(SLOP));
			}
		}
		saw(program, Column.NEIGHBOUR_IS_KILLED, program.theirs().cell());
	}

	@ParameterizedTest
	@EnumSource
	void weAreKilled(NeighbourProgram program) throws IOException {
		prepare(program);
		Neighbour neighbour = start(program);
		killOneOfUs(program);
		switch (program.ours()) {
			case AT_ONCE -> assertHeldAndReleased(neighbour);
			case UNTIL_BROKEN -> {
				assertOnlyWeRecover(program, neighbour, "refused");
				killOneOfUs(program);
				assertThat(neighbour.attempt(LockMode.EXCLUSIVE)).isEqualTo("refused");
				neighbour.breakLock();
				assertHeldAndReleased(neighbour);
			}
			case UNTIL_WE_COME -> assertOnlyWeRecover(program, neighbour, "refused");
			case FIVE_MINUTES -> {
				assertOnlyWeRecover(program, neighbour, "refused");
				killOneOfUs(program);
				age(program, Duration.ofMinutes(4));
				assertThat(neighbour.attempt(LockMode.EXCLUSIVE)).isEqualTo("refused");
				age(program, Duration.ofMinutes(6));
				assertHeldAndReleased(neighbour);
			}
			case FORCED -> {
				assertOnlyWeRecover(program, neighbour, "refused");
				killOneOfUs(program);
				age(program, Duration.ofHours(1));
				assertThat(neighbour.attempt(LockMode.EXCLUSIVE)).as("without -l").isEqualTo("refused");
				Neighbour forcing = start(program, 2);
				assertThat(forcing.acquire(LockMode.EXCLUSIVE)).isEqualTo("held");
				forcing.release();
			}
			case NOT_EMPTY -> {
				assertThat(neighbour.attempt(LockMode.EXCLUSIVE)).isEqualTo("refused");
				age(program, Duration.ofMinutes(1));
				assertOnlyWeRecover(program, neighbour, "failed ENOTEMPTY");
			}
			case EXPIRY -> {
				assertThat(neighbour.attempt(LockMode.EXCLUSIVE)).isEqualTo("refused");
				Instant expiry = lastModified(program);
				Neighbour waiting = start(program, 15);
				assertThat(waiting.acquire(LockMode.EXCLUSIVE)).isEqualTo("held");
				assertThat(Instant.now()).isAfterOrEqualTo(expiry.plus(SLOP));
				waiting.release();
			}
		}
		saw(program, Column.WE_ARE_KILLED, program.ours().cell());
	}

	private void killOneOfUs(NeighbourProgram program) {
		try (ChildJvm child = ChildJvm.start(Holder.class, this.directory, program.strategy(), "a", program.mode())) {
			child.expect("held").kill();
		}
	}

	private void assertHeldAndReleased(Neighbour neighbour) {
		assertThat(neighbour.attempt(LockMode.EXCLUSIVE)).isEqualTo("held");
		neighbour.release();
	}

	private void assertOnlyWeRecover(NeighbourProgram program, Neighbour neighbour, String answer) {
		assertThat(neighbour.attempt(LockMode.EXCLUSIVE)).startsWith(answer);
		assertThat(neighbour.attempt(LockMode.EXCLUSIVE)).as("once more").startsWith(answer);
		try (LockHandle held = this.lock.acquire(Duration.ZERO)) {
			assertThat(held.isValid()).isTrue();
		}
		assertHeldAndReleased(neighbour);
	}

	/**
	 * Make the marker look old, instead of waiting. It has been read since it was
	 * written, as it would have been by those who wait.
	 * @param program the program whose marker it is, too
	 * @param age how old it is to be
	 */
	private void age(NeighbourProgram program, Duration age) throws IOException {
		Instant now = Instant.now();
		Files.getFileAttributeView(marker(program), BasicFileAttributeView.class)
			.setTimes(FileTime.from(now.minus(age)), FileTime.from(now), null);
	}

	private Instant lastModified(NeighbourProgram program) throws IOException {
		Path marker = marker(program);
		return Files.exists(marker) ? Files.getLastModifiedTime(marker).toInstant() : Instant.MIN;
	}

	private Path marker(NeighbourProgram program) {
		return strategy(program).orElseThrow().marker(this.directory.resolve("a"));
	}

	private static StrategyLabel.AfterCrash afterCrash(NeighbourProgram program) {
		return strategy(program).orElseThrow().label().afterCrash();
	}

	private static Optional<LockStrategy> strategy(NeighbourProgram program) {
		return ServiceLoader.load(LockStrategy.class)
			.stream()
			.map(ServiceLoader.Provider::get)
			.filter((strategy) -> strategy.name().equals(program.strategy()))
			.findFirst();
	}

	@Test
	void everyProgramIsDocumented() {
		assertThat(documented.programs()).containsExactly(NeighbourProgram.values());
		for (NeighbourProgram program : NeighbourProgram.values()) {
			for (Column column : Column.values()) {
				assertThat(documented.cell(program, column)).as("%s, %s", program, column).isNotBlank();
			}
		}
	}

	private void prepare(NeighbourProgram program) {
		this.lock = this.locks.get("a", program.strategy());
		if (program == NeighbourProgram.SQLITE_LOCK_FILE) {
			// The table has to be ours: a Python process that creates it removes it
			this.lock.acquire().close();
		}
	}

	private Neighbour start(NeighbourProgram program) {
		return start(program, null);
	}

	private Neighbour start(NeighbourProgram program, @Nullable Integer patience) {
		try {
			Neighbour neighbour = Neighbour.start(program.script(), program.pathOf(this.directory.resolve("a")),
					patience);
			this.children.add(neighbour);
			measured.version(program, neighbour.version());
			return neighbour;
		}
		catch (Neighbour.MissingException ex) {
			String message = "%s can't be tried: %s. Install it with: sudo apt-get install %s".formatted(program,
					ex.getMessage(), program.debianPackage());
			if (System.getenv("LOCKFILE_INTEROP_REQUIRED") != null) {
				throw new AssertionError(message);
			}
			return Assumptions.abort(message);
		}
	}

	private static void saw(NeighbourProgram program, Column column, String cell) {
		measured.cell(program, column, cell);
		assertThat(InteroperabilityTable.kind(cell)).as("what %s says of %s", DOCUMENTED.getFileName(), program)
			.isEqualTo(InteroperabilityTable.kind(documented.cell(program, column)));
	}

	/**
	 * A hold by one of them or of us.
	 *
	 * @param interval when that was
	 * @param mode the mode
	 * @param ours whether it was one of us
	 */
	private record Hold(Interval interval, LockMode mode, boolean ours) {

		static List<Hold> overlapping(List<Hold> holds) {
			return holds.stream()
				.filter((hold) -> hold.mode == LockMode.EXCLUSIVE)
				.filter((hold) -> holds.stream().anyMatch((other) -> other != hold && hold.overlaps(other)))
				.toList();
		}

		boolean overlaps(Hold other) {
			return this.interval.entered() < other.interval.left() && other.interval.entered() < this.interval.left();
		}

		static int turns(List<Hold> holds) {
			List<Hold> sorted = holds.stream()
				.sorted(Comparator.comparingLong((hold) -> hold.interval.entered()))
				.toList();
			int turns = 0;
			for (int i = 1; i < sorted.size(); i++) {
				if (sorted.get(i).ours != sorted.get(i - 1).ours) {
					turns++;
				}
			}
			return turns;
		}

	}

}
