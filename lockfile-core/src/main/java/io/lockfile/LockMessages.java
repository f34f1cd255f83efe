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

package io.lockfile;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What exceptions say: the lock and its path, the strategy, the time waited, the owner,
 * and what to change.
 */
final class LockMessages {

	/**
	 * Why nobody waits.
	 */
	static final String WAITING_STOPPED = "the application is stopping, so nobody waits for locks any more";

	private static final Logger logger = LoggerFactory.getLogger(LockMessages.class);

	private final Function<LockAttempt, String> remedy;

	LockMessages(Function<LockAttempt, String> remedy) {
		this.remedy = remedy;
	}

	static String defaultRemedy(LockAttempt attempt) {
		return (Deadline.nanos(attempt.timeout()) == 0) ? "To wait for it, acquire it with a timeout."
				: "To wait longer, acquire it with a longer timeout.";
	}

	LockUnavailableException unavailable(LockAttempt attempt, Deadline deadline, @Nullable LockOwner owner) {
		Duration waited = deadline.elapsed();
		boolean oneTry = deadline.isOneTry();
		String tried = oneTry ? "One try was made" : "Waited " + text(waited) + " of " + text(attempt.timeout());
		String message = "%s is held by %s. %s".formatted(subject(attempt),
				(owner != null) ? owner : "somebody unknown",
				deadline.isWaitingStopped() ? tried + ": " + WAITING_STOPPED : tried + ". " + remedy(attempt));
		return oneTry
				? new AlreadyLockedException(message, attempt.path().toString(), attempt.strategy(), waited, owner)
				: new LockTimeoutException(message, attempt.path().toString(), attempt.strategy(), waited, owner);
	}

	LockInterruptedException interrupted(LockAttempt attempt, Duration waited, @Nullable LockOwner owner) {
		String message = "%s was not obtained: interrupted after %s%s. To stop waiting without it, shut down later"
			.formatted(subject(attempt), text(waited), (owner != null) ? ", held by " + owner : "")
				+ " or wait for less time.";
		return new LockInterruptedException(message, attempt.path().toString(), attempt.strategy(), waited, owner);
	}

	LockFailedException failed(LockAttempt attempt, Duration waited, String reason, @Nullable Throwable cause) {
		String message = "%s could not be locked after %s: %s".formatted(subject(attempt), text(waited), reason);
		return new LockFailedException(message, attempt.path().toString(), attempt.strategy(), waited, cause);
	}

	LockFailedException failed(LockAttempt attempt, Duration waited, Exception cause) {
		return failed(attempt, waited, printable(reason(cause)), cause);
	}

	LockFailedException unusable(String path, String strategy, IllegalArgumentException cause) {
		String message = "'%s' can't be the path of a lock (strategy %s): %s".formatted(printable(path), strategy,
				cause.getMessage());
		return new LockFailedException(message, path, strategy, Duration.ZERO, cause);
	}

	LockFailedException notBroken(LockAttempt attempt, StrategyLabel label, @Nullable LockOwner owner) {
		String message = "%s was not broken: it is held by %s%s".formatted(subject(attempt),
				(owner != null) ? owner : "somebody unknown",
				(label.afterCrash() == StrategyLabel.AfterCrash.RELEASED)
						? ", and locks of this strategy end with their holder. End that process"
						: ", who lives. End that process, or break the lock by force");
		return new LockFailedException(message, attempt.path().toString(), attempt.strategy(), Duration.ZERO, null);
	}

	LockFailedException notBroken(LockAttempt attempt, Exception cause) {
		String message = "%s could not be broken: %s".formatted(subject(attempt), printable(reason(cause)));
		return new LockFailedException(message, attempt.path().toString(), attempt.strategy(), Duration.ZERO, cause);
	}

	private String remedy(LockAttempt attempt) {
		try {
			return this.remedy.apply(attempt);
		}
		catch (RuntimeException ex) {
			logger.warn("The remedy for {} can't be told", attempt, ex);
			return defaultRemedy(attempt);
		}
	}

	private static String subject(LockAttempt attempt) {
		String path = printable(attempt.path().toString());
		return attempt.name()
			.map((name) -> "Lock '%s' (%s, strategy %s)".formatted(name, path, attempt.strategy()))
			.orElseGet(() -> "Lock %s (strategy %s)".formatted(path, attempt.strategy()));
	}

	/**
	 * Say in words why something failed, and what to change.
	 * @param ex the failure
	 * @return a reason that names the file where one is known
	 */
	static String reason(Exception ex) {
		if (ex instanceof AccessDeniedException denied) {
			return "access to %s is denied. Check its owner and permissions, or lock in another directory"
				.formatted(denied.getFile());
		}
		if (ex instanceof FileSystemException failure && failure.getReason() != null) {
			String file = failure.getFile();
			String reason = failure.getReason() + remedy(failure.getReason());
			return (file != null) ? file + ": " + reason : reason;
		}
		String message = ex.getMessage();
		if (message != null && ex.getClass() == IOException.class) {
			return message + remedy(message);
		}
		return (message != null) ? ex.getClass().getSimpleName() + ": " + message : ex.getClass().getName();
	}

	/**
	 * Say what to change when the system says only what is wrong.
	 * @param reason the system's words
	 * @return a sentence with the end of the one before, or nothing
	 */
	private static String remedy(String reason) {
		return switch (reason) {
			case "No space left on device", "Disk quota exceeded" ->
				". Free some space or inodes, or lock in another directory";
			case "Read-only file system" -> ". Lock in a directory that can be written";
			case "File name too long" -> ". Use a shorter name";
			case "Not a directory" -> ". A part of its path is a file: use another path";
			case "Too many open files" -> ". Raise the limit of open files, or close some";
			default -> "";
		};
	}

	static String printable(String path) {
		// Somebody else may have chosen it: keep its control characters out of logs
		return path.replaceAll("\\p{Cntrl}", "?");
	}

	static String text(Duration duration) {
		if (duration.equals(LockFiles.FOREVER)) {
			return "forever";
		}
		Duration rounded = duration.truncatedTo(ChronoUnit.MILLIS);
		return rounded.toString().substring(2).toLowerCase(Locale.ROOT);
	}

}
