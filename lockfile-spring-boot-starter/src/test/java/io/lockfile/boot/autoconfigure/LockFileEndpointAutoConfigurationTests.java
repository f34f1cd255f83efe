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
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.management.MBeanServer;
import javax.management.ObjectName;

import com.jayway.jsonpath.JsonPath;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpStatus;
import org.springframework.test.web.servlet.assertj.MockMvcTester;
import org.springframework.test.web.servlet.assertj.MvcTestResult;
import org.springframework.web.context.WebApplicationContext;

import io.lockfile.LockFiles;
import io.lockfile.LockHandle;
import io.lockfile.LockMode;
import io.lockfile.boot.actuate.HolderProcess;
import io.lockfile.boot.actuate.LockFileDescriptor;
import io.lockfile.boot.actuate.LockFileEndpoint;
import io.lockfile.boot.actuate.LockFileEndpointWebExtension;
import io.lockfile.spring.FileLockTemplate;
import io.lockfile.spring.FileLocked;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link LockFileEndpointAutoConfiguration}.
 */
class LockFileEndpointAutoConfigurationTests {

	private static final String EXPOSED = "management.endpoints.web.exposure.include=filelocks";

	private static final String UNRESTRICTED = "management.endpoint.filelocks.access=UNRESTRICTED";

	@TempDir
	private Path directory;

	private final WebApplicationContextRunner runner = new WebApplicationContextRunner().withConfiguration(
			AutoConfigurations.of(LockFileAutoConfiguration.class, LockFileEndpointAutoConfiguration.class));

	@Test
	void thereIfExposed() {
		this.runner.withPropertyValues(EXPOSED)
			.run((context) -> assertThat(context).hasSingleBean(LockFileEndpoint.class)
				.hasSingleBean(LockFileEndpointWebExtension.class));
	}

	@Test
	void notThereIfNotExposedOrDisabled() {
		this.runner.run((context) -> assertThat(context).doesNotHaveBean(LockFileEndpoint.class)
			.doesNotHaveBean(LockFileEndpointWebExtension.class)
			.doesNotHaveBean("lockFileEndpointDefinitionsListener"));
		this.runner.withPropertyValues(EXPOSED, "management.endpoint.filelocks.access=NONE")
			.run((context) -> assertThat(context).doesNotHaveBean(LockFileEndpoint.class));
	}

	@Test
	void backsOffForAUsersEndpoint() {
		LockFileEndpoint own = new LockFileEndpoint(LockFiles.create());
		this.runner.withPropertyValues(EXPOSED)
			.withBean(LockFileEndpoint.class, () -> own)
			.run((context) -> assertThat(context.getBean(LockFileEndpoint.class)).isSameAs(own));
	}

	@Test
	void starterWorksWithoutActuator() {
		this.runner.withPropertyValues(EXPOSED)
			.withClassLoader(new FilteredClassLoader(ConditionalOnAvailableEndpoint.class))
			.run((context) -> assertThat(context).hasNotFailed()
				.hasSingleBean(LockFiles.class)
				.doesNotHaveBean("lockFileEndpoint"));
	}

	@Test
	void readOverHttp() {
		application(EXPOSED).run((context) -> {
			MockMvcTester http = MockMvcTester.from((WebApplicationContext) context.getSourceApplicationContext());
			assertThat(http.get().uri("/actuator/filelocks")).hasStatusOk()
				.bodyJson()
				.extractingPath("$.locks[*].name")
				.asArray()
				.containsExactly("nightly-report", "settle");
			assertThat(http.get().uri("/actuator/filelocks/nightly-report")).hasStatusOk()
				.bodyJson()
				.extractingPath("$.paths[0].state")
				.isEqualTo("free");
			assertThat(http.get().uri("/actuator/filelocks/settle?path=orders/7")).hasStatusOk()
				.bodyJson()
				.extractingPath("$.paths[0].path")
				.isEqualTo(this.directory.resolve("orders/7").toString());
			assertThat(http.get().uri("/actuator/filelocks/settle?path=/etc/passwd")).hasStatus(HttpStatus.NOT_FOUND);
			assertThat(http.get().uri("/actuator/filelocks/unknown")).hasStatus(HttpStatus.NOT_FOUND);
			assertThat(http.delete().uri("/actuator/filelocks/nightly-report"))
				.hasStatus(HttpStatus.METHOD_NOT_ALLOWED);
		});
	}

