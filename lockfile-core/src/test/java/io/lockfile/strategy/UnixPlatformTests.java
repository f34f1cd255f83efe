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

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

/**
 * Tests for {@link UnixPlatform}.
 */
class UnixPlatformTests {

	@ParameterizedTest
	@CsvSource({ "Linux, amd64, LINUX", "Linux, riscv64, LINUX", "Linux, aarch64, LINUX_ARM_OR_POWER",
			"Linux, ppc64le, LINUX_ARM_OR_POWER", "Mac OS X, aarch64, MACOS", "Mac OS X, x86_64, MACOS" })
	void knowsSystemsAndProcessors(String system, String processor, UnixPlatform platform) throws IOException {
		assertThat(UnixPlatform.of(system, processor)).isSameAs(platform);
	}

	@ParameterizedTest
	@CsvSource({ "Windows 11, amd64", "SunOS, sparcv9", "Linux, mips64el", "FreeBSD, amd64" })
	void refusesOthersByName(String system, String processor) {
		assertThatIOException().isThrownBy(() -> UnixPlatform.of(system, processor))
			.withMessageContainingAll(system, processor, "Linux and macOS");
	}

	@Test
	void flagsAreThoseOfTheHeaders() {
		assertThat(UnixPlatform.LINUX.openFlags()).isEqualTo(0x000a0800);
		assertThat(UnixPlatform.LINUX_ARM_OR_POWER.openFlags()).isEqualTo(0x00088800);
		assertThat(UnixPlatform.MACOS.openFlags()).isEqualTo(0x01000104);
	}

}
