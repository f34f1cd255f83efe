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

import org.jspecify.annotations.Nullable;

/**
 * A claim that waits in the system until its path can be had, so that nobody needs to ask
 * again and again. The engine has it wait on a thread that does nothing else, and never
 * on a caller's.
 *
 * @since 0.1.0
 */
public interface BlockingClaim {

	/**
	 * Wait for the path and claim it. Called once.
	 * @return the claim, or {@code null} if this was cancelled, or if it turns out that
	 * waiting isn't possible for now; the engine then tries again after a pause
	 * @throws IOException if the path can't be claimed, by waiting or otherwise
	 */
	@Nullable LockClaim claim() throws IOException;

	/**
	 * Let {@link #claim()} return soon, or at once if it is called later. Called from any
	 * thread. If the path has been obtained by then, this has no effect.
	 */
	void cancel();

}
