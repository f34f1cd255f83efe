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

package io.lockfile.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

import io.lockfile.LockFile;
import io.lockfile.LockOwner;
import io.lockfile.LockStrategy;

/**
 * What can be seen of a lock without claiming it.
 *
 * @param owner the holder, or {@code null} if none is seen
 * @param failure why it can't be seen whether there is one, or {@code null} if it can
 */
record LockState(@Nullable LockOwner owner, @Nullable IOException failure) {

	/**
	 * Look at a lock.
	 * @param lock the lock
	 * @param strategy its strategy
	 * @return what is seen
	 */
	static LockState of(LockFile lock, LockStrategy strategy) {
		Optional<LockOwner> owner = lock.owner();
		if (owner.isPresent()) {
			return new LockState(owner.get(), null);
		}
		// The lock says "nobody" also where looking failed
		try {
			Path path = LockOptions.realPath(lock.path());
			lookAt(path);
			lookAt(strategy.marker(path));
			return new LockState(strategy.findOwner(path).orElse(null), null);
		}
		catch (IOException ex) {
			return new LockState(null, ex);
		}
	}

	private static void lookAt(Path path) throws IOException {
		try {
			Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
		}
		catch (NoSuchFileException ex) {
			// It can be seen that nothing is there
			return;
		}
	}

	String word() {
		if (this.owner != null) {
			return "held";
		}
		return (this.failure != null) ? "unknown" : "free";
	}

	/**
	 * Say why it can't be seen whether there is a holder.
	 * @return the reason, or {@code null} if that can be seen
	 */
	@Nullable String reason() {
		return (this.failure != null) ? CommandFailure.reason(this.failure) : null;
	}

}
