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
import java.time.Duration;

import io.lockfile.LockClaim;

/**
 * A claim that stands as long as its marker does.
 */
class MarkerClaim implements LockClaim {

	/**
	 * How long a hold is short. One that isn't can be broken by an operator.
	 */
	private static final Duration INTERVAL = Duration.ofSeconds(1);

	private final Marker marker;

	private final boolean afterCrash;

	private volatile boolean released;

	/**
	 * Create a claim.
	 * @param marker its marker
	 * @param afterCrash whether a dead holder's marker was in its place
	 */
	MarkerClaim(Marker marker, boolean afterCrash) {
		this.marker = marker;
		this.afterCrash = afterCrash;
	}

	@Override
	public boolean isValid() {
		try {
			// Once it was given back, its file may have become a successor's
			return !this.released && this.marker.isStanding();
		}
		catch (IOException ex) {
			// Not to be able to look proves nothing
			return true;
		}
	}

	@Override
	public boolean isAfterCrash() {
		return this.afterCrash;
	}

	@Override
	public Duration renewInterval() {
		return INTERVAL;
	}

	/**
	 * Tell whether it was released.
	 * @return {@code true} if it was
	 */
	final boolean isReleased() {
		return this.released;
	}

	@Override
	public synchronized void renew() throws IOException {
		if (this.released) {
			return;
		}
		MarkerInode inode = this.marker.inode();
		if (inode != null) {
			inode.giveGuardBack();
		}
		if (this.marker.isStanding()) {
			this.marker.touch();
		}
	}

	@Override
	public synchronized void release() throws IOException {
		if (this.released) {
			return;
		}
		this.released = true;
		boolean removed = false;
		try {
			this.marker.removeIfStanding();
			removed = true;
		}
		finally {
			if (removed) {
				this.marker.ended();
			}
			else {
				this.marker.leave();
			}
		}
	}

	@Override
	public String toString() {
		return "marker " + this.marker.path();
	}

}
