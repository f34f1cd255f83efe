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
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.lockfile.ClaimRequest;
import io.lockfile.LockClaim;
import io.lockfile.LockFailedException;
import io.lockfile.LockFile;
import io.lockfile.LockFiles;
import io.lockfile.LockHandle;
import io.lockfile.LockOwner;
import io.lockfile.LockStrategy;
import io.lockfile.RecordingListener;
import io.lockfile.testing.ChildJvm;
import io.lockfile.testing.Contender;
import io.lockfile.testing.Interval;
import io.lockfile.testing.Remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link LeaseLockStrategy} between JVMs, and with clocks that are set.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "signals")
class LeaseAcrossProcessesTests {

	private static final Duration LONG = Duration.ofSeconds(60);

	@TempDir
	private Path directory;

	private final RecordingListener events = new RecordingListener();

	private LockFiles engine(LockStrategy strategy) {
		return LockFiles.builder()
			.directory(this.directory)
			.strategy(strategy)
			.leaseDuration(Duration.ofSeconds(3))
			.listener(this.events)
			.build();
	}

	private ChildJvm remote() {
		return ChildJvm.start(Remote.class, this.directory, "lease", "a", false);
	}

	@Test
	void severalJvmsNeverHoldAtOnce() {
		List<ChildJvm> children = new ArrayList<>();
		List<Interval> intervals = new ArrayList<>();
		try {
			for (int i = 0; i < 3; i++) {
				children.add(ChildJvm.start(Contender.class, this.directory, "lease", "a", 150));
			}
			children.forEach((child) -> child.expect("ready"));
			children.forEach(ChildJvm::proceed);
			children.forEach((child) -> child.finish().stream().map(Interval::parse).forEach(intervals::add));
		}
		finally {
			children.forEach(ChildJvm::close);
		}
		assertThat(intervals).hasSize(450);
		assertThat(Interval.overlapping(intervals)).isEmpty();
	}

