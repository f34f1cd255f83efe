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

package io.lockfile.spring;

import java.io.IOException;

import io.lockfile.ClaimRequest;
import io.lockfile.LockClaim;
import io.lockfile.LockStrategy;

/**
 * A strategy whose locks can't be released while it is told to fail.
 */
final class FailingStrategy implements LockStrategy {

	volatile boolean failing;

	@Override
	public String name() {
		return "failing";
	}

	@Override
	public LockClaim tryClaim(ClaimRequest request) {
		return new LockClaim() {

			@Override
			public boolean isValid() {
				return true;
			}

			@Override
			public void release() throws IOException {
				if (FailingStrategy.this.failing) {
					throw new IOException("release fails on purpose");
				}
			}

		};
	}

}
