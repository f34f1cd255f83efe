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

import java.nio.file.Path;
import java.time.Duration;

import org.junit.jupiter.api.Test;

import io.lockfile.AbstractLockStrategyTests;
import io.lockfile.LockHandle;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link MemoryLockStrategy}.
 */
class MemoryLockStrategyTests extends AbstractLockStrategyTests {

	MemoryLockStrategyTests() {
		super("memory", true);
	}

	@Test
	void touchesNothing() throws Exception {
		Path missing = this.directory.resolve("missing");
		try (LockHandle held = this.locks.get("missing/deeper/a").acquire()) {
			assertThat(missing).doesNotExist();
			assertThat(callElsewhere(() -> this.locks.get("missing/./deeper/a").tryAcquire())).isEmpty();
			assertThat(callElsewhere(
					() -> catchThrowable(() -> this.locks.get(missing + "/deeper/a").acquire(Duration.ZERO))))
				.isNotNull();
		}
	}

}
