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
import java.io.StringWriter;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;

import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Java code of the documentation, compiled.
 */
final class Snippet implements AutoCloseable {

	private static final String CODE = """
			import static org.assertj.core.api.Assertions.*;
			import io.lockfile.*;
			import java.nio.file.*;
			import java.time.Duration;
			import java.util.concurrent.Callable;
			public class Example implements Callable<Void> {
				private final Runnable work;
				public Example(Runnable work) {
					this.work = work;
				}
				void work() {
					this.work.run();
				}
				@Override
				public Void call() throws Exception {
					%s
					return null;
				}
			}
			""";

	/**
	 * A statement and what its comment says that it throws or returns.
	 */
	private static final Pattern THROWS = Pattern.compile("^\\s*(\\S[^\\n]*); // (\\w+Exception)\\b",
			Pattern.MULTILINE);

	private static final Pattern RETURNS = Pattern.compile("^\\s*(\\S[^\\n]*); // (true|false)\\b", Pattern.MULTILINE);

	private final URLClassLoader classLoader;

	private Snippet(URLClassLoader classLoader) {
		this.classLoader = classLoader;
	}

	/**
	 * Compile statements.
	 * @param statements the statements
	 * @param directory what {@code /var/lib/shop} in them stands for
	 * @return the code, to be run and closed
	 */
	static Snippet compile(String statements, Path directory) throws IOException {
		String checked = THROWS.matcher(statements)
			.replaceAll("assertThatExceptionOfType($2.class).isThrownBy(() -> $1); //");
		checked = RETURNS.matcher(checked).replaceAll("assertThat($1).isEqualTo($2); //");
		String code = CODE.formatted(checked.replace("/var/lib/shop", directory.toString()));
		Path classes = Files.createTempDirectory(directory, "classes");
		StringWriter output = new StringWriter();
		JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
		boolean compiled = compiler
			.getTask(output, null, null,
					List.of("-d", classes.toString(), "-cp", System.getProperty("java.class.path"), "-proc:none"), null,
					List.of(source(code)))
			.call();
		assertThat(compiled).as("%s%n%s", code, output).isTrue();
		return new Snippet(new URLClassLoader(new URL[] { classes.toUri().toURL() }, Snippet.class.getClassLoader()));
	}

	private static JavaFileObject source(String code) {
		return new SimpleJavaFileObject(URI.create("string:///Example.java"), JavaFileObject.Kind.SOURCE) {

			@Override
			public CharSequence getCharContent(boolean ignoreEncodingErrors) {
				return code;
			}

		};
	}

	/**
	 * Run the statements.
	 * @param work what {@code work()} in them does
	 * @throws Exception what they throw
	 */
	void run(Runnable work) throws Exception {
		((Callable<?>) this.classLoader.loadClass("Example").getConstructor(Runnable.class).newInstance(work)).call();
	}

	@Override
	public void close() throws IOException {
		this.classLoader.close();
	}

}
