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

import java.util.List;

import org.junit.jupiter.api.Test;

import io.lockfile.LockOwner;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link ProcLocks}.
 */
class ProcLocksTests {

	private static final List<String> TABLE = List.of("1: FLOCK  ADVISORY  WRITE 100 fe:00:7 0 EOF",
			"2: POSIX  ADVISORY  WRITE 200 fe:00:8 0 EOF", "2: -> POSIX  ADVISORY  WRITE 300 fe:00:7 0 EOF",
			"3: POSIX  ADVISORY  READ 400 fe:00:7 0 EOF", "4: OFDLCK ADVISORY  WRITE -1 fe:00:9 0 EOF", "");

	@Test
	void findsTheHolderAndNoWaiterAndNoOtherKind() {
		assertThat(ProcLocks.findOwner(TABLE, "fe:00:7", ProcLocks.Kind.RECORD)).map(LockOwner::pid).contains(400L);
		assertThat(ProcLocks.findOwner(TABLE, "fe:00:7", ProcLocks.Kind.FLOCK)).map(LockOwner::pid).contains(100L);
	}

	@Test
	void holderMayBeUnknown() {
		assertThat(ProcLocks.findOwner(TABLE, "fe:00:9", ProcLocks.Kind.RECORD)).get()
			.extracting(LockOwner::pid)
			.isNull();
	}

	@Test
	void freeIsEmpty() {
		assertThat(ProcLocks.findOwner(TABLE, "fe:01:7", ProcLocks.Kind.RECORD)).isEmpty();
		assertThat(ProcLocks.findOwner(TABLE, "fe:00:8", ProcLocks.Kind.FLOCK)).isEmpty();
	}

	@Test
	void namesDevicesAsTheKernelDoes() {
		assertThat(ProcLocks.inode(0xfe00, 7)).isEqualTo("fe:00:7");
		assertThat(ProcLocks.inode(0x10302abcL, 12)).isEqualTo("2a:103bc:12");
	}

}
