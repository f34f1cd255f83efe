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

package io.lockfile.boot.actuate;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;

import io.lockfile.LockOwner;

/**
 * Everything under one declared name, as the endpoint {@code filelocks} shows it.
 *
 * @param name the name, {@code none} for locks without one
 * @param declarations what methods declare under that name; empty if the name is only
 * used in code
 * @param paths the paths that the declarations name, and those that this JVM holds or
 * waits for; not more than 1,000
 * @param pathCount how many paths there are
 * @param holds what is known of the holds of these paths
 * @param waiting who waits for these paths in this JVM
 * @since 0.1.0
 */
public record LockFileDescriptor(String name, List<Declaration> declarations, List<LockPath> paths, int pathCount,
		Holds holds, Waiting waiting) implements OperationResponseBody {

	/**
	 * What a method declares.
	 *
	 * @param path the path, or a template with expressions
	 * @param strategy the name of the strategy
	 * @param mode {@code exclusive} or {@code shared}
	 * @param method the method, with its class
	 */
	public record Declaration(String path, String strategy, String mode, String method) {
	}

	/**
	 * A path and its state.
	 *
	 * @param path the absolute path
	 * @param strategy the name of the strategy
	 * @param state {@code free} (no holder is seen), {@code held} (in this JVM),
	 * {@code lost} (held in this JVM until it was lost) or {@code held-elsewhere}
	 * @param holders who holds it in this JVM, more than one only if they share it
	 * @param owner who holds it elsewhere, if somebody is seen
	 * @param waiting who waits for it in this JVM
	 */
	public record LockPath(String path, String strategy, String state, List<Holder> holders, @Nullable Owner owner,
			Waiting waiting) {
	}

	/**
	 * A holder in this JVM.
	 *
	 * @param thread the name of the thread that acquired the lock
	 * @param method the annotated method that acquired the lock, unless other code did
	 * @param mode {@code exclusive} or {@code shared}
	 * @param since when it acquired the lock
	 * @param heldFor for how long it has held it
	 * @param fencingToken its fencing token, if fencing is on
	 * @param lost whether its hold is known to have ended without it; its body may still
	 * run, beside another one's
	 */
	public record Holder(String thread, @Nullable String method, String mode, Instant since, Duration heldFor,
			@Nullable Long fencingToken, boolean lost) {
	}

	/**
	 * A holder elsewhere; each part may be unknown.
	 *
	 * @param pid its process
	 * @param host its host
	 * @param liveness whether it lives: {@code alive}, {@code dead}, or {@code unknown}
	 * where neither can be proved here
	 * @param thread the name of its thread
	 * @param since when it acquired the lock, by its clock
	 */
	public record Owner(@Nullable Long pid, @Nullable String host, String liveness, @Nullable String thread,
			@Nullable Instant since) {

		static Owner of(LockOwner owner) {
			return new Owner(owner.pid(), owner.host(), Texts.lowerCase(owner.liveness()), owner.thread(),
					owner.since());
		}

	}

	/**
	 * Who waits in this JVM.
	 *
	 * @param count how many
	 * @param longest for how long the one who waits longest has waited, if anybody waits
	 */
	public record Waiting(int count, @Nullable Duration longest) {
	}

	/**
	 * What is known of holds, in this JVM and elsewhere.
	 *
	 * @param count how many there are
	 * @param shortest for how long the youngest has lasted, of those whose beginning is
	 * known
	 * @param longest for how long the oldest has lasted, of those whose beginning is
	 * known
	 */
	public record Holds(int count, @Nullable Duration shortest, @Nullable Duration longest) {
	}

}
