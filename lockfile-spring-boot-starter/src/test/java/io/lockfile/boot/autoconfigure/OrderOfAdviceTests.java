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

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;

import io.micrometer.core.annotation.Counted;
import io.micrometer.core.annotation.Timed;
import io.micrometer.core.aop.CountedAspect;
import io.micrometer.core.aop.TimedAspect;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.annotation.Observed;
import io.micrometer.observation.aop.ObservedAspect;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.cache.concurrent.ConcurrentMapCache;
import org.springframework.cache.support.SimpleCacheManager;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.task.TaskDecorator;
import org.springframework.resilience.InvocationRejectedException;
import org.springframework.resilience.annotation.ConcurrencyLimit;
import org.springframework.resilience.annotation.EnableResilientMethods;
import org.springframework.resilience.annotation.Retryable;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;
import org.springframework.security.access.prepost.PostAuthorize;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.config.annotation.method.configuration.EnableMethodSecurity;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.transaction.ReactiveTransaction;
import org.springframework.transaction.ReactiveTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.transaction.support.DefaultTransactionStatus;
import reactor.core.publisher.Mono;

import io.lockfile.LockAttempt;
import io.lockfile.LockHandle;
import io.lockfile.LockListener;
import io.lockfile.spring.FileLocked;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Where the lock stands among other advice: what {@code docs/order-of-advice.md} says is
 * what happens.
 */
class OrderOfAdviceTests {

	private static final Map<String, Class<?>> CONFIGURATIONS = new LinkedHashMap<>();

	static {
		CONFIGURATIONS.put("@Async", Asynchronous.class);
		CONFIGURATIONS.put("@Retryable", Retries.class);
		CONFIGURATIONS.put("@ConcurrencyLimit", Limits.class);
		CONFIGURATIONS.put("@Scheduled", Schedules.class);
		CONFIGURATIONS.put("@PreAuthorize", PreAuthorization.class);
		CONFIGURATIONS.put("@PostAuthorize", PostAuthorization.class);
		CONFIGURATIONS.put("@Transactional", Transactions.class);
		CONFIGURATIONS.put("@Cacheable", Caches.class);
		CONFIGURATIONS.put("@Timed", Times.class);
		CONFIGURATIONS.put("@Counted", Counts.class);
		CONFIGURATIONS.put("@Observed", Observations.class);
	}

	@Test
	void documentationSaysWhatHappens() throws IOException {
		List<String> rows = new ArrayList<>();
		CONFIGURATIONS.forEach((annotation, configuration) -> {
			List<String> byDefault = events(configuration);
			List<String> first = events(configuration, "lockfile.advisor-order=0");
			rows.add("| `%s` | %s | %s |".formatted(annotation, String.join(", ", byDefault),
					byDefault.equals(first) ? "the same" : String.join(", ", first)));
		});
		List<String> documented = Files.readAllLines(Path.of("..", "docs", "order-of-advice.md"))
			.stream()
			.filter((line) -> line.startsWith("| `@"))
			.toList();
		assertThat(documented).containsExactlyElementsOf(rows);
	}

	@Test
	void asynchronousThreadHoldsTheLock() {
		assertThat(events(Asynchronous.class)).containsExactly("task begins", "**lock**", "body", "**unlock**",
				"task ends");
	}

	@Test
	void everyAttemptIsLockedByItself() {
		assertThat(events(Retries.class)).containsExactly("**lock**", "body fails", "**unlock**", "**lock**", "body",
				"**unlock**");
	}

	@Test
	void whoIsLimitedDoesNotAskForTheLock() {
		assertThat(events(Limits.class)).containsExactly("**lock**", "body", "second call refused by the limit",
				"**unlock**");
	}

	@Test
	void lockIsAroundTheTransaction() {
		assertThat(events(Transactions.class)).containsExactly("**lock**", "begin", "body", "commit", "**unlock**");
	}

	@Test
	void whoIsDeniedDoesNotAskForTheLock() {
		assertThat(events(PreAuthorization.class)).containsExactly("check", "**lock**", "body", "**unlock**");
	}

	@Test
	void orderOfTheOthersCanBeChangedInstead() {
		assertThat(events(CachesFirst.class)).containsExactly("look-up", "**lock**", "body", "**unlock**", "put");
		assertThat(events(TransactionsFirst.class)).containsExactly("begin", "**lock**", "body", "**unlock**",
				"commit");
	}

