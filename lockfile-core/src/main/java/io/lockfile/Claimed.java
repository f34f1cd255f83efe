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

import java.time.Instant;
import java.util.concurrent.atomic.AtomicReferenceArray;

import org.jspecify.annotations.Nullable;

/**
 * A claim and what was found out with it, before anybody is granted it.
 *
 * @param claim the claim
 * @param strategy the strategy that made it
 * @param since when it was made, by the wall clock
 * @param entry what tells other copies of the library of it
 * @param token the fencing token, or {@link FenceFile#NONE}
 * @param afterCrash whether the previous holder died holding
 * @param renewal what renews it, or {@code null}
 */
record Claimed(LockClaim claim, LockStrategy strategy, Instant since, AtomicReferenceArray<Object> entry, long token,
		boolean afterCrash, @Nullable Renewal renewal) {

	Claimed(LockClaim claim, LockStrategy strategy, AtomicReferenceArray<Object> entry, long token,
			boolean afterCrash) {
		this(claim, strategy, Instant.ofEpochMilli(System.currentTimeMillis()), entry, token, afterCrash,
				Renewal.of(claim));
	}

}
