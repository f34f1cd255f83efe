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

/**
 * The exit codes that mean the same for all commands: those of {@code sysexits.h}, and
 * those of shells for commands that can't be started.
 */
final class ExitCodes {

	static final int OK = 0;

	static final int USAGE = 64;

	static final int NO_INPUT = 66;

	static final int UNAVAILABLE = 69;

	static final int SOFTWARE = 70;

	static final int CANNOT_CREATE = 73;

	static final int INPUT_OUTPUT = 74;

	static final int NOT_OBTAINED = 75;

	static final int NO_PERMISSION = 77;

	static final int NOT_EXECUTABLE = 126;

	static final int NOT_FOUND = 127;

	/**
	 * What is added to the number of the signal that ended something.
	 */
	static final int SIGNALLED = 128;

	private ExitCodes() {
	}

}
