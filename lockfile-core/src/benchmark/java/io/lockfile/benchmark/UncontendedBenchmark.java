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

package io.lockfile.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * One thread acquires and releases a lock that nobody else wants.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class UncontendedBenchmark {

	private static final Runnable NOTHING = () -> {
	};

	@Param({ "floor", "floor-stat", "lockfile", "lockfile-looked-up", "lockfile-memory", "floor-link", "lockfile-link",
			"lockfile-pid", "lockfile-symlink", "lockfile-mkdir", "lockfile-lease", "lockfile-flock",
			"lockfile-sqlite", "reopened", "maven-resolver", "lucene" })
	private String contestant = "";

	private Path directory = Path.of("");

	private Contestant lock = (body) -> {
	};

	@Setup
	public void open() throws IOException {
		this.directory = Files.createTempDirectory("benchmark");
		this.lock = Contestant.of(this.contestant, this.directory);
	}

	@Benchmark
	public void acquireAndRelease() throws Exception {
		this.lock.run(NOTHING);
	}

	@TearDown
	public void close() throws Exception {
		this.lock.close();
		Directories.delete(this.directory);
	}

}
