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

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

/**
 * What a {@link LockStrategy} is asked to claim.
 * <p>
 * A strategy that would do costly work for every claim may {@link #keep} what it has
 * opened, and finds it {@linkplain #kept again} with the next claim of the path. The
 * engine closes what was kept when the path has not been used for a while, at a time at
 * which nobody in this JVM claims or holds the path; if closing throws, it does so again
 * later.
 *
 * @since 0.1.0
 */
public final class ClaimRequest {

	private final Path path;

	private final LockMode mode;

	private final LockPermissions permissions;

	private final long lastHeldNanos;

	private final KeptResource resource;

	private final Context context;

	/**
	 * Create a request that remembers nothing of earlier ones.
	 * @param path the {@link #path()}
	 * @param mode the {@link #mode()}
	 * @param permissions the {@link #permissions()}
	 */
	public ClaimRequest(Path path, LockMode mode, LockPermissions permissions) {
		this(path, mode, permissions, Long.MAX_VALUE, new KeptResource(), Context.NONE);
	}

	ClaimRequest(Path path, LockMode mode, LockPermissions permissions, long lastHeldNanos, KeptResource resource,
			Context context) {
		this.path = Objects.requireNonNull(path, "path");
		this.mode = Objects.requireNonNull(mode, "mode");
		this.permissions = Objects.requireNonNull(permissions, "permissions");
		this.lastHeldNanos = lastHeldNanos;
		this.resource = resource;
		this.context = context;
	}

	/**
	 * Return the path to claim.
	 * @return the canonical path: absolute, with a parent directory that has no symbolic
	 * links in it; its last element is not resolved and may be a symbolic link
	 */
	public Path path() {
		return this.path;
	}

	/**
	 * Return the mode to claim it in.
	 * @return the mode
	 */
	public LockMode mode() {
		return this.mode;
	}

	/**
	 * Return who may use files that the strategy creates.
	 * @return the permissions
	 */
	public LockPermissions permissions() {
		return this.permissions;
	}

	/**
	 * Return how long the last hold of the path in this JVM lasted, which is what the
	 * next one may last.
	 * @return the time in nanoseconds, or {@link Long#MAX_VALUE} if that isn't known
	 */
	public long lastHeldNanos() {
		return this.lastHeldNanos;
	}

	/**
	 * Return how long a lease lasts that isn't renewed.
	 * @return the duration
	 */
	public Duration leaseDuration() {
		return this.context.lease().duration();
	}

	/**
	 * Return how often a lease is renewed.
	 * @return the interval
	 */
	public Duration leaseRenewInterval() {
		return this.context.lease().renewInterval();
	}

	/**
	 * Tell whether a lock file that would stay is to be deleted when the claim is
	 * released. That is safe only while the file is locked exclusively, and if everybody
	 * who locks it looks afterwards whether the path still names it. It is never wanted
	 * on network file systems, nor of strategies whose locks outlast a crash.
	 * @return {@code true} if it is to be deleted
	 */
	public boolean deletesOnRelease() {
		return this.context.onDeletion() != null;
	}

	/**
	 * Delete what the engine keeps beside a lock file that the strategy is about to
	 * delete, while it has that file locked exclusively.
	 */
	public void deleteRecord() {
		Runnable onDeletion = this.context.onDeletion();
		if (onDeletion != null) {
			onDeletion.run();
		}
	}

	/**
	 * Return what the engine's record beside the marker says of its last holder, if the
	 * strategy doesn't {@linkplain LockStrategy#tellsOwner() tell} that itself.
	 * @return the owner, who may be dead, or empty if the record says that nobody holds
	 * the path or if there is none
	 */
	public Optional<LockOwner> recordedOwner() {
		Path marker = this.context.marker();
		return (marker != null) ? OwnerRecord.readEvenIfDead(marker) : Optional.empty();
	}

	/**
	 * Report that somebody else's lock was broken, so that the engine can tell it.
	 * @param owner what is known of its holder
	 */
	public void broke(@Nullable LockOwner owner) {
		this.context.onBroken().accept(owner);
	}

	/**
	 * Return what was kept for the path. What another strategy kept is closed.
	 * @param <T> the type of the resource
	 * @param type the type of the resource
	 * @return what was kept, or {@code null}
	 * @throws IOException if what another strategy kept can't be closed
	 */
	public <T extends Closeable> @Nullable T kept(Class<T> type) throws IOException {
		return this.resource.get(type);
	}

	/**
	 * Keep a resource for the next claim of the path, in place of the one before, which
	 * is not closed. This can be called until the claim is released.
	 * @param resource the resource, or {@code null} for none
	 */
	public void keep(@Nullable Closeable resource) {
		this.resource.set(resource);
	}

	@Override
	public String toString() {
		return "%s of %s".formatted(this.mode, this.path);
	}

	/**
	 * What the engine adds to a request.
	 *
	 * @param lease for how long a lease is taken
	 * @param marker beside what the owner is recorded, or {@code null}
	 * @param onBroken is told of locks that are broken
	 * @param onDeletion is called before a lock file is deleted, or {@code null} if none
	 * is to be deleted
	 */
	record Context(Lease lease, @Nullable Path marker, Consumer<@Nullable LockOwner> onBroken,
			@Nullable Runnable onDeletion) {

		static final Context NONE = deleting(null);

		static Context deleting(@Nullable Runnable onDeletion) {
			return new Context(Lease.DEFAULT, null, (owner) -> {
			}, onDeletion);
		}

	}

}
