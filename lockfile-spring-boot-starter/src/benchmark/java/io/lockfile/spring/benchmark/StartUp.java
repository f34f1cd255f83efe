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

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.TimeUnit;

import javax.sql.DataSource;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.transaction.annotation.Transactional;

import io.lockfile.spring.FileLocked;

/**
 * A small application that also starts without the starter on its class path: the JVM
 * ignores annotations that it doesn't find. It prints how many microseconds the start of
 * its context took, and for how many of them its thread had a processor.
 */
public final class StartUp {

	private StartUp() {
	}

	public static void main(String[] args) {
		ThreadMXBean threads = ManagementFactory.getThreadMXBean();
		long processor = threads.getCurrentThreadCpuTime();
		long begin = System.nanoTime();
		try (ConfigurableApplicationContext context = SpringApplication.run(Application.class, args)) {
			long micros = TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - begin);
			processor = TimeUnit.NANOSECONDS.toMicros(threads.getCurrentThreadCpuTime() - processor);
			System.out.println("started " + context.containsBean("lockFiles") + " " + micros + " " + processor);
		}
	}

	/**
	 * The application.
	 */
	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		Orders orders(DataSource dataSource) {
			return new Orders(dataSource);
		}

		@Bean
		Reports reports() {
			return new Reports();
		}

		@Bean
		Plain plain() {
			return new Plain();
		}

	}

	/**
	 * A bean with a proxy, and without locks.
	 */
	static class Plain {

		@Transactional
		void run() {
		}

	}

	/**
	 * A bean with a proxy for locks and transactions.
	 */
	static class Orders {

		private final DataSource dataSource;

		Orders(DataSource dataSource) {
			this.dataSource = dataSource;
		}

		@Transactional
		@FileLocked(path = "orders/#{#id}", timeout = "${shop.timeout:5s}", name = "order")
		String settle(String id) {
			return id + this.dataSource;
		}

		@Transactional
		@FileLocked("all-orders")
		void settleAll() {
		}

	}

	/**
	 * A bean with a proxy for locks.
	 */
	static class Reports {

		@FileLocked(path = "nightly-report", onUnavailable = FileLocked.OnUnavailable.SKIP)
		void write() {
		}

	}

}
