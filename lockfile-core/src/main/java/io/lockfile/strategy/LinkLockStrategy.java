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
import java.nio.file.Path;
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
 * A hard link: the file {@code P.lock}, which is published complete by linking a file of
 * this process to that name. The operation succeeds for one, on network file systems too.
 */
public class LinkLockStrategy extends AbstractMarkerStrategy {

	private static final StrategyLabel LABEL = new StrategyLabel("`P.lock`, gone after release", false,
			StrategyLabel.AfterCrash.PROOF_OF_DEATH, StrategyLabel.Waiting.EVENTS,
			"Excludes where hard links do, NFS included; a dead holder is recognised where the server locks byte ranges",
			"a file system with hard links; not Windows",
			List.of("Python lockfile LinkLockFile", "dotlockfile", "lockfile-create", "procmail lockfile"),
			"A neighbour's marker that a crash has left is for an operator");

	private static final Pattern PID = Pattern.compile("\\s*(\\d{1,9})\\b[\\s\\S]*");

	/**
	 * The exclusive beginnings of what neighbours write: nothing, or a number.
	 */
	private static final Pattern NEIGHBOURS = Pattern.compile("\\s*\\d{0,10}\\s*");

	/**
	 * Create the strategy, for {@link java.util.ServiceLoader}.
	 */
	public LinkLockStrategy() {
		this("link", LABEL);
	}

	LinkLockStrategy(String name, StrategyLabel label) {
		super(name, label);
	}

	/**
	 * Return what the file of this process contains.
	 * @return the text
	 */
	String content() {
		return MarkerText.ours();
	}

	/**
	 * Read who left a marker of this library.
	 * @param text its content
	 * @return the process, or empty if it is not a complete marker of this library
	 */
	Optional<ProcessIdentity> parse(String text) {
		return MarkerText.parse(text);
	}

	/**
	 * Tell whether a content is one that neighbours write.
	 * @param text the content
	 * @return {@code true} if it is
	 */
	boolean isNeighbours(String text) {
		return NEIGHBOURS.matcher(text).matches();
	}

	/**
	 * Tell whether a content is certainly not that of a marker, so that waiting for its
	 * removal is in vain. Beside the path there is nothing but markers.
	 * @param text the content
	 * @return {@code true} if it isn't
	 */
	boolean isForeign(String text) {
		return false;
	}

	/**
	 * Describe who left a neighbour's marker.
	 * @param text its content
	 * @return what that tells
	 */
	LockOwner describe(String text) {
		Matcher matcher = PID.matcher(text);
		// procmail writes a 0
		if (matcher.matches() && Long.parseLong(matcher.group(1)) > 0) {
			return MarkerText.neighbour(Long.parseLong(matcher.group(1)), null);
		}
		return NOBODY_KNOWN;
	}

	@Override
	final @Nullable LockClaim publish(ClaimRequest request, Path marker, boolean afterCrash) throws IOException {
		boolean[] broke = { afterCrash };
		for (int i = 0; i < OsLockStrategy.MOST_EXCHANGES; i++) {
			MarkerSlot slot = MarkerSlot.of(request, marker, this::content, this::link,
					(inode) -> isGone(request, marker, inode, broke));
			LinkedMarker linked = new LinkedMarker(marker, slot.inode());
			try {
				slot.inode().touchEvery(Marker.TOUCH_INTERVAL);
				link(marker, slot.file());
			}
			catch (FileAlreadyExistsException ex) {
				// Of a server's answer that was lost, the second one says that it exists
				return (linked.isStanding() && isOnServer(marker)) ? claim(linked, broke[0]) : null;
			}
			catch (NoSuchFileException ex) {
				if (slot.inode().isAt(slot.file())) {
					throw ex;
				}
				// Somebody has deleted the slot
				drop(request, slot);
				continue;
			}
			catch (UnsupportedOperationException ex) {
				throw noLinks(marker, ex.getMessage());
			}
			catch (FileSystemException ex) {
				if (!linked.isStanding()) {
					throw noLinks(marker, ex.getReason());
				}
			}
			if (linked.isStanding()) {
				return claim(linked, broke[0]);
			}
			if (!slot.inode().isAt(slot.file())) {
				removeForeign(marker, slot.file());
				drop(request, slot);
			}
		}
		throw OsLockStrategy.exchanged(marker);
	}

