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

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Mount}.
 */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the table has paths of Linux")
class MountTests {

	private static final List<String> TABLE = List.of(
			"22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro",
			"50 22 0:45 / /mnt/a\\040b rw,relatime shared:2 master:3 - nfs server:/x\\134y rw,vers=3,nolock,local_lock=all,soft",
			"51 22 0:46 / /mnt/c rw - cifs //server/c rw,vers=3.1.1,cache=strict,nobrl",
			"52 51 0:47 / /mnt/c rw,noatime - fuse.sshfs host:/c rw,user_id=0", "broken", "53 22 0:48 / /mnt");

	@Test
	void nearestMountIsFound() {
		assertThat(find(TABLE, "/mnt/x")).isEqualTo(new Mount("ext4", "/dev/sda1", "/", List.of("rw")));
		assertThat(find(TABLE, "/mnt/a b/c")).isEqualTo(new Mount("nfs", "server:/x\\y", "/mnt/a b",
				List.of("rw", "vers=3", "nolock", "local_lock=all", "soft")));
		assertThat(find(TABLE, "/mnt/a b")).hasToString("nfs, server:/x\\y on /mnt/a b");
		assertThat(find(TABLE, "/mnt/a bc").type()).isEqualTo("ext4");
	}

	@Test
	void laterMountHidesTheEarlierOneAtItsPlace() {
		assertThat(find(TABLE, "/mnt/c").type()).isEqualTo("fuse.sshfs");
		assertThat(find(TABLE.subList(0, 3), "/mnt/c").options()).containsExactly("rw", "vers=3.1.1", "cache=strict",
				"nobrl");
	}

	@Test
	void laterMountHidesWhatWasMountedBelow() {
		List<String> table = new ArrayList<>(TABLE);
		table.add("60 22 0:49 / /mnt rw - tmpfs tmpfs rw,size=4k");
		assertThat(find(table, "/mnt/a b/c").type()).isEqualTo("tmpfs");
		table.add("61 60 0:50 / /mnt/a\\040b rw - xfs /dev/sdb rw");
		assertThat(find(table, "/mnt/a b/c").type()).isEqualTo("xfs");
	}

	@Test
	void bindMountHasOptionsOfItsOwn() {
		List<String> table = new ArrayList<>(TABLE);
		table.add("60 22 8:1 /var/lock /srv/lock ro,relatime - ext4 /dev/sda1 rw,errors=remount-ro");
		assertThat(find(table, "/srv/lock/a")).isEqualTo(new Mount("ext4", "/dev/sda1", "/srv/lock", List.of("ro")));
		assertThat(find(table, "/var/lock/a").options()).containsExactly("rw");
	}

	@Test
	void rootMayBeMountedUponItselfOrNotBeThere() {
		List<String> table = List.of("1 1 0:2 / / rw - rootfs rootfs rw", "22 1 0:40 / / rw - overlay overlay rw");
		assertThat(find(table, "/tmp").type()).isEqualTo("overlay");
		assertThat(Mount.find(TABLE.subList(1, 3), Path.of("/srv"))).isNull();
		assertThat(find(TABLE.subList(1, 3), "/mnt/c").type()).isEqualTo("cifs");
	}

	@Test
	void everyDirectoryHasOne(@TempDir Path directory) throws Exception {
		assertThat(Mount.of(directory.toRealPath()).type()).isNotEmpty();
	}

	private static Mount find(List<String> table, String directory) {
		return Optional.ofNullable(Mount.find(table, Path.of(directory))).orElseThrow();
	}

}
