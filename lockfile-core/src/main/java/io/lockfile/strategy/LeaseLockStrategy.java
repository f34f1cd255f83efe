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
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

import io.lockfile.ClaimRequest;
import io.lockfile.LockClaim;
import io.lockfile.LockOwner;
import io.lockfile.ProcessIdentity;
import io.lockfile.StrategyLabel;

/**
 * A lease, in the format of flufl.lock: {@code P} is a hard link to a file of the holder,
 * and its date is when the lease expires. The holder renews it, and whoever waits breaks
 * it when it has expired and 10 seconds have passed, for clocks that differ.
 * <p>
 * The date alone is not believed of our own leases when their holder is seen to live:
 * then it must not have been renewed for that time by the monotonic clock either, so a
 * clock that is set breaks no lease, and one in the future is no obstacle for ever.
 */
public class LeaseLockStrategy extends AbstractMarkerStrategy {

	/**
	 * What flufl.lock adds to an expiry before it believes it.
	 */
	static final Duration CLOCK_SLOP = Duration.ofSeconds(10);

	private static final StrategyLabel LABEL = new StrategyLabel("`P`, gone after release", false,
			StrategyLabel.AfterCrash.EXPIRY, StrategyLabel.Waiting.EVENTS,
			"Excludes where hard links do, NFS included, as long as clocks differ by less than 10 s",
			"a file system with hard links, and clocks that agree; not Windows", List.of("Python flufl.lock"),
			"A holder that is paused for longer than the lease and 10 s loses it, and is told when it goes on: fence "
					+ "what it writes");

	private static final SecureRandom RANDOM = new SecureRandom();

	/**
	 * Create the strategy, for {@link java.util.ServiceLoader}.
	 */
	public LeaseLockStrategy() {
		super("lease", LABEL);
	}

	@Override
	public boolean fences() {
		return true;
	}

	@Override
	public Path marker(Path path) {
		return path;
	}

	/**
	 * Return the time by the wall clock. For tests, which set it.
	 * @return the time
	 */
	Instant now() {
		return Instant.now();
	}

	/**
	 * Return the time by the monotonic clock. For tests, which set it.
	 * @return the time in nanoseconds
	 */
	long nanoTime() {
		return System.nanoTime();
	}

	@Override
	@Nullable LockClaim publish(ClaimRequest request, Path marker, boolean afterCrash) throws IOException {
		if (Files.exists(marker, LinkOption.NOFOLLOW_LINKS)) {
			// Don't write a file in vain with every try
			return null;
		}
		ProcessIdentity self = ProcessIdentity.current();
		Path file = LeaseName.of(marker, self, request.leaseDuration(), RANDOM.nextLong());
		MarkerInode inode = MarkerInode.create(file, request.permissions());
		if (inode == null) {
			throw new FileSystemException(file.toString(), null, "somebody deletes it at once. Find out who does");
		}
		LeaseClaim claim = null;
		try {
			inode.write(new String(file.toString().getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1));
			long start = nanoTime();
			Instant expiry = now().plus(request.leaseDuration());
			extend(file, expiry);
			if (publish(marker, file, inode)) {
				claim = new LeaseClaim(new LeaseMarker(marker, inode, file, null), this, request, start, expiry,
						afterCrash);
			}
			return claim;
		}
		finally {
			if (claim == null) {
				Files.deleteIfExists(file);
				inode.close();
			}
		}
	}

	private boolean publish(Path marker, Path file, MarkerInode inode) throws IOException {
		try {
			link(marker, file);
			return true;
		}
		catch (FileAlreadyExistsException ex) {
			return inode.isAt(marker);
		}
		catch (UnsupportedOperationException ex) {
			throw LinkLockStrategy.noLinks(marker, ex.getMessage());
		}
		catch (NoSuchFileException ex) {
			throw ex;
		}
		catch (FileSystemException ex) {
			if (inode.isAt(marker)) {
				return true;
			}
			throw LinkLockStrategy.noLinks(marker, ex.getReason());
		}
	}

