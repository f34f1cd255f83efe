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

import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.lockfile.testing.TestStrategies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link LockStrategies}.
 */
class LockStrategiesTests {

	@Test
	void strategiesAreListedByName() {
		assertThat(LockFiles.strategies()).extracting(LockStrategy::name)
			.contains("memory", "os")
			.isSorted()
			.doesNotHaveDuplicates();
		assertThat(LockFiles.strategies())
			.allSatisfy((strategy) -> assertThat(LockStrategies.named(strategy.name())).hasSameClassAs(strategy));
	}

	@Test
	void strategyThatAnInstanceWasGivenIsFoundByItsName(@TempDir Path directory) {
		LockStrategy own = new TestStrategies.Marker();
		try (LockFiles locks = LockFiles.builder().directory(directory).strategy(own).build()) {
			assertThat(locks.get("a", own.name()).strategy()).isEqualTo(own.name());
			assertThat(locks.inspect(own.name()).strategy()).isEqualTo(own.name());
		}
		try (LockFiles others = LockFiles.builder().directory(directory).build()) {
			assertThatIllegalArgumentException().isThrownBy(() -> others.get("a", own.name()));
		}
	}

	@Test
	void strategiesOfTheApplicationAreListedToo(@TempDir Path directory) throws Exception {
		TestStrategies.register(directory);
		Thread thread = Thread.currentThread();
		ClassLoader before = thread.getContextClassLoader();
		try (URLClassLoader application = new URLClassLoader(new URL[] { directory.toUri().toURL() }, before)) {
			thread.setContextClassLoader(application);
			assertThat(LockFiles.strategies()).extracting(LockStrategy::name)
				.contains("memory", "os", TestStrategies.Marker.NAME)
				.isSorted();
			assertThat(LockStrategies.named(TestStrategies.Marker.NAME)).isInstanceOf(TestStrategies.Marker.class);
		}
		finally {
			thread.setContextClassLoader(before);
		}
		assertThat(LockFiles.strategies()).extracting(LockStrategy::name).doesNotContain(TestStrategies.Marker.NAME);
	}

}
