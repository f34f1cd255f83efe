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
import java.util.List;
import java.util.function.UnaryOperator;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ContextConsumer;

import io.lockfile.boot.autoconfigure.LockFileAutoConfiguration;
import io.lockfile.spring.FileLockDefinitionException;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of classes that are compiled without {@code -parameters}.
 */
class NamesOfParametersTests {

	private static final String CODE = """
			public class Snippet implements java.util.function.UnaryOperator<String> {
				@Override
				@io.lockfile.spring.FileLocked(path = "orders/#{%s}", name = "orders")
				public String apply(String id) {
					return io.lockfile.spring.FileLockContext.current("orders").orElseThrow().lockFile().path().toString();
				}
			}
			""";

	@TempDir
	private Path directory;

	private void withSnippet(String variable, ContextConsumer<AssertableApplicationContext> test) throws Exception {
		Snippets.compile(CODE.formatted(variable), this.directory);
		try (URLClassLoader loader = new URLClassLoader(new URL[] { this.directory.toUri().toURL() })) {
			Class<?> type = loader.loadClass("Snippet");
			assertThat(type.getMethod("apply", String.class).getParameters()[0].isNamePresent()).isFalse();
			new ApplicationContextRunner()
				.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class, LockFileAutoConfiguration.class))
				.withPropertyValues("lockfile.strategy=memory", "lockfile.directory=" + this.directory)
				.withClassLoader(loader)
				.withBean(type)
				.run(test);
		}
	}

	@Test
	void nameThatTheClassFileDoesNotTellFailsTheStart() throws Exception {
		withSnippet("#id",
				(context) -> assertThat(context).getFailure()
					.isInstanceOf(FileLockDefinitionException.class)
					.hasMessageContainingAll("Snippet.apply has the path 'orders/#{#id}'",
							"the class file doesn't tell the names of parameters. Compile with -parameters, or write "
									+ "#a0 instead of #id"));
	}

	@SuppressWarnings("unchecked")
	private static UnaryOperator<String> bean(AssertableApplicationContext context) {
		return context.getBean(UnaryOperator.class);
	}

	@Test
	void positionsNeedNoNames() throws Exception {
		for (String variable : List.of("#a0", "#p0", "args[0]")) {
			withSnippet(variable, (context) -> {
				assertThat(context).hasNotFailed();
				UnaryOperator<String> job = bean(context);
				assertThat(job.apply("4711")).endsWith("4711");
			});
		}
	}

}
