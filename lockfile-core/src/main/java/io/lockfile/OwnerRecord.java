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
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The record of who holds a lock whose own file doesn't tell: {@code .<name>.owner}
 * beside it, text of fixed width that anybody may read at any time.
 *
 * <pre>
 * lockfile-owner 1
 * state held
 * hold  0000000000000000042
 * pid   0000004711
 * start 0001763920000123
 * ticks 0000000000004217
 * since 0001763923600456
 * thread scheduling-1
 * host  build-3
 * space 9f1c3a5e7b2d4f60
 * check 0000000000000000042
 * </pre>
 *
 * Exclusive holders write it after they have obtained the lock and clear it before they
 * give it back, so a record that still says {@code held} to the next holder tells that
 * the one before died. Times are milliseconds since 1970; {@code ticks} is the start of
 * the process as the kernel counts it, where it tells that. {@code space} stands for
 * where the pid means something: the host's boot and the pid namespace. Equal numbers in
 * {@code hold} and {@code check} tell a reader that it has not read while the record was
 * written.
 * <p>
 * It is a help for people and for {@link LockHandle#previousHolderCrashed()}; no lock
 * depends on it. Where it can't be written there is none. It is not kept for files with
 * content, which are somebody's data, nor for directories.
 * <p>
 * A record that is used again and again is written through memory where the file system
 * is local, since a system call for each of them would cost half as much as the lock.
 */
final class OwnerRecord {

	private static final Logger logger = LoggerFactory.getLogger(OwnerRecord.class);

	private static final int STATE = 17;

	private static final int HOLD = STATE + 11;

	private static final int PID = HOLD + 26;

	private static final int START = PID + 17;

	private static final int TICKS = START + 23;

	private static final int SINCE = TICKS + 23;

	private static final int THREAD = SINCE + 23;

	private static final int HOST = THREAD + 72;

	private static final int SPACE = HOST + 71;

	private static final int CHECK = SPACE + 23;

	private static final int LENGTH = CHECK + 26;

	/**
	 * How often a record is read or written before that is done through memory: not in
	 * the first hold of a path, since most paths see one hold at a time and are left.
	 */
	private static final int MANY_USES = 8;

	private static final byte[] TEMPLATE = template();

	private static final byte[] HELD = "state held\n".getBytes(StandardCharsets.US_ASCII);

	private static final byte[] FREE = "state free\n".getBytes(StandardCharsets.US_ASCII);

	private final Path marker;

	private final Path file;

	private final LockPermissions permissions;

	private final byte[] content = TEMPLATE.clone();

	private final byte[] start = new byte[PID];

	private @Nullable MappedByteBuffer memory;

	private @Nullable String thread;

	private long hold;

	private boolean usable;

	private boolean written;

	private int uses;

	private OwnerRecord(Path marker, Path file, LockPermissions permissions, boolean usable) {
		this.marker = marker;
		this.file = file;
		this.permissions = permissions;
		this.usable = usable;
	}

	private static byte[] template() {
		byte[] template = new byte[LENGTH];
		Arrays.fill(template, (byte) ' ');
		line("lockfile-owner 1", template, 0, STATE);
		line("state free", template, STATE, HOLD);
		line("hold  ", template, HOLD, PID);
		line("pid   ", template, PID, START);
		line("start ", template, START, TICKS);
		line("ticks ", template, TICKS, SINCE);
		line("since ", template, SINCE, THREAD);
		line("thread ", template, THREAD, HOST);
		line("host  ", template, HOST, SPACE);
		line("space ", template, SPACE, CHECK);
		line("check ", template, CHECK, LENGTH);
		Sidecar.putNumber(0, template, HOLD + 6, 19);
		Sidecar.putNumber(LocalProcess.pid(), template, PID + 6, 10);
		Instant start = LocalProcess.start();
		Sidecar.putNumber((start != null) ? start.toEpochMilli() : 0, template, START + 6, 16);
		Sidecar.putNumber(LocalProcess.ticks(), template, TICKS + 6, 16);
		Sidecar.putNumber(0, template, SINCE + 6, 16);
		Sidecar.putText(LocalProcess.host(), template, HOST + 6, 64);
		Sidecar.putText(LocalProcess.space(), template, SPACE + 6, 16);
		Sidecar.putNumber(0, template, CHECK + 6, 19);
		return template;
	}

	private static void line(String text, byte[] template, int from, int to) {
		byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
		System.arraycopy(bytes, 0, template, from, bytes.length);
		template[to - 1] = '\n';
	}

	/**
	 * Open the record of a path that the caller has claimed, and create it if need be.
	 * @param marker the strategy's marker of the path
	 * @param ours whether the marker is a file of ours, or else may be somebody's data
	 * @param permissions who may use a record that is created
	 * @return the record, which may be one that does nothing
	 */
	static OwnerRecord open(Path marker, boolean ours, LockPermissions permissions) {
		Path file = Sidecar.beside(marker, ".owner");
		boolean usable = false;
		try {
			if (ours || isEmptyFile(marker)) {
				Sidecar.uninterrupted(() -> {
					Sidecar.open(file, TEMPLATE, permissions).close();
					return file;
				});
				usable = true;
			}
		}
		catch (IOException | RuntimeException ex) {
			logger.debug("There is no record of who holds {}", marker, ex);
		}
		return new OwnerRecord(marker, file, permissions, usable);
	}

	private static boolean isEmptyFile(Path marker) throws IOException {
		// Directories have sizes too, on some file systems that of an empty file
		BasicFileAttributes attributes = Files.readAttributes(marker, BasicFileAttributes.class,
				LinkOption.NOFOLLOW_LINKS);
		return attributes.isRegularFile() && attributes.size() == 0;
	}

	/**
	 * Look who holds a path.
	 * @param marker the strategy's marker of the path
	 * @return the owner that the record names, unless it is known to be dead, or empty
	 */
	static Optional<LockOwner> read(Path marker) {
		return readEvenIfDead(marker).filter((owner) -> owner.liveness() != LockOwner.Liveness.DEAD);
	}

	/**
	 * Look who holds a path, or died holding it.
	 * @param marker the strategy's marker of the path
	 * @return the owner that the record names, or empty
	 */
	static Optional<LockOwner> readEvenIfDead(Path marker) {
		Path file = Sidecar.beside(marker, ".owner");
		try {
			byte[] content = Sidecar.uninterrupted(() -> Sidecar.read(file, TEMPLATE));
			for (int i = 0; i < 100 && !isConsistent(content); i++) {
				Thread.onSpinWait();
				content = Sidecar.uninterrupted(() -> Sidecar.read(file, TEMPLATE));
			}
			return (isHeld(content) && isConsistent(content)) ? Optional.of(owner(content)) : Optional.empty();
		}
		catch (NoSuchFileException ex) {
			return Optional.empty();
		}
		catch (IOException | RuntimeException ex) {
			logger.debug("The record {} can't be read", file, ex);
			return Optional.empty();
		}
	}

	private static boolean isHeld(byte[] content) {
		return Arrays.equals(content, STATE, HOLD, HELD, 0, HELD.length);
	}

	private static boolean isConsistent(byte[] content) {
		return Arrays.equals(content, HOLD + 6, HOLD + 25, content, CHECK + 6, CHECK + 25);
	}

	private static LockOwner owner(byte[] content) {
		long start = Sidecar.getNumber(content, START + 6, 16);
		return new LockOwner(Sidecar.getNumber(content, PID + 6, 10), Sidecar.getText(content, HOST + 6, 64),
				(start > 0) ? Instant.ofEpochMilli(start) : null, Sidecar.getText(content, THREAD + 7, 64),
				Instant.ofEpochMilli(Sidecar.getNumber(content, SINCE + 6, 16)), liveness(content));
	}

	private static LockOwner.Liveness liveness(byte[] content) {
		String space = Sidecar.getText(content, SPACE + 6, 16);
		long pid = Sidecar.getNumber(content, PID + 6, 10);
		LockOwner.Liveness liveness = LocalProcess.liveness(space, pid, Sidecar.getNumber(content, TICKS + 6, 16));
		if (liveness != LockOwner.Liveness.UNKNOWN || !space.equals(LocalProcess.space())) {
			return liveness;
		}
		long start = Sidecar.getNumber(content, START + 6, 16);
		return LocalProcess.isGone(pid) ? LockOwner.Liveness.DEAD
				: LocalProcess.liveness(pid, LocalProcess.host(), (start > 0) ? Instant.ofEpochMilli(start) : null);
	}

	/**
	 * Tell whether this is the record beside a marker.
	 * @param marker the marker
	 * @return {@code true} if it is
	 */
	boolean isBeside(Path marker) {
		return this.marker.equals(marker);
	}

	/**
	 * Tell whether the record is still that of a holder that gave nothing back. The
	 * caller has claimed the path and not written yet.
	 * @return {@code true} if the previous holder died
	 */
	boolean isLeftByCrash() {
		if (!readStart() || !isHeld(this.start)) {
			return false;
		}
		try {
			byte[] all = Sidecar.uninterrupted(() -> Sidecar.read(this.file, TEMPLATE));
			return owner(all).liveness() != LockOwner.Liveness.ALIVE;
		}
		catch (IOException | RuntimeException ex) {
			logger.debug("The record {} can't be read", this.file, ex);
			return false;
		}
	}

	/**
	 * Say who holds the path now. The caller has asked {@link #isLeftByCrash} before.
	 * @param thread the name of the thread
	 * @param since since when
	 */
	void write(String thread, Instant since) {
		if (!this.usable) {
			return;
		}
		if (!Arrays.equals(this.start, HOLD, PID, this.content, HOLD, PID)) {
			this.hold = Sidecar.getNumber(this.start, HOLD + 6, 19);
		}
		this.hold++;
		System.arraycopy(HELD, 0, this.content, STATE, HELD.length);
		Sidecar.putNumber(this.hold, this.content, HOLD + 6, 19);
		Sidecar.putNumber(since.toEpochMilli(), this.content, SINCE + 6, 16);
		if (!thread.equals(this.thread)) {
			Sidecar.putText(thread, this.content, THREAD + 7, 64);
			this.thread = thread;
		}
		System.arraycopy(this.content, HOLD + 6, this.content, CHECK + 6, 19);
		this.written = put(LENGTH);
	}

	/**
	 * Say that nobody holds the path any more, unless somebody else has written since.
	 */
	void clear() {
		if (!this.written) {
			return;
		}
		this.written = false;
		if (readStart() && Arrays.equals(this.start, HOLD, PID, this.content, HOLD, PID)) {
			System.arraycopy(FREE, 0, this.content, STATE, FREE.length);
			put(HOLD);
		}
	}

	private boolean readStart() {
		if (!this.usable) {
			return false;
		}
		try {
			MappedByteBuffer mapped = memory();
			if (mapped != null) {
				this.start[0] = 0;
				mapped.get(0, this.start);
				expect(this.start[0] == TEMPLATE[0]);
			}
			else {
				byte[] all = Sidecar.uninterrupted(() -> Sidecar.read(this.file, TEMPLATE));
				System.arraycopy(all, 0, this.start, 0, PID);
			}
			return true;
		}
		catch (IOException | RuntimeException | InternalError ex) {
			return giveUp(ex);
		}
	}

	private boolean put(int length) {
		try {
			MappedByteBuffer mapped = memory();
			if (mapped != null) {
				mapped.put(0, this.content, 0, length);
				this.start[0] = 0;
				mapped.get(0, this.start, 0, STATE);
				expect(this.start[0] == TEMPLATE[0]);
			}
			else {
				Sidecar.uninterrupted(() -> {
					try (FileChannel channel = Sidecar.open(this.file, TEMPLATE, this.permissions)) {
						Sidecar.write(channel, this.content, 0, length);
					}
					return length;
				});
			}
			return true;
		}
		catch (IOException | RuntimeException | InternalError ex) {
			return giveUp(ex);
		}
	}

	/**
	 * Make sure that memory is still backed by the file. If somebody has truncated it,
	 * the JVM throws an InternalError, but may do so after the access has returned:
	 * whenever the thread next enters the JVM's runtime. That is to be here, and not in
	 * the body of whoever holds the lock.
	 * @param sound whether what was read is what must be there
	 * @throws IOException if it isn't
	 */
	private static void expect(boolean sound) throws IOException {
		if (!sound) {
			Thread.yield();
			LockSupport.parkNanos(1);
			throw new IOException("it was truncated or overwritten");
		}
	}

	private @Nullable MappedByteBuffer memory() throws IOException {
		MappedByteBuffer mapped = this.memory;
		if (mapped == null && ++this.uses == MANY_USES && Mounts.isLocal(this.file)) {
			mapped = Sidecar.uninterrupted(() -> {
				try (FileChannel channel = Sidecar.open(this.file, TEMPLATE, this.permissions)) {
					return channel.map(FileChannel.MapMode.READ_WRITE, 0, LENGTH);
				}
			});
			this.memory = mapped;
		}
		return mapped;
	}

	private boolean giveUp(Throwable ex) {
		// An InternalError tells that the file was truncated under the mapping
		logger.debug("The record {} is not kept any more", this.file, ex);
		this.usable = false;
		this.memory = null;
		return false;
	}

	/**
	 * Delete the record because its marker is deleted, unless it still tells of a holder
	 * that died: the next one wants to know.
	 */
	void delete() {
		if (!this.usable) {
			return;
		}
		try {
			if (!isHeld(Sidecar.uninterrupted(() -> Sidecar.read(this.file, TEMPLATE)))) {
				Files.delete(this.file);
			}
		}
		catch (IOException | RuntimeException ex) {
			logger.debug("The record {} stays", this.file, ex);
		}
	}

	void close() {
		this.memory = null;
		this.usable = false;
	}

}
