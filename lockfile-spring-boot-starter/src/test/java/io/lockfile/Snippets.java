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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The code that a page of the documentation shows.
 */
final class Snippets {

	private Snippets() {
	}

	/**
	 * Return the blocks of a page that are in a language.
	 * @param page the path of the page, relative to the root of the project
	 * @param language the language
	 * @return the blocks, in their order
	 */
	static List<String> of(String page, String language) throws IOException {
		Matcher matcher = Pattern.compile("^```" + language + "\\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE)
			.matcher(Files.readString(Path.of("..", page)));
		return matcher.results().map((result) -> result.group(1)).toList();
	}

	/**
	 * Compile the class {@code Snippet}.
	 * @param code the code of the class
	 * @param directory where the class file goes
	 */
	static void compile(String code, Path directory) {
		StringWriter output = new StringWriter();
		JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
		boolean compiled = compiler
			.getTask(output, null, null,
					List.of("-d", directory.toString(), "-cp", System.getProperty("java.class.path"), "-proc:none"),
					null, List.of(source(code)))
			.call();
		assertThat(compiled).as("%s%n%s", code, output).isTrue();
	}

	private static JavaFileObject source(String code) {
		return new SimpleJavaFileObject(URI.create("string:///Snippet.java"), JavaFileObject.Kind.SOURCE) {

			@Override
			public CharSequence getCharContent(boolean ignoreEncodingErrors) {
				return code;
			}

		};
	}

}
