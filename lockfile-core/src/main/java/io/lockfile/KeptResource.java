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

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a strategy keeps open for a path between its claims. Guarded by the claim: only
 * whoever claims, holds or clears away the path is near it.
 */
final class KeptResource {

	private static final Logger logger = LoggerFactory.getLogger(KeptResource.class);

	private volatile @Nullable Closeable resource;

	private boolean changed;

	<T extends Closeable> @Nullable T get(Class<T> type) throws IOException {
		Closeable found = this.resource;
		if (found == null || type.isInstance(found)) {
			return type.cast(found);
		}
		if (!tryClose()) {
			throw new IOException("another strategy's file can't be closed yet. Use one strategy for a path");
		}
		return null;
	}

	void set(@Nullable Closeable resource) {
		this.resource = resource;
		this.changed = true;
	}

	/**
	 * Tell whether something else is kept than at the last call.
	 * @return {@code true} if it was changed
	 */
	boolean wasChanged() {
		boolean was = this.changed;
		this.changed = false;
		return was;
	}

	boolean isEmpty() {
		return this.resource == null;
	}

	/**
	 * Close what is kept, if that is possible.
	 * @return {@code true} if nothing is kept any more
	 */
	boolean tryClose() {
		Closeable closed = this.resource;
		if (closed == null) {
			return true;
		}
		try {
			closed.close();
			this.resource = null;
			return true;
		}
		catch (IOException | RuntimeException ex) {
			logger.debug("{} stays open", closed, ex);
			return false;
		}
	}

}