	@Test
	void breakOverHttp() {
		application(EXPOSED, UNRESTRICTED).run((context) -> {
			LockFiles locks = context.getBean(LockFiles.class);
			MockMvcTester http = MockMvcTester.from((WebApplicationContext) context.getSourceApplicationContext());
			try (LockHandle held = locks.get("nightly-report", "pid").named("nightly-report").acquire()) {
				assertThat(http.delete().uri("/actuator/filelocks/nightly-report")).hasStatus(HttpStatus.CONFLICT)
					.bodyJson()
					.extractingPath("$.outcome")
					.isEqualTo("refused");
				assertThat(held.isValid()).isTrue();
				assertThat(http.delete().uri("/actuator/filelocks/nightly-report?force=true")).hasStatusOk()
					.bodyJson()
					.extractingPath("$.outcome")
					.isEqualTo("broken");
				assertThat(held.isValid()).isFalse();
			}
			assertThat(http.delete().uri("/actuator/filelocks/nightly-report")).hasStatusOk()
				.bodyJson()
				.extractingPath("$.outcome")
				.isEqualTo("free");
			assertThat(http.delete().uri("/actuator/filelocks/unknown")).hasStatus(HttpStatus.NOT_FOUND);
			assertThat(http.delete().uri("/actuator/filelocks/settle")).hasStatus(HttpStatus.BAD_REQUEST);
		});
	}

	@Test
	void methodIsShownOnlyIfItHasTheLock() {
		application(EXPOSED).withBean(Reports.class).run((context) -> {
			Reports reports = context.getBean(Reports.class);
			LockFileEndpoint endpoint = context.getBean(LockFileEndpoint.class);
			List<String> methods = new ArrayList<>();
			Runnable look = () -> methods.add(method(endpoint, "report"));
			reports.locked(look);
			try (LockHandle held = context.getBean(LockFiles.class).get("report").named("report").acquire()) {
				assertThat(held.isValid()).isTrue();
				look.run();
				// The hold is that of the code around it
				reports.locked(look);
			}
			reports.stage(look).toCompletableFuture().join();
			context.getBean(FileLockTemplate.class).withName("report").tryRun("report", look::run);
			assertThat(methods).containsExactly(Reports.class.getName() + ".locked", null, null,
					Reports.class.getName() + ".stage", null);
			assertThat(endpoint.lock("report", null).declarations()).extracting(LockFileDescriptor.Declaration::method)
				.containsExactly(Reports.class.getName() + ".locked", Reports.class.getName() + ".stage");
		});
	}

	private static @Nullable String method(LockFileEndpoint endpoint, String name) {
		LockFileDescriptor lock = endpoint.lock(name, null);
		assertThat(lock).isNotNull();
		assertThat(lock.paths().get(0).holders()).hasSize(1);
		return lock.paths().get(0).holders().get(0).method();
	}

	@Test
	void overJmx() throws Exception {
		MBeanServer server = ManagementFactory.getPlatformMBeanServer();
		new ApplicationContextRunner().withUserConfiguration(Application.class)
			.withPropertyValues("lockfile.directory=" + this.directory.toRealPath(), "spring.jmx.enabled=true",
					"spring.jmx.unique-names=true", "management.endpoints.jmx.exposure.include=filelocks", UNRESTRICTED)
			.run((context) -> {
				ObjectName name = server
					.queryNames(new ObjectName("org.springframework.boot:type=Endpoint,name=Filelocks,*"), null)
					.iterator()
					.next();
				Object all = server.invoke(name, "locks", new Object[0], new String[0]);
				assertThat(JsonPath.<List<String>>read(all, "$.locks[*].name")).containsExactly("nightly-report",
						"settle");
				String[] texts = { String.class.getName(), String.class.getName() };
				try (LockHandle held = context.getBean(LockFiles.class)
					.get("nightly-report", "pid")
					.named("nightly-report")
					.acquire()) {
					Object one = server.invoke(name, "lock", new Object[] { "nightly-report", null }, texts);
					assertThat(JsonPath.<String>read(one, "$.paths[0].state")).isEqualTo("held");
					assertThat(JsonPath.<String>read(one, "$.paths[0].holders[0].heldFor")).startsWith("PT");
					assertThat(JsonPath.<String>read(one, "$.paths[0].holders[0].since"))
						.isEqualTo(held.acquiredAt().toString());
				}
				Object broken = server.invoke(name, "breakLock", new Object[] { "nightly-report", null, null },
						new String[] { String.class.getName(), String.class.getName(), Boolean.class.getName() });
				assertThat(JsonPath.<String>read(broken, "$.outcome")).isEqualTo("free");
			});
	}

