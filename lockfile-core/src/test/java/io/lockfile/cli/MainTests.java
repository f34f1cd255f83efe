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

package io.lockfile.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.lockfile.LockFiles;
import io.lockfile.LockHandle;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Main}, as far as no process is needed.
 */
class MainTests {

	@TempDir
	private Path directory;

	private final StringWriter out = new StringWriter();

	private final StringWriter err = new StringWriter();

	private int execute(Object... arguments) {
		String[] args = Stream.of(arguments).map(Object::toString).toArray(String[]::new);
		return Main.execute(args, new PrintWriter(this.out, true), new PrintWriter(this.err, true));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "nothing", "--nothing", "run", "run a", "run a --", "run a true", "run -- true",
			"run -- a -- true", "run a b -- true", "run --strategy", "run --strategy nothing a -- true",
			"run --strategy memory a -- true", "run --timeout 5 a -- true", "run --timeout -5s a -- true",
			"run --timeout nothing a -- true", "run --timeout 1s --timeout 2s a -- true", "run --nothing a -- true",
			"run . -- true", "run / -- true", "run a/.. -- true", "status", "status a b", "status --strategy nothing a",
			"status --force a", "status .", "break", "break --json a", "break --strategy nothing a", "verify",
			"verify --nothing ." })
	void wrongUsage(String line) {
		assertThat(execute((Object[]) line.split(" "))).isEqualTo(64);
		assertThat(this.err.toString().lines()).singleElement().asString().startsWith("lockfile");
		assertThat(this.out.toString()).isEmpty();
	}

	@Test
	void commandIsMissing() {
		assertThat(execute()).isEqualTo(64);
		assertThat(this.err.toString().lines()).singleElement().asString().contains("run, status, break or verify");
	}

	@Test
	void emptyPathIsWrongUsage() {
		assertThat(execute("run", "", "--", "true")).isEqualTo(64);
		assertThat(execute("status", " ")).isEqualTo(64);
	}

	@Test
	void fileOfArgumentsIsAPathLikeAnyOther() throws Exception {
		Path arguments = Files.writeString(this.directory.resolve("arguments"), "--json");
		assertThat(execute("status", "@" + arguments)).isEqualTo(2);
		assertThat(this.err.toString()).contains("@" + arguments);
	}

	@Test
	void helpAndVersion() {
		assertThat(execute("--help")).isZero();
		assertThat(this.out.toString()).contains("run", "status", "break", "verify");
		assertThat(execute("run", "--help")).isZero();
		assertThat(this.out.toString()).contains("PATH -- COMMAND", "75");
		assertThat(execute("--version")).isZero();
		assertThat(this.err.toString()).isEmpty();
	}

	@Test
	void freeLock() {
		Path path = this.directory.resolve("a");
		assertThat(execute("status", path)).isZero();
		assertThat(execute("status", "--json", path)).isZero();
		assertThat(this.out.toString().lines()).containsExactly(path + " (strategy os): free",
				"{\"path\":\"%s\",\"strategy\":\"os\",\"state\":\"free\",\"owner\":null,\"reason\":null}"
					.formatted(path));
		assertThat(execute("break", path)).isZero();
		assertThat(execute("break", "--force", path)).isZero();
		assertThat(this.directory).isEmptyDirectory();
	}

	@Test
	void heldLock() {
		Path path = this.directory.resolve("a");
		try (LockFiles locks = LockFiles.create(); LockHandle held = locks.get(path.toString()).acquire()) {
			assertThat(execute("status", path)).isOne();
			assertThat(this.out.toString().lines()).singleElement()
				.asString()
				.startsWith(path + " (strategy os): held by pid " + ProcessHandle.current().pid())
				.endsWith("since " + held.acquiredAt() + ", alive");
			assertThat(execute("break", path)).isOne();
			assertThat(this.err.toString().lines()).singleElement()
				.asString()
				.contains("pid " + ProcessHandle.current().pid(), path.toString(), "End that process");
			assertThat(execute("break", "--force", path)).isOne();
			assertThat(held.isValid()).isTrue();
		}
	}

	@Test
	void whatCannotBeLookedAtIsUnknown() throws Exception {
		Files.createFile(this.directory.resolve("file"));
		Files.createSymbolicLink(this.directory.resolve("loop"), Path.of("loop"));
		for (String parent : new String[] { "missing", "file", "loop" }) {
			assertThat(execute("status", this.directory.resolve(parent).resolve("a"))).isEqualTo(2);
			assertThat(execute("status", "--json", this.directory.resolve(parent).resolve("a"))).isEqualTo(2);
			assertThat(execute("break", this.directory.resolve(parent).resolve("a"))).isEqualTo(73);
			assertThat(execute("run", this.directory.resolve(parent).resolve("a"), "--", "true")).isEqualTo(73);
		}
		assertThat(this.err.toString().lines()).hasSize(9);
		assertThat(this.out.toString().lines()).hasSize(3)
			.allMatch((line) -> line.contains("\"state\":\"unknown\",\"owner\":null,\"reason\":\""));
	}

	@Test
	void controlCharactersDoNotReachTheTerminal() {
		Path path = this.directory.resolve("a\n\u001b[1m\"\\\u00e9");
		execute("status", path);
		assertThat(this.out.toString().lines()).singleElement().asString().doesNotContain("\u001b");
		execute("status", "--json", path);
		assertThat(this.out.toString().lines()).last().asString().contains("a\\u000a\\u001b[1m\\\"\\\\\\u00e9\",");
	}

	@Test
	void directoryThatIsMissingCannotBeVerified() {
		assertThat(execute("verify", this.directory.resolve("missing"))).isEqualTo(66);
		assertThat(this.err.toString().lines()).singleElement().asString().contains("missing");
	}

}
