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

package io.lockfile.boot.aot;

import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of applications that are processed ahead of time.
 */
class AheadOfTimeTests {

	@TempDir
	private Path directory;

	/**
	 * Process an application as the build plugins do.
	 * @param application its main class
	 * @param arguments its arguments while it is processed
	 * @return the class path of what was generated, followed by that of this test
	 */
	private String process(Class<?> application, String... arguments) throws IOException, InterruptedException {
		Path sources = this.directory.resolve("sources");
		Path resources = this.directory.resolve("resources");
		Path classes = this.directory.resolve("classes");
		List<String> command = new ArrayList<>(
				List.of("org.springframework.boot.SpringApplicationAotProcessor", application.getName(),
						sources.toString(), resources.toString(), classes.toString(), "io.lockfile", "aot"));
		command.addAll(List.of(arguments));
		Output output = java(System.getProperty("java.class.path"), command);
		assertThat(output.exitCode()).as(output.text()).isZero();
		compile(sources, classes);
		return String.join(File.pathSeparator, classes.toString(), resources.toString(),
				System.getProperty("java.class.path"));
	}

	private static void compile(Path sources, Path classes) throws IOException {
		JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
		StringWriter output = new StringWriter();
		List<Path> files;
		try (Stream<Path> found = Files.walk(sources)) {
			files = found.filter((file) -> file.toString().endsWith(".java")).toList();
		}
		try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
			// Generated classes may be in packages of their own, and see what they need
			boolean compiled = compiler
				.getTask(output, manager, null,
						List.of("-d", classes.toString(), "-proc:none", "-cp",
								classes + File.pathSeparator + System.getProperty("java.class.path")),
						null, manager.getJavaFileObjectsFromPaths(files))
				.call();
			assertThat(compiled).as(output.toString()).isTrue();
		}
	}

	private static Output start(String classPath, Class<?> application, String... arguments)
			throws IOException, InterruptedException {
		List<String> command = new ArrayList<>(List.of("-Dspring.aot.enabled=true", application.getName()));
		command.addAll(List.of(arguments));
		return java(classPath, command);
	}

	private static Output java(String classPath, List<String> arguments) throws IOException, InterruptedException {
		List<String> command = new ArrayList<>(
				List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp", classPath));
		command.addAll(arguments);
		Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
		String text = new String(process.getInputStream().readAllBytes());
		return new Output(process.waitFor(), text);
	}

	@Test
	void methodsAreLockedAndChecked() throws IOException, InterruptedException {
		Path locks = this.directory.resolve("locks");
		String classPath = process(AotApplication.class, "--lockfile.directory=" + locks);
		assertThat(locks).doesNotExist();

		Output works = start(classPath, AotApplication.class, "--lockfile.directory=" + locks,
				"--lockfile.locks.guarded.timeout=0", "--lockfile.strategy=mkdir");
		assertThat(works.exitCode()).as(works.text()).isZero();
		assertThat(works.text()).contains("[generated=true]", "[proxy=true]", "[plain=true]", "[templated=true]",
				"[guarded=fallback a]", "[strategy=mkdir]", "[metered=1]",
				"File locks: 3 @FileLocked methods, strategy mkdir, directory " + locks);
		assertThat(locks.resolve("orders")).isDirectory();

		assertFails(start(classPath, AotApplication.class, "--lockfile.directory=" + locks, "--job.timeout=5"),
				"Job.plain has a wrong timeout", "'5' has no unit");
		assertFails(start(classPath, AotApplication.class, "--lockfile.directory=" + locks, "--lockfile.timeot=5s"),
				"There is no property 'lockfile.timeot'", "Did you mean 'lockfile.timeout'?");
		Path file = Files.createFile(this.directory.resolve("file"));
		assertFails(
				start(classPath, AotApplication.class, "--lockfile.directory=" + file.resolve("locks"),
						"--lockfile.strategy=mkdir", "--lockfile.verify-on-startup=fail"),
				file + " is not a directory", "'lockfile.directory'");
	}

	@Test
	void beanThatIsCreatedTooEarlyIsRefused() throws IOException, InterruptedException {
		String classPath = process(AotEarlyApplication.class, "--lockfile.strategy=memory");
		assertFails(start(classPath, AotEarlyApplication.class, "--lockfile.strategy=memory"),
				"Job.plain of bean 'job' would run unlocked", "created too early");
	}

	private static void assertFails(Output output, String... texts) {
		assertThat(output.exitCode()).as(output.text()).isOne();
		assertThat(output.text()).contains("APPLICATION FAILED TO START").contains(texts);
	}

	/**
	 * What a process has left behind.
	 *
	 * @param exitCode its exit code
	 * @param text its output
	 */
	private record Output(int exitCode, String text) {
	}

}
