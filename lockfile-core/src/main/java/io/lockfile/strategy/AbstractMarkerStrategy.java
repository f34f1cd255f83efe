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
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;

import io.lockfile.ClaimRequest;
import io.lockfile.LockClaim;
import io.lockfile.LockOwner;
import io.lockfile.LockStrategy;
import io.lockfile.ProcessIdentity;
import io.lockfile.RecordLocks;
import io.lockfile.StrategyLabel;

/**
 * What strategies share whose lock is the existence of a marker: how dead holders are
 * told from living ones, and how their markers are removed without harm to a successor's.
 */
abstract class AbstractMarkerStrategy implements LockStrategy {

	/**
	 * How often a marker may vanish and be replaced within one try.
	 */
	private static final int MOST_EXCHANGES = 100;

	/**
	 * The owner of a marker that doesn't tell him.
	 */
	static final LockOwner NOBODY_KNOWN = new LockOwner(null, null, null, null, null);

	private final String name;

	private final StrategyLabel label;

	/**
	 * The last path that was asked for, and its marker: most often it is asked for again.
	 */
	private volatile @Nullable Known known;

	AbstractMarkerStrategy(String name, StrategyLabel label) {
		this.name = name;
		this.label = label;
	}

	@Override
	public final String name() {
		return this.name;
	}

	@Override
	public final StrategyLabel label() {
		return this.label;
	}

	@Override
	public Path marker(Path path) {
		Known last = this.known;
		if (last == null || last.path() != path) {
			last = new Known(path, path.resolveSibling(path.getFileName() + ".lock"));
			this.known = last;
		}
		return last.marker();
	}

	@Override
	public boolean tellsOwner() {
		return false;
	}

	@Override
	public final @Nullable LockClaim tryClaim(ClaimRequest request) throws IOException {
		Path marker = marker(request.path());
		boolean broke = false;
		for (int i = 0; i < MOST_EXCHANGES; i++) {
			LockClaim claim = publish(request, marker, broke);
			if (claim != null) {
				return claim;
			}
			Obstacle obstacle = clearAway(request, marker);
			if (obstacle == Obstacle.HELD) {
				return null;
			}
			broke |= obstacle == Obstacle.BROKEN;
		}
		return null;
	}

	/**
	 * Publish a marker of this process.
	 * @param request what to claim
	 * @param marker where
	 * @param afterCrash whether a dead holder's marker was there
	 * @return the claim, or {@code null} if there is something already
	 * @throws IOException if it can't be published
	 */
	abstract @Nullable LockClaim publish(ClaimRequest request, Path marker, boolean afterCrash) throws IOException;

	/**
	 * Find the marker of this library that stands at a path, and open its file. Nobody
	 * else in this JVM is near the path.
	 * @param marker where
	 * @return the marker, or {@code null} if there is none, or one of somebody else, or
	 * one that can't be opened
	 * @throws IOException if that can't be found out
	 */
	abstract @Nullable Marker findOurs(Path marker) throws IOException;

	/**
	 * Find a marker of a neighbour's format for an operator who wants it to be broken.
	 * @param marker where
	 * @return the marker, or {@code null} if there is none
	 * @throws IOException if what is there is no marker of a known format
	 */
	abstract @Nullable Marker findNeighbours(Path marker) throws IOException;

	/**
	 * Describe who left a neighbour's marker.
	 * @param marker the marker
	 * @return what the format tells of him
	 * @throws IOException if that can't be found out
	 */
	abstract LockOwner describeNeighbour(Marker marker) throws IOException;

	/**
	 * Tell whether something stands at a path.
	 * @param marker the path
	 * @return {@code true} if there is something
	 * @throws IOException if it can't be a marker
	 */
	boolean stands(Path marker) throws IOException {
		try {
			MarkerInode.attributes(marker);
			return true;
		}
		catch (NoSuchFileException ex) {
			return false;
		}
	}

	/**
	 * Read which process left a marker of this library.
	 * @param marker the marker
	 * @param request what to claim
	 * @return the process, or empty if the marker is not complete
	 * @throws IOException if it can't be read
	 */
	abstract Optional<ProcessIdentity> identify(Marker marker, ClaimRequest request) throws IOException;

	/**
	 * Is called between the proof of a holder's death and the removal of its marker. For
	 * tests.
	 * @param marker the marker
	 */
	void beforeRemoval(Path marker) {
	}

	/**
	 * Create a hard link. For tests, which have file systems without them.
	 * @param name the new name
	 * @param file the file
	 * @throws IOException if that failed
	 */
	void link(Path name, Path file) throws IOException {
		Files.createLink(name, file);
	}

	static FileSystemException foreign(Path marker) {
		return new FileSystemException(marker.toString(), null,
				"it is no marker of a known format, so it is left alone. Remove it by hand if nobody needs it");
	}

	private Obstacle clearAway(ClaimRequest request, Path path) throws IOException {
		if (Marker.removeLeft(path)) {
			return Obstacle.GONE;
		}
		Marker marker;
		try {
			marker = findOurs(path);
		}
		catch (AccessDeniedException ex) {
			// Somebody else's, which others may not even read
			return Obstacle.HELD;
		}
		if (marker == null) {
			return stands(path) ? Obstacle.HELD : Obstacle.GONE;
		}
		try (marker) {
			MarkerInode inode = marker.inode();
			ProcessIdentity holder = identify(marker, request).orElse(null);
			if (holder == null || inode == null || !mayBeBroken(request, marker, holder)) {
				return Obstacle.HELD;
			}
			return removeDead(request, marker, holder) ? Obstacle.BROKEN : Obstacle.GONE;
		}
	}

