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
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import io.lockfile.testing.ChildJvm;
import io.lockfile.testing.Holder;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link DirectoryWatch}.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
@EnabledOnOs(value = OS.LINUX, disabledReason = "file system events of Linux")
class DirectoryWatchTests {

	private static final Duration LONG = Duration.ofSeconds(60);

	@TempDir
	private Path directory;

	private final RecordingListener events = new RecordingListener();

	@Test
	void tellsThatAFileIsRemovedAndNothingElse() throws Exception {
		Path file = Files.createFile(this.directory.resolve("a"));
		Path other = Files.createFile(this.directory.resolve("b"));
		CountDownLatch removed = new CountDownLatch(1);
		CountDownLatch otherRemoved = new CountDownLatch(1);
		try (DirectoryWatch.Registration first = DirectoryWatch.register(file, removed::countDown);
				DirectoryWatch.Registration second = DirectoryWatch.register(other, otherRemoved::countDown)) {
			assertThat(first).isNotNull();
			assertThat(second).isNotNull();
			Files.delete(other);
			assertThat(otherRemoved.await(60, TimeUnit.SECONDS)).isTrue();
			assertThat(removed.getCount()).isEqualTo(1);
			Files.move(file, other);
			assertThat(removed.await(60, TimeUnit.SECONDS)).isTrue();
		}
	}

	@Test
	void endsWhenTheDirectoryIsRemoved() throws Exception {
		Path sub = Files.createDirectory(this.directory.resolve("sub"));
		CountDownLatch ended = new CountDownLatch(1);
		try (DirectoryWatch.Registration registration = DirectoryWatch.register(sub.resolve("a"), ended::countDown)) {
			assertThat(registration).isNotNull();
			assertThat(registration.isActive()).isTrue();
			Files.delete(sub);
			assertThat(ended.await(60, TimeUnit.SECONDS)).isTrue();
			assertThat(registration.isActive()).isFalse();
		}
	}

	@Test
	void withoutInstancesWaitersPoll() throws Exception {
		List<WatchService> services = new ArrayList<>();
		try (LockFiles locks = LockFiles.builder().directory(this.directory).strategy("link").build();
				ChildJvm child = ChildJvm.start(Holder.class, this.directory, "link", "a").expect("held")) {
			try {
				Awaitility.await("end of the last test's watch").atMost(LONG).until(() -> !DirectoryWatch.isRunning());
				exhaust(services);
				CompletableFuture<LockHandle> waiting = locks.get("a")
					.acquireAsync(LockMode.EXCLUSIVE, LONG)
					.toCompletableFuture();
				child.proceed().expect("released");
				waiting.get().close();
			}
			finally {
				for (WatchService service : services) {
					service.close();
				}
			}
		}
	}

	private static void exhaust(List<WatchService> services) {
		// A limit of each user; an engine that has one already keeps it
		for (int i = 0; i < 512; i++) {
			try {
				services.add(FileSystems.getDefault().newWatchService());
			}
			catch (IOException ex) {
				return;
			}
		}
	}

	@Test
	void waiterEndsWhenTheDirectoryIsRemoved() throws Exception {
		Path sub = this.directory.resolve("sub");
		try (LockFiles locks = LockFiles.builder()
			.directory(this.directory)
			.strategy("link")
			.listener(this.events)
			.build(); ChildJvm child = holder(sub)) {
			CompletableFuture<LockHandle> waiting = locks.get("sub/a")
				.acquireAsync(LockMode.EXCLUSIVE, LONG)
				.toCompletableFuture();
			Awaitility.await().atMost(LONG).until(() -> this.events.count("waiting") > 0);
			delete(sub);
			// It may have been faster than the removal
			Throwable failure = waiting.handle((held, ex) -> {
				if (held != null) {
					held.close();
				}
				return ex;
			}).get(60, TimeUnit.SECONDS);
			if (failure != null) {
				assertThat(failure).isInstanceOf(LockFailedException.class).hasMessageContaining(sub.toString());
			}
		}
	}

	private static ChildJvm holder(Path sub) {
		return ChildJvm.start(Holder.class, sub, "link", "a").expect("held");
	}

	private static void delete(Path directory) throws IOException {
		// Whoever waits may create a file meanwhile
		Awaitility.await().atMost(LONG).ignoreExceptions().until(() -> {
			try (Stream<Path> files = Files.list(directory)) {
				for (Path file : files.toList()) {
					Files.deleteIfExists(file);
				}
			}
			return Files.deleteIfExists(directory);
		});
	}

}
