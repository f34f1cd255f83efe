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
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotLinkException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import io.lockfile.ClaimRequest;
import io.lockfile.LockClaim;
import io.lockfile.LockOwner;
import io.lockfile.LockPermissions;
import io.lockfile.ProcessIdentity;
import io.lockfile.StrategyLabel;

/**
 * A symbolic link: {@code P.lock}, which points to nothing and tells in its text who made
 * it. What proves that its holder lives is a lock on a file beside it.
 *
 * <pre>
 * lockfile-1:&lt;number of the file&gt;:&lt;64 random bits&gt;:&lt;process&gt;
 * </pre>
 */
public class SymlinkLockStrategy extends AbstractMarkerStrategy {

	private static final StrategyLabel LABEL = new StrategyLabel("`P.lock`, gone after release", false,
			StrategyLabel.AfterCrash.PROOF_OF_DEATH, StrategyLabel.Waiting.EVENTS,
			"Excludes where symbolic links are created once only, NFS included; a dead holder is recognised where the "
					+ "server locks byte ranges",
			"a file system with symbolic and hard links; not Windows", List.of("Python lockfile SymlinkLockFile"),
			"A neighbour's link that a crash has left is for an operator");

	private static final Pattern TARGET = Pattern.compile("lockfile-1:(\\d{1,5}):([0-9a-f]{16}):(\\S+)");

	private static final SecureRandom RANDOM = new SecureRandom();

	/**
	 * Create the strategy, for {@link java.util.ServiceLoader}.
	 */
	public SymlinkLockStrategy() {
		super("symlink", LABEL);
	}

	@Override
	@Nullable LockClaim publish(ClaimRequest request, Path marker, boolean afterCrash) throws IOException {
		boolean[] broke = { afterCrash };
		MarkerSlot slot = MarkerSlot.of(request, marker, MarkerText::ours, this::link,
				(inode) -> isGone(request, marker, inode, broke));
		String name = slot.file().getFileName().toString();
		String target = "lockfile-1:%s:%016x:%s".formatted(name.substring(name.lastIndexOf('.') + 1), RANDOM.nextLong(),
				ProcessIdentity.current());
		try {
			if (!slot.inode().isAt(slot.file())) {
				// Somebody has deleted the proof that we live
				request.keep(null);
				slot.inode().close();
				return publish(request, marker, broke[0]);
			}
			Files.createSymbolicLink(marker, Path.of(target));
		}
		catch (FileAlreadyExistsException ex) {
			broke[0] |= removeDeadBehind(request, marker, slot.inode());
			return null;
		}
		catch (UnsupportedOperationException ex) {
			throw new FileSystemException(marker.toString(), null,
					"no symbolic link can be created here. Use another file system, or another strategy");
		}
		return new MarkerClaim(new SymbolicMarker(marker, target, slot.inode()), broke[0]);
	}

	/**
	 * Remove the link of a dead process whose file was deleted and is ours by now.
	 * @param request what to claim
	 * @param marker the link
	 * @param inode our file
	 * @return {@code true} if it was removed
	 * @throws IOException if that failed
	 */
	private boolean removeDeadBehind(ClaimRequest request, Path marker, MarkerInode inode) throws IOException {
		Target target = read(marker);
		ProcessIdentity process = (target != null) ? target.process() : null;
		return target != null && process != null && inode.file().equals(target.slot())
				&& process.liveness() == LockOwner.Liveness.DEAD
				&& removeDead(request, new SymbolicMarker(marker, target.text(), inode), process);
	}

	private boolean isGone(ClaimRequest request, Path marker, MarkerInode inode, boolean[] broke) throws IOException {
		Optional<ProcessIdentity> left = MarkerText.parse(inode.read());
		if (mayLive(request, left)) {
			return false;
		}
		Target target = read(marker);
		if (target == null || target.process() == null || !inode.file().equals(target.slot())) {
			return true;
		}
		if (left.filter(target.process()::equals).isPresent()
				|| target.process().liveness() == LockOwner.Liveness.DEAD) {
			broke[0] |= removeDead(request, new SymbolicMarker(marker, target.text(), inode), target.process());
		}
		// If it still stands, somebody else removes it, or nothing is proved
		return !stands(marker);
	}

