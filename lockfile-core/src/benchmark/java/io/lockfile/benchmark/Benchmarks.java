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
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

import io.lockfile.LockFiles;
import io.lockfile.LockHandle;

/**
 * Runs the benchmarks and prints one table: what was measured, the figure, the floor from
 * the same run, and the ratio. Arguments choose some of them: {@code uncontended},
 * {@code hand-over}, {@code markers}, {@code fairness}, {@code waiting}, {@code paths}, {@code virtual},
 * {@code python}; {@code quick} makes all of them short.
 */
public final class Benchmarks {

	private final List<String> rows = new ArrayList<>();

	private final boolean quick;

	private double floor;

	private Benchmarks(boolean quick) {
		this.quick = quick;
	}

	public static void main(String[] args) throws Exception {
		List<String> chosen = new ArrayList<>(Arrays.asList(args));
		Benchmarks benchmarks = new Benchmarks(chosen.remove("quick"));
		benchmarks.run(chosen);
		benchmarks.print();
	}

	private void run(List<String> chosen) throws Exception {
		if (isChosen("uncontended", chosen)) {
			uncontended();
		}
		if (isChosen("python", chosen)) {
			inDirectory(this::python);
		}
		if (isChosen("hand-over", chosen)) {
			handOver();
		}
		if (isChosen("markers", chosen)) {
			markers();
		}
		if (isChosen("fairness", chosen)) {
			fairness();
		}
		if (isChosen("waiting", chosen)) {
			inDirectory(this::waiting);
		}
		if (isChosen("paths", chosen)) {
			inDirectory(this::paths);
		}
		if (isChosen("virtual", chosen)) {
			inDirectory(this::virtualThreads);
		}
	}

	private static boolean isChosen(String name, List<String> chosen) {
		return chosen.isEmpty() || chosen.contains(name);
	}

	private void print() {
		System.out.printf("%n%s, JDK %s, %d processors%n%n", System.getProperty("os.name") + " "
				+ System.getProperty("os.version"), System.getProperty("java.version"),
				Runtime.getRuntime().availableProcessors());
		System.out.println("| what | figure | floor | ratio | target |");
		System.out.println("| --- | --- | --- | --- | --- |");
		this.rows.forEach(System.out::println);
	}

	private void row(String what, String figure, String floor, String ratio, String target) {
		String row = "| %s | %s | %s | %s | %s |".formatted(what, figure, floor, ratio, target);
		System.out.println(row);
		this.rows.add(row);
	}

	private void ratio(String what, double figure, double floor, String unit, String target) {
		row(what, "%,.0f %s".formatted(figure, unit), "%,.0f %s".formatted(floor, unit), times(figure / floor), target);
	}

	private static String times(double ratio) {
		return String.format(Locale.ROOT, "%.2f", ratio);
	}

	private void uncontended() throws RunnerException {
		// Forks of all in turn would be better still: what disturbs one then disturbs all
		OptionsBuilder options = new OptionsBuilder();
		options.include(UncontendedBenchmark.class.getName() + ".*")
			.forks(this.quick ? 1 : 3)
			.warmupIterations(3)
			.warmupTime(TimeValue.seconds(1))
			.measurementIterations(this.quick ? 2 : 4)
			.measurementTime(TimeValue.seconds(1));
		Map<String, Double> scores = new LinkedHashMap<>();
		for (RunResult result : new Runner(options.build()).run()) {
			scores.put(result.getParams().getParam("contestant"), result.getPrimaryResult().getScore());
		}
		this.floor = scores.getOrDefault("floor", Double.NaN);
		Map<String, String> names = new LinkedHashMap<>();
		names.put("lockfile-looked-up", "P1 `os`: `get(name).acquire(timeout)` + `close()`");
		names.put("lockfile", "`os`, not looked up by name");
		names.put("lockfile-memory", "`memory`: the engine alone");
		names.put("floor-stat", "floor + one look whether the path still names the file");
		names.put("reopened", "bare `FileChannel`: open + `lock` + close");
		names.put("maven-resolver", "Maven Resolver named locks, file-lock");
		names.put("lucene", "Lucene `NativeFSLockFactory`");
		names.forEach((contestant, name) -> ratio(name, scores.getOrDefault(contestant, Double.NaN), this.floor, "ns",
				contestant.equals("lockfile-looked-up") ? "≤ 2.5" : ""));
		double linkFloor = scores.getOrDefault("floor-link", Double.NaN);
		ratio("P2 `link`: `get(name).acquire(timeout)` + `close()`; floor: `createLink` + `delete`",
				scores.getOrDefault("lockfile-link", Double.NaN), linkFloor, "ns", "≤ 1.5");
		for (String strategy : List.of("pid", "symlink", "mkdir", "lease", "flock", "sqlite")) {
			ratio("`%s`, the same".formatted(strategy), scores.getOrDefault("lockfile-" + strategy, Double.NaN),
					linkFloor, "ns", "");
		}
	}