	@Test
	void holderThatIsPausedForLongerThanItsLeaseIsToldAndFencedOff() {
		try (LockFiles locks = engine(new LeaseLockStrategy()); ChildJvm child = remote()) {
			assertThat(child.ask("acquire")).isEqualTo("held");
			child.signal("STOP");
			try (LockHandle successor = locks.get("a").acquire(LONG)) {
				assertThat(successor.previousHolderCrashed()).isTrue();
				child.signal("CONT");
				assertThat(child.ask("valid")).isEqualTo("false");
				assertThat(child.ask("lost")).isEqualTo("1");
				assertThat(Long.parseLong(child.ask("token"))).isLessThan(successor.fencingToken());
				assertThat(child.ask("release")).isEqualTo("released");
				assertThat(successor.isValid()).isTrue();
			}
			Awaitility.await().atMost(LONG).until(() -> !this.events.broken().isEmpty());
			assertThat(this.events.broken()).singleElement().extracting(LockOwner::pid).isEqualTo(child.pid());
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void leaseThatExpiredWhileItWasPublishedIsNotObtained(boolean monotonic) {
		AtomicReference<Duration> passed = new AtomicReference<>(Duration.ZERO);
		// Of a host that is suspended, the monotonic clock may stand still
		LockStrategy suspended = new LeaseLockStrategy() {

			@Override
			Instant now() {
				return monotonic ? Instant.now() : Instant.now().plus(passed.get());
			}

			@Override
			long nanoTime() {
				return System.nanoTime() + (monotonic ? passed.get().toNanos() : 0);
			}

			@Override
			void link(Path name, Path file) throws IOException {
				super.link(name, file);
				passed.set(Duration.ofMinutes(1));
			}

		};
		try (LockFiles locks = engine(suspended)) {
			assertThat(locks.get("a").tryAcquire()).isEmpty();
		}
	}

	@Test
	void leaseIsRenewedWhileItIsHeld() throws IOException {
		try (LockFiles locks = engine(new LeaseLockStrategy()); LockHandle held = locks.get("a").acquire()) {
			Instant first = expiry();
			Awaitility.await().atMost(LONG).until(() -> expiry().isAfter(first.plusSeconds(3)));
			assertThat(held.isValid()).isTrue();
		}
		assertThat(this.directory.resolve("a")).doesNotExist();
	}

	private Instant expiry() throws IOException {
		return Files.getLastModifiedTime(this.directory.resolve("a")).toInstant();
	}

	@ParameterizedTest
	@ValueSource(longs = { -7200, 7200 })
	void clockThatIsSetBreaksNoLease(long seconds) {
		LockStrategy mistaken = new LeaseLockStrategy() {

			@Override
			Instant now() {
				return Instant.now().plusSeconds(seconds);
			}

		};
		try (LockFiles locks = engine(mistaken); ChildJvm child = remote()) {
			assertThat(child.ask("acquire")).isEqualTo("held");
			for (int i = 0; i < 3; i++) {
				assertThat(locks.get("a").tryAcquire()).isEmpty();
			}
			assertThat(child.ask("valid")).isEqualTo("true");
		}
	}

	@Test
	void leaseOfADeadHolderIsFreeWhenItHasExpiredAndNotBefore() {
		try (ChildJvm child = remote()) {
			assertThat(child.ask("acquire")).isEqualTo("held");
			child.kill();
		}
		try (LockFiles locks = engine(at(Duration.ofSeconds(12), Duration.ZERO))) {
			assertThat(locks.get("a").tryAcquire()).isEmpty();
		}
		try (LockFiles locks = engine(at(Duration.ofSeconds(14), Duration.ZERO));
				LockHandle held = locks.get("a").acquire(Duration.ZERO)) {
			assertThat(held.previousHolderCrashed()).isTrue();
		}
		Awaitility.await().atMost(LONG).until(() -> this.events.names().contains("broken"));
		assertThat(this.directory.toFile().list((directory, name) -> name.startsWith("a"))).isEmpty();
	}

	private static LockStrategy at(Duration later, Duration monotonic) {
		return new LeaseLockStrategy() {

			@Override
			Instant now() {
				return Instant.now().plus(later);
			}

			@Override
			long nanoTime() {
				return System.nanoTime() + monotonic.toNanos();
			}

		};
	}

	@Test
	void leaseThatIsRenewedBetweenItsJudgementAndItsRemovalStands() {
		try (ChildJvm child = remote()) {
			assertThat(child.ask("acquire")).isEqualTo("held");
			child.kill();
		}
		Path marker = this.directory.resolve("a");
		LockStrategy racing = new LeaseLockStrategy() {

			@Override
			Instant now() {
				return Instant.now().plusSeconds(14);
			}

			@Override
			void beforeRemoval(Path path) {
				try {
					extend(path, Instant.now().plusSeconds(60));
				}
				catch (IOException ex) {
					throw new IllegalStateException(ex);
				}
			}

		};
		try (LockFiles locks = engine(racing)) {
			assertThat(locks.get("a").tryAcquire()).isEmpty();
			assertThat(marker).exists();
			assertThat(this.events.names()).doesNotContain("broken");
		}
	}

	@Test
	void successorsLeaseOfTheSameDateIsNotRemoved() throws IOException {
		try (ChildJvm child = remote()) {
			assertThat(child.ask("acquire")).isEqualTo("held");
			child.kill();
		}
		FileTime date = FileTime.from(expiry());
		Path successor = this.directory.resolve("a|host|1|2");
		LockStrategy racing = new LeaseLockStrategy() {

			@Override
			Instant now() {
				// The successor's isn't to be broken for its age
				return Instant.now().plusSeconds(Files.exists(successor) ? 0 : 14);
			}

			@Override
			void beforeRemoval(Path path) {
				try {
					Files.writeString(successor, successor.toString());
					Files.setLastModifiedTime(successor, date);
					Files.delete(path);
					Files.createLink(path, successor);
				}
				catch (IOException ex) {
					throw new IllegalStateException(ex);
				}
			}

		};
		try (LockFiles locks = engine(racing)) {
			assertThat(locks.get("a").tryAcquire()).isEmpty();
			assertThat(this.directory.resolve("a")).hasContent(successor.toString());
			assertThat(this.events.names()).doesNotContain("broken");
		}
	}

	@Test
	void leaseThatIsRenewedIsNotBrokenHoweverLongItIsHeld() throws IOException {
		long[] passed = { 0 };
		LockStrategy patient = new LeaseLockStrategy() {

			@Override
			long nanoTime() {
				return System.nanoTime() + passed[0];
			}

		};
		try (LockFiles locks = engine(patient); ChildJvm child = remote()) {
			assertThat(child.ask("acquire")).isEqualTo("held");
			Instant first = expiry();
			assertThat(locks.get("a").tryAcquire()).isEmpty();
			Awaitility.await().atMost(LONG).until(() -> expiry().isAfter(first));
			passed[0] = Duration.ofSeconds(14).toNanos();
			assertThat(locks.get("a").tryAcquire()).isEmpty();
			assertThat(child.ask("valid")).isEqualTo("true");
		}
	}

	@Test
	void renewalThatFailsIsNoLossAndExtendsNothing() throws IOException {
		AtomicReference<Duration> passed = new AtomicReference<>(Duration.ZERO);
		AtomicReference<LockClaim> claim = new AtomicReference<>();
		LockStrategy strategy = new LeaseLockStrategy() {

			@Override
			Instant now() {
				return Instant.now().plus(passed.get());
			}

			@Override
			long nanoTime() {
				return System.nanoTime() + passed.get().toNanos();
			}

			@Override
			@Nullable LockClaim publish(ClaimRequest request, Path marker, boolean afterCrash) throws IOException {
				claim.set(super.publish(request, marker, afterCrash));
				return claim.get();
			}

		};
		try (LockFiles locks = LockFiles.builder()
			.directory(this.directory)
			.strategy(strategy)
			.leaseDuration(Duration.ofMinutes(10))
			.build(); LockHandle held = locks.get("a").acquire()) {
			Path file = Path.of(Files.readString(this.directory.resolve("a")));
			Path aside = this.directory.resolve("aside");
			passed.set(Duration.ofMinutes(6));
			Files.move(file, aside);
			assertThatExceptionOfType(IOException.class).isThrownBy(() -> claim.get().renew());
			assertThat(held.isValid()).isTrue();
			Files.move(aside, file);
			claim.get().renew();
			passed.set(Duration.ofMinutes(12));
			assertThat(held.isValid()).isTrue();
			Files.move(file, aside);
			assertThatExceptionOfType(IOException.class).isThrownBy(() -> claim.get().renew());
			passed.set(Duration.ofMinutes(17));
			assertThat(held.isValid()).isFalse();
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void leaseThatHasExpiredByOneClockIsLostForEver(boolean monotonic) throws IOException {
		AtomicReference<Duration> passed = new AtomicReference<>(Duration.ZERO);
		AtomicReference<LockClaim> claim = new AtomicReference<>();
		LockStrategy paused = new LeaseLockStrategy() {

			@Override
			Instant now() {
				return monotonic ? Instant.now() : Instant.now().plus(passed.get());
			}

			@Override
			long nanoTime() {
				return System.nanoTime() + (monotonic ? passed.get().toNanos() : 0);
			}

			@Override
			@Nullable LockClaim publish(ClaimRequest request, Path marker, boolean afterCrash) throws IOException {
				claim.set(super.publish(request, marker, afterCrash));
				return claim.get();
			}

		};
		try (LockFiles locks = LockFiles.builder()
			.directory(this.directory)
			.strategy(paused)
			.leaseDuration(Duration.ofMinutes(10))
			.build(); LockHandle held = locks.get("a").acquire()) {
			assertThat(held.isValid()).isTrue();
			Instant expiry = expiry();
			passed.set(Duration.ofMinutes(11));
			// Nobody has broken it yet
			assertThat(this.directory.resolve("a")).exists();
			claim.get().renew();
			assertThat(held.isValid()).isFalse();
			passed.set(Duration.ZERO);
			claim.get().renew();
			assertThat(claim.get().isValid()).isFalse();
			assertThat(expiry()).isEqualTo(expiry);
		}
	}

	@Test
	void leaseWithADateInTheFutureIsNoObstacleForEver() throws IOException {
		try (ChildJvm child = remote()) {
			assertThat(child.ask("acquire")).isEqualTo("held");
			child.kill();
		}
		Files.setLastModifiedTime(this.directory.resolve("a"), FileTime.from(Instant.now().plus(Duration.ofHours(2))));
		long[] passed = { 0 };
		LockStrategy patient = new LeaseLockStrategy() {

			@Override
			long nanoTime() {
				return System.nanoTime() + passed[0];
			}

		};
		try (LockFiles locks = engine(patient)) {
			assertThat(locks.get("a").tryAcquire()).isEmpty();
			passed[0] = Duration.ofSeconds(12).toNanos();
			assertThat(locks.get("a").tryAcquire()).isEmpty();
			passed[0] = Duration.ofSeconds(14).toNanos();
			assertThat(locks.get("a").tryAcquire()).hasValueSatisfying(LockHandle::close);
		}
	}

	@Test
	void operatorBreaksALeaseAndItsReleaseLeavesTheSuccessorAlone() {
		try (LockFiles locks = engine(new LeaseLockStrategy()); ChildJvm child = remote()) {
			LockFile lock = locks.get("a");
			assertThat(child.ask("acquire")).isEqualTo("held");
			assertThat(lock.owner()).get().extracting(LockOwner::pid).isEqualTo(child.pid());
			assertThat(lock.breakLock()).isTrue();
			try (LockHandle held = lock.acquire(Duration.ZERO)) {
				assertThat(child.ask("valid")).isEqualTo("false");
				assertThat(child.ask("release")).isEqualTo("released");
				assertThat(held.isValid()).isTrue();
			}
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "data", "/victim", "a|host|1", "b|host|1|2", "../victim|host|1|2" })
	void whatIsNoLeaseIsNeverBroken(String content) throws IOException {
		Path victim = Files.writeString(this.directory.resolve("victim"), "precious");
		Path file = Files.writeString(this.directory.resolve("a"), content);
		Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH));
		try (LockFiles locks = engine(new LeaseLockStrategy())) {
			assertThatExceptionOfType(LockFailedException.class).isThrownBy(() -> locks.get("a").acquire(LONG))
				.withMessageContainingAll(file.toString(), "no marker of a known format");
		}
		assertThat(file).hasContent(content);
		assertThat(victim).hasContent("precious");
	}

	@Test
	void fileThatAnExpiredLeaseNamesIsDeletedOnlyIfItIsTheLease() throws IOException {
		Path other = Files.writeString(this.directory.resolve("a|host|1|2"), "precious");
		Path file = Files.writeString(this.directory.resolve("a"), other.toString());
		Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(60)));
		try (LockFiles locks = engine(new LeaseLockStrategy())) {
			locks.get("a").acquire(Duration.ZERO).close();
		}
		assertThat(other).hasContent("precious");
	}

	@Test
	void refusedTriesLeaveNothingBehind() throws IOException {
		try (LockFiles locks = engine(new LeaseLockStrategy()); ChildJvm child = remote()) {
			assertThat(child.ask("acquire")).isEqualTo("held");
			assertThat(locks.get("a").tryAcquire()).isEmpty();
			try (Stream<Path> files = Files.list(this.directory)) {
				assertThat(files.filter((file) -> file.getFileName().toString().startsWith("a|"))).hasSize(1);
			}
		}
	}

	@Test
	void durationsThatCanNotWorkAreRefused() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> LockFiles.builder().leaseDuration(Duration.ofSeconds(2)).build())
			.withMessageContaining("3s");
		assertThatIllegalArgumentException()
			.isThrownBy(() -> LockFiles.builder()
				.leaseDuration(Duration.ofSeconds(10))
				.leaseRenewInterval(Duration.ofSeconds(6))
				.build())
			.withMessageContaining("half");
	}

}
