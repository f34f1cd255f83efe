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

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import io.lockfile.LockFailedException;
import io.lockfile.LockFile;
import io.lockfile.LockFiles;
import io.lockfile.LockStrategy;

/**
 * Which lock: what the commands about one lock have in common.
 */
final class LockOptions {

	@Option(names = "--strategy", paramLabel = "S", defaultValue = "os",
			description = "How the path is locked (default: ${DEFAULT-VALUE}). 'lockfile verify DIR' lists the strategies.")
	private String strategy = "";

	@Parameters(paramLabel = "PATH", description = "The path to lock, relative to the working directory.")
	private String path = "";

	/**
	 * Return the strategies that exclude other processes by what they keep on disk.
	 * @return the strategies, by name
	 */
	static List<LockStrategy> strategies() {
		return LockFiles.strategies().stream().filter(LockStrategy::usesFileSystem).toList();
	}

	LockStrategy strategy() {
		return strategies().stream()
			.filter((candidate) -> candidate.name().equals(this.strategy))
			.findFirst()
			.orElseThrow(
					() -> new CommandFailure(ExitCodes.USAGE, "There is no strategy '%s' for several processes. Use %s"
						.formatted(this.strategy, names(strategies()))));
	}

	private static String names(List<LockStrategy> strategies) {
		return strategies.stream().map(LockStrategy::name).collect(Collectors.joining(", "));
	}

	/**
	 * Return the path, which is one in a directory that exists: the command line creates
	 * no directories.
	 * @return the absolute path
	 */
	Path path() {
		if (this.path.isBlank()) {
			throw new CommandFailure(ExitCodes.USAGE, "PATH is empty. Write the path of a file");
		}
		try {
			return Path.of(this.path).toAbsolutePath();
		}
		catch (InvalidPathException ex) {
			throw new CommandFailure(ExitCodes.USAGE,
					"'%s' can't be a path here: %s".formatted(this.path, ex.getReason()));
		}
	}

	/**
	 * Make sure that there is a directory for the lock.
	 * @throws CommandFailure if there is none, or it can't be looked at
	 */
	void requireDirectory() {
		Path path = path();
		try {
			realPath(path);
		}
		catch (IOException ex) {
			throw CommandFailure.of("Lock %s (strategy %s) has no directory".formatted(path, this.strategy), ex);
		}
	}

	/**
	 * Return a path in the form that strategies are asked with.
	 * @param path an absolute path
	 * @return the path, with the real path of its parent
	 * @throws IOException if there is no such directory, or it can't be looked at
	 */
	static Path realPath(Path path) throws IOException {
		Path parent = path.getParent();
		Path name = path.getFileName();
		if (parent == null || name == null) {
			throw new CommandFailure(ExitCodes.USAGE, "'%s' is a directory. Write the path of a file".formatted(path));
		}
		Path real = parent.toRealPath();
		if (!Files.exists(real)) {
			throw new NoSuchFileException(parent.toString());
		}
		if (!Files.isDirectory(real)) {
			throw new NotDirectoryException(parent.toString());
		}
		return real.resolve(name);
	}

	LockFile lock(LockFiles locks) {
		try {
			return locks.get(path().toString(), strategy().name());
		}
		catch (LockFailedException ex) {
			throw CommandFailure.of(ex);
		}
	}

}
