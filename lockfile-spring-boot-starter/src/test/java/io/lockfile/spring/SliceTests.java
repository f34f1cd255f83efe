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

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.context.TypeExcludeFilter;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.filter.annotation.TypeExcludeFilters;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.type.classreading.MetadataReader;
import org.springframework.core.type.classreading.MetadataReaderFactory;

import io.lockfile.boot.autoconfigure.LockFileAutoConfiguration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of a slice that locks: the settings of the whole application may name beans that
 * it leaves out.
 */
@ExtendWith(OutputCaptureExtension.class)
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.NONE,
		properties = { "lockfile.strategy=memory", "lockfile.locks.left-out.timeout=1s" })
@TypeExcludeFilters(SliceTests.Nothing.class)
class SliceTests {

	@Test
	void settingsOfBeansThatAreLeftOutAreWarnedAboutOnly(@Autowired Service service, CapturedOutput output) {
		assertThat(service.run()).isEqualTo("locked");
		assertThat(output).contains("lockfile.locks.left-out", "not in this test");
	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ AopAutoConfiguration.class, LockFileAutoConfiguration.class })
	@Import(Service.class)
	static class Slice {

	}

	static class Service {

		@FileLocked("service")
		String run() {
			return FileLockContext.current().isPresent() ? "locked" : "unlocked";
		}

	}

	static final class Nothing extends TypeExcludeFilter {

		@Override
		public boolean match(MetadataReader metadataReader, MetadataReaderFactory metadataReaderFactory) {
			return false;
		}

		@Override
		public boolean equals(@Nullable Object other) {
			return other instanceof Nothing;
		}

		@Override
		public int hashCode() {
			return 1;
		}

	}

}
