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

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import io.lockfile.LockFile;
import io.lockfile.LockFiles;
import io.lockfile.LockHandle;
import io.lockfile.boot.autoconfigure.LockFileAutoConfiguration;
import io.lockfile.boot.autoconfigure.LockFileMetricsAutoConfiguration;
import io.lockfile.spring.FileLocked;

/**
 * One thread calls a method that is locked, by annotation or in code, with a lock that
 * nobody else wants.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class AnnotationBenchmark {

	private static final Duration TIMEOUT = Duration.ofSeconds(30);

	@Param({ "direct", "direct-looked-up", "annotation", "expression", "annotation-with-meters" })
	private String contestant = "";

	@Param({ "os", "memory" })
	private String strategy = "";

	private Path directory = Path.of("");

	private ConfigurableApplicationContext context;

	private LockFiles locks;

	private LockFile lock;

	private Service service;

	private final Order order = new Order("4711");

	@Setup
	public void start() throws IOException {
		this.directory = Files.createTempDirectory("benchmark");
		SpringApplicationBuilder application = new SpringApplicationBuilder(
				this.contestant.endsWith("with-meters") ? Metered.class : Application.class)
			.web(WebApplicationType.NONE);
		this.context = application.run("--spring.main.banner-mode=off", "--logging.level.root=warn",
				"--lockfile.strategy=" + this.strategy, "--lockfile.directory=" + this.directory);
		this.locks = this.context.getBean(LockFiles.class);
		this.service = this.context.getBean(Service.class);
		this.lock = this.locks.get("plain").named("plain");
	}

	@Benchmark
	public int call() {
		switch (this.contestant) {
			case "direct":
				try (LockHandle held = this.lock.acquire(TIMEOUT)) {
					return this.service.unlocked(this.order);
				}
			case "direct-looked-up":
				try (LockHandle held = this.locks.get("orders/" + this.order.id()).named("order").acquire(TIMEOUT)) {
					return this.service.unlocked(this.order);
				}
			case "expression":
				return this.service.expression(this.order);
			default:
				return this.service.plain(this.order);
		}
	}

	@TearDown
	public void close() throws IOException {
		this.context.close();
		try (Stream<Path> files = Files.walk(this.directory)) {
			for (Path file : files.sorted((first, second) -> second.compareTo(first)).toList()) {
				Files.delete(file);
			}
		}
	}

	/**
	 * What a path depends on.
	 *
	 * @param id the name of its lock
	 */
	public record Order(String id) {
	}

	/**
	 * A bean.
	 */
	public static class Service {

		private int count;

		/**
		 * Do what the others do, through the same proxy.
		 * @param order not used
		 * @return how often something was called
		 */
		public int unlocked(Order order) {
			return ++this.count;
		}

		@FileLocked("plain")
		public int plain(Order order) {
			return ++this.count;
		}

		@FileLocked(path = "orders/#{#order.id}", name = "order")
		public int expression(Order order) {
			return ++this.count;
		}

	}

	/**
	 * An application.
	 */
	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ AopAutoConfiguration.class, LockFileAutoConfiguration.class })
	public static class Application {

		@Bean
		Service service() {
			return new Service();
		}

	}

	/**
	 * An application with meters.
	 */
	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ AopAutoConfiguration.class, LockFileAutoConfiguration.class,
			LockFileMetricsAutoConfiguration.class })
	public static class Metered {

		@Bean
		Service service() {
			return new Service();
		}

		@Bean
		SimpleMeterRegistry registry() {
			return new SimpleMeterRegistry();
		}

	}

}
