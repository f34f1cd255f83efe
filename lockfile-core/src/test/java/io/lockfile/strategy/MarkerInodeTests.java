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

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import io.lockfile.LockPermissions;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link MarkerInode}.
 */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows numbers no files for Java")
class MarkerInodeTests {

	private static final int THREADS = 8;

	@TempDir
	Path directory;

	@Test
	void closingADeletedFileDoesNotForgetTheNewOneThatGetsItsNumber() throws Exception {
		ExecutorService executor = Executors.newFixedThreadPool(THREADS);
		try {
			List<Future<Boolean>> forgotten = new ArrayList<>();
			for (int i = 0; i < THREADS; i++) {
				Path file = this.directory.resolve("file-" + i);
				forgotten.add(executor.submit(() -> isForgotten(file)));
			}
			for (Future<Boolean> thread : forgotten) {
				assertThat(thread.get()).isFalse();
			}
		}
		finally {
			executor.shutdownNow();
		}
	}

	@Test
	void openingThatFailsDoesNotForgetTheNewFileThatGetsItsNumber() throws Exception {
		Path file = this.directory.resolve("file");
		try (MarkerInode inode = MarkerInode.create(file, LockPermissions.OWNER)) {
			assertThat(inode).isNotNull();
			Object key = MarkerInode.attributes(file).fileKey();
			// As somebody does whose file was deleted before this one was created
			JvmInodes.remove(key);
			assertThat(JvmInodes.isOwn(key)).isTrue();
		}
		assertThat(JvmInodes.tryAdd("not opened")).isTrue();
		JvmInodes.remove("not opened");
		assertThat(JvmInodes.contains("not opened")).isFalse();
	}

	private static boolean isForgotten(Path file) throws IOException {
		boolean forgotten = false;
		for (int i = 0; i < 2500 && !forgotten; i++) {
			try (MarkerInode inode = MarkerInode.create(file, LockPermissions.OWNER)) {
				Object key = MarkerInode.attributes(file).fileKey();
				for (int j = 0; j < 10; j++) {
					forgotten |= !JvmInodes.isOwn(key);
				}
				assertThat(inode).isNotNull();
				Files.delete(file);
			}
		}
		return forgotten;
	}

}
