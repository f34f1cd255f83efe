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

import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * How breaking a lock ended, as the endpoint {@code filelocks} tells it.
 *
 * @param name the declared name of the lock
 * @param path the absolute path
 * @param strategy the name of the strategy
 * @param outcome {@code broken}, {@code free} (there was nothing to be broken) or
 * {@code refused}
 * @param owner who held it just before, if anybody was seen
 * @param reason why it was refused, and what to do
 * @since 0.1.0
 */
public record LockFileBreakDescriptor(String name, String path, String strategy, String outcome,
		LockFileDescriptor.@Nullable Owner owner, @Nullable String reason) implements OperationResponseBody {

	boolean isRefused() {
		return this.reason != null;
	}

}
