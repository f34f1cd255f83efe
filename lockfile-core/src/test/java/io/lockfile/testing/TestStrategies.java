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

package io.lockfile.testing;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;

import io.lockfile.ClaimRequest;
import io.lockfile.LockClaim;
import io.lockfile.LockOwner;
import io.lockfile.LockStrategy;
import io.lockfile.StrategyLabel;

/**
 * Strategies that are as good or as bad as a test needs them. Processes find them if
 * their class path has what {@link #register} writes.
 */
public final class TestStrategies {

	private TestStrategies() {
	}

	/**
	 * Write a directory for the class path.
	 * @param directory where to write it
	 * @throws IOException if it can't be written
	 */
	public static void register(Path directory) throws IOException {
		Path services = Files.createDirectories(directory.resolve("META-INF/services"));
		Files.write(services.resolve(LockStrategy.class.getName()), List.of(Marker.class.getName(),
				Unlinked.class.getName(), Unsafe.class.getName(), Unsupported.class.getName()));
	}

	/**
	 * A file with the pid of the holder, which is broken when that is gone. Two that
	 * break it at once are too many for it.
	 */
	public static final class Marker implements LockStrategy {

		/**
		 * The name of the strategy.
		 */
		public static final String NAME = "test-marker";

		@Override
		public String name() {
			return NAME;
		}

		@Override
		public StrategyLabel label() {
			return new StrategyLabel("`P.test`", false, StrategyLabel.AfterCrash.PROOF_OF_DEATH,
					StrategyLabel.Waiting.POLLING, "not told", "nothing", List.of(), "For tests");
		}

		@Override
		public Path marker(Path path) {
			return path.resolveSibling(path.getFileName() + ".test");
		}

		@Override
		public @Nullable LockClaim tryClaim(ClaimRequest request) throws IOException {
			Path marker = marker(request.path());
			breakLock(request, (owner) -> owner.liveness() == LockOwner.Liveness.DEAD);
			Path complete = Files.createTempFile(marker.getParent(), "test", null);
			try {
				Files.writeString(complete, Long.toString(ProcessHandle.current().pid()));
				Files.createLink(marker, complete);
				return new MarkerClaim(marker, Files.readAttributes(marker, "fileKey").toString());
			}
			catch (FileAlreadyExistsException ex) {
				return null;
			}
			finally {
				Files.delete(complete);
			}
		}

		@Override
		public Optional<LockOwner> findOwner(Path path) throws IOException {
			try {
				long pid = Long.parseLong(Files.readString(marker(path)));
				return Optional.of(new LockOwner(pid, "here", null, null, null,
						ProcessHandle.of(pid).isPresent() ? LockOwner.Liveness.ALIVE : LockOwner.Liveness.DEAD));
			}
			catch (NoSuchFileException ex) {
				return Optional.empty();
			}
		}

		@Override
		public BreakOutcome breakLock(ClaimRequest request, Predicate<LockOwner> condition) throws IOException {
			Optional<LockOwner> owner = findOwner(request.path());
			if (owner.isEmpty()) {
				return BreakOutcome.FREE;
			}
			if (!condition.test(owner.get())) {
				return BreakOutcome.REFUSED;
			}
			Files.deleteIfExists(marker(request.path()));
			return BreakOutcome.BROKEN;
		}

	}

	private record MarkerClaim(Path marker, String key) implements LockClaim {

		@Override
		public boolean isValid() {
			try {
				return Files.readAttributes(this.marker, "fileKey").toString().equals(this.key);
			}
			catch (IOException ex) {
				return false;
			}
		}

		@Override
		public void release() throws IOException {
			if (isValid()) {
				Files.delete(this.marker);
			}
		}

	}

	/**
	 * Excludes nobody.
	 */
	public static final class Unsafe implements LockStrategy {

		@Override
		public String name() {
			return "test-unsafe";
		}

		@Override
		public LockClaim tryClaim(ClaimRequest request) {
			return new LockClaim() {

				@Override
				public boolean isValid() {
					return true;
				}

				@Override
				public void release() {
				}

			};
		}

	}

	/**
	 * Doesn't work on any file system.
	 */
	public static final class Unsupported implements LockStrategy {

		@Override
		public String name() {
			return "test-unsupported";
		}

		@Override
		public LockClaim tryClaim(ClaimRequest request) throws IOException {
			throw new FileSystemException(request.path().toString(), null, "it has no hard links");
		}

	}

	/**
	 * Misses a library.
	 */
	public static final class Unlinked implements LockStrategy {

		@Override
		public String name() {
			return "test-unlinked";
		}

		@Override
		public LockClaim tryClaim(ClaimRequest request) {
			throw new UnsatisfiedLinkError("no library");
		}

	}

}
