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
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one implementation of {@link LockFile}: an address, without any state.
 */
final class DefaultLockFile implements LockFile {

	private static final Logger logger = LoggerFactory.getLogger(DefaultLockFile.class);

	private final LockFiles engine;

	private final Path path;

	private final LockStrategy strategy;

	private final @Nullable String name;

	DefaultLockFile(LockFiles engine, Path path, LockStrategy strategy, @Nullable String name) {
		this.engine = engine;
		this.path = path;
		this.strategy = strategy;
		this.name = name;
	}

	LockFiles engine() {
		return this.engine;
	}

	LockStrategy lockStrategy() {
		return this.strategy;
	}

	@Override
	public Path path() {
		return this.path;
	}

	@Override
	public String strategy() {
		return this.strategy.name();
	}

	@Override
	public LockFile named(String name) {
		return new DefaultLockFile(this.engine, this.path, this.strategy, Objects.requireNonNull(name, "name"));
	}

	@Override
	public LockHandle acquire() {
		return acquire(this.engine.timeout());
	}

	@Override
	public LockHandle acquire(Duration timeout) {
		return acquire(LockMode.EXCLUSIVE, timeout);
	}

	@Override
	public LockHandle acquire(LockMode mode, Duration timeout) {
		LockAttempt attempt = new LockAttempt(this.name, this.path, strategy(), mode, timeout);
		Deadline deadline = Deadline.after(timeout);
		LockHandle handle = acquire(attempt, deadline);
		if (handle == null) {
			throw this.engine.messages().unavailable(attempt, deadline.elapsed(), ownerForMessage());
		}
		return handle;
	}

	@Override
	public Optional<LockHandle> tryAcquire() {
		return tryAcquire(LockMode.EXCLUSIVE);
	}

	@Override
	public Optional<LockHandle> tryAcquire(LockMode mode) {
		LockAttempt attempt = new LockAttempt(this.name, this.path, strategy(), mode, Duration.ZERO);
		return Optional.ofNullable(acquire(attempt, Deadline.after(Duration.ZERO)));
	}

	private @Nullable Hold acquire(LockAttempt attempt, Deadline deadline) {
		Hold hold;
		LockEvents events = this.engine.events();
		try {
			hold = lease(attempt, deadline);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			events.notAcquired(attempt, LockOutcome.INTERRUPTED, deadline.elapsed());
			throw this.engine.messages().interrupted(attempt, deadline.elapsed(), ownerForMessage());
		}
		catch (IOException | RuntimeException ex) {
			events.notAcquired(attempt, LockOutcome.ERROR, deadline.elapsed());
			throw this.engine.messages().failed(attempt, deadline.elapsed(), ex);
		}
		catch (Error ex) {
			events.notAcquired(attempt, LockOutcome.ERROR, deadline.elapsed());
			throw ex;
		}
		if (hold == null && this.engine.isClosed()) {
			events.notAcquired(attempt, LockOutcome.ERROR, deadline.elapsed());
			throw this.engine.messages()
				.failed(attempt, deadline.elapsed(), "its LockFiles is closed. Acquire locks before closing it", null);
		}
		if (hold == null) {
			events.notAcquired(attempt, deadline.isOneTry() ? LockOutcome.UNAVAILABLE : LockOutcome.TIMEOUT,
					deadline.elapsed());
		}
		else if (!hold.isNested()) {
			events.acquired(attempt, hold);
		}
		return hold;
	}

	private @Nullable Hold lease(LockAttempt attempt, Deadline deadline) throws IOException, InterruptedException {
		if (!this.strategy.supports(attempt.mode())) {
			throw new IOException(
					"this strategy can't lock %s. Use another strategy or mode".formatted(attempt.mode()));
		}
		if (!deadline.isOneTry() && Thread.interrupted()) {
			throw new InterruptedException();
		}
		PathLock pathLock = PathLocks.lease(canonicalPath(this.strategy.usesFileSystem()));
		Hold hold = null;
		try {
			hold = pathLock.acquire(new Waiter(this, attempt, deadline));
			return hold;
		}
		finally {
			if (hold == null) {
				PathLocks.giveBack(pathLock);
			}
		}
	}

	@Override
	public void release() {
		Hold hold = innermost();
		if (hold != null) {
			hold.close();
			return;
		}
		Optional<LockOwner> owner = owner();
		if (owner.isPresent()) {
			throw new NotMyLockException(
					"Lock %s (strategy %s) is not held by this thread but by %s. Release it where it was acquired"
						.formatted(this.path, strategy(), owner.get()),
					this.path.toString());
		}
		throw new NotLockedException("Lock %s (strategy %s) is not held by anybody. Acquire it first, and release once"
			.formatted(this.path, strategy()), this.path.toString());
	}

	@Override
	public boolean isHeldByCurrentThread() {
		return innermost() != null;
	}

	private @Nullable Hold innermost() {
		try {
			PathLock pathLock = PathLocks.find(canonicalPath(false));
			return (pathLock != null) ? pathLock.innermost(this.engine) : null;
		}
		catch (IOException ex) {
			logger.debug("Can't look at {}, so it is not held here", this.path, ex);
			return null;
		}
	}

	@Override
	public Optional<LockOwner> owner() {
		try {
			Path canonical = canonicalPath(false);
			PathLock pathLock = PathLocks.find(canonical);
			Optional<LockOwner> owner = (pathLock != null) ? pathLock.findOwner() : Optional.empty();
			if (owner.isEmpty()) {
				owner = JvmClaims.findOwner(canonical);
			}
			return owner.isPresent() ? owner : this.strategy.findOwner(canonical).map(LocalProcess::complete);
		}
		catch (IOException | RuntimeException ex) {
			logger.debug("Can't look who holds {}", this.path, ex);
			return Optional.empty();
		}
	}

	private @Nullable LockOwner ownerForMessage() {
		return owner().orElse(null);
	}

	private Path canonicalPath(boolean create) throws IOException {
		return this.engine.paths().canonicalize(this.path, create);
	}

	@Override
	public String toString() {
		return "lock %s with strategy %s".formatted(this.path, strategy());
	}

}
