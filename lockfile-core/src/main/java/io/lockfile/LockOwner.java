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

import java.io.Serializable;
import java.time.Instant;
import java.util.StringJoiner;

import org.jspecify.annotations.Nullable;

/**
 * What is known of somebody who holds a lock. Every part may be absent: a neighbour's
 * format may not tell it, the platform may not show it.
 * <p>
 * An owner is a picture of the instant it was taken in. By the time it is read the lock
 * may have passed on.
 *
 * @param pid the process that holds the lock, as numbered on its host and in its pid
 * namespace
 * @param host the name of the host that the process runs on
 * @param processStart when that process started, by its host's wall clock
 * @param thread the name of the thread
 * @param since when the lock was obtained, by the owner's wall clock
 * @param liveness whether it lived when this picture was taken: {@link Liveness#ALIVE} or
 * {@link Liveness#DEAD} where there was proof, and {@link Liveness#UNKNOWN} otherwise. A
 * process that can't be seen may live all the same, in another pid namespace or hidden by
 * the way {@code /proc} is mounted; a pid that can be seen may have been given to another
 * process since
 * @since 0.1.0
 */
public record LockOwner(@Nullable Long pid, @Nullable String host, @Nullable Instant processStart,
		@Nullable String thread, @Nullable Instant since, Liveness liveness) implements Serializable {

	/**
	 * Create an owner, and look whether it lives: that is certain for this process and
	 * for one on this host that is seen and started when the owner did.
	 * @param pid the {@link #pid()}
	 * @param host the {@link #host()}
	 * @param processStart the {@link #processStart()}
	 * @param thread the {@link #thread()}
	 * @param since the {@link #since()}
	 */
	public LockOwner(@Nullable Long pid, @Nullable String host, @Nullable Instant processStart, @Nullable String thread,
			@Nullable Instant since) {
		this(pid, host, processStart, thread, since, LocalProcess.liveness(pid, host, processStart));
	}

	/**
	 * Return the known parts as a phrase.
	 * @return for example {@code pid 4711 on host build-3, thread main, since
	 * 2026-11-23T09:00:00Z}
	 */
	@Override
	public String toString() {
		StringJoiner text = new StringJoiner(", ");
		if (this.pid != null) {
			text.add("pid " + this.pid + ((this.host != null) ? " on host " + this.host : ""));
		}
		else if (this.host != null) {
			text.add("host " + this.host);
		}
		if (this.thread != null) {
			text.add("thread " + this.thread);
		}
		if (this.since != null) {
			text.add("since " + this.since);
		}
		else if (this.processStart != null) {
			text.add("a process started " + this.processStart);
		}
		return (text.length() > 0) ? text.toString() : "somebody unknown";
	}

	/**
	 * What can be said of an owner's life.
	 */
	public enum Liveness {

		/**
		 * It lives.
		 */
		ALIVE,

		/**
		 * It is gone.
		 */
		DEAD,

		/**
		 * Neither can be proved here.
		 */
		UNKNOWN

	}

}
