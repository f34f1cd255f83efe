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

import java.util.function.Consumer;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import io.lockfile.LockFailedException;
import io.lockfile.boot.autoconfigure.LockFileAutoConfiguration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests of calls whose arguments give no path.
 */
class UnresolvablePathTests {

	@ParameterizedTest
	@ValueSource(strings = { "", "a/b", "..", "a\0b", "throw" })
	void partOfAPathThatCanNotBe(String id) {
		fails((service) -> service.part(id));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "../a", "a/../b", "a\0b", "." })
	void wholePathThatCanNotBe(String id) {
		fails((service) -> service.whole(id));
	}

	private static void fails(Consumer<Service> call) {
		new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class, LockFileAutoConfiguration.class))
			.withBean(Service.class)
			.withPropertyValues("lockfile.strategy=memory")
			.run((context) -> {
				Service service = context.getBean(Service.class);
				assertThatExceptionOfType(LockFailedException.class).isThrownBy(() -> call.accept(service))
					.withMessageContainingAll("of lock 'job'", Service.class.getName(), "strategy memory",
							"can't be resolved for this call", "Correct the attribute 'path'")
					.satisfies((ex) -> assertThat(ex.getStrategy()).isEqualTo("memory"))
					.satisfies((ex) -> assertThat(ex.getMessage()).doesNotContain("\0"));
			});
	}

	public static class Service {

		@FileLocked(path = "x/#{#id.equals('throw') ? #id.charAt(99) : #id}", name = "job")
		public void part(String id) {
			throw new AssertionError("the body ran");
		}

		@FileLocked(path = "#{#id}", name = "job")
		public void whole(String id) {
			throw new AssertionError("the body ran");
		}

	}

}
