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
public final class SymlinkLockStrategy extends AbstractMarkerStrategy {

	private static final StrategyLabel LABEL = new StrategyLabel("`P.lock`, gone after release", false,
			StrategyLabel.AfterCrash.PROOF_OF_DEATH, StrategyLabel.Waiting.EVENTS,
			"Excludes where symbolic links are created once only, NFS included; a dead holder is recognised where the "
					+ "server locks byte ranges",
			"a file system with symbolic links", List.of("Python lockfile SymlinkLockFile"),
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
		MarkerSlot slot = MarkerSlot.of(request, marker, MarkerText::ours,
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
			return null;
		}
		catch (UnsupportedOperationException ex) {
			throw new FileSystemException(marker.toString(), null,
					"no symbolic link can be created here. Use another file system, or another strategy");
		}
		return new MarkerClaim(new SymbolicMarker(marker, target, slot.inode()), broke[0], false);
	}

	private boolean isGone(ClaimRequest request, Path marker, MarkerInode inode, boolean[] broke) throws IOException {
		Optional<ProcessIdentity> left = MarkerText.parse(inode.read());
		if (left.filter((process) -> isAlive(request, process)).isPresent()) {
			return false;
		}
		Target target = read(marker);
		ProcessIdentity process = (target != null) ? target.process() : null;
		if (target != null && process != null && inode.file().equals(target.slot())
				&& (left.filter(process::equals).isPresent() || process.liveness() == LockOwner.Liveness.DEAD)) {
			broke[0] |= removeDead(request, new SymbolicMarker(marker, target.text(), inode), process);
		}
		return true;
	}

	@Override
	@Nullable Marker findOurs(Path marker) throws IOException {
		Target target = read(marker);
		if (target == null || target.slot() == null || target.process() == null) {
			return null;
		}
		MarkerInode inode = MarkerInode.open(target.slot());
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

	@Override
	@Nullable Marker findNeighbours(Path marker) throws IOException {
		Target target = read(marker);
		return (target != null) ? new SymbolicMarker(marker, target.text(), null) : null;
	}

	@Override
	LockOwner describeNeighbour(Marker marker) throws IOException {
		return NOBODY_KNOWN;
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
		void remove() throws IOException {
			Files.deleteIfExists(path());
		}

	}

}