	/**
	 * Decide whether a marker may be removed without anybody asking for it: on proof of
	 * its holder's death.
	 * @param request what to claim
	 * @param marker the marker
	 * @param holder who left it
	 * @return {@code true} if it may, and nobody else decides so until it is closed
	 * @throws IOException if that can't be found out
	 */
	boolean mayBeBroken(ClaimRequest request, Marker marker, ProcessIdentity holder) throws IOException {
		MarkerInode inode = marker.inode();
		return inode != null && inode.isOwnerDead() && !isAlive(request, holder);
	}

	/**
	 * Tell whether a marker's holder lives, for an operator.
	 * @param marker the marker
	 * @param holder what is known of him
	 * @return what can be proved
	 * @throws IOException if that can't be found out
	 */
	LockOwner.Liveness liveness(Marker marker, LockOwner holder) throws IOException {
		MarkerInode inode = marker.inode();
		if (holder.liveness() == LockOwner.Liveness.UNKNOWN && !seesLocksOfOtherHosts(marker.path())) {
			return LockOwner.Liveness.UNKNOWN;
		}
		boolean dead = inode != null && inode.isOwnerDead() && holder.liveness() != LockOwner.Liveness.ALIVE;
		return dead ? LockOwner.Liveness.DEAD : LockOwner.Liveness.ALIVE;
	}

	/**
	 * Look once more whether a process lives whose lock was obtained. That is a proof of
	 * its death only as long as nobody has opened and closed the file within it.
	 * @param request what to claim
	 * @param holder the process
	 * @return {@code true} if it certainly lives
	 */
	final boolean isAlive(ClaimRequest request, ProcessIdentity holder) {
		return holder.liveness() == LockOwner.Liveness.ALIVE
				|| recorded(request, holder).filter((recorded) -> recorded.liveness() == LockOwner.Liveness.ALIVE)
					.isPresent()
				|| (holder.liveness() == LockOwner.Liveness.UNKNOWN && !seesLocksOfOtherHosts(request.path()));
	}

	/**
	 * Tell whether the lock of a living holder on another host would be in the way. Where
	 * it wouldn't, obtaining it proves nothing of a process that can't be seen.
	 * @param file a file on the file system in question
	 * @return {@code true} if it would, as far as is known
	 */
	boolean seesLocksOfOtherHosts(Path file) {
		return RecordLocks.reachOtherHosts(file);
	}

	/**
	 * Tell whether the process behind a slot may live, so that another one is used: other
	 * than markers, slots are many.
	 * @param request what to claim
	 * @param left the process, if its file tells
	 * @return {@code true} if it may
	 */
	final boolean mayLive(ClaimRequest request, Optional<ProcessIdentity> left) {
		ProcessIdentity process = left.orElse(null);
		if (process == null) {
			return false;
		}
		boolean seen = process.ticks() == 0 && process.host().equals(ProcessIdentity.current().host())
				&& ProcessHandle.of(process.pid()).isPresent();
		return seen || isAlive(request, process);
	}

	/**
	 * Remove the marker of a dead holder.
	 * @param request what to claim
	 * @param marker the marker, on whose file the caller has the holder's lock
	 * @param holder who left it, or {@code null} if that can't be read
	 * @return {@code true} if it was removed, and {@code false} if it was gone
	 * @throws IOException if that failed
	 */
	final boolean removeDead(ClaimRequest request, Marker marker, @Nullable ProcessIdentity holder) throws IOException {
		beforeRemoval(marker.path());
		MarkerInode inode = marker.inode();
		if (inode == null || !inode.tryGuard()) {
			return false;
		}
		LockOwner owner = (holder != null) ? recorded(request, holder).orElseGet(holder::toOwner) : NOBODY_KNOWN;
		LockOwner broken = as(owner, liveness(marker, owner));
		if (!marker.isStanding()) {
			return false;
		}
		marker.remove();
		request.broke(broken);
		return true;
	}

	private static Optional<LockOwner> recorded(ClaimRequest request, ProcessIdentity holder) {
		return request.recordedOwner().filter((recorded) -> recorded.pid() != null && recorded.pid() == holder.pid());
	}

	private static LockOwner as(LockOwner owner, LockOwner.Liveness liveness) {
		return new LockOwner(owner.pid(), owner.host(), owner.processStart(), owner.thread(), owner.since(), liveness);
	}

	@Override
	public final BreakOutcome breakLock(ClaimRequest request, Predicate<LockOwner> condition) throws IOException {
		Path path = marker(request.path());
		Marker.removeLeft(path);
		for (int i = 0; i < MOST_EXCHANGES; i++) {
			Marker ours = findOurs(path);
			Marker marker = (ours != null) ? ours : findNeighbours(path);
			if (marker == null) {
				if (stands(path)) {
					continue;
				}
				return BreakOutcome.FREE;
			}
			try (marker) {
				LockOwner owner = owner(request, marker, ours != null);
				if (!condition.test(owner)) {
					return BreakOutcome.REFUSED;
				}
				if (marker.removeIfStanding()) {
					request.broke(owner);
					return BreakOutcome.BROKEN;
				}
			}
		}
		throw new IOException("it passes from one to the next all the time. Try again");
	}

	private LockOwner owner(ClaimRequest request, Marker marker, boolean ours) throws IOException {
		if (!ours) {
			return describeNeighbour(marker);
		}
		LockOwner known = identify(marker, request)
			.map((holder) -> recorded(request, holder).orElseGet(holder::toOwner))
			.orElse(NOBODY_KNOWN);
		return as(known, liveness(marker, known));
	}

	private record Known(Path path, Path marker) {
	}

	private enum Obstacle {

		HELD, GONE, BROKEN

	}

}
