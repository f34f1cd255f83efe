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

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Compiles what the page on testing shows.
 */
class TestingGuideTests {

	private static final String CODE = """
			import io.lockfile.*;
			import io.lockfile.boot.autoconfigure.LockFileAutoConfiguration;
			import io.lockfile.spring.*;
			import io.lockfile.spring.test.FileLockTester;
			import org.junit.jupiter.api.Test;
			import org.springframework.beans.factory.annotation.Autowired;
			import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
			import org.springframework.boot.test.context.SpringBootTest;
			import org.springframework.test.context.TestPropertySource;
			import static org.assertj.core.api.Assertions.assertThat;
			import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
			class Snippet {
				record Report(String text) { }
				static class Reports {
					@FileLocked("nightly-report")
					Report create() {
						FileLockContext.assertHeld();
						return new Report("");
					}
				}
				%s
			}
			""";

	@TempDir
	private Path directory;

	@Test
	void javaCompiles() throws IOException {
		List<String> snippets = Snippets.of("docs/testing.md", "java");
		assertThat(snippets).hasSize(5);
		for (String snippet : snippets) {
			Snippets.compile(CODE.formatted(member(snippet)), this.directory);
		}
	}

	private static String member(String snippet) {
		if (!snippet.startsWith("@")) {
			return "void run(LockFiles locks, FileLockTester tester, Reports reports) { %s }".formatted(snippet);
		}
		return snippet.contains("class ") ? snippet : snippet + " class Slice { }";
	}

}
