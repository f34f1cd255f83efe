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

package io.lockfile.strategy;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import io.lockfile.ClaimRequest;

/**
 * The file of this process from which it publishes its markers of one path, complete and
 * locked beforehand: {@code .<marker>.0}, {@code .1} and so on, the first that no living
 * process has. It is kept between claims, and a process that dies leaves it to the next
 * one, so there are never more of them than processes that claimed the path at a time.
 */
final class MarkerSlot implements Closeable {

	private static final int MOST_SLOTS = 10_000;

	private static final SecureRandom RANDOM = new SecureRandom();

	private final MarkerInode inode;

	private final Path marker;

	private MarkerSlot(MarkerInode inode, Path marker) {
		this.inode = inode;
		this.marker = marker;
	}

	/**
	 * Return the slot for a claim.
	 * @param request what to claim
	 * @param marker the marker
	 * @param content what the slot contains
	 * @param links creates hard links
	 * @param predecessor is told of the slot of a dead process, before its content is
	 * replaced: its marker may still stand
	 * @return what was kept, or a slot that is opened, and kept from now on
	 * @throws IOException if there can't be one
	 */
	static MarkerSlot of(ClaimRequest request, Path marker, Supplier<String> content, Links links,
			Predecessor predecessor) throws IOException {
		MarkerSlot kept = request.kept(MarkerSlot.class);
		if (kept != null && kept.inode.isOpen() && kept.marker.equals(marker)) {
			return kept;
		}
		if (kept != null) {
			kept.close();
			request.keep(null);
		}
		for (int i = 0; i < MOST_SLOTS; i++) {
			MarkerInode inode = tryOpen(marker.resolveSibling("." + marker.getFileName() + "." + i), request, content,
					links, predecessor);
			if (inode != null) {
				MarkerSlot slot = new MarkerSlot(inode, marker);
				request.keep(slot);
				return slot;
			}
		}
		throw new FileSystemException(marker.toString(), null,
				"there are %d files for it already. Find out who leaves them".formatted(MOST_SLOTS));
	}

	private static @Nullable MarkerInode tryOpen(Path file, ClaimRequest request, Supplier<String> content, Links links,
			Predecessor predecessor) throws IOException {
		if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
			return tryCreate(file, request, content, links);
		}
		MarkerInode inode = tryOpen(file);
		boolean owned = false;
		try {
			if (inode != null && inode.tryOwn() && predecessor.isGone(inode)) {
				inode.write(content.get());
				owned = true;
			}
			return owned ? inode : null;
		}
		finally {
			if (inode != null && !owned) {
				inode.close();
			}
		}
	}

	/**
	 * Create a slot that appears complete and locked: under a name that nobody else knows
	 * first.
	 * @param file the slot
	 * @param request what to claim
	 * @param content what it contains
	 * @param links creates hard links
	 * @return the open file, or {@code null} if somebody else was faster
	 * @throws IOException if it can't be created
	 */
	private static @Nullable MarkerInode tryCreate(Path file, ClaimRequest request, Supplier<String> content,
			Links links) throws IOException {
		Path draft = file.resolveSibling("%s.%016x.new".formatted(file.getFileName(), RANDOM.nextLong()));
		MarkerInode inode = MarkerInode.create(draft, request.permissions());
		boolean created = false;
		try {
			if (inode != null && inode.tryOwn()) {
				inode.write(content.get());
				created = link(file, draft, inode, links);
			}
			return created ? inode : null;
		}
		finally {
			Files.deleteIfExists(draft);
			if (inode != null && !created) {
				inode.close();
			}
		}
	}

	private static boolean link(Path file, Path draft, MarkerInode inode, Links links) throws IOException {
		boolean linked = true;
		try {
			links.create(file, draft);
		}
		catch (FileAlreadyExistsException ex) {
			// Of a server's answer that was lost, the second one says that it exists
			linked = inode.isAt(file);
		}
		catch (UnsupportedOperationException ex) {
			throw LinkLockStrategy.noLinks(file, ex.getMessage());
		}
		catch (NoSuchFileException ex) {
			throw ex;
		}
		catch (FileSystemException ex) {
			if (!inode.isAt(file)) {
				throw LinkLockStrategy.noLinks(file, ex.getReason());
			}
		}
		if (linked) {
			inode.named(file);
		}
		return linked;
	}

	private static @Nullable MarkerInode tryOpen(Path file) throws IOException {
		try {
			return MarkerInode.open(file);
		}
		catch (AccessDeniedException ex) {
			return null;
		}
		catch (FileSystemException ex) {
			if (Files.isRegularFile(file)) {
				throw ex;
			}
			return null;
		}
	}

	MarkerInode inode() {
		return this.inode;
	}

	Path file() {
		return this.inode.file();
	}

	/**
	 * Delete the file, and the marker if it could not be removed when it was released.
	 */
	@Override
	public void close() throws IOException {
		if (this.inode.isOpen()) {
			// If that fails this stays open, and is closed later
			Marker.removeLeft(this.marker);
		}
		try {
			if (this.inode.isOpen() && this.inode.isAt(file())) {
				Files.deleteIfExists(file());
			}
		}
		finally {
			this.inode.close();
		}
	}

	@Override
	public String toString() {
		return "slot " + file();
	}

	/**
	 * Creates hard links.
	 */
	interface Links {

		/**
		 * Create a hard link.
		 * @param name the new name
		 * @param file the file
		 * @throws IOException if that failed
		 */
		void create(Path name, Path file) throws IOException;

	}

	/**
	 * Is told of what another process has left.
	 */
	interface Predecessor {

		/**
		 * Remove the marker that may still stand, if the process is dead.
		 * @param inode the file, on which the caller has the holder's lock
		 * @return {@code false} if the process lives, and has lost its lock only
		 * @throws IOException if that failed
		 */
		boolean isGone(MarkerInode inode) throws IOException;

	}

}
