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

package io.lockfile.boot.aot;

import java.util.concurrent.CompletableFuture;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.springframework.aop.support.AopUtils;
import org.springframework.aot.AotDetector;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.autoconfigure.context.PropertyPlaceholderAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import io.lockfile.LockFiles;
import io.lockfile.LockHandle;
import io.lockfile.boot.autoconfigure.LockFileAutoConfiguration;
import io.lockfile.boot.autoconfigure.LockFileMetricsAutoConfiguration;
import io.lockfile.spring.FileLocked;

/**
 * An application that is processed ahead of time, and says what it sees of its locks.
 */
@Configuration(proxyBeanMethods = false)
@ImportAutoConfiguration({ AopAutoConfiguration.class, PropertyPlaceholderAutoConfiguration.class,
		LockFileAutoConfiguration.class, LockFileMetricsAutoConfiguration.class })
public class AotApplication {

	public static void main(String[] args) {
		try (ConfigurableApplicationContext context = SpringApplication.run(AotApplication.class, args)) {
			say("generated", AotDetector.useGeneratedArtifacts());
			Job job = context.getBean(Job.class);
			LockFiles locks = context.getBean(LockFiles.class);
			say("proxy", AopUtils.isCglibProxy(job));
			job.plain(() -> say("plain", locks.get("plain").isHeldByCurrentThread()));
			job.settle(new Order("42"), () -> say("templated", locks.get("orders/eu/42").isHeldByCurrentThread()));
			try (LockHandle held = CompletableFuture.supplyAsync(() -> locks.get("guarded").acquire()).join()) {
				say("guarded", job.guarded("a"));
				say("strategy", held.lockFile().strategy());
			}
			say("metered",
					context.getBean(MeterRegistry.class)
						.get("lockfile.wait")
						.tags("lock", "settle", "outcome", "acquired")
						.timer()
						.count());
		}
	}

	private static void say(String what, Object value) {
		System.out.println("[" + what + "=" + value + "]");
	}

	@Bean
	Job job() {
		return new Job();
	}

	@Bean
	Region region() {
		return new Region();
	}

	@Bean
	MeterRegistry meterRegistry() {
		return new SimpleMeterRegistry();
	}

	/**
	 * An argument that an expression reads.
	 *
	 * @param id the id
	 */
	public record Order(String id) {
	}

	public static class Region {

		public String getName() {
			return "eu";
		}

	}

	public static class Job {

		@FileLocked(path = "plain", timeout = "${job.timeout:5s}")
		public void plain(Runnable body) {
			body.run();
		}

		@FileLocked(path = "orders/#{@region.name}/#{#order.id}", name = "settle")
		public void settle(Order order, Runnable body) {
			body.run();
		}

		@FileLocked(path = "guarded", fallbackMethod = "busy")
		public String guarded(String text) {
			return "obtained";
		}

		private String busy(String text) {
			return "fallback " + text;
		}

	}

}
