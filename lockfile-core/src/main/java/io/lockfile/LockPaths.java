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
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

import org.jspecify.annotations.Nullable;

/**
 * From the names that users give to the one path that is locked.
 */
final class LockPaths {

	/**
	 * How many paths are remembered: enough for those that applications name in their
	 * code, and no burden if they are made up.
	 */
	private static final int MOST_KNOWN = 1024;

	/**
	 * As long as paths can be on Linux, so that no directories are created in vain.
	 */
	private static final int LONGEST = 4096;

	private final Path directory;

	private final LockPermissions permissions;

	private final ConcurrentMap<String, LockPath> known = new ConcurrentHashMap<>();

	private volatile boolean directorySeen;

	LockPaths(Path directory, LockPermissions permissions) {
		this.directory = directory.toAbsolutePath().normalize();
		this.permissions = permissions;
	}

	Path directory() {
		return this.directory;
	}

	LockPermissions permissions() {
		return this.permissions;
	}

	/**
	 * Tell whether the lock directory is known to have existed.
	 * @return {@code true} if it was seen or used
	 */
	boolean isDirectorySeen() {
		return this.directorySeen;
	}

	void directorySeen() {
		if (!this.directorySeen) {
			this.directorySeen = true;
		}
	}

	/**
	 * Find the path of a name. Some are remembered.
	 * @param name a relative or absolute path
	 * @return the path
	 * @throws IllegalArgumentException with the reason if it can't be one of a lock
	 */
	LockPath find(String name) {
		LockPath path = this.known.get(name);
		if (path == null) {
			path = new LockPath(resolve(name));
			if (this.known.size() >= MOST_KNOWN) {
				this.known.clear();
			}
			this.known.put(name, path);
		}
		return path;
	}

	/**
	 * Resolve a name against the lock directory.
	 * @param name a relative or absolute path
	 * @return the absolute path
	 * @throws IllegalArgumentException with the reason if it can't be one of a lock
	 */
	Path resolve(String name) {
		if (name.isBlank()) {
			throw new IllegalArgumentException("it is empty");
		}
		if (name.length() > LONGEST) {
			throw new IllegalArgumentException("it is longer than %d characters".formatted(LONGEST));
		}
		Path path = parse(name);
		Path last = path.getFileName();
		if (last == null || last.toString().equals(".") || last.toString().equals("..")) {
			throw new IllegalArgumentException("it names a directory");
		}
		if (path.isAbsolute()) {
			return path;
		}
		for (Path element : path) {
			if (element.toString().equals("..")) {
				// What '..' means after a symbolic link, only the file system knows
				throw new IllegalArgumentException(
						"a relative path has no '..', so that it can't leave the lock directory " + this.directory);
			}
		}
		return this.directory.resolve(path);
	}

	private Path parse(String name) {
		try {
			return Path.of(name);
		}
		catch (InvalidPathException ex) {
			throw new IllegalArgumentException("the file system has no such names: " + ex.getReason(), ex);
		}
	}

	/**
	 * Return the one path that stands for all spellings.
	 * @param lockPath the path
	 * @param create whether directories below the lock directory are created
	 * @return the path with the real path of its parent
	 * @throws IOException if the parent is not there or can't be read
	 */
	Path canonicalize(LockPath lockPath, boolean create) throws IOException {
		Path path = lockPath.path();
		if (lockPath.isCanonical()) {
			return withRealName(path);
		}
		Path parent = parent(path);
		Path real = realPath(parent);
		if (real == null) {
			if (!create) {
				return canonicalizeMissing(parent).resolve(name(path));
			}
			if (!path.normalize().startsWith(this.directory)) {
				throw new NoSuchFileException(parent.toString(), null,
						"this directory does not exist, and only directories below the lock directory are created");
			}
			createDirectories(parent);
			real = parent.toRealPath();
		}
		if (parent.startsWith(this.directory)) {
			directorySeen();
		}
		if (real.equals(parent)) {
			lockPath.setCanonical(true);
			return withRealName(path);
		}
		return withRealName(real.resolve(name(path)));
	}

	private static Path withRealName(Path path) throws IOException {
		// Where names differ in case only and yet name one file, use the file's own name
		if (Platform.CASE_SENSITIVE) {
			return path;
		}
		Path real = realPath(path, LinkOption.NOFOLLOW_LINKS);
		return (real != null) ? real : path;
	}

	private static Path canonicalizeMissing(Path directory) throws IOException {
		Path existing = directory;
		Path real = null;
		while (real == null) {
			existing = parent(existing);
			real = realPath(existing);
		}
		return real.resolve(existing.relativize(directory)).normalize();
	}

	private static @Nullable Path realPath(Path path, LinkOption... options) throws IOException {
		try {
			return path.toRealPath(options);
		}
		catch (NoSuchFileException ex) {
			return null;
		}
	}

	private void createDirectories(Path path) throws IOException {
		if (Files.isDirectory(path)) {
			return;
		}
		createDirectories(parent(path));
		try {
			this.permissions.createDirectory(path);
		}
		catch (FileAlreadyExistsException ex) {
			if (!Files.isDirectory(path)) {
				throw new NotDirectoryException(path.toString());
			}
		}
	}

	private static Path parent(Path path) {
		Path parent = path.getParent();
		if (parent == null) {
			throw new IllegalStateException("No parent of " + path);
		}
		return parent;
	}

	private static Path name(Path path) {
		Path name = path.getFileName();
		if (name == null) {
			throw new IllegalStateException("No name in " + path);
		}
		return name;
	}

}
