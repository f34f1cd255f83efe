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

package io.lockfile.boot.autoconfigure;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.aop.support.AopUtils;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionSynchronizationManager;

import io.lockfile.LockAttempt;
import io.lockfile.LockFiles;
import io.lockfile.LockHandle;
import io.lockfile.LockListener;
import io.lockfile.LockMode;
import io.lockfile.spring.FileLockSkipListener;
import io.lockfile.spring.FileLocked;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of locks beside transactions, schedules and asynchronous methods.
 */
class SpringFeaturesTests {

	@TempDir
	private Path directory;

	private ApplicationContextRunner runner() {
		return new ApplicationContextRunner().withPropertyValues("lockfile.directory=" + this.directory,
				"spring.datasource.generate-unique-name=true");
	}

	@Test
	void lockIsReleasedAfterTheCommit() {
		for (boolean classes : new boolean[] { true, false }) {
			runner().withPropertyValues("spring.aop.proxy-target-class=" + classes)
				.withUserConfiguration(Transactions.class)
				.run((context) -> {
					JdbcClient jdbc = context.getBean(JdbcClient.class);
					jdbc.sql("create table entry (id int)").update();
					Writing writer = context.getBean(Writing.class);
					assertThat(AopUtils.isJdkDynamicProxy(writer)).isEqualTo(!classes);
					writer.write();
					assertThat(context.getBean(CommitObserver.class).seen)
						.containsExactly("acquired outside a transaction", "released outside a transaction");
					assertThat(writer.count()).isOne();
				});
		}
	}

	@Test
	void lockOfAnAsynchronousMethodIsHeldByItsThread() {
		runner().withUserConfiguration(Asynchronous.class).run((context) -> {
			AsynchronousJob job = context.getBean(AsynchronousJob.class);
			job.run();
			assertThat(job.started().await(60, TimeUnit.SECONDS)).isTrue();
			LockFiles locks = context.getBean(LockFiles.class);
			assertThat(locks.get("async").isHeldByCurrentThread()).isFalse();
			assertThat(locks.get("async").tryAcquire()).isEmpty();
			job.proceed().countDown();
			locks.get("async").acquire(Duration.ofSeconds(60)).close();
		});
	}

	@Test
	void scheduledMethodIsSkippedWhileAnotherHasTheLock() {
		runner().withUserConfiguration(Scheduling.class).run((context) -> {
			Job job = context.getBean(Job.class);
			Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> !job.runs().isEmpty());
			try (LockFiles others = LockFiles.builder().directory(this.directory).build();
					LockHandle held = others.get("job").acquire(Duration.ofSeconds(60))) {
				int before = job.runs().size();
				List<String> skipped = context.getBean(Skips.class).skipped;
				skipped.clear();
				Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> skipped.size() > 3);
				assertThat(job.runs()).hasSize(before);
				assertThat(held.isValid()).isTrue();
			}
		});
	}

	interface Writing {

		void write();

		int count();

	}

	static class Writer implements Writing {

		private final JdbcClient jdbc;

		Writer(JdbcClient jdbc) {
			this.jdbc = jdbc;
		}

		@Override
		@Transactional
		@FileLocked("writer")
		public void write() {
			assertThat(TransactionSynchronizationManager.isActualTransactionActive()).isTrue();
			this.jdbc.sql("insert into entry values (1)").update();
		}

		@Override
		@Transactional(propagation = Propagation.REQUIRES_NEW)
		public int count() {
			return this.jdbc.sql("select count(*) from entry").query(Integer.class).single();
		}

	}

	static class CommitObserver implements LockListener {

		private final List<String> seen = new CopyOnWriteArrayList<>();

		@Override
		public void acquired(LockAttempt attempt, LockHandle handle) {
			this.seen.add("acquired" + where());
		}

		@Override
		public void released(LockAttempt attempt, Duration held) {
			this.seen.add("released" + where());
		}

		private static String where() {
			return TransactionSynchronizationManager.isSynchronizationActive() ? " inside a transaction"
					: " outside a transaction";
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Transactions {

		@Bean
		Writer writer(JdbcClient jdbc) {
			return new Writer(jdbc);
		}

		@Bean
		CommitObserver commitObserver() {
			return new CommitObserver();
		}

	}

	static class AsynchronousJob {

		private final CountDownLatch started = new CountDownLatch(1);

		private final CountDownLatch proceed = new CountDownLatch(1);

		CountDownLatch started() {
			return this.started;
		}

		CountDownLatch proceed() {
			return this.proceed;
		}

		@Async
		@FileLocked("async")
		void run() throws InterruptedException {
			this.started.countDown();
			assertThat(this.proceed.await(60, TimeUnit.SECONDS)).isTrue();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableAsync
	static class Asynchronous {

		@Bean
		AsynchronousJob job() {
			return new AsynchronousJob();
		}

	}

	static class Job {

		private final List<Thread> runs = new CopyOnWriteArrayList<>();

		List<Thread> runs() {
			return this.runs;
		}

		@Scheduled(fixedDelay = 1, timeUnit = TimeUnit.MILLISECONDS)
		@FileLocked(path = "job", onUnavailable = FileLocked.OnUnavailable.SKIP)
		void run() {
			if (this.runs.size() < 1000) {
				this.runs.add(Thread.currentThread());
			}
		}

	}

	static class Skips implements FileLockSkipListener {

		final List<String> skipped = new CopyOnWriteArrayList<>();

		@Override
		public void skipped(String name, String strategy, LockMode mode) {
			this.skipped.add(name);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableScheduling
	static class Scheduling {

		@Bean
		Job job() {
			return new Job();
		}

		@Bean
		Skips skips() {
			return new Skips();
		}

	}

}