	@Test
	void withoutAspectsItIsTheSame() {
		assertThat(events(Transactions.class, "spring.aop.auto=false")).isEqualTo(events(Transactions.class));
	}

	@Test
	void lockIsAroundAReactiveTransaction() {
		for (String property : new String[] { "lockfile.enabled=true", "lockfile.advisor-order=0" }) {
			runner().withUserConfiguration(ReactiveTransactions.class).withPropertyValues(property).run((context) -> {
				Events events = context.getBean(Events.class);
				ReactiveJob job = context.getBean(ReactiveJob.class);
				Mono<String> run = job.run(null);
				assertThat(events.all()).isEmpty();
				assertThat(run.block(Duration.ofSeconds(60))).isEqualTo("done");
				assertThat(events.all()).containsExactly("**lock**", "begin", "body", "commit", "**unlock**");
				assertThatIllegalStateException()
					.isThrownBy(() -> job.run(new IllegalStateException("on purpose")).block(Duration.ofSeconds(60)))
					.withMessage("on purpose");
				assertThat(events.all()).hasSize(10).endsWith("**lock**", "begin", "body", "rollback", "**unlock**");
			});
		}
	}

	private static ApplicationContextRunner runner() {
		return new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class, LockFileAutoConfiguration.class))
			.withBean(Events.class)
			.withPropertyValues("lockfile.strategy=memory");
	}

	private static List<String> events(Class<?> configuration, String... properties) {
		List<String> events = new CopyOnWriteArrayList<>();
		SecurityContextHolder.getContext().setAuthentication(new TestingAuthenticationToken("user", "", "USER"));
		try {
			runner().withUserConfiguration(configuration).withPropertyValues(properties).run((context) -> {
				Events recorded = context.getBean(Events.class);
				context.getBeanProvider(Job.class).ifAvailable(Job::run);
				Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> recorded.all().contains("**unlock**"));
				// Closing waits for tasks that run
				context.getSourceApplicationContext(ConfigurableApplicationContext.class).close();
				events.addAll(recorded.all());
			});
		}
		finally {
			SecurityContextHolder.clearContext();
		}
		return events;
	}

	interface Job {

		@Nullable Object run();

	}

	static class Events implements LockListener {

		private final List<String> all = new CopyOnWriteArrayList<>();

		void add(String event) {
			this.all.add(event);
		}

		List<String> all() {
			return List.copyOf(this.all);
		}

		@Override
		public void acquired(LockAttempt attempt, LockHandle handle) {
			add("**lock**");
		}

		@Override
		public void released(LockAttempt attempt, Duration held) {
			add("**unlock**");
		}

		TaskDecorator tasks() {
			return (task) -> () -> {
				add("task begins");
				task.run();
				add("task ends");
			};
		}

	}

	static class AsynchronousJob implements Job {

		private final Events events;

		AsynchronousJob(Events events) {
			this.events = events;
		}

		@Override
		@Async
		@FileLocked("job")
		public @Nullable CompletableFuture<Void> run() {
			this.events.add("body");
			return CompletableFuture.completedFuture(null);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAsync
	static class Asynchronous {

		@Bean
		AsynchronousJob job(Events events) {
			return new AsynchronousJob(events);
		}

		@Bean
		ThreadPoolTaskExecutor executor(Events events) {
			ThreadPoolTaskExecutor executor = new ThreadPoolTaskExecutor();
			executor.setTaskDecorator(events.tasks());
			return executor;
		}

	}

	static class RetriedJob implements Job {

		private final Events events;

		private boolean failed;

		RetriedJob(Events events) {
			this.events = events;
		}

		@Override
		@Retryable(delay = 0)
		@FileLocked("job")
		public @Nullable Object run() {
			if (!this.failed) {
				this.failed = true;
				this.events.add("body fails");
				throw new IllegalStateException();
			}
			this.events.add("body");
			return null;
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableResilientMethods
	static class Retries {

		@Bean
		RetriedJob job(Events events) {
			return new RetriedJob(events);
		}

	}

	static class LimitedJob implements Job {

		private final Events events;

		private final ObjectProvider<Job> proxy;

		LimitedJob(Events events, ObjectProvider<Job> proxy) {
			this.events = events;
			this.proxy = proxy;
		}

		@Override
		@ConcurrencyLimit(limit = 1, policy = ConcurrencyLimit.ThrottlePolicy.REJECT)
		@FileLocked(path = "job", timeout = "0")
		public @Nullable Object run() {
			this.events.add("body");
			try {
				CompletableFuture.runAsync(() -> this.proxy.getObject().run(), (command) -> new Thread(command).start())
					.join();
			}
			catch (CompletionException ex) {
				this.events.add("second call refused by the "
						+ ((ex.getCause() instanceof InvocationRejectedException) ? "limit" : "lock"));
			}
			return null;
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableResilientMethods
	static class Limits {

		@Bean
		LimitedJob job(Events events, ObjectProvider<Job> proxy) {
			return new LimitedJob(events, proxy);
		}

	}

	static class ScheduledJob {

		private final Events events;

		ScheduledJob(Events events) {
			this.events = events;
		}

		@Scheduled(initialDelay = 0)
		@FileLocked("job")
		void run() {
			this.events.add("body");
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableScheduling
	static class Schedules {

		@Bean
		ScheduledJob job(Events events) {
			return new ScheduledJob(events);
		}

		@Bean
		ThreadPoolTaskScheduler scheduler(Events events) {
			ThreadPoolTaskScheduler scheduler = new ThreadPoolTaskScheduler();
			scheduler.setTaskDecorator(events.tasks());
			return scheduler;
		}

	}

	static class Gate implements BooleanSupplier {

		private final Events events;

		Gate(Events events) {
			this.events = events;
		}

		@Override
		public boolean getAsBoolean() {
			this.events.add("check");
			return true;
		}

	}

	static class PreAuthorizedJob implements Job {

		private final Events events;

		PreAuthorizedJob(Events events) {
			this.events = events;
		}

		@Override
		@PreAuthorize("@gate.asBoolean")
		@FileLocked("job")
		public @Nullable Object run() {
			this.events.add("body");
			return null;
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableMethodSecurity
	static class PreAuthorization {

		@Bean
		PreAuthorizedJob job(Events events) {
			return new PreAuthorizedJob(events);
		}

		@Bean
		Gate gate(Events events) {
			return new Gate(events);
		}

	}

	static class PostAuthorizedJob implements Job {

		private final Events events;

		PostAuthorizedJob(Events events) {
			this.events = events;
		}

		@Override
		@PostAuthorize("@gate.asBoolean")
		@FileLocked("job")
		public @Nullable Object run() {
			this.events.add("body");
			return null;
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableMethodSecurity
	static class PostAuthorization {

		@Bean
		PostAuthorizedJob job(Events events) {
			return new PostAuthorizedJob(events);
		}

		@Bean
		Gate gate(Events events) {
			return new Gate(events);
		}

	}

	static class TransactionalJob implements Job {

		private final Events events;

		TransactionalJob(Events events) {
			this.events = events;
		}

		@Override
		@Transactional
		@FileLocked("job")
		public @Nullable Object run() {
			this.events.add("body");
			return null;
		}

	}

	static class RecordingTransactionManager extends AbstractPlatformTransactionManager {

		private static final long serialVersionUID = 1L;

		private final transient Events events;

		RecordingTransactionManager(Events events) {
			this.events = events;
		}

		@Override
		protected Object doGetTransaction() {
			return new Object();
		}

		@Override
		protected void doBegin(Object transaction, TransactionDefinition definition) {
			this.events.add("begin");
		}

		@Override
		protected void doCommit(DefaultTransactionStatus status) {
			this.events.add("commit");
		}

		@Override
		protected void doRollback(DefaultTransactionStatus status) {
			this.events.add("rollback");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class TransactionalBeans {

		@Bean
		TransactionalJob job(Events events) {
			return new TransactionalJob(events);
		}

		@Bean
		RecordingTransactionManager transactionManager(Events events) {
			return new RecordingTransactionManager(events);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableTransactionManagement
	@Import(TransactionalBeans.class)
	static class Transactions {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableTransactionManagement(order = 0)
	@Import(TransactionalBeans.class)
	static class TransactionsFirst {

	}

	static class CachedJob implements Job {

		private final Events events;

		CachedJob(Events events) {
			this.events = events;
		}

		@Override
		@Cacheable("job")
		@FileLocked("job")
		public @Nullable Object run() {
			this.events.add("body");
			return null;
		}

	}

	static class RecordingCache extends ConcurrentMapCache {

		private final Events events;

		RecordingCache(Events events) {
			super("job");
			this.events = events;
		}

		@Override
		protected @Nullable Object lookup(Object key) {
			this.events.add("look-up");
			return super.lookup(key);
		}

		@Override
		public void put(Object key, @Nullable Object value) {
			this.events.add("put");
			super.put(key, value);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class CachedBeans {

		@Bean
		CachedJob job(Events events) {
			return new CachedJob(events);
		}

		@Bean
		SimpleCacheManager cacheManager(Events events) {
			SimpleCacheManager manager = new SimpleCacheManager();
			manager.setCaches(List.of(new RecordingCache(events)));
			return manager;
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableCaching
	@Import(CachedBeans.class)
	static class Caches {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableCaching(order = 0)
	@Import(CachedBeans.class)
	static class CachesFirst {

	}

	static class TimedJob implements Job {

		private final Events events;

		TimedJob(Events events) {
			this.events = events;
		}

		@Override
		@Timed("time")
		@FileLocked("job")
		public @Nullable Object run() {
			this.events.add("body");
			return null;
		}

	}

	static class CountedJob implements Job {

		private final Events events;

		CountedJob(Events events) {
			this.events = events;
		}

		@Override
		@Counted("count")
		@FileLocked("job")
		public @Nullable Object run() {
			this.events.add("body");
			return null;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Meters {

		@Bean
		SimpleMeterRegistry registry(Events events) {
			SimpleMeterRegistry registry = new SimpleMeterRegistry();
			registry.config().onMeterAdded((meter) -> events.add(meter.getId().getName() + " is recorded"));
			return registry;
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Meters.class)
	static class Times {

		@Bean
		TimedJob job(Events events) {
			return new TimedJob(events);
		}

		@Bean
		TimedAspect timedAspect(MeterRegistry registry) {
			return new TimedAspect(registry);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Meters.class)
	static class Counts {

		@Bean
		CountedJob job(Events events) {
			return new CountedJob(events);
		}

		@Bean
		CountedAspect countedAspect(MeterRegistry registry) {
			return new CountedAspect(registry);
		}

	}

	static class ObservedJob implements Job {

		private final Events events;

		ObservedJob(Events events) {
			this.events = events;
		}

		@Override
		@Observed
		@FileLocked("job")
		public @Nullable Object run() {
			this.events.add("body");
			return null;
		}

	}

	static class RecordingHandler implements ObservationHandler<Observation.Context> {

		private final Events events;

		RecordingHandler(Events events) {
			this.events = events;
		}

		@Override
		public void onStart(Observation.Context context) {
			this.events.add("observation begins");
		}

		@Override
		public void onStop(Observation.Context context) {
			this.events.add("observation ends");
		}

		@Override
		public boolean supportsContext(Observation.Context context) {
			return true;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Observations {

		@Bean
		ObservedJob job(Events events) {
			return new ObservedJob(events);
		}

		@Bean
		ObservedAspect observedAspect(Events events) {
			ObservationRegistry registry = ObservationRegistry.create();
			registry.observationConfig().observationHandler(new RecordingHandler(events));
			return new ObservedAspect(registry);
		}

	}

	static class ReactiveJob {

		private final Events events;

		ReactiveJob(Events events) {
			this.events = events;
		}

		@Transactional
		@FileLocked("job")
		Mono<String> run(@Nullable Exception failure) {
			return Mono.fromCallable(() -> {
				this.events.add("body");
				if (failure != null) {
					throw failure;
				}
				return "done";
			});
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableTransactionManagement(proxyTargetClass = true)
	static class ReactiveTransactions {

		@Bean
		ReactiveJob job(Events events) {
			return new ReactiveJob(events);
		}

		@Bean
		ReactiveTransactionManager transactionManager(Events events) {
			return new ReactiveTransactionManager() {

				@Override
				public Mono<ReactiveTransaction> getReactiveTransaction(@Nullable TransactionDefinition definition) {
					return Mono.fromCallable(() -> {
						events.add("begin");
						return new ReactiveTransaction() {
						};
					});
				}

				@Override
				public Mono<Void> commit(ReactiveTransaction transaction) {
					return later("commit");
				}

				@Override
				public Mono<Void> rollback(ReactiveTransaction transaction) {
					return later("rollback");
				}

				private Mono<Void> later(String event) {
					// Not at once, as with a database
					return Mono.delay(Duration.ofMillis(20)).then(Mono.fromRunnable(() -> events.add(event)));
				}

			};
		}

	}

}
