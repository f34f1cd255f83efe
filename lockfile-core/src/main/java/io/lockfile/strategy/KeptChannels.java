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

import java.nio.channels.FileChannel;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Channels that the garbage collector must not close, because that would end locks that
 * this process has on their files by other channels.
 * <p>
 * All copies of this library share one set, of JDK types, in the system properties. A
 * copy may be collected with its class loader, when its application is undeployed, while
 * another copy has a lock.
 */
final class KeptChannels {

	private static final String KEY = "io.lockfile.kept.v1";

	private static final Set<FileChannel> KEPT = shared();

	private KeptChannels() {
	}

	static void add(FileChannel channel) {
		KEPT.add(channel);
	}

	/**
	 * Forget a channel that was closed.
	 * @param channel the channel
	 */
	static void remove(FileChannel channel) {
		KEPT.remove(channel);
	}

	@SuppressWarnings("unchecked")
	private static Set<FileChannel> shared() {
		return (Set<FileChannel>) System.getProperties()
			.computeIfAbsent(KEY, (key) -> ConcurrentHashMap.<FileChannel>newKeySet());
	}

}
