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

package io.lockfile.testing;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import io.lockfile.cli.OneLineLogging;

/**
 * A JVM of its own that runs the {@code main} method of a test class. It is killed when
 * it is closed.
 */
public final class ChildJvm extends Child<ChildJvm> {

	/**
	 * Logback and its XML are more than half of what such a process would load.
	 */
	private static final String LOGGING = "-Dslf4j.provider=" + OneLineLogging.class.getName();

	private ChildJvm(ProcessBuilder builder) {
		super(builder);
	}

	public static ChildJvm start(Class<?> main, Object... arguments) {
		return start(List.of(LOGGING, "-Dslf4j.internal.verbosity=WARN", "-cp", System.getProperty("java.class.path")),
				main.getName(), arguments);
	}

	public static ChildJvm start(List<String> options, String main, Object... arguments) {
		List<String> command = new ArrayList<>();
		command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
		command.add("-XX:TieredStopAtLevel=1");
		ManagementFactory.getRuntimeMXBean()
			.getInputArguments()
			.stream()
			.filter((option) -> option.startsWith("--enable-native-access"))
			.forEach(command::add);
		command.addAll(options);
		command.add(main);
		for (Object argument : arguments) {
			command.add(argument.toString());
		}
		return new ChildJvm(new ProcessBuilder(command));
	}

	/**
	 * Start a program that isn't a JVM.
	 * @param command the program and its arguments
	 * @return the child
	 */
	public static ChildJvm program(List<String> command) {
		return new ChildJvm(new ProcessBuilder(command));
	}

	@Override
	ChildJvm self() {
		return this;
	}

}
