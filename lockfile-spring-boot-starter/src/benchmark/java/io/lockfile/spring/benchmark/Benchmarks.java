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

package io.lockfile.spring.benchmark;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * Runs the benchmarks and prints one table: what was measured, the figure, the floor from
 * the same run, and the ratio. Arguments choose some of them: {@code annotation},
 * {@code start-up}; {@code quick} makes all of them short.
 */
public final class Benchmarks {

	private final List<String> rows = new ArrayList<>();

	private final boolean quick;

	private Benchmarks(boolean quick) {
		this.quick = quick;
	}

	public static void main(String[] args) throws Exception {
		List<String> chosen = new ArrayList<>(Arrays.asList(args));
		Benchmarks benchmarks = new Benchmarks(chosen.remove("quick"));
		if (chosen.isEmpty() || chosen.contains("annotation")) {
			benchmarks.annotation();
		}
		if (chosen.isEmpty() || chosen.contains("start-up")) {
			benchmarks.startUp();
		}
		benchmarks.print();
	}

	private void print() {
		System.out.printf("%n%s, JDK %s, %d processors%n%n",
				System.getProperty("os.name") + " " + System.getProperty("os.version"),
				System.getProperty("java.version"), Runtime.getRuntime().availableProcessors());
		System.out.println("| what | figure | floor | ratio | target |");
		System.out.println("| --- | --- | --- | --- | --- |");
		this.rows.forEach(System.out::println);
	}

	private void row(String what, double figure, double floor, String unit, String target) {
		this.rows.add(String.format(Locale.ROOT, "| %s | %,.0f %s | %,.0f %s | %.2f, %+,.0f %s | %s |", what, figure,
				unit, floor, unit, figure / floor, figure - floor, unit, target));
	}

	private void annotation() throws RunnerException {
		Map<String, double[]> scores = new LinkedHashMap<>();
		int rounds = this.quick ? 1 : 5;
		// In turn, so that what disturbs one disturbs the others
		for (int round = 0; round < rounds; round++) {
			OptionsBuilder options = new OptionsBuilder();
			options.include(AnnotationBenchmark.class.getName() + ".*")
				.forks(1)
				.warmupIterations(this.quick ? 2 : 4)
				.warmupTime(TimeValue.seconds(1))
				.measurementIterations(3)
				.measurementTime(TimeValue.seconds(1));
			for (RunResult result : new Runner(options.build()).run()) {
				String key = result.getParams().getParam("contestant") + " " + result.getParams().getParam("strategy");
				scores.computeIfAbsent(key, (any) -> new double[rounds])[round] = result.getPrimaryResult().getScore();
			}
		}
		for (String strategy : List.of("os", "memory")) {
			double annotation = median(scores.get("annotation " + strategy));
			row("P6 `@FileLocked`, `%s`; floor: the same lock in code".formatted(strategy), annotation,
					median(scores.get("direct " + strategy)), "ns", "+1,000 ns");
			row("P6 `@FileLocked` with an expression, `%s`; floor: `get(path)` and the same in code".formatted(strategy),
					median(scores.get("expression " + strategy)), median(scores.get("direct-looked-up " + strategy)),
					"ns", "+2,000 ns");
			row("P6 `@FileLocked` with meters, `%s`; floor: without".formatted(strategy),
					median(scores.get("annotation-with-meters " + strategy)), annotation, "ns", "+1,000 ns");
		}
	}

	private void startUp() throws IOException, InterruptedException {
		int pairs = this.quick ? 5 : 25;
		double[][] with = new double[2][pairs];
		double[][] without = new double[2][pairs];
		double[][] differences = new double[2][pairs];
		start(true);
		start(false);
		for (int i = 0; i < pairs; i++) {
			// Whoever is second may find more in caches
			boolean first = i % 2 == 0;
			double[] one = start(first);
			double[] other = start(!first);
			for (int kind = 0; kind < 2; kind++) {
				with[kind][i] = first ? one[kind] : other[kind];
				without[kind][i] = first ? other[kind] : one[kind];
				differences[kind][i] = with[kind][i] - without[kind][i];
			}
		}
		for (int kind = 0; kind < 2; kind++) {
			this.rows.add(String.format(Locale.ROOT,
					"| %s; floor: without; %d pairs | %,.0f ms | %,.0f ms | %.2f, median of the differences %+,.0f ms | %s |",
					(kind == 0) ? "P10 start of a small application with the starter"
							: "the same, time on a processor",
					pairs, median(with[kind]), median(without[kind]), median(with[kind]) / median(without[kind]),
					median(differences[kind]), (kind == 0) ? "+50 ms" : ""));
		}
	}

	private static double[] start(boolean starter) throws IOException, InterruptedException {
		List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
				"-cp", classPath(starter), StartUp.class.getName(), "--spring.main.banner-mode=off", "--spring.main.web-application-type=none",
				"--lockfile.directory=" + Path.of(System.getProperty("java.io.tmpdir"), "benchmark-start-up")));
		Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
		List<String> lines = process.inputReader(StandardCharsets.UTF_8).lines().toList();
		int exitCode = process.waitFor();
		String[] found = lines.stream()
			.filter((line) -> line.startsWith("started "))
			.findFirst()
			.orElseThrow(() -> new IllegalStateException("Exit code " + exitCode + ": " + lines))
			.split(" ");
		if (Boolean.parseBoolean(found[1]) != starter) {
			throw new IllegalStateException("Wrong class path: " + lines);
		}
		System.out.println((starter ? "with" : "without") + " starter: " + found[2] + " µs, " + found[3]
				+ " µs on a processor");
		return new double[] { Long.parseLong(found[2]) / 1000.0, Long.parseLong(found[3]) / 1000.0 };
	}

	private static String classPath(boolean starter) {
		List<String> elements = new ArrayList<>(
				Arrays.asList(System.getProperty("java.class.path").split(File.pathSeparator)));
		List<String> ours = elements.stream().filter(Benchmarks::isStarter).toList();
		elements.removeAll(ours);
		if (starter) {
			// Applications have jars. Directories before others' would be looked into for
			// each of their classes
			elements.addAll(ours);
		}
		return String.join(File.pathSeparator, elements);
	}

	private static boolean isStarter(String element) {
		Path path = Path.of(element);
		return path.endsWith(Path.of("target", "classes")) || path.getFileName().toString().startsWith("lockfile-");
	}

	private static double median(double[] values) {
		double[] sorted = values.clone();
		Arrays.sort(sorted);
		int middle = sorted.length / 2;
		return (sorted.length % 2 == 1) ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
	}

}
