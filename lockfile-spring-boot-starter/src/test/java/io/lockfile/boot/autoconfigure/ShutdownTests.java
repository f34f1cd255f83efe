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
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.CommandLineRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.concurrent.SimpleAsyncTaskScheduler;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

import io.lockfile.LockFailedException;
import io.lockfile.LockFiles;
import io.lockfile.LockHandle;
import io.lockfile.spring.FileLockLifecycle;
import io.lockfile.spring.FileLockOperations;
import io.lockfile.spring.FileLocked;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What becomes of those who hold and those who wait when an application stops.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class ShutdownTests {

	private static final String BRIEF = "spring.lifecycle.timeout-per-shutdown-phase=100ms";

	private static final String LONG = "spring.lifecycle.timeout-per-shutdown-phase=60s";

	private static final String ENDLESS = "spring.lifecycle.timeout-per-shutdown-phase=1h";

	@TempDir
	private Path directory;

	private final CountDownLatch proceed = new CountDownLatch(1);

	@AfterEach
	void letEverythingEnd() {
		this.proceed.countDown();
	}

	private ConfigurableApplicationContext start(Class<?> configuration, String... properties) {
		return application(WebApplicationType.NONE, configuration, properties);
	}

	private ConfigurableApplicationContext application(WebApplicationType type, Class<?> configuration,
			String... properties) {
		SpringApplicationBuilder application = new SpringApplicationBuilder(configuration).web(type)
			.properties(properties)
			.properties("lockfile.directory=" + this.directory, "lockfile.timeout=60s", "spring.main.banner-mode=off",
					"server.port=0", "spring.datasource.generate-unique-name=true");
		application.application()
			.addInitializers((context) -> context.getBeanFactory().registerSingleton("proceed", this.proceed));
		return application.run("--spring.main.web-application-type=" + type);
	}

	private boolean isFree(String path, String strategy) {
		try (LockFiles others = LockFiles.builder().directory(this.directory).strategy(strategy).build()) {
			return others.get(path).tryAcquire().map((handle) -> {
				handle.close();
				return true;
			}).orElse(false);
		}
	}

	private boolean isFree(String path) {
		return isFree(path, "os");
	}

	private static ConditionFactory await() {
		return Awaitility.await().atMost(Duration.ofSeconds(60));
	}

	/**
	 * Run something on a thread of its own: the common pool may have only one, and these
	 * block.
	 * @param task what to run
	 * @return its completion
	 */
	private static CompletableFuture<Void> runAsync(Runnable task) {
		return CompletableFuture.runAsync(task, (command) -> new Thread(command).start());
	}

	private static void awaitWaiting(ConfigurableApplicationContext context) {
		LockFiles locks = context.getBean(LockFiles.class);
		await().until(() -> locks.snapshot().stream().anyMatch((lock) -> !lock.waiting().isEmpty()));
	}

	private static void awaitStopping(ConfigurableApplicationContext context) {
		FileLockLifecycle lifecycle = context.getBean("fileLockBodiesLifecycle", FileLockLifecycle.class);
		await().until(() -> !lifecycle.isRunning());
	}

	private static Throwable failure(CompletableFuture<?> call) {
		try {
			call.orTimeout(60, TimeUnit.SECONDS).join();
		}
		catch (CompletionException ex) {
			return ex.getCause();
		}
		throw new AssertionError("It did not fail");
	}

	@ParameterizedTest
	@ValueSource(strings = { "os", "link", "memory" })
	void whoWaitsIsSentAwayAndWhoHoldsHasTheTimeOfThePhase(String strategy) throws Exception {
		ConfigurableApplicationContext context = start(Application.class, LONG, "lockfile.strategy=" + strategy);
		Service service = context.getBean(Service.class);
		CompletableFuture<Void> holder = runAsync(service::hold);
		assertThat(service.began().await(60, TimeUnit.SECONDS)).isTrue();
		CompletableFuture<Void> waiter = runAsync(service::quick);
		CompletableFuture<Void> inCode = runAsync(
				() -> context.getBean(FileLockOperations.class).execute("service", () -> {
					throw new AssertionError("The body ran");
				}));
		LockFiles locks = context.getBean(LockFiles.class);
		await().until(() -> locks.snapshot().stream().mapToLong((lock) -> lock.waiting().size()).sum() == 2);

		CompletableFuture<Void> closing = runAsync(context::close);

		assertThat(failure(waiter)).isInstanceOf(LockFailedException.class)
			.hasMessageContainingAll(this.directory.resolve("service").toString(), "the application is stopping");
		assertThat(failure(inCode)).isInstanceOf(LockFailedException.class);
		assertThat(holder).isNotDone();
		assertThat(closing).isNotDone();
		assertThat(isFree("service", strategy)).isFalse();
		this.proceed.countDown();
		holder.get(60, TimeUnit.SECONDS);
		closing.get(60, TimeUnit.SECONDS);
		assertThat(isFree("service", strategy)).isTrue();
		assertNothingIsLeft();
	}

	@ParameterizedTest
	@ValueSource(strings = { "os", "link", "memory" })
	void bodyThatTakesLongerKeepsItsLockUntilItEnds(String strategy) throws Exception {
		ConfigurableApplicationContext context = start(Application.class, BRIEF, "lockfile.strategy=" + strategy);
		Service service = context.getBean(Service.class);
		CompletableFuture<Void> holder = runAsync(service::hold);
		assertThat(service.began().await(60, TimeUnit.SECONDS)).isTrue();
		context.close();
		assertThat(holder).isNotDone();
		assertThat(isFree("service", strategy)).isFalse();
		try (ConfigurableApplicationContext successor = start(Application.class, "lockfile.strategy=" + strategy)) {
			CompletableFuture<Void> next = runAsync(successor.getBean(Service.class)::quick);
			awaitWaiting(successor);
			assertThat(next).isNotDone();
			this.proceed.countDown();
			next.get(60, TimeUnit.SECONDS);
			holder.get(60, TimeUnit.SECONDS);
		}
		assertNothingIsLeft();
	}

	private void assertNothingIsLeft() throws IOException {
		await().until(() -> Thread.getAllStackTraces()
			.keySet()
			.stream()
			.noneMatch((thread) -> thread.getName().startsWith("lockfile-")));
		try (Stream<Path> files = Files.walk(this.directory)) {
			assertThat(files.map((file) -> file.getFileName().toString())).doesNotContain("service.lock");
		}
	}

	@Test
	void asynchronousAndReactiveBodiesRunUntilTheirResultsAreComplete() throws Exception {
		for (boolean reactive : new boolean[] { true, false }) {
			ConfigurableApplicationContext context = start(Application.class, LONG);
			Service service = context.getBean(Service.class);
			CompletableFuture<String> result = reactive ? service.mono().toFuture() : service.stage();
			await().until(() -> !isFree("service"));
			CompletableFuture<Void> closing = runAsync(context::close);
			awaitStopping(context);
			assertThat(failure(runAsync(service::quick))).hasMessageContaining("service");
			assertThat(closing).isNotDone();
			assertThat(isFree("service")).isFalse();
			service.result().complete("done");
			assertThat(result.get(60, TimeUnit.SECONDS)).isEqualTo("done");
			closing.get(60, TimeUnit.SECONDS);
			assertThat(isFree("service")).isTrue();
		}
	}

	@Test
	void asynchronousAndReactiveBodiesKeepTheirLocksBeyondThePhase() throws Exception {
		for (boolean reactive : new boolean[] { true, false }) {
			ConfigurableApplicationContext context = start(Application.class, BRIEF);
			Service service = context.getBean(Service.class);
			CompletableFuture<String> result = reactive ? service.mono().toFuture() : service.stage();
			await().until(() -> !isFree("service"));
			context.close();
			assertThat(isFree("service")).isFalse();
			service.result().complete("done");
			assertThat(result.get(60, TimeUnit.SECONDS)).isEqualTo("done");
			assertThat(isFree("service")).isTrue();
		}
	}

	@Test
	void scheduledBodyKeepsItsLockAlsoWhenItsThreadIsInterrupted() throws Exception {
		ConfigurableApplicationContext context = start(Scheduling.class, BRIEF);
		Job job = context.getBean(Job.class);
		assertThat(job.began().await(60, TimeUnit.SECONDS)).isTrue();
		context.close();
		assertThat(job.interrupted().await(60, TimeUnit.SECONDS)).isTrue();
		assertThat(isFree("job")).isFalse();
		this.proceed.countDown();
		await().until(() -> isFree("job"));
	}

	@Test
	void scheduledBodyThatWaitsIsSentAway() throws Exception {
		try (LockFiles others = LockFiles.builder().directory(this.directory).build();
				LockHandle held = others.get("job").acquire()) {
			ConfigurableApplicationContext context = start(Scheduling.class, LONG);
			awaitWaiting(context);
			Job job = context.getBean(Job.class);
			context.close();
			assertThat(job.began().getCount()).isOne();
			assertThat(held.isValid()).isTrue();
		}
	}

	@Test
	void asynchronousMethodsOfAnExecutorHaveTheirTime() throws Exception {
		ConfigurableApplicationContext context = start(Asynchronous.class, LONG);
		AsynchronousJob job = context.getBean(AsynchronousJob.class);
		job.run();
		assertThat(job.began().await(60, TimeUnit.SECONDS)).isTrue();
		CompletableFuture<Void> closing = runAsync(context::close);
		awaitStopping(context);
		assertThat(closing).isNotDone();
		assertThat(isFree("job")).isFalse();
		this.proceed.countDown();
		closing.get(60, TimeUnit.SECONDS);
		assertThat(isFree("job")).isTrue();
	}

	@Test
	void bodyThatClosesItsContextIsNotWaitedFor() throws Exception {
		CompletableFuture<Void> application = runAsync(() -> start(Ending.class, ENDLESS));
		application.get(60, TimeUnit.SECONDS);
		assertThat(isFree("runner")).isTrue();
		ConfigurableApplicationContext context = start(Application.class, ENDLESS);
		CompletableFuture<Void> closing = runAsync(
				() -> context.getBean(FileLockOperations.class).execute("a", () -> runAndClose(context)));
		closing.get(60, TimeUnit.SECONDS);
		assertThat(isFree("a")).isTrue();
	}

	private static boolean runAndClose(ConfigurableApplicationContext context) {
		return context.getBean(FileLockOperations.class).execute("b", () -> {
			context.close();
			return true;
		});
	}

	@Test
	void bodyThatClosesItsContextWaitsForOthers() throws Exception {
		ConfigurableApplicationContext context = start(Application.class, ENDLESS);
		Service service = context.getBean(Service.class);
		CompletableFuture<Void> holder = runAsync(service::hold);
		assertThat(service.began().await(60, TimeUnit.SECONDS)).isTrue();
		CompletableFuture<Void> closing = runAsync(() -> runAndClose(context));
		awaitStopping(context);
		assertThat(closing).isNotDone();
		this.proceed.countDown();
		closing.get(60, TimeUnit.SECONDS);
		holder.get(60, TimeUnit.SECONDS);
	}

	@Test
	void minimumHoldDoesNotDelayTheEnd() {
		ConfigurableApplicationContext context = start(Application.class, "lockfile.locks.quick.min-hold=15s", LONG);
		context.getBean(Service.class).quick();
		assertThat(isFree("service")).isFalse();
		context.close();
		assertThat(isFree("service")).as("kept beyond the end of the context").isFalse();
		// What other tests of this JVM look at is to have no trace of it
		await().until(() -> isFree("service"));
	}

	@Test
	void contextThatIsStartedOrResumedAgainLetsWait() throws Exception {
		for (boolean pause : new boolean[] { true, false }) {
			try (ConfigurableApplicationContext context = start(Application.class);
					LockFiles others = LockFiles.builder().directory(this.directory).build()) {
				Service service = context.getBean(Service.class);
				if (pause) {
					context.pause();
				}
				else {
					context.stop();
				}
				try (LockHandle held = others.get("service").acquire()) {
					assertThat(failure(runAsync(service::quick))).hasMessageContainingAll("service",
							held.lockFile().path().toString());
				}
				service.quick();
				if (pause) {
					context.restart();
				}
				else {
					context.start();
				}
				CompletableFuture<Void> waiter;
				try (LockHandle held = others.get("service").acquire()) {
					waiter = runAsync(service::quick);
					awaitWaiting(context);
					assertThat(held.isValid()).isTrue();
				}
				waiter.get(60, TimeUnit.SECONDS);
			}
		}
	}

	@Test
	void webRequestsEndInOrder() throws Exception {
		ConfigurableApplicationContext context = application(WebApplicationType.SERVLET, Web.class, LONG);
		Service service = context.getBean(Service.class);
		CompletableFuture<HttpResponse<String>> holder = get(context, "/hold");
		assertThat(service.began().await(60, TimeUnit.SECONDS)).isTrue();
		CompletableFuture<HttpResponse<String>> waiter = get(context, "/quick");
		awaitWaiting(context);
		CompletableFuture<Void> closing = runAsync(context::close);
		assertThat(waiter.get(60, TimeUnit.SECONDS).statusCode()).isEqualTo(500);
		assertThat(holder).isNotDone();
		assertThat(closing).isNotDone();
		assertThat(isFree("service")).isFalse();
		this.proceed.countDown();
		assertThat(holder.get(60, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
		closing.get(60, TimeUnit.SECONDS);
		assertThat(isFree("service")).isTrue();
	}

	private static CompletableFuture<HttpResponse<String>> get(ConfigurableApplicationContext context, String path) {
		int port = ((WebServerApplicationContext) context).getWebServer().getPort();
		URI uri = URI.create("http://localhost:" + port + path);
		return HttpClient.newHttpClient()
			.sendAsync(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
	}

	@Test
	void waitingEndsFirstAndBodiesHaveTheTimeOfExecutors() {
		assertThat(FileLockLifecycle.WAITING_PHASE).isGreaterThan(WebServerApplicationContext.GRACEFUL_SHUTDOWN_PHASE)
			.isGreaterThan(FileLockLifecycle.BODIES_PHASE);
		assertThat(FileLockLifecycle.BODIES_PHASE).isLessThan(WebServerApplicationContext.START_STOP_LIFECYCLE_PHASE)
			.isEqualTo(new ThreadPoolTaskScheduler().getPhase())
			.isEqualTo(new ThreadPoolTaskExecutor().getPhase())
			.isEqualTo(new SimpleAsyncTaskScheduler().getPhase())
			.isPositive();
	}

	private static void join(CountDownLatch latch, Runnable onInterrupt) {
		while (true) {
			try {
				latch.await();
				return;
			}
			catch (InterruptedException ex) {
				onInterrupt.run();
			}
		}
	}

	static class Service {

		private final CountDownLatch began = new CountDownLatch(1);

		private final CompletableFuture<String> result = new CompletableFuture<>();

		private final CountDownLatch proceed;

		Service(CountDownLatch proceed) {
			this.proceed = proceed;
		}

		CountDownLatch began() {
			return this.began;
		}

		CompletableFuture<String> result() {
			return this.result;
		}

		@FileLocked(name = "service")
		void hold() {
			this.began.countDown();
			join(this.proceed, () -> {
			});
		}

		@FileLocked(name = "quick", path = "service")
		void quick() {
		}

		@FileLocked(name = "stage", path = "service")
		CompletableFuture<String> stage() {
			return this.result;
		}

		@FileLocked(name = "mono", path = "service")
		Mono<String> mono() {
			return Mono.fromFuture(this.result);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		Service service(CountDownLatch proceed) {
			return new Service(proceed);
		}

	}

	static class EndingRunner implements CommandLineRunner {

		private final ConfigurableApplicationContext context;

		EndingRunner(ConfigurableApplicationContext context) {
			this.context = context;
		}

		@Override
		@FileLocked("runner")
		public void run(String... args) {
			SpringApplication.exit(this.context);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Ending {

		@Bean
		EndingRunner runner(ConfigurableApplicationContext context) {
			return new EndingRunner(context);
		}

	}

	static class Job {

		private final CountDownLatch began = new CountDownLatch(1);

		private final CountDownLatch interrupted = new CountDownLatch(1);

		private final CountDownLatch proceed;

		Job(CountDownLatch proceed) {
			this.proceed = proceed;
		}

		CountDownLatch began() {
			return this.began;
		}

		CountDownLatch interrupted() {
			return this.interrupted;
		}

		@Scheduled(initialDelay = 0)
		@FileLocked("job")
		void run() {
			this.began.countDown();
			join(this.proceed, this.interrupted::countDown);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableScheduling
	static class Scheduling {

		@Bean
		Job job(CountDownLatch proceed) {
			return new Job(proceed);
		}

	}

	static class AsynchronousJob {

		private final CountDownLatch began = new CountDownLatch(1);

		private final CountDownLatch proceed;

		AsynchronousJob(CountDownLatch proceed) {
			this.proceed = proceed;
		}

		CountDownLatch began() {
			return this.began;
		}

		@Async
		@FileLocked("job")
		void run() {
			this.began.countDown();
			join(this.proceed, () -> {
			});
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableAsync
	static class Asynchronous {

		@Bean
		AsynchronousJob job(CountDownLatch proceed) {
			return new AsynchronousJob(proceed);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Web {

		@Bean
		Service service(CountDownLatch proceed) {
			return new Service(proceed);
		}

		@Bean
		Controller controller(Service service) {
			return new Controller(service);
		}

	}

	@RestController
	static class Controller {

		private final Service service;

		Controller(Service service) {
			this.service = service;
		}

		@GetMapping("/hold")
		String hold() {
			this.service.hold();
			return "held";
		}

		@GetMapping("/quick")
		String quick() {
			this.service.quick();
			return "quick";
		}

	}

}
