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

package io.lockfile.sample;

import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import io.lockfile.LockMode;
import io.lockfile.LockOwner;
import io.lockfile.LockSnapshot;
import io.lockfile.StrategyLabel;

/**
 * Everything that is known of one declared name: a path, or all those of a template.
 *
 * @param name the declared name
 * @param path the path or the template
 * @param strategy the strategy that locks it
 * @param afterCrash what ends the lock of a holder that died
 * @param holders who holds it
 * @param waiters who waits for it
 * @param crashed who died with it, as long as nobody else has taken it
 */
record LockStatus(String name, String path, String strategy, StrategyLabel.AfterCrash afterCrash, List<Holder> holders,
		List<Waiter> waiters, List<Crashed> crashed) {

	LockStatus withHolders(List<Holder> holders) {
		return new LockStatus(this.name, this.path, this.strategy, this.afterCrash, holders, this.waiters,
				this.crashed);
	}

	LockStatus withCrashed(Crashed added) {
		return new LockStatus(this.name, this.path, this.strategy, this.afterCrash, this.holders, this.waiters,
				Stream.concat(this.crashed.stream(), Stream.of(added)).toList());
	}

	/**
	 * Somebody who holds a path. What isn't known of others is absent.
	 *
	 * @param path the path, below the lock directory
	 * @param instance the instance, or {@code null} if it's another program
	 * @param pid its process
	 * @param host its host
	 * @param thread the thread that asked for the lock
	 * @param mode the mode, or {@code null} if it isn't known
	 * @param since when it obtained the lock
	 * @param heldMillis for how long it has held it
	 * @param liveness whether it lives
	 * @param afterCrash whether the previous holder died with the lock
	 * @param lost whether the hold is known to have ended without its holder
	 */
	record Holder(String path, @Nullable String instance, @Nullable Long pid, @Nullable String host,
			@Nullable String thread, @Nullable LockMode mode, @Nullable Instant since, @Nullable Long heldMillis,
			LockOwner.Liveness liveness, boolean afterCrash, boolean lost) {

		static Holder of(LockSnapshot.Held held, String path, String instance, boolean afterCrash) {
			return new Holder(path, instance, ProcessHandle.current().pid(), null, held.thread(), held.attempt().mode(),
					held.since(), held.held().toMillis(), LockOwner.Liveness.ALIVE, afterCrash, held.lost());
		}

		static Holder of(LockOwner owner, String path) {
			Instant since = owner.since();
			Long heldMillis = (since != null) ? Math.max(0, Instant.now().toEpochMilli() - since.toEpochMilli()) : null;
			return new Holder(path, null, owner.pid(), owner.host(), owner.thread(), null, since, heldMillis,
					owner.liveness(), false, false);
		}

		Holder withInstance(String instance) {
			return new Holder(this.path, instance, this.pid, this.host, this.thread, this.mode, this.since,
					this.heldMillis, this.liveness, this.afterCrash, this.lost);
		}

	}

	/**
	 * Somebody who waits for a path.
	 *
	 * @param path the path, below the lock directory
	 * @param instance the instance
	 * @param thread the thread that asks
	 * @param waitedMillis for how long it has waited
	 */
	record Waiter(String path, String instance, String thread, long waitedMillis) {

	}

	/**
	 * An instance that died with a lock, which is free now.
	 *
	 * @param path the path, below the lock directory
	 * @param instance the instance
	 * @param pid its process
	 * @param seenAt when it was seen for the last time to hold the lock
	 */
	record Crashed(String path, String instance, long pid, Instant seenAt) {

	}

}