	private void python(Path directory) throws IOException {
		Path python = Path.of("/usr/bin/python3");
		Path script = Path.of("src/benchmark/python/peers.py").toAbsolutePath();
		if (!Files.isExecutable(python)) {
			row("Python peers", "no /usr/bin/python3", "", "", "");
			return;
		}
		Process process = new ProcessBuilder(python.toString(), script.toString(), directory.toString())
			.redirectError(ProcessBuilder.Redirect.INHERIT)
			.start();
		process.inputReader().lines().forEach((line) -> {
			int split = line.lastIndexOf(' ');
			ratio("Python " + line.substring(0, split), Double.parseDouble(line.substring(split + 1)), this.floor, "ns",
					"");
		});
	}

	private void handOver() throws Exception {
		// While a lock is held for 20 ms, the processors go to sleep, and take long to wake
		handOver(2, this.quick ? 300 : 1000);
		handOver(20, this.quick ? 50 : 300);
	}

	private void markers() throws Exception {
		for (String strategy : List.of("link", "mkdir", "symlink", "pid", "lease")) {
			inDirectory((directory) -> {
				double[] micros = handOvers("lockfile-" + strategy, directory, this.quick ? 300 : 1000, 2);
				row("%s`%s` hand-over between two JVMs that hold for 2 ms, p50; p99"
					.formatted(strategy.equals("lease") ? "" : "P4 ", strategy),
						"%,.0f µs; %,.0f µs".formatted(percentile(micros, 0.5), percentile(micros, 0.99)), "", "",
						strategy.equals("lease") ? "" : "p50 ≤ 2,000 µs");
			});
		}
	}

	private void handOver(int holdMillis, int rounds) throws Exception {
		Map<String, double[]> results = new LinkedHashMap<>();
		// In turn, so that what disturbs one disturbs the other
		for (int i = 0; i < (this.quick ? 1 : 3); i++) {
			for (String contestant : List.of("floor", "floor-helper", "lockfile")) {
				inDirectory((directory) -> results.merge(contestant,
						handOvers(contestant, directory, rounds, holdMillis), Benchmarks::concat));
			}
		}
		double[] floors = results.getOrDefault("floor", new double[0]);
		for (double share : new double[] { 0.5, 0.99 }) {
			String what = "hand-over between two JVMs that hold for %d ms, p%.0f".formatted(holdMillis, share * 100);
			double floorMicros = percentile(floors, share);
			ratio("P3 " + what, percentile(results.get("lockfile"), share), floorMicros, "µs",
					(share < 0.9) ? "≤ 1.3" : "≤ 2");
			ratio("the same, floor through a helper thread", percentile(results.get("floor-helper"), share), floorMicros,
					"µs", "");
		}
	}

	private static double[] concat(double[] first, double[] second) {
		double[] all = Arrays.copyOf(first, first.length + second.length);
		System.arraycopy(second, 0, all, first.length, second.length);
		return all;
	}

