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
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * Who may use the lock files and lock directories that the library creates. Files and
 * directories that exist are used as they are, and on file systems without POSIX
 * permissions the platform's default applies.
 *
 * @since 0.1.0
 */
public enum LockPermissions {

	/**
	 * Only the user that this process runs as: {@code 0600} for files, {@code 0700} for
	 * directories.
	 */
	OWNER("rw-------", "rwx------"),

	/**
	 * That user and its group: {@code 0660} for files, {@code 0770} for directories,
	 * whatever the umask says. Processes of different users need a directory whose group
	 * they share and whose set-group-ID bit is set.
	 */
	GROUP("rw-rw----", "rwxrwx---");

	/**
	 * The bits for set-user-ID, set-group-ID and sticky.
	 */
	private static final int SPECIAL = 07000;

	private static final int GROUP_DIRECTORY = 0770;

	private final String file;

	private final String directory;

	LockPermissions(String file, String directory) {
		this.file = file;
		this.directory = directory;
	}

	/**
	 * The permissions of a lock file.
	 * @return the permissions in the notation of {@code ls}, for example
	 * {@code rw-------}
	 */
	public String file() {
		return this.file;
	}

	/**
	 * The permissions of a lock directory.
	 * @return the permissions in the notation of {@code ls}, for example
	 * {@code rwx------}
	 */
	public String directory() {
		return this.directory;
	}

	/**
	 * Create a file that has these permissions, on file systems that know them. If they
	 * can't be set, the file stays, since it may be somebody else's by then.
	 * @param file the file
	 * @return the file, open for reading and writing
	 * @throws java.nio.file.FileAlreadyExistsException if there is something already
	 * @throws IOException if it can't be created
	 */
	public FileChannel createFile(Path file) throws IOException {
		Set<StandardOpenOption> options = Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE,
				StandardOpenOption.CREATE_NEW);
		if (!Platform.POSIX) {
			return FileChannel.open(file, options);
		}
		Set<PosixFilePermission> allowed = PosixFilePermissions.fromString(this.file);
		FileChannel channel = FileChannel.open(file, options, PosixFilePermissions.asFileAttribute(allowed));
		if (this == GROUP) {
			// The umask may have taken something away
			orElse(() -> setPermissions(file, allowed), channel::close);
		}
		return channel;
	}

	private static void setPermissions(Path file, Set<PosixFilePermission> allowed) throws IOException {
		PosixFileAttributeView view = Files.getFileAttributeView(file, PosixFileAttributeView.class,
				LinkOption.NOFOLLOW_LINKS);
		try {
			view.setPermissions(allowed);
		}
		catch (NoSuchFileException ex) {
			// Somebody else has used and deleted it already
		}
		catch (IOException ex) {
			// Or has created another one since
			if (!view.readAttributes().permissions().containsAll(allowed)) {
				throw ex;
			}
		}
	}

	/**
	 * Create a directory that has these permissions, on file systems that know them. It
	 * inherits the set-group-ID bit, as directories do.
	 * @param directory the directory
	 * @throws java.nio.file.FileAlreadyExistsException if there is something already
	 * @throws IOException if it can't be created
	 */
	public void createDirectory(Path directory) throws IOException {
		if (!Platform.POSIX) {
			Files.createDirectory(directory);
			return;
		}
		Set<PosixFilePermission> allowed = PosixFilePermissions.fromString(this.directory);
		Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(allowed));
		if (this == GROUP) {
			orElse(() -> {
				int mode = (Integer) Files.getAttribute(directory, "unix:mode", LinkOption.NOFOLLOW_LINKS);
				Files.setAttribute(directory, "unix:mode", (mode & SPECIAL) | GROUP_DIRECTORY,
						LinkOption.NOFOLLOW_LINKS);
			}, () -> Files.deleteIfExists(directory));
		}
	}

	private static void orElse(Step step, Step undo) throws IOException {
		boolean done = false;
		try {
			step.run();
			done = true;
		}
		finally {
			if (!done) {
				undo.run();
			}
		}
	}

	/**
	 * Something to do with a file.
	 */
	private interface Step {

		void run() throws IOException;

	}

}
