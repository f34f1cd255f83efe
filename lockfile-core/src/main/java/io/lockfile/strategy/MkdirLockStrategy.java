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

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

import org.jspecify.annotations.Nullable;

import io.lockfile.ClaimRequest;
import io.lockfile.LockClaim;
import io.lockfile.LockOwner;
import io.lockfile.ProcessIdentity;
import io.lockfile.StrategyLabel;

/**
 * A directory: {@code P.lock/}, which can be created by one only, with a file in it that
 * tells who did.
 * <p>
 * The two can't appear at once. A process that dies between them leaves an empty
 * directory, which looks like that of proper-lockfile and is left to that or to an
 * operator.
 */
public final class MkdirLockStrategy extends AbstractMarkerStrategy {

	/**
	 * The file in the directory.
	 */
	static final String INNER = "lockfile-marker";

	private static final StrategyLabel LABEL = new StrategyLabel("`P.lock/`, gone after release", false,
			StrategyLabel.AfterCrash.PROOF_OF_DEATH, StrategyLabel.Waiting.EVENTS,
			"Excludes where directories are created once only, NFS included; a dead holder is recognised where the "
					+ "server locks byte ranges",
			"nothing", List.of("Python lockfile MkdirLockFile", "npm proper-lockfile"),
			"A crash between creating the directory and the file in it leaves an empty directory for an operator, and "
					+ "so does a neighbour's crash");

	private static final AtomicLong COUNT = new AtomicLong();

	/**
	 * Create the strategy, for {@link java.util.ServiceLoader}.
	 */
	public MkdirLockStrategy() {
		super("mkdir", LABEL);
	}

	@Override
	@Nullable LockClaim publish(ClaimRequest request, Path marker, boolean afterCrash) throws IOException {
		try {
			request.permissions().createDirectory(marker);
		}
		catch (FileAlreadyExistsException ex) {
			return null;
		}
		MarkerInode inode = null;
		DirectoryMarker published = null;
		try {
			inode = MarkerInode.create(marker.resolve(INNER), request.permissions());
			if (inode != null && inode.tryOwn()) {
				inode.write(MarkerText.ours());
				published = new DirectoryMarker(marker, inode);
			}
		}
		catch (NoSuchFileException | FileAlreadyExistsException ex) {
			// A neighbour has taken the empty directory for a dead one
			return null;
		}
		finally {
			if (published == null) {
				abandon(marker, inode);
			}
		}
		if (published == null || !published.isStanding()) {
			if (inode != null) {
				inode.close();
			}
			return null;
		}
		return new MarkerClaim(published, afterCrash, true);
	}

	private static void abandon(Path marker, @Nullable MarkerInode inode) throws IOException {
		// What stood there for an instant was ours: nobody of this library has a file in
		// it
		if (inode != null) {
			if (inode.isAt(marker.resolve(INNER))) {
				Files.deleteIfExists(marker.resolve(INNER));
			}
			inode.close();
		}
		try {
			Files.deleteIfExists(marker);
		}
		catch (DirectoryNotEmptyException ex) {
			// Somebody else's by now
		}
	}

	@Override
	@Nullable Marker findOurs(Path marker) throws IOException {
		if (!stands(marker)) {
			return null;
		}
		MarkerInode inode = MarkerInode.open(marker.resolve(INNER));
		return (inode != null) ? new DirectoryMarker(marker, inode) : null;
	}

	@Override
	@Nullable Marker findNeighbours(Path marker) throws IOException {
		return stands(marker) ? new DirectoryMarker(marker, null) : null;
	}

	@Override
	LockOwner describeNeighbour(Marker marker) throws IOException {
		return NOBODY_KNOWN;
	}

	@Override
	boolean stands(Path marker) throws IOException {
		try {
			if (!MarkerInode.attributes(marker).isDirectory()) {
				throw new FileSystemException(marker.toString(), null,
						"it is no directory, and no marker of this strategy. Use another path or strategy, or remove it");
			}
			return true;
		}
		catch (NoSuchFileException ex) {
			return false;
		}
	}

	@Override
	Optional<ProcessIdentity> identify(Marker marker, ClaimRequest request) throws IOException {
		MarkerInode inode = marker.inode();
		return (inode != null) ? MarkerText.parse(inode.read()) : Optional.empty();
	}

	@Override
	public Optional<LockOwner> findOwner(Path path) throws IOException {
		Path marker = marker(path);
		if (!stands(marker)) {
			return Optional.empty();
		}
		String text = MarkerInode.look(marker.resolve(INNER),
				(content) -> content.isEmpty() || content.equals(MarkerText.ours()), MarkerText.ours());
		return Optional.of(Optional.ofNullable(text)
			.flatMap(MarkerText::parse)
			.map(ProcessIdentity::toOwner)
			.orElse(NOBODY_KNOWN));
	}

	/**
	 * A marker that is a directory with a certain file, or one of a neighbour.
	 */
	private static final class DirectoryMarker extends Marker {

		private final @Nullable Object key;

		DirectoryMarker(Path path, @Nullable MarkerInode inode) throws IOException {
			super(path, inode);
			this.key = (inode != null) ? null : MarkerInode.attributes(path).fileKey();
		}

		@Override
		boolean isStanding() throws IOException {
			MarkerInode inode = inode();
			if (inode != null) {
				return inode.isAt(path().resolve(INNER));
			}
			try {
				return this.key == null || this.key.equals(MarkerInode.attributes(path()).fileKey());
			}
			catch (NoSuchFileException ex) {
				return false;
			}
		}

		@Override
		void remove() throws IOException {
			// Aside first: nobody can find it half removed, nor put anything into it
			Path aside = path().resolveSibling(".%s.%s-%d.gone".formatted(path().getFileName(),
					ProcessIdentity.current().pid(), COUNT.incrementAndGet()));
			Files.move(path(), aside);
			try (DirectoryStream<Path> files = Files.newDirectoryStream(aside)) {
				for (Path file : files) {
					if (MarkerInode.attributes(file).size() == 0 || file.endsWith(INNER)) {
						Files.deleteIfExists(file);
					}
				}
			}
			Files.deleteIfExists(aside);
		}

		@Override
		void touch() throws IOException {
			// With every look, once a second: proper-lockfile takes a directory of 2 to
			// 10
			// seconds for dead
			MarkerInode.touch(path());
		}

	}

}