	/**
	 * Measure from each release to the acquisition by the other one.
	 */
	private double[] handOvers(String contestant, Path directory, int rounds, int holdMillis) throws IOException {
		List<long[]> holds = new ArrayList<>();
		try (Child first = Child.start("hand-over", directory, contestant, rounds, holdMillis).expect("ready");
				Child second = Child.start("hand-over", directory, contestant, rounds, holdMillis).expect("ready")) {
			first.proceed();
			second.proceed();
			for (Child child : List.of(first, second)) {
				for (String line : child.rest()) {
					String[] times = line.split(" ");
					holds.add(new long[] { Long.parseLong(times[0]), Long.parseLong(times[1]), (child == first) ? 0 : 1 });
				}
			}
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
		holds.sort(Comparator.comparingLong((hold) -> hold[0]));
		List<Double> micros = new ArrayList<>();
		for (int i = 1; i < holds.size(); i++) {
			if (holds.get(i - 1)[2] != holds.get(i)[2]) {
				micros.add((holds.get(i)[0] - holds.get(i - 1)[1]) / 1000.0);
			}
		}
		System.out.println(contestant + ": " + micros.size() + " hand-overs");
		return micros.stream().mapToDouble(Double::doubleValue).toArray();
	}

	private static double percentile(double @Nullable [] values, double share) {
		double[] sorted = (values != null) ? values.clone() : new double[0];
		Arrays.sort(sorted);
		return (sorted.length == 0) ? Double.NaN : sorted[(int) Math.min(sorted.length - 1, sorted.length * share)];
	}

	private void fairness() throws Exception {
		double[] bareTotal = new double[1];
		for (String contestant : List.of("floor", "lockfile")) {
			inDirectory((directory) -> {
				List<Long> counts = counts(contestant, directory);
				double total = counts.stream().mapToLong(Long::longValue).sum();
				double squares = counts.stream().mapToDouble((count) -> (double) count * count).sum();
				String index = String.format(Locale.ROOT, "%.3f", total * total / (counts.size() * squares));
				if (contestant.equals("floor")) {
					bareTotal[0] = total;
					row("4 JVMs, bare `FileChannel.lock()`, 1 ms bodies: Jain's index", index, "", "", "");
				}
				else {
					row("P9 4 JVMs, `os`, 1 ms bodies: Jain's index " + counts, index, "", "", "≥ 0.95");
					ratio("P9 total", total, bareTotal[0], "holds", "≥ 0.8");
				}
			});
		}
	}

	private List<Long> counts(String contestant, Path directory) throws IOException {
		List<Child> children = new ArrayList<>();
		List<Long> counts = new ArrayList<>();
		try {
			for (int i = 0; i < 4; i++) {
				children.add(Child.start("fairness", directory, contestant, this.quick ? 3 : 10).expect("ready"));
			}
			for (Child child : children) {
				child.proceed();
			}
			for (Child child : children) {
				counts.add(Long.valueOf(child.rest().get(0)));
			}
			for (Child child : children) {
				child.close();
			}
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
		return counts;
	}

	private void waiting(Path directory) throws IOException {
		int seconds = this.quick ? 5 : 60;
		double idle = cpuMillis("idle", directory, seconds, "os");
		for (String strategy : List.of("os", "link")) {
			try (LockFiles locks = LockFiles.builder().directory(directory).strategy(strategy).build();
					LockHandle held = locks.get("lock").acquire()) {
				double waiting = cpuMillis("wait", directory, seconds, strategy);
				row("P5 CPU of a JVM that waits for %d s with `%s`; floor: one that waits for nothing"
					.formatted(seconds, strategy), "%.1f ms".formatted(waiting), "%.1f ms".formatted(idle),
						"%+.1f ms".formatted(waiting - idle), "≤ 10 ms");
				held.ensureValid();
			}
		}
	}

	private static double cpuMillis(String what, Path directory, int seconds, String strategy)
			throws IOException {
		try (Child child = Child.start(what, directory, seconds, strategy).expect("ready")) {
			child.proceed();
			return Long.parseLong(child.rest().get(0)) / 1000.0;
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private void paths(Path directory) throws IOException {
		int count = this.quick ? 20_000 : 1_000_000;
		long begin = System.nanoTime();
		try (Child child = Child.start("paths", directory, count).expect("ready")) {
			child.proceed();
			String[] left = child.rest()
				.stream()
				.filter((line) -> line.startsWith("stays "))
				.findFirst()
				.orElseThrow()
				.substring(6)
				.split(" ");
			row("P7 %,d paths, one after another (%d s): heap, open files that stay".formatted(count,
					TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin)), left[0] + " KiB, " + left[1], "", "",
					"about 0, 0");
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private void virtualThreads(Path directory) throws IOException {
		if (Runtime.version().feature() < 21) {
			row("P8 10,000 virtual threads", "JDK " + Runtime.version().feature() + " has none", "", "", "");
			return;
		}
		try (Child child = Child.start("virtual", directory, 10_000).expect("ready")) {
			child.proceed();
			String[] found = child.rest().get(0).split(" ");
			row("P8 10,000 virtual threads wait for one path (%s ms): served, pinned".formatted(found[2]),
					found[0] + ", " + found[1], "", "", "10000, 0");
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static void inDirectory(Task task) throws Exception {
		Path directory = Files.createTempDirectory("benchmark");
		try {
			task.run(directory);
		}
		finally {
			try {
				Directories.delete(directory);
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}
	}

	/**
	 * Something that needs a directory.
	 */
	private interface Task {

		void run(Path directory) throws Exception;

	}

}
