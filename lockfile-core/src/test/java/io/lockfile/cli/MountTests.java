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

import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Mount}.
 */
class MountTests {

	private static final List<String> TABLE = List.of(
			"22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro",
			"50 22 0:45 / /mnt/a\\040b rw,relatime shared:2 master:3 - nfs server:/x rw,vers=3,nolock,local_lock=all,soft",
			"51 22 0:46 / /mnt/c rw - cifs //server/c rw,vers=3.1.1,cache=strict,nobrl",
			"52 22 0:47 / /mnt/c rw,noatime - fuse.sshfs host:/c rw,user_id=0", "broken", "53 22 0:48 / /mnt");

	@Test
	void nearestMountIsFound() {
		assertThat(Mount.find(TABLE, Path.of("/mnt/x"))).hasToString("ext4, /dev/sda1 on / (rw)");
		assertThat(Mount.find(TABLE, Path.of("/mnt/a b/c")))
			.hasToString("nfs, server:/x on /mnt/a b (rw,vers=3,nolock,local_lock=all,soft)");
	}

	@Test
	void laterMountHidesTheEarlierOne() {
		assertThat(Mount.find(TABLE, Path.of("/mnt/c"))).hasToString("fuse.sshfs, host:/c on /mnt/c (rw)");
		Mount hidden = Mount.find(TABLE.subList(0, 3), Path.of("/mnt/c"));
		assertThat(hidden).hasToString("cifs, //server/c on /mnt/c (rw,vers=3.1.1,cache=strict,nobrl)");
		assertThat(hidden.warnings()).singleElement().asString().startsWith("nobrl:");
	}

	@Test
	void optionsThatKeepLocksHereAreExplained() {
		assertThat(Mount.find(TABLE, Path.of("/mnt/a b")).warnings()).hasSize(2)
			.allMatch((warning) -> warning.contains("other hosts"));
		assertThat(Mount.find(TABLE, Path.of("/")).warnings()).isEmpty();
	}

	@Test
	void fileSystemsOfNetworksAreKnown() {
		assertThat(Mount.find(TABLE, Path.of("/mnt/a b")).isOfNetwork()).isTrue();
		assertThat(Mount.find(TABLE, Path.of("/mnt/c")).isOfNetwork()).isTrue();
		assertThat(Mount.find(TABLE, Path.of("/")).isOfNetwork()).isFalse();
	}

	@Test
	void everyDirectoryHasOne(@TempDir Path directory) throws Exception {
		assertThat(Mount.of(directory.toRealPath()).type()).isNotEmpty();
	}

}
