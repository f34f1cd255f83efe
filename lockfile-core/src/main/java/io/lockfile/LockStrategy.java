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
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;

/**
 * How one process claims one path once. This is all that a strategy knows: waiting,
 * queueing between threads, reentrancy, deadlines and events are the engine's, behind
 * {@link LockFiles}, and are the same for every strategy.
 * <p>
 * Strategies are found by {@linkplain #name() name} through
 * {@link java.util.ServiceLoader}, third parties' too, or are given to
 * {@link LockFiles.Builder#strategy(LockStrategy)}. They are thread-safe.
 * <p>
 * The engine promises a strategy that at any time at most one claim for a path, attempted
 * or held, exists in this JVM, whatever the engine or class loader it comes from. Shared
 * holders in one JVM share one claim.
 *
 * @since 0.1.0
 */
public interface LockStrategy {

	/**
	 * Return the name that configurations, messages and meters use.
	 * @return a short name in lower case
	 */
	String name();

	/**
	 * Try once to claim a path for this process, without waiting for whoever has it.
	 * <p>
	 * Nothing but a claim means that the path is claimed. A failure that does not say
	 * that somebody else has it is an exception and never a claim, nor is it
	 * {@code null}, since the engine would wait for what can't happen.
	 * @param request what to claim
	 * @return the claim, or {@code null} if somebody else has the path
	 * @throws IOException if the path can't be claimed for another reason
	 */
	@Nullable LockClaim tryClaim(ClaimRequest request) throws IOException;

	/**
	 * Prepare to wait for a path that {@link #tryClaim} could not get. This opens what it
	 * needs and claims nothing yet.
	 * @param request what to claim
	 * @return a claim that waits, or {@code null} if this strategy can't wait here: the
	 * engine then calls {@link #tryClaim} again after a pause
	 * @throws IOException if the path can't be claimed
	 */
	default @Nullable BlockingClaim prepareBlocking(ClaimRequest request) throws IOException {
		return null;
	}

	/**
	 * Look who holds a path. Looking claims nothing, waits for nothing and disturbs
	 * nobody. It must not open a file that a claim of this process may have locked: on
	 * POSIX systems, closing it again would end that lock.
	 * @param path the path, in the form that claims are requested with
	 * @return what is known of the holder, or empty if nobody holds the path or nothing
	 * can be known
	 * @throws IOException if looking failed
	 */
	default Optional<LockOwner> findOwner(Path path) throws IOException {
		return Optional.empty();
	}

	/**
	 * Return the file or directory that exists, or is locked, while a path is claimed. A
	 * strategy whose {@linkplain #label() label} says
	 * {@link StrategyLabel.Waiting#EVENTS} removes it with the claim.
	 * @param path the path, in the form that claims are requested with
	 * @return the path itself, or a sibling of it
	 */
	default Path marker(Path path) {
		return path;
	}

	/**
	 * Break the lock of somebody else, whether or not he lives, because an operator asks
	 * for it. Whoever holds the path by the time of the removal, and was not the holder
	 * when this began, keeps it. The engine calls this while nobody in this JVM claims or
	 * holds the path.
	 * @param request names the path
	 * @param condition what the holder must be like to be broken; it is told what is
	 * known of him, and refuses by {@code false}
	 * @return how it ended
	 * @throws IOException if it can't be broken for another reason
	 */
	default BreakOutcome breakLock(ClaimRequest request, Predicate<LockOwner> condition) throws IOException {
		throw new IOException("strategy %s has no locks that can be broken".formatted(name()));
	}

	/**
	 * Return what users have to know of this strategy. The engine acts on it, too: it
	 * waits as the label says, and breaks no locks that end with their process. It is
	 * asked often and answers without work.
	 * @return the label; by default one that promises nothing
	 */
	default StrategyLabel label() {
		return StrategyLabel.NOTHING_KNOWN;
	}

	/**
	 * Tell whether every hold gets a fencing token, whether or not the user asks for it.
	 * @return {@code true} if holds can end without their holder
	 */
	default boolean fences() {
		return false;
	}

	/**
	 * Tell whether what a claim leaves at its path tells others who holds it. If it
	 * doesn't, the engine keeps an owner record beside the path.
	 * @return {@code true} if no record is needed
	 */
	default boolean tellsOwner() {
		return true;
	}

	/**
	 * Tell whether this strategy can lock in a mode. The engine refuses what a strategy
	 * doesn't support.
	 * @param mode the mode
	 * @return {@code true} if it is supported; every strategy supports
	 * {@link LockMode#EXCLUSIVE}
	 */
	default boolean supports(LockMode mode) {
		return mode == LockMode.EXCLUSIVE || label().shared();
	}

	/**
	 * Make sure that what this strategy needs of the class path and of the platform is
	 * there, so that an application that lacks it finds out before it locks. This touches
	 * no file that can be locked.
	 * @throws IOException if something is missing; it says what, and what to do
	 */
	default void requireAvailable() throws IOException {
	}

	/**
	 * Tell whether this strategy keeps files at the locked paths, so that their directory
	 * has to exist and to be the same one for all processes that exclude each other.
	 * @return {@code true} if the file system is used
	 */
	default boolean usesFileSystem() {
		return true;
	}

	/**
	 * How an attempt to break a lock ended.
	 */
	enum BreakOutcome {

		/**
		 * The lock was broken.
		 */
		BROKEN,

		/**
		 * Nobody had the lock.
		 */
		FREE,

		/**
		 * The condition refused the holder.
		 */
		REFUSED

	}

}