	private static void drop(ClaimRequest request, MarkerSlot slot) throws IOException {
		request.keep(null);
		slot.inode().close();
	}

	/**
	 * Remove what was published by mistake: somebody has deleted our slot, and another
	 * process has made its own in its place. It doesn't know of the marker.
	 * @param marker the marker
	 * @param slot the slot
	 * @throws IOException if that failed
	 */
	private static void removeForeign(Path marker, Path slot) throws IOException {
		try {
			Object foreign = MarkerInode.attributes(slot).fileKey();
			if (foreign != null && foreign.equals(MarkerInode.attributes(marker).fileKey())) {
				Files.deleteIfExists(marker);
			}
		}
		catch (NoSuchFileException ex) {
			// One of them is gone
		}
	}

	private static boolean isOnServer(Path marker) throws IOException {
		String type = Files.getFileStore(marker).type();
		return type.startsWith("nfs") || type.startsWith("smb") || type.startsWith("cifs");
	}

	private static LockClaim claim(LinkedMarker marker, boolean afterCrash) {
		return new MarkerClaim(marker, afterCrash);
	}

	static FileSystemException noLinks(Path marker, @Nullable String reason) {
		return new FileSystemException(marker.toString(), null,
				"no hard link can be created here (%s). Use another file system, or strategy os or mkdir"
					.formatted(reason));
	}

	private boolean isGone(ClaimRequest request, Path marker, MarkerInode inode, boolean[] broke) throws IOException {
		Optional<ProcessIdentity> left = parse(inode.read());
		if (mayLive(request, left)) {
			return false;
		}
		if (inode.isAt(marker)) {
			broke[0] |= removeDead(request, new LinkedMarker(marker, inode), left.orElse(null));
		}
		// If somebody is about to remove it, this file has to stay as it is
		return !inode.isAt(marker);
	}

	@Override
	final @Nullable Marker findOurs(Path marker) throws IOException {
		MarkerInode inode = MarkerInode.open(marker);
		Marker found = null;
		try {
			String text = (inode != null) ? inode.read() : null;
			if (inode != null && text != null && parse(text).isPresent()) {
				found = new LinkedMarker(marker, inode);
			}
			else if (text != null && isForeign(text)) {
				throw foreign(marker);
			}
			return found;
		}
		finally {
			if (inode != null && found == null) {
				inode.close();
			}
		}
	}

	@Override
	final @Nullable Marker findNeighbours(Path marker) throws IOException {
		MarkerInode inode = MarkerInode.openAnyhow(marker);
		if (inode == null) {
			return null;
		}
		if (!isNeighbours(inode.read())) {
			inode.close();
			throw foreign(marker);
		}
		return new LinkedMarker(marker, inode);
	}

	@Override
	final LockOwner describeNeighbour(Marker marker) throws IOException {
		MarkerInode inode = marker.inode();
		return (inode != null) ? describe(inode.read()) : NOBODY_KNOWN;
	}

	@Override
	final Optional<ProcessIdentity> identify(Marker marker, ClaimRequest request) throws IOException {
		MarkerInode inode = marker.inode();
		return (inode != null) ? parse(inode.read()) : Optional.empty();
	}

	@Override
	public final Optional<LockOwner> findOwner(Path path) throws IOException {
		String text = MarkerInode.look(marker(path), (content) -> content.equals(content()), content());
		if (text == null) {
			return Optional.empty();
		}
		return parse(text).map(ProcessIdentity::toOwner).or(() -> Optional.of(describe(text)));
	}

	/**
	 * A marker that is the file which its holder has locked.
	 */
	private static final class LinkedMarker extends Marker {

		LinkedMarker(Path path, MarkerInode inode) {
			super(path, inode);
		}

		@Override
		boolean isStanding() throws IOException {
			return inode() != null && inode().isAt(path());
		}

		@Override
		void remove() throws IOException {
			Files.deleteIfExists(path());
		}

	}

}