	@Override
	@Nullable Marker findOurs(Path marker) throws IOException {
		Target target = read(marker);
		if (target == null || target.slot() == null || target.process() == null) {
			return null;
		}
		MarkerInode inode = open(target.slot(), target.process());
		if (inode == null) {
			return null;
		}
		boolean found = false;
		try {
			// After a crash another process may use that file: then the pid has to do
			found = MarkerText.parse(inode.read()).filter(target.process()::equals).isPresent()
					|| target.process().liveness() == LockOwner.Liveness.DEAD;
			return found ? new SymbolicMarker(marker, target.text(), inode) : null;
		}
		finally {
			if (!found) {
				inode.close();
			}
		}
	}

	private static @Nullable MarkerInode open(Path slot, ProcessIdentity process) throws IOException {
		MarkerInode inode = MarkerInode.open(slot);
		if (inode != null || process.liveness() != LockOwner.Liveness.DEAD) {
			return inode;
		}
		try {
			// Somebody has deleted it. Whoever makes it again is the one who removes the
			// link
			inode = MarkerInode.create(slot, LockPermissions.OWNER);
			if (inode != null && !inode.tryOwn()) {
				inode.close();
				return null;
			}
			return inode;
		}
		catch (FileAlreadyExistsException ex) {
			return null;
		}
	}

	@Override
	@Nullable Marker findNeighbours(Path marker) throws IOException {
		Target target = read(marker);
		return (target != null) ? new SymbolicMarker(marker, target.text(), null) : null;
	}

	@Override
	LockOwner describeNeighbour(Marker marker) throws IOException {
		return Target.parse(marker.path(), ((SymbolicMarker) marker).target)
			.map(Target::process)
			.map(ProcessIdentity::toOwner)
			.orElse(NOBODY_KNOWN);
	}

	@Override
	boolean stands(Path marker) throws IOException {
		return read(marker) != null;
	}

	@Override
	Optional<ProcessIdentity> identify(Marker marker, ClaimRequest request) throws IOException {
		return Target.parse(marker.path(), ((SymbolicMarker) marker).target).map(Target::process);
	}

	@Override
	public Optional<LockOwner> findOwner(Path path) throws IOException {
		Target target = read(marker(path));
		if (target == null) {
			return Optional.empty();
		}
		ProcessIdentity process = target.process();
		return Optional.of((process != null) ? process.toOwner() : NOBODY_KNOWN);
	}

	private static @Nullable Target read(Path marker) throws IOException {
		try {
			String text = Files.readSymbolicLink(marker).toString();
			return Target.parse(marker, text).orElseGet(() -> new Target(text, null, null));
		}
		catch (NoSuchFileException ex) {
			return null;
		}
		catch (NotLinkException ex) {
			throw new FileSystemException(marker.toString(), null,
					"it is no symbolic link, and no marker of this strategy. Use another path or strategy, or remove it");
		}
	}

	/**
	 * What the link says.
	 *
	 * @param text all of it
	 * @param slot the file that its holder has locked, if it is one of ours
	 * @param process its holder, if it is one of ours
	 */
	private record Target(String text, @Nullable Path slot, @Nullable ProcessIdentity process) {

		static Optional<Target> parse(Path marker, String text) {
			Matcher matcher = TARGET.matcher(text);
			if (!matcher.matches()) {
				return Optional.empty();
			}
			Path slot = marker.resolveSibling("." + marker.getFileName() + "." + matcher.group(1));
			return ProcessIdentity.parse(matcher.group(3)).map((process) -> new Target(text, slot, process));
		}

	}

	/**
	 * A marker that is a link with a certain text. No two of ours have the same.
	 */
	private static final class SymbolicMarker extends Marker {

		private final String target;

		SymbolicMarker(Path path, String target, @Nullable MarkerInode inode) {
			super(path, inode);
			this.target = target;
		}

		@Override
		boolean isStanding() throws IOException {
			Target there = read(path());
			return there != null && there.text().equals(this.target);
		}

		@Override
		void touch() throws IOException {
			// Nobody goes by the date of a link, but its file is not to look abandoned
			MarkerInode inode = inode();
			if (inode != null && inode.isAt(inode.file())) {
				inode.touchEvery(TOUCH_INTERVAL);
			}
		}

		@Override
		void remove() throws IOException {
			Files.deleteIfExists(path());
		}

	}

}
