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
import java.util.List;
import java.util.Objects;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.lockfile.LockDirectoryReport.Severity;
import io.lockfile.testing.TestStrategies;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link MountRules}, from the lines of the kernel's table.
 */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the table has paths of Linux")
class MountRulesTests {

	@ParameterizedTest
	@ValueSource(strings = { "nfs server:/x rw,nolock", "cifs //server/x rw,nobrl", "fuse.sshfs host:/x rw",
			"nfs4 server:/x rw,local_lock=posix", "fuse.s3fs s3fs rw" })
	void recordLocksThatStayOnEachHostAreKnown(String mount) {
		assertThat(MountRules.keepsRecordLocksHere(mount("/mnt", mount))).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "ext4 /dev/sda1 rw", "nfs4 server:/x rw,local_lock=none",
			"nfs4 server:/x rw,local_lock=flock", "cifs //server/x rw", "tmpfs tmpfs rw" })
	void recordLocksThatReachOtherHostsAreNotDoubted(String mount) {
		assertThat(MountRules.keepsRecordLocksHere(mount("/mnt", mount))).isFalse();
	}

	/**
	 * A dot is nothing, h a hint, W a warning, E an error.
	 */
	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
			# mount                                       | flock lease link mkdir os pid sqlite symlink
			ext4 /dev/sda1 rw                             | . . . . . . . .
			tmpfs tmpfs rw,size=4k                        | . . . . . . . .
			btrfs /dev/sda1 rw                            | . . . . . . . .
			fuseblk /dev/sdb1 rw                          | . . . . . . . .
			fuse.mergerfs a:b rw                          | . . . . . . . .
			overlay overlay rw,lowerdir=/l                | h h h h h h h h
			vfat /dev/sdb1 rw                             | . E E . . E . E
			nfs server:/x rw,vers=3,local_lock=none       | h h h h h h W h
			nfs server:/x rw,vers=3,nolock,local_lock=all | W h W W W W W W
			nfs server:/x rw,vers=3,local_lock=posix      | h h W W W W W W
			nfs4 server:/x rw,vers=4.2,local_lock=none    | h h h h h h W h
			nfs4 server:/x rw,vers=4.2,local_lock=flock   | W h h h h h W h
			nfs4 server:/x rw,vers=4.2,local_lock=all     | W h W W W W W W
			cifs //server/x rw,vers=3.1.1                 | h h h h h h W h
			cifs //server/x rw,vers=3.1.1,nobrl           | W h W W W W W W
			smb3 //server/x rw,nobrl                      | W h W W W W W W
			gfs2 /dev/sdc rw,localflocks                  | W h W W W W W W
			lustre 10.0.0.1@tcp:/x rw,flock               | h h h h h h W h
			lustre 10.0.0.1@tcp:/x rw,localflock          | W h W W W W W W
			lustre 10.0.0.1@tcp:/x rw                     | W h W W W W W W
			fuse.sshfs host:/x rw                         | W h W W W W W W
			9p share rw,trans=virtio                      | W h W W W W W W
			ceph 10.0.0.1:/ rw                            | h h h h h h W h
			fuse.glusterfs server:/x rw                   | h h h h h h W h
			fuse.s3fs s3fs rw                             | W W W W W W W W
			""")
	void strategiesAreJudgedByTypeAndOptions(String mount, String expected) {
		List<LockStrategy> strategies = LockFiles.strategies()
			.stream()
			.filter((strategy) -> strategy.usesFileSystem() && !strategy.name().startsWith("test-"))
			.toList();
		List<String> marks = strategies.stream().map((strategy) -> mark(strategy, mount("/mnt", mount))).toList();
		assertThat(String.join(" ", marks)).isEqualTo(expected);
	}

	private static String mark(LockStrategy strategy, Mount mount) {
		return MountRules.judge(strategy, mount, "Lock directory /mnt/x").map((problem) -> {
			assertThat(problem.message()).startsWith("Lock directory /mnt/x is on ").contains(mount.toString());
			return switch (problem.severity()) {
				case INFO -> "h";
				case WARNING -> "W";
				case ERROR -> "E";
			};
		}).orElse(".");
	}

	@Test
	void problemSaysWhatIsWrongAndWhatToDo() {
		Mount mount = mount("/mnt", "nfs server:/x rw,vers=3,nolock,local_lock=all");
		assertThat(MountRules.judge(LockStrategies.named("os"), mount, "Lock directory /mnt/x")).get()
			.hasToString("Lock directory /mnt/x is on nfs, server:/x on /mnt, mounted with nolock: locks of the kernel "
					+ "stay on this host, so strategy os doesn't exclude other hosts. Mount it so that the server keeps "
					+ "them, or use strategy lease if clocks agree, or let one host only lock there");
		assertThat(MountRules.judge(LockStrategies.named("link"), mount, "It")).get()
			.asString()
			.contains("an operator has to break its lock");
	}

	@Test
	void machineOfItsOwnIsNoNetwork() {
		assertThat(MountRules.isOfNetwork(mount("/", "9p root rw"))).isFalse();
		assertThat(MountRules.isOfNetwork(mount("/mnt", "9p share rw"))).isTrue();
		assertThat(MountRules.judge(LockStrategies.named("os"), mount("/", "9p root rw"), "It")).isEmpty();
	}

	@Test
	void strategyOfSomebodyElseIsJudgedByItsLabel() {
		LockStrategy strategy = new TestStrategies.Marker();
		assertThat(MountRules.judge(strategy, mount("/mnt", "nfs server:/x rw,nolock"), "It")).get()
			.satisfies((problem) -> {
				assertThat(problem.severity()).isEqualTo(Severity.INFO);
				assertThat(problem.message()).endsWith(strategy.label().networkFileSystems());
			});
	}

	private static Mount mount(String point, String rest) {
		return Objects.requireNonNull(Mount.find(List.of("22 1 0:40 / " + point + " rw - " + rest), Path.of("/mnt/x")));
	}

}
