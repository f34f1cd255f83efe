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
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

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
public class MkdirLockStrategy extends AbstractMarkerStrategy {

	/**
	 * The beginning of the name of the file in the directory. The rest identifies the
	 * process, so that nobody needs to open it to learn who holds the lock.
	 */
	static final String INNER = "lockfile-marker.";

	/**
	 * How a neighbour calls its empty file: host, perhaps a thread, and pid.
	 */
	private static final Pattern NEIGHBOURS = Pattern.compile(".*\\.(-[0-9a-f]+)?\\d+");

	/**
	 * How long an empty directory is safe from proper-lockfile.
	 */
	private static final long LONGEST_EMPTY = TimeUnit.MILLISECONDS.toNanos(1500);

	private static final SecureRandom RANDOM = new SecureRandom();

	private static final StrategyLabel LABEL = new StrategyLabel("`P.lock/`, gone after release", false,
			StrategyLabel.AfterCrash.PROOF_OF_DEATH, StrategyLabel.Waiting.EVENTS,
			"Excludes where directories are created once only, NFS included; a dead holder is recognised where the "
					+ "server locks byte ranges",
			"nothing; not Windows", List.of("Python lockfile MkdirLockFile", "npm proper-lockfile"),
			"A crash between creating the directory and the file in it leaves an empty directory for an operator, and "
					+ "so does a neighbour's crash");

	/**
	 * Create the strategy, for {@link java.util.ServiceLoader}.
	 */
	public MkdirLockStrategy() {
		super("mkdir", LABEL);
	}

	@Override
	@Nullable LockClaim publish(ClaimRequest request, Path marker, boolean afterCrash) throws IOException {
		long start = nanoTime();
		try {
			request.permissions().createDirectory(marker);
		}
		catch (FileAlreadyExistsException ex) {
			return null;
		}
		if (hasStalled(start)) {
			// A file in it would change its date, by which a neighbour knows his own
			return null;
		}
		Path file = marker.resolve(INNER + ProcessIdentity.current());
		MarkerInode inode = null;
		DirectoryMarker published = null;
		boolean taken = false;
		try {
			inode = MarkerInode.create(file, request.permissions());
			if (inode != null && inode.tryOwn()) {
				inode.write(MarkerText.ours());
				published = new DirectoryMarker(marker, inode);
			}
		}
		catch (NoSuchFileException | FileAlreadyExistsException ex) {
			// A neighbour has taken the empty directory for a dead one
			taken = true;
			return null;
		}
		finally {
			if (published == null) {
				abandon(marker, inode, !taken && !hasStalled(start));
			}
		}
		if (published == null) {
			return null;
		}
		if (hasStalled(start) || !published.isStanding()) {
			// It may be a neighbour's directory by now
			Files.deleteIfExists(file);
			published.close();
			return null;
		}
		return new MarkerClaim(published, afterCrash);
	}

	/**
	 * Tell whether a directory may be a neighbour's by now.
	 * @param start when it was about to be created
	 * @return {@code true} if it has been without a file for too long
	 */
	private boolean hasStalled(long start) {
		return nanoTime() - start > LONGEST_EMPTY;
	}

	/**
	 * Return the time by the monotonic clock. For tests, which stall.
	 * @return the time in nanoseconds
	 */
	long nanoTime() {
		return System.nanoTime();
	}

	private static void abandon(Path marker, @Nullable MarkerInode inode, boolean ours) throws IOException {
		if (inode != null) {
			if (inode.isAt(inode.file())) {
				Files.deleteIfExists(inode.file());
			}
			inode.close();
		}
		if (!ours) {
			// An empty directory may be that of a neighbour who lives
			return;
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
		Path inner = stands(marker) ? inner(marker) : null;
		MarkerInode inode = (inner != null) ? MarkerInode.open(inner) : null;
		return (inode != null) ? new DirectoryMarker(marker, inode) : null;
	}

	/**
	 * Find the file of the holder. One that came too late and died before it had taken
	 * its file back proves nothing of him.
	 * @param marker the directory
	 * @return the file, or {@code null} if there is none, or if it can't be told from
	 * others
	 * @throws IOException if that can't be found out
	 */
	private static @Nullable Path inner(Path marker) throws IOException {
		List<Path> found = new ArrayList<>(1);
		try (DirectoryStream<Path> files = Files.newDirectoryStream(marker, INNER + "*")) {
			files.forEach(found::add);
		}
		catch (NoSuchFileException ex) {
			return null;
		}
		if (found.size() > 1) {
			List<Path> living = found.stream().filter((file) -> !isOfTheDead(file)).toList();
			found = living.isEmpty() ? found.subList(0, 1) : living;
		}
		return (found.size() == 1) ? found.get(0) : null;
	}

	private static boolean isOfTheDead(Path inner) {
		return process(inner).filter((process) -> process.liveness() == LockOwner.Liveness.DEAD).isPresent();
	}

	private static Optional<ProcessIdentity> process(Path inner) {
		return ProcessIdentity.parse(inner.getFileName().toString().substring(INNER.length()));
	}

	@Override
	@Nullable Marker findNeighbours(Path marker) throws IOException {
		if (!stands(marker)) {
			return null;
		}
		try (DirectoryStream<Path> files = Files.newDirectoryStream(marker)) {
			for (Path file : files) {
				if (!isKnown(file)) {
					throw new FileSystemException(marker.toString(), null,
							("there is %s in it, so it is no marker of a "
									+ "known format and is left alone. Remove it by hand if nobody needs it")
								.formatted(file.getFileName()));
				}
			}
		}
		catch (NoSuchFileException ex) {
			return null;
		}
		return new DirectoryMarker(marker, null);
	}

	private static boolean isKnown(Path file) throws IOException {
		String name = file.getFileName().toString();
		BasicFileAttributes attributes = MarkerInode.attributes(file);
		return attributes.isRegularFile()
				&& (name.startsWith(INNER) || (attributes.size() == 0 && NEIGHBOURS.matcher(name).matches()));
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
		if (inode == null) {
			return Optional.empty();
		}
		// Who died before he had written it can be told from its name
		return MarkerText.parse(inode.read())
			.or(() -> process(inode.file()).filter((process) -> process.liveness() == LockOwner.Liveness.DEAD));
	}

	@Override
	public Optional<LockOwner> findOwner(Path path) throws IOException {
		Path marker = marker(path);
		if (!stands(marker)) {
			return Optional.empty();
		}
		Path inner = inner(marker);
		return Optional.of(Optional.ofNullable(inner)
			.flatMap(MkdirLockStrategy::process)
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
				return inode.isAt(inode.file());
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
			Path aside = path().resolveSibling(".%s.%016x.gone".formatted(path().getFileName(), RANDOM.nextLong()));
			Files.move(path(), aside);
			try (DirectoryStream<Path> files = Files.newDirectoryStream(aside)) {
				for (Path file : files) {
					if (isKnown(file)) {
						Files.deleteIfExists(file);
					}
				}
			}
			Files.deleteIfExists(aside);
		}

		@Override
		void ended() throws IOException {
			close();
		}

		@Override
		void touch() throws IOException {
			// With every look, once a second: proper-lockfile takes a directory of 2 to
			// 10
			// seconds for dead
			Files.getFileAttributeView(path(), BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
				.setTimes(FileTime.from(Instant.now()), null, null);
		}

	}

}
