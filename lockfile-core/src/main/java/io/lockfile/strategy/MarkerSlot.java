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
import java.nio.file.Path;
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
	 * @param predecessor is told of the slot of a dead process, before its content is
	 * replaced: its marker may still stand
	 * @return what was kept, or a slot that is opened, and kept from now on
	 * @throws IOException if there can't be one
	 */
	static MarkerSlot of(ClaimRequest request, Path marker, Supplier<String> content, Predecessor predecessor)
			throws IOException {
		MarkerSlot kept = request.kept(MarkerSlot.class);
		if (kept != null && kept.inode.isOpen() && kept.marker.equals(marker)) {
			return kept;
		}
		if (kept != null) {
			kept.close();
			request.keep(null);
		}
		for (int i = 0; i < MOST_SLOTS; i++) {
			MarkerInode inode = tryOpen(marker.resolveSibling("." + marker.getFileName() + "." + i), request,
					predecessor);
			if (inode != null) {
				return keep(request, new MarkerSlot(inode, marker), content.get());
			}
		}
		throw new FileSystemException(marker.toString(), null,
				"there are %d files for it already. Find out who leaves them".formatted(MOST_SLOTS));
	}

	private static MarkerSlot keep(ClaimRequest request, MarkerSlot slot, String content) throws IOException {
		boolean complete = false;
		try {
			slot.inode.write(content);
			request.keep(slot);
			complete = true;
			return slot;
		}
		finally {
			if (!complete) {
				slot.inode.close();
			}
		}
	}

	private static @Nullable MarkerInode tryOpen(Path file, ClaimRequest request, Predecessor predecessor)
			throws IOException {
		MarkerInode inode;
		boolean created = false;
		try {
			inode = MarkerInode.create(file, request.permissions());
			created = true;
		}
		catch (FileAlreadyExistsException ex) {
			inode = tryOpen(file);
		}
		boolean owned = false;
		try {
			owned = inode != null && inode.tryOwn() && (created || predecessor.isGone(inode));
			return owned ? inode : null;
		}
		finally {
			if (inode != null && !owned) {
				inode.close();
			}
		}
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
		try {
			if (this.inode.isOpen() && this.inode.isAt(file())) {
				if (this.inode.isAt(this.marker)) {
					Files.delete(this.marker);
				}
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
