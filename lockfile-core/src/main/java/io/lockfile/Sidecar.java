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
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Small files of ours beside a lock file: {@code .<name>.owner} and
 * {@code .<name>.fence}. They have a fixed size and begin with a line that names their
 * format. They appear complete or not at all, and are never locked by anybody who only
 * reads them, so that reading them disturbs nobody.
 */
final class Sidecar {

	private static final Logger logger = LoggerFactory.getLogger(Sidecar.class);

	private static final AtomicLong COUNT = new AtomicLong();

	private Sidecar() {
	}

	static Path beside(Path path, String suffix) {
		return path.resolveSibling("." + path.getFileName() + suffix);
	}

	/**
	 * Open a file of ours for reading and writing.
	 * @param file the file
	 * @param initial what it contains when it is new; its first line is the format, and
	 * its length is the file's
	 * @param permissions who may use a file that is created
	 * @return the open file
	 * @throws IOException if there is something else, or if that failed
	 */
	static FileChannel open(Path file, byte[] initial, LockPermissions permissions) throws IOException {
		try {
			return open(file, initial, StandardOpenOption.WRITE);
		}
		catch (NoSuchFileException ex) {
			publish(file, initial, permissions);
			return open(file, initial, StandardOpenOption.WRITE);
		}
	}

	/**
	 * Read a file of ours.
	 * @param file the file
	 * @param initial the format, as when it is opened
	 * @return the content
	 * @throws IOException if it isn't there, is something else, or can't be read
	 */
	static byte[] read(Path file, byte[] initial) throws IOException {
		try (FileChannel channel = open(file, initial, StandardOpenOption.READ)) {
			return read(channel, initial.length);
		}
	}

	static byte[] read(FileChannel channel, int length) throws IOException {
		ByteBuffer content = ByteBuffer.allocate(length);
		while (content.hasRemaining()) {
			if (channel.read(content, content.position()) < 0) {
				throw new IOException("it is shorter than it should be");
			}
		}
		return content.array();
	}

	static void write(FileChannel channel, byte[] content, int from, int to) throws IOException {
		ByteBuffer rest = ByteBuffer.wrap(content, from, to - from);
		while (rest.hasRemaining()) {
			channel.write(rest, rest.position());
		}
	}

	private static FileChannel open(Path file, byte[] initial, StandardOpenOption mode) throws IOException {
		BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class,
				LinkOption.NOFOLLOW_LINKS);
		if (!attributes.isRegularFile() || attributes.size() != initial.length) {
			throw foreign(file);
		}
		FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, mode, LinkOption.NOFOLLOW_LINKS);
		boolean ours = false;
		try {
			ours = startsWithLineOf(read(channel, initial.length), initial);
			if (!ours) {
				throw foreign(file);
			}
			return channel;
		}
		finally {
			if (!ours) {
				channel.close();
			}
		}
	}

	private static FileSystemException foreign(Path file) {
		return new FileSystemException(file.toString(), null,
				"it has the name of a file of this library and is none, or one of another version. Remove it");
	}

	private static boolean startsWithLineOf(byte[] content, byte[] initial) {
		for (int i = 0; i < content.length && i < initial.length; i++) {
			if (content[i] != initial[i]) {
				return false;
			}
			if (content[i] == '\n') {
				return true;
			}
		}
		return false;
	}

	private static void publish(Path file, byte[] content, LockPermissions permissions) throws IOException {
		Path draft = file.resolveSibling(file.getFileName() + "." + LocalProcess.pid() + "." + COUNT.incrementAndGet());
		try {
			try (FileChannel channel = permissions.createFile(draft)) {
				write(channel, content, 0, content.length);
			}
			Files.createLink(file, draft);
			forceDirectory(file);
		}
		catch (FileAlreadyExistsException ex) {
			// Somebody else was faster, which is as good
		}
		finally {
			Files.deleteIfExists(draft);
		}
	}

	private static void forceDirectory(Path file) {
		// So that a machine that crashes doesn't forget the file. Not every system can
		Path directory = file.getParent();
		if (directory == null || !file.toString().endsWith(FenceFile.SUFFIX)) {
			return;
		}
		try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
			channel.force(true);
		}
		catch (IOException ex) {
			logger.debug("{} can't be forced to the disk", directory, ex);
		}
	}

	/**
	 * Do what an interrupt would break off. The interrupt is kept for later.
	 * @param <T> the type of the result
	 * @param operation what is to be done, on a channel that it opens itself
	 * @return the result
	 * @throws IOException if the operation throws it
	 */
	static <T extends @Nullable Object> T uninterrupted(Operation<T> operation) throws IOException {
		boolean interrupted = Thread.interrupted();
		try {
			while (true) {
				try {
					return operation.run();
				}
				catch (ClosedByInterruptException ex) {
					interrupted = true;
					Thread.interrupted();
				}
			}
		}
		finally {
			if (interrupted) {
				Thread.currentThread().interrupt();
			}
		}
	}

	/**
	 * Write a number with leading zeros.
	 * @param number the number, not negative
	 * @param target where to write it
	 * @param from the position of the first digit
	 * @param digits how many
	 */
	static void putNumber(long number, byte[] target, int from, int digits) {
		long rest = number;
		int i = from + digits;
		while (rest > 0 && i > from) {
			target[--i] = (byte) ('0' + rest % 10);
			rest /= 10;
		}
		Arrays.fill(target, from, i, (byte) '0');
	}

	static long getNumber(byte[] source, int from, int digits) {
		long number = 0;
		for (int i = from; i < from + digits; i++) {
			number = number * 10 + (source[i] - '0');
		}
		return number;
	}

	/**
	 * Write text, filled up with spaces, or cut between characters.
	 * @param text the text; control characters become question marks
	 * @param target where to write it
	 * @param from the position of the first byte
	 * @param length how many bytes
	 */
	static void putText(String text, byte[] target, int from, int length) {
		int to = from;
		for (int i = 0; i < text.length();) {
			int character = text.codePointAt(i);
			byte[] encoded = Character.isISOControl(character) ? new byte[] { '?' }
					: Character.toString(character).getBytes(StandardCharsets.UTF_8);
			if (to + encoded.length > from + length) {
				break;
			}
			System.arraycopy(encoded, 0, target, to, encoded.length);
			to += encoded.length;
			i += Character.charCount(character);
		}
		while (to < from + length) {
			target[to++] = ' ';
		}
	}

	static String getText(byte[] source, int from, int length) {
		return new String(source, from, length, StandardCharsets.UTF_8).trim();
	}

	/**
	 * Something that reads or writes.
	 *
	 * @param <T> the type of the result
	 */
	interface Operation<T extends @Nullable Object> {

		T run() throws IOException;

	}

}