	static void extend(Path file, Instant expiry) throws IOException {
		Files.getFileAttributeView(file, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
			.setTimes(FileTime.from(expiry), null, null);
	}

	@Override
	@Nullable Marker findOurs(Path marker) throws IOException {
		MarkerInode inode = MarkerInode.open(marker);
		Marker found = null;
		try {
			if (inode != null) {
				LeaseName name = LeaseName.parse(marker, inode.read()).orElse(null);
				found = (name != null)
						? new LeaseMarker(marker, inode, name.file(), MarkerInode.attributes(marker).lastModifiedTime())
						: null;
				if (found == null) {
					throw foreign(marker);
				}
			}
			return found;
		}
		catch (NoSuchFileException ex) {
			return null;
		}
		finally {
			if (inode != null && found == null) {
				inode.close();
			}
		}
	}

	@Override
	@Nullable Marker findNeighbours(Path marker) throws IOException {
		if (stands(marker)) {
			throw foreign(marker);
		}
		return null;
	}

	@Override
	LockOwner describeNeighbour(Marker marker) {
		return NOBODY_KNOWN;
	}

	@Override
	Optional<ProcessIdentity> identify(Marker marker, ClaimRequest request) throws IOException {
		MarkerInode inode = marker.inode();
		return (inode != null) ? LeaseName.parse(marker.path(), inode.read()).map(LeaseName::holder) : Optional.empty();
	}

	@Override
	boolean mayBeBroken(ClaimRequest request, Marker marker, ProcessIdentity holder) throws IOException {
		LeaseMarker lease = (LeaseMarker) marker;
		MarkerInode inode = marker.inode();
		LeaseName name = (inode != null) ? LeaseName.parse(marker.path(), inode.read()).orElse(null) : null;
		FileTime expiry = lease.expiry();
		if (name == null || expiry == null) {
			return false;
		}
		boolean expired = now().isAfter(expiry.toInstant().plus(CLOCK_SLOP));
		Duration duration = name.duration();
		if (duration == null || (expired && !isAlive(request, holder))) {
			return expired;
		}
		Sighting sighting = request.kept(Sighting.class);
		if (sighting == null || !sighting.isOf(name, expiry)) {
			request.keep(new Sighting(name, expiry, nanoTime()));
			return false;
		}
		return nanoTime() - sighting.since() > duration.plus(CLOCK_SLOP).toNanos();
	}

	@Override
	LockOwner.Liveness liveness(Marker marker, LockOwner holder) {
		return holder.liveness();
	}

	@Override
	public Optional<LockOwner> findOwner(Path path) throws IOException {
		String text = MarkerInode.look(path, (content) -> isOurs(path, content), "");
		if (text == null) {
			return Optional.empty();
		}
		return Optional.of(LeaseName.parse(path, text).map(LeaseName::owner).orElse(NOBODY_KNOWN));
	}

	private static boolean isOurs(Path path, String content) {
		ProcessIdentity self = ProcessIdentity.current();
		return LeaseName.parse(path, content)
			.map(LeaseName::holder)
			.filter((holder) -> holder.pid() == self.pid() && holder.space().equals(self.space()))
			.isPresent();
	}

	/**
	 * When a lease was first seen with a certain expiry.
	 *
	 * @param name the lease
	 * @param expiry its expiry
	 * @param since when it was seen, by the monotonic clock
	 */
	private record Sighting(LeaseName name, FileTime expiry, long since) implements Closeable {

		boolean isOf(LeaseName other, FileTime otherExpiry) {
			return this.name.equals(other) && this.expiry.equals(otherExpiry);
		}

		@Override
		public void close() {
		}

	}

	/**
	 * A marker that is a link to a file of its holder, and is to have a certain date.
	 */
	static final class LeaseMarker extends Marker {

		private final Path file;

		private final @Nullable FileTime expiry;

		LeaseMarker(Path path, MarkerInode inode, Path file, @Nullable FileTime expiry) {
			super(path, inode);
			this.file = file;
			this.expiry = expiry;
		}

		@Nullable FileTime expiry() {
			return this.expiry;
		}

		Path file() {
			return this.file;
		}

		@Override
		boolean isStanding() throws IOException {
			MarkerInode inode = inode();
			if (inode == null || !inode.isAt(path())) {
				return false;
			}
			try {
				return this.expiry == null || this.expiry.equals(MarkerInode.attributes(path()).lastModifiedTime());
			}
			catch (NoSuchFileException ex) {
				return false;
			}
		}

		@Override
		void remove() throws IOException {
			if (this.expiry != null) {
				// As flufl.lock does, so that nobody else breaks it meanwhile. Of another
				// user's that fails, and the guard keeps those of this library away. With
				// an attribute view the JDK would open the file, and end the guard
				path().toFile().setLastModified(Instant.now().plus(CLOCK_SLOP).toEpochMilli());
			}
			MarkerInode inode = inode();
			boolean its = inode != null && inode.isAt(this.file);
			Files.deleteIfExists(path());
			if (its) {
				Files.deleteIfExists(this.file);
			}
		}

		@Override
		void ended() throws IOException {
			close();
		}

		@Override
		void touch() {
			throw new IllegalStateException("A lease is extended by its claim");
		}

	}

}
