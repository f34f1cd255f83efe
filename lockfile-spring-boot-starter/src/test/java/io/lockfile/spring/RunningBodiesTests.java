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

import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link RunningBodies}.
 */
class RunningBodiesTests {

	private final RunningBodies bodies = new RunningBodies();

	private final AtomicInteger idle = new AtomicInteger();

	@Test
	void actionRunsOnceWhenTheLastBodyHasEnded() {
		LockedBody first = new LockedBody(new HeldLocks(), this.bodies);
		LockedBody second = new LockedBody(new HeldLocks(), this.bodies);
		this.bodies.whenIdle(this.idle::incrementAndGet);
		first.end();
		assertThat(this.idle).hasValue(0);
		second.end();
		assertThat(this.idle).hasValue(1);
		new LockedBody(new HeldLocks(), this.bodies).end();
		assertThat(this.idle).hasValue(1);
		this.bodies.whenIdle(this.idle::incrementAndGet);
		assertThat(this.idle).hasValue(2);
	}

	@Test
	@SuppressWarnings("try")
	void bodiesOfTheThreadThatWaitsAreLeftOut() {
		LockedBody own = new LockedBody(new HeldLocks(), this.bodies);
		LockedBody nested = new LockedBody(new HeldLocks(), this.bodies);
		LockedBody other = new LockedBody(new HeldLocks(), this.bodies);
		try (FileLockContext.Frame outer = FileLockContext.enter(own.held());
				FileLockContext.Frame inner = FileLockContext.enter(nested.held());
				FileLockContext.Frame assumed = FileLockContext.enter(null)) {
			assertThat(this.bodies.countOfOthers()).isOne();
			this.bodies.whenIdle(this.idle::incrementAndGet);
			assertThat(this.idle).hasValue(0);
			other.end();
			assertThat(this.idle).hasValue(1);
			this.bodies.whenIdle(this.idle::incrementAndGet);
			assertThat(this.idle).hasValue(2);
		}
		assertThat(this.bodies.countOfOthers()).isEqualTo(2);
		nested.end();
		own.end();
		assertThat(this.bodies.count()).isZero();
		assertThat(this.idle).hasValue(2);
	}

	@Test
	@SuppressWarnings("try")
	void bodyOfAnotherApplicationIsNoneOfThese() {
		LockedBody foreign = new LockedBody(new HeldLocks(), new RunningBodies());
		LockedBody body = new LockedBody(new HeldLocks(), this.bodies);
		try (FileLockContext.Frame frame = FileLockContext.enter(foreign.held())) {
			this.bodies.whenIdle(this.idle::incrementAndGet);
			assertThat(this.idle).hasValue(0);
			body.end();
			assertThat(this.idle).hasValue(1);
		}
	}

}
