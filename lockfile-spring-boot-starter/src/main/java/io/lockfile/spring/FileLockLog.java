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

package io.lockfile.spring;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.format.annotation.DurationFormat;
import org.springframework.format.datetime.standard.DurationFormatterUtils;

import io.lockfile.LockAttempt;
import io.lockfile.LockFile;
import io.lockfile.LockFiles;
import io.lockfile.LockHandle;
import io.lockfile.LockListener;
import io.lockfile.LockOutcome;
import io.lockfile.LockOwner;

/**
 * Logs what happens to locks: at debug level when they are waited for, acquired and
 * released, and after what time; as a warning when they are lost, and when somebody waits
 * for too long.
 *
 * @since 0.1.0
 */
public final class FileLockLog implements LockListener {

	private static final Logger logger = LoggerFactory.getLogger(FileLockLog.class);

	private static final long INTERVAL = TimeUnit.MINUTES.toNanos(1);

	private static final int MOST_LOCKS = 1000;

	/**
	 * How many warnings may be under way: to find out who has a lock may take long.
	 */
	private static final int MOST_AT_ONCE = 4;

	private final Supplier<LockFiles> locks;

	private final Duration bound;

	private final Map<LockAttempt, DelayedWarning> waits = new ConcurrentHashMap<>();

	private final Map<String, Warnings> warnings = new ConcurrentHashMap<>();

	private final Warnings warningsOfOthers = new Warnings();

	private final AtomicInteger underWay = new AtomicInteger();

	/**
	 * Create an instance.
	 * @param locks the engine, asked for when it is to be found out who has a lock
	 * @param bound after which time a wait is warned about
	 */
	public FileLockLog(Supplier<LockFiles> locks, Duration bound) {
		this.locks = locks;
		this.bound = bound;
	}

	@Override
	public void waiting(LockAttempt attempt) {
		if (logger.isDebugEnabled()) {
			logger.debug("Waiting for {} {}", text(attempt),
					isForever(attempt.timeout()) ? "for as long as it takes" : "for up to " + text(attempt.timeout()));
		}
		if (attempt.timeout().compareTo(this.bound) > 0) {
			String thread = Thread.currentThread().getName();
			this.waits.put(attempt, new DelayedWarning(this.bound, () -> isDue(attempt), () -> warn(attempt, thread)));
		}
	}

	@Override
	public void acquired(LockAttempt attempt, LockHandle handle) {
		ended(attempt);
		if (logger.isDebugEnabled()) {
			logger.debug("Acquired {} after {}", text(attempt), text(handle.waited()));
		}
	}

	@Override
	public void notAcquired(LockAttempt attempt, LockOutcome outcome, Duration waited) {
		ended(attempt);
		if (logger.isDebugEnabled()) {
			logger.debug("Did not acquire {}: {} after {}", text(attempt), outcome, text(waited));
		}
	}

	@Override
	public void kept(LockAttempt attempt, Duration held) {
		if (logger.isDebugEnabled()) {
			logger.debug("Done with {} after {}; it is kept for its minimum time", text(attempt), text(held));
		}
	}

	@Override
	public void released(LockAttempt attempt, Duration held) {
		if (logger.isDebugEnabled()) {
			logger.debug("Released {}, which was used for {}", text(attempt), text(held));
		}
	}

	@Override
	public void lost(LockAttempt attempt, LockHandle handle) {
		logger.warn("Lost {}, which was held since {}: others may hold it now, while its holder goes on", text(attempt),
				handle.acquiredAt());
	}

	@Override
	public void broken(LockAttempt attempt, @Nullable LockOwner owner) {
		logger.info("Broke {}, which was held by {}", text(attempt), (owner != null) ? owner : "somebody unknown");
	}

	private void ended(LockAttempt attempt) {
		DelayedWarning wait = this.waits.remove(attempt);
		if (wait != null) {
			wait.close();
		}
	}

	private boolean isDue(LockAttempt attempt) {
		boolean due = this.underWay.incrementAndGet() <= MOST_AT_ONCE && warnings(attempt).isDue();
		if (!due) {
			this.underWay.decrementAndGet();
		}
		return due;
	}

	private Warnings warnings(LockAttempt attempt) {
		String lock = attempt.name().orElseGet(() -> attempt.path().toString());
		Warnings known = this.warnings.get(lock);
		if (known != null || this.warnings.size() >= MOST_LOCKS) {
			return (known != null) ? known : this.warningsOfOthers;
		}
		return this.warnings.computeIfAbsent(lock, (any) -> new Warnings());
	}

	private void warn(LockAttempt attempt, String thread) {
		try {
			String owner = owner(attempt);
			if (this.waits.containsKey(attempt)) {
				warn(attempt, thread, owner);
			}
		}
		finally {
			this.underWay.decrementAndGet();
		}
	}

	private void warn(LockAttempt attempt, String thread, String owner) {
		long others = warnings(attempt).others();
		logger.warn(
				"Thread '{}' has waited for {} for {} and goes on waiting{}.{} Look at what its holder does, or set "
						+ "property '{}' to less, to give up earlier. Property 'lockfile.wait-warning' sets when this "
						+ "is said",
				thread, text(attempt), text(this.bound), owner,
				(others > 0) ? " So have %d others since this was last said.".formatted(others) : "",
				attempt.name()
					.map((name) -> "lockfile.locks." + printable(name) + ".timeout")
					.orElse("lockfile.timeout"));
	}

	private String owner(LockAttempt attempt) {
		try {
			LockFiles engine = this.locks.get();
			LockFile lock = engine.get(attempt.path().toString());
			// A strategy that was given as an object has no name to be found by
			LockFile same = lock.strategy().equals(attempt.strategy()) ? lock
					: engine.get(attempt.path().toString(), attempt.strategy());
			return same.owner().map((owner) -> "; it is held by " + owner).orElse("");
		}
		catch (RuntimeException ex) {
			logger.debug("It can't be found out who has {}", text(attempt), ex);
			return "";
		}
	}

	private static String printable(String text) {
		return text.replaceAll("\\p{Cntrl}", "?");
	}

	private static String text(LockAttempt attempt) {
		return attempt.name()
			.map((name) -> "lock '%s' (%s)".formatted(printable(name), attempt))
			.orElse("lock (%s)".formatted(attempt));
	}

	private static String text(Duration duration) {
		return (duration.compareTo(Duration.ofMillis(1)) < 0) ? "0ms"
				: DurationFormatterUtils.print(duration.truncatedTo(ChronoUnit.MILLIS), DurationFormat.Style.COMPOSITE);
	}

	private static boolean isForever(Duration timeout) {
		return timeout.compareTo(LockFiles.FOREVER) >= 0;
	}

	/**
	 * The warnings of one lock: one in a minute.
	 */
	private static final class Warnings {

		private final AtomicLong last = new AtomicLong(System.nanoTime() - INTERVAL);

		private final AtomicLong others = new AtomicLong();

		boolean isDue() {
			long now = System.nanoTime();
			long before = this.last.get();
			boolean due = now - before >= INTERVAL && this.last.compareAndSet(before, now);
			if (!due) {
				this.others.incrementAndGet();
			}
			return due;
		}

		long others() {
			return this.others.getAndSet(0);
		}

	}

}