	@Test
	void documentedExamples() throws Exception {
		List<String> examples = jsonExamples();
		application(EXPOSED, UNRESTRICTED, "lockfile.fencing=true").run((context) -> {
			LockFiles locks = context.getBean(LockFiles.class);
			MockMvcTester http = MockMvcTester.from((WebApplicationContext) context.getSourceApplicationContext());
			CompletionStage<LockHandle> waiting;
			try (LockHandle held = locks.get("orders/7").named("settle").usedBy("io.lockfile.Jobs.settle").acquire();
					HolderProcess other = HolderProcess.java(locks.directory(), "nightly-report", "pid")) {
				assertThat(held.isValid()).isTrue();
				waiting = locks.get("orders/7").named("settle").acquireAsync(LockMode.EXCLUSIVE, LockFiles.FOREVER);
				assertThat(examples).hasSize(3);
				assertThat(http.get().uri("/actuator/filelocks")).satisfies(isLike(examples.get(0)));
				assertThat(http.get().uri("/actuator/filelocks/settle?path=orders/7"))
					.satisfies(isLike(examples.get(1)));
				assertThat(http.delete().uri("/actuator/filelocks/nightly-report")).hasStatus(HttpStatus.CONFLICT)
					.satisfies(isLike(examples.get(2)));
				other.kill();
			}
			waiting.toCompletableFuture().join().close();
		});
	}

	private static Consumer<MvcTestResult> isLike(String example) {
		return (result) -> {
			try {
				assertThat(shape(JsonPath.parse(result.getResponse().getContentAsString()).json()))
					.isEqualTo(shape(JsonPath.parse(example).json()));
			}
			catch (Exception ex) {
				throw new IllegalStateException(ex);
			}
		};
	}

	/**
	 * Reduce an answer to what is the same each time.
	 * @param json the parsed answer
	 * @return its names, and the kinds of its values
	 */
	private static Object shape(Object json) {
		if (json instanceof Map<?, ?> map) {
			Map<String, Object> shape = new TreeMap<>();
			map.forEach((key, value) -> shape.put(key.toString(),
					List.of("name", "state", "outcome", "strategy", "mode", "liveness", "count").contains(key) ? value
							: shape(value)));
			return shape;
		}
		if (json instanceof List<?> list) {
			return list.stream().map(LockFileEndpointAutoConfigurationTests::shape).toList();
		}
		String text = json.toString();
		return text.startsWith("PT") ? "a duration"
				: text.matches("\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z") ? "a time" : json.getClass();
	}

	private static List<String> jsonExamples() throws IOException {
		Matcher matcher = Pattern.compile("^```json\\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE)
			.matcher(Files.readString(Path.of("..", "docs", "actuator.md")));
		return matcher.results().map((match) -> match.group(1)).toList();
	}

	private WebApplicationContextRunner application(String... properties) {
		try {
			return new WebApplicationContextRunner().withUserConfiguration(Application.class)
				.withPropertyValues("lockfile.directory=" + this.directory.toRealPath())
				.withPropertyValues(properties);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		Jobs jobs() {
			return new Jobs();
		}

	}

	public static class Reports {

		@FileLocked("report")
		public void locked(Runnable body) {
			body.run();
		}

		@FileLocked("report")
		public CompletionStage<String> stage(Runnable body) {
			body.run();
			return CompletableFuture.completedFuture("done");
		}

	}

	static class Jobs {

		@FileLocked(path = "orders/#{#id}", name = "settle")
		void settle(int id) {
			throw new UnsupportedOperationException("order " + id);
		}

		@FileLocked(path = "nightly-report", strategy = "pid")
		void report() {
		}

	}

}
