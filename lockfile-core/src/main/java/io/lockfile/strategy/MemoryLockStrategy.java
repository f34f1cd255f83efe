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

import java.util.List;

import io.lockfile.ClaimRequest;
import io.lockfile.LockClaim;
import io.lockfile.LockStrategy;
import io.lockfile.StrategyLabel;

/**
 * Excludes the threads of this JVM and nobody else, for tests. The engine does that for
 * every strategy, so there is nothing left to do.
 */
public final class MemoryLockStrategy implements LockStrategy {

	private static final StrategyLabel LABEL = new StrategyLabel("nothing", true, StrategyLabel.AfterCrash.RELEASED,
			StrategyLabel.Waiting.KERNEL, "Not for several processes", "nothing", List.of(), "For tests");

	@Override
	public String name() {
		return "memory";
	}

	@Override
	public StrategyLabel label() {
		return LABEL;
	}

	@Override
	public LockClaim tryClaim(ClaimRequest request) {
		return new MemoryLockClaim();
	}

	@Override
	public boolean usesFileSystem() {
		return false;
	}

	private static final class MemoryLockClaim implements LockClaim {

		@Override
		public boolean isValid() {
			return true;
		}

		@Override
		public void release() {
		}

	}

}
