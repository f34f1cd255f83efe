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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Runs what {@code docs/migrating-from-python-lockfile.md} shows, in a directory of its
 * own instead of {@code /var/lib/shop}. Comments that say what a statement returns or
 * raises are checked, and examples with {@code work()} that follow each other exclude
 * each other.
 * <p>
 * Where a program isn't installed its examples are skipped, or fail if the environment
 * has {@code LOCKFILE_INTEROP_REQUIRED}. Those with {@code @FileLocked} are run by the
 * starter.
 */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the page is about programs for Unix")
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class MigrationGuideTests {

	private static final Path PAGE = Path.of("..", "docs", "migrating-from-python-lockfile.md");

	private static final Pattern HEADING_OR_BLOCK = Pattern.compile("^#+ ([^\\n]*)$|^```(python|sh|java)\\n(.*?)^```$",
			Pattern.DOTALL | Pattern.MULTILINE);

	private static final Pattern STRATEGY = Pattern.compile("strategy\\(\"(\\w+)\"\\)");

	private static final String NAMES = """
			import inspect, lockfile
			from lockfile import linklockfile, mkdirlockfile, pidlockfile, sqlitelockfile, symlinklockfile

			def public(thing):
				return {name for name in vars(thing) if not name.startswith("_") and name != "absolute_import"}

			print(*lockfile.__all__, "LockFile", "FileLock")
			print(*public(lockfile.LockBase), *vars(lockfile.LockBase("a")))
			for module in linklockfile, mkdirlockfile, pidlockfile, sqlitelockfile, symlinklockfile:
				for name, thing in vars(module).items():
					if getattr(thing, "__module__", None) == module.__name__:
						print(name, *(public(thing) if inspect.isclass(thing) else []))
			""";

	@TempDir
	private Path temporary;

	private Path directory;

	@BeforeEach
	void withoutSymbolicLinks() throws IOException {
		this.directory = this.temporary.toRealPath();
	}

	static Stream<Example> javaExamples() throws IOException {
		return examples().stream().filter(Example::isJava);
	}

	static Stream<Example> otherExamples() throws IOException {
		return examples().stream().filter((example) -> !example.isJava());
	}

	static Stream<Pair> pairs() throws IOException {
		List<Example> examples = examples();
		List<Pair> pairs = new ArrayList<>();
		for (int i = 1; i < examples.size(); i++) {
			Pair pair = new Pair(examples.get(i - 1), examples.get(i));
			if (pair.isPair()) {
				pairs.add(pair);
			}
		}
		return pairs.stream();
	}

	private static List<Example> examples() throws IOException {
		List<Example> examples = new ArrayList<>();
		String section = "";
		Matcher matcher = HEADING_OR_BLOCK.matcher(Files.readString(PAGE));
		while (matcher.find()) {
			if (matcher.group(1) != null) {
				section = matcher.group(1);
			}
			else if (!matcher.group(3).contains("@FileLocked")) {
				examples.add(new Example(section, matcher.group(2), matcher.group(3)));
			}
		}
		return examples;
	}

	@Test
	void everyFamilyHasAPair() throws IOException {
		assertThat(pairs().map((pair) -> strategy(pair.ours()))).contains("os", "flock", "link", "pid", "sqlite",
				"lease");
	}

	@ParameterizedTest
	@MethodSource("javaExamples")
	void javaDoesWhatThePageSays(Example example) throws Exception {
		try (Snippet snippet = Snippet.compile(example.code(), this.directory)) {
			assertThat(worked(snippet)).isEqualTo(example.works());
		}
	}

	@ParameterizedTest
	@MethodSource("otherExamples")
	void othersDoWhatThePageSays(Example example) throws Exception {
		try (Script script = start(example)) {
			assertThat(script.works()).as(script.output()).isEqualTo(example.works());
			script.proceed();
		}
	}

	@ParameterizedTest
	@MethodSource("pairs")
	void eachIsRefusedWhileTheOtherOneWorks(Pair pair) throws Exception {
		try (Snippet ours = Snippet.compile(pair.ours().code(), this.directory)) {
			assertThat(worked(ours)).as("nobody works").isTrue();
			try (Script theirs = start(pair.theirs())) {
				assertThat(theirs.works()).as(theirs.output()).isTrue();
				assertThat(worked(ours)).as("they work").isFalse();
				theirs.proceed();
			}
			AtomicBoolean refused = new AtomicBoolean();
			ours.run(() -> refused.set(isRefused(pair.theirs())));
			assertThat(refused).as("we work").isTrue();
		}
	}

	@Test
	void everyNameOfTheLockfilePackageIsOnThePage() throws Exception {
		String page = Files.readString(PAGE);
		try (Script script = start(new Example("names", "python", NAMES))) {
			assertThat(script.works()).isFalse();
			script.proceed();
			assertThat(script.output().split("\\s+")).hasSizeGreaterThan(50)
				.allSatisfy((name) -> assertThat(page).containsPattern("\\b" + name + "\\b"));
		}
	}

	private boolean isRefused(Example example) {
		try (Script script = start(example)) {
			boolean works = script.works();
			assertThat(script.output()).as("what a program prints that is refused")
				.matches("|[\\s\\S]*(Already|Timeout|TimeOut|AcquireLockFailed)[^\\n]*\\n");
			return !works;
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static boolean worked(Snippet snippet) throws Exception {
		AtomicBoolean worked = new AtomicBoolean();
		try {
			snippet.run(() -> worked.set(true));
		}
		catch (LockUnavailableException ex) {
			assertThat(ex.getWaited()).isGreaterThanOrEqualTo(Duration.ZERO);
		}
		return worked.get();
	}

	private Script start(Example example) throws IOException {
		return Script.start(example.language(), example.code(), this.directory);
	}

	private static String strategy(Example example) {
		Matcher matcher = STRATEGY.matcher(example.code());
		return matcher.find() ? matcher.group(1) : "os";
	}

	/**
	 * A block of code.
	 *
	 * @param section the heading above it
	 * @param language {@code java}, {@code python} or {@code sh}
	 * @param code the code
	 */
	private record Example(String section, String language, String code) {

		boolean isJava() {
			return this.language.equals("java");
		}

		boolean works() {
			return this.code.contains("work()") || this.code.contains("\twork\n");
		}

		@Override
		public String toString() {
			return "%s, %s, %s".formatted(this.section, this.language, this.code.lines().findFirst().orElse(""));
		}

	}

	/**
	 * Two blocks of which only one can work at a time.
	 *
	 * @param theirs the one in another language
	 * @param ours the one in Java, which follows it
	 */
	private record Pair(Example theirs, Example ours) {

		boolean isPair() {
			return !this.theirs.isJava() && this.ours.isJava() && this.theirs.section().equals(this.ours.section())
					&& this.theirs.works() && this.ours.works();
		}

		@Override
		public String toString() {
			return this.ours.section() + ", " + strategy(this.ours);
		}

	}

}
