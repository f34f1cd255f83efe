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
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

import io.lockfile.ClaimRequest;
import io.lockfile.LockClaim;
import io.lockfile.LockOwner;
import io.lockfile.LockStrategy;
import io.lockfile.StrategyLabel;

/**
 * BSD locks by {@code flock(2)} on Linux and macOS, of a file or of a directory. They
 * exclude the program {@code flock(1)} and others that use the same call. The kernel
 * releases them when the last descriptor is closed that stands for the same opening of
 * the file, which the end of the process does, however that comes about.
 * <p>
 * Other than record locks, they don't end when other code of the JVM opens and closes the
 * file. But closing the file ends the record locks that this process has on it, so a path
 * is better not locked in both ways by one process.
 * <p>
 * Java has no access to this call, so the dependency {@code net.java.dev.jna:jna} has to
 * be added. From Java 24 on the JVM warns of its use, unless it is started with
 * {@code --enable-native-access=ALL-UNNAMED}, or
 * {@code --enable-native-access=com.sun.jna} with JNA on the module path, where it needs
 * {@code --add-modules com.sun.jna} too.
 */
public final class FlockStrategy implements LockStrategy {

	private static final StrategyLabel LABEL = new StrategyLabel("`P`, a file or a directory; it stays", true,
			StrategyLabel.AfterCrash.RELEASED, StrategyLabel.Waiting.POLLING,
			"NFS: Linux makes record locks of the whole file of them, which exclude record locks too, and need a file "
					+ "that may be written; macOS keeps them on the host",
			"Linux or macOS, and `net.java.dev.jna:jna`", List.of("flock(1)", "Python filelock", "portalocker"),
			"There is no order between processes. On Linux `os` doesn't see these locks, nor do they see those of `os`");

	private volatile @Nullable SystemCalls system;

	/**
	 * Create the strategy. What it needs is looked for with the first claim.
	 */
	public FlockStrategy() {
	}

	/**
	 * Create the strategy with other system calls.
	 * @param system the system calls
	 */
	FlockStrategy(SystemCalls system) {
		this.system = system;
	}

	@Override
	public String name() {
		return "flock";
	}

	@Override
	public StrategyLabel label() {
		return LABEL;
	}

	@Override
	public boolean tellsOwner() {
		return false;
	}

	@Override
	public void requireAvailable() throws IOException {
		system();
	}

	@Override
	public @Nullable LockClaim tryClaim(ClaimRequest request) throws IOException {
		SystemCalls system = system();
		for (int i = 0; i < OsLockStrategy.MOST_EXCHANGES; i++) {
			FlockFile file = FlockFile.of(request, system);
			boolean named = false;
			try {
				boolean locked = file.tryLock(request.mode());
				// If it is not the one that is locked, it isn't the one to wait for
				// either
				named = file.isStillNamed();
				if (named) {
					return locked ? new FlockClaim(file, request) : null;
				}
			}
			finally {
				if (!named) {
					request.keep(null);
					file.close();
				}
			}
		}
		throw OsLockStrategy.exchanged(request.path());
	}

	private SystemCalls system() throws IOException {
		SystemCalls loaded = this.system;
		if (loaded == null) {
			loaded = JnaCalls.load();
			this.system = loaded;
		}
		return loaded;
	}

	@Override
	public Optional<LockOwner> findOwner(Path path) throws IOException {
		return ProcLocks.findOwner(path, ProcLocks.Kind.FLOCK).map(FlockStrategy::certain);
	}

	private static LockOwner certain(LockOwner owner) {
		// The table names who locked it. That may be a flock(1) that is over, and the
		// shell that gave it the descriptor has the lock
		Long pid = owner.pid();
		return (pid != null && ProcessHandle.of(pid).isEmpty()) ? new LockOwner(null, null, null, null, null) : owner;
	}

	/**
	 * A lock that the kernel has given to this process.
	 *
	 * @param file the locked file
	 * @param request what was claimed
	 */
	private record FlockClaim(FlockFile file, ClaimRequest request) implements LockClaim {

		@Override
		public boolean isValid() {
			try {
				return this.file.isStillNamed();
			}
			catch (IOException ex) {
				// Not known to have ended: a network file system may fail for a while
				return true;
			}
		}

		@Override
		public void release() {
			if (this.request.deletesOnRelease()) {
				this.file.unlockAndDelete(this.request);
			}
			else {
				this.file.unlock();
			}
		}

	}

}
