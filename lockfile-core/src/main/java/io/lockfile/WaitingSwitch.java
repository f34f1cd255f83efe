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

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Whether whoever asks for a lock may wait for it. Its turns are numbered, so that who
 * began to wait before it was turned off finds that out even if it is on again.
 */
final class WaitingSwitch {

	/**
	 * Even while it is on, and odd while it is off.
	 */
	private final AtomicInteger turns = new AtomicInteger();

	int turn() {
		return this.turns.get();
	}

	/**
	 * Tell whether it was off in a turn.
	 * @param turn the number of the turn
	 * @return {@code true} if nobody might wait
	 */
	static boolean isOff(int turn) {
		return (turn & 1) != 0;
	}

	void turnOff() {
		this.turns.updateAndGet((turn) -> isOff(turn) ? turn : turn + 1);
	}

	void turnOn() {
		this.turns.updateAndGet((turn) -> isOff(turn) ? turn + 1 : turn);
	}

}
