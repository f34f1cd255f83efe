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

package io.lockfile.spring;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;

import io.lockfile.AlreadyLockedException;
import io.lockfile.LockFailedException;
import io.lockfile.LockFiles;
import io.lockfile.LockHandle;
import io.lockfile.LockMode;
import io.lockfile.LockTimeoutException;
import io.lockfile.UnlockException;
import io.lockfile.boot.autoconfigure.LockFileAutoConfiguration;
import io.lockfile.spring.test.FileLockTester;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link FileLockTemplate} and {@link LockResult}.
 */
class FileLockTemplateTests {

	@TempDir
	private Path directory;

	private ApplicationContextRunner runner() {
		return new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(LockFileAutoConfiguration.class))
			.withPropertyValues("lockfile.strategy=memory", "lockfile.directory=" + this.directory,
					"lockfile.timeout=20ms");
	}

	private void withTemplate(TemplateTest test, String... properties) {
		runner().withPropertyValues(properties).run((context) -> {
			test.run(context.getBean(FileLockTemplate.class), context.getBean(LockFiles.class));
			assertThat(context.getBean(RunningBodies.class).count()).isZero();
		});
	}

	@Test
	void bodyRunsUnderTheLockAndItsResultIsReturned() {
		withTemplate((template, locks) -> {
			assertThat(template.<Boolean, RuntimeException>execute("a", () -> locks.get("a").isHeldByCurrentThread()))
				.isTrue();
			assertThat(locks.get("a").isLocked()).isFalse();
			assertThat(template.<String, RuntimeException>execute("a", () -> null)).isNull();
			assertThat(template.<String, RuntimeException>execute("a", () -> template.execute("a", () -> "nested")))
				.isEqualTo("nested");
		});
	}

	@Test
	void typeOfTheBodysExceptionIsKept() {
		withTemplate((template, locks) -> {
			IOException failure = new IOException("on purpose");
			try {
				template.execute("a", () -> {
					throw failure;
				});
				throw new AssertionError("nothing was thrown");
			}
			catch (IOException ex) {
				assertThat(ex).isSameAs(failure).hasNoSuppressedExceptions();
			}
			assertThatExceptionOfType(IOException.class).isThrownBy(() -> template.tryRun("a", () -> {
				throw failure;
			}));
			assertThatExceptionOfType(IOException.class).isThrownBy(() -> template.tryCall("a", () -> {
				throw failure;
			}));
			assertThat(locks.get("a").isLocked()).isFalse();
		});
	}

	@Test
	void lockThatIsNotObtainedNeverLetsTheBodyRun() {
		withTemplate((template, locks) -> new FileLockTester(locks).whileHeldElsewhere("a", () -> {
			assertThatExceptionOfType(LockTimeoutException.class)
				.isThrownBy(() -> template.withName("mine").execute("a", FileLockTemplateTests::fail))
				.withMessageContaining("lockfile.locks.mine.timeout");
			assertThat(template.tryRun("a", FileLockTemplateTests::fail)).isFalse();
			LockResult<String> result = template.tryCall("a", FileLockTemplateTests::fail);
			assertThat(result.wasExecuted()).isFalse();
			assertThat(result.result()).isNull();
		}));
	}

	private static String fail() {
		throw new AssertionError("the body ran");
	}

	@Test
	void triesTellWhetherTheBodyRan() {
		withTemplate((template, locks) -> {
			assertThat(template.tryRun("a", () -> assertThat(locks.get("a").isLocked()).isTrue())).isTrue();
			LockResult<String> result = template.tryCall("a", () -> "done");
			assertThat(result).isEqualTo(new LockResult<>(true, "done"));
			LockResult<String> nothing = template.tryCall("a", () -> null);
			assertThat(nothing.wasExecuted()).isTrue();
			assertThat(nothing.result()).isNull();
		});
	}

	@Test
	void unavailabilityThatTheBodyMeetsIsNotTakenForItsOwn() {
		withTemplate((template, locks) -> assertThatExceptionOfType(AlreadyLockedException.class)
			.isThrownBy(() -> template.tryRun("a", () -> {
				throw new AlreadyLockedException("from the body", "p", "s", Duration.ZERO, null);
			}))
			.withMessage("from the body"));
	}

	@Test
	void otherFailuresAreThrownByTriesToo() {
		withTemplate((template, locks) -> {
			Files.createDirectory(this.directory.resolve("a"));
			assertThatExceptionOfType(LockFailedException.class)
				.isThrownBy(() -> template.tryRun("a", FileLockTemplateTests::fail));
			assertThatExceptionOfType(LockFailedException.class)
				.isThrownBy(() -> template.tryCall("../a", FileLockTemplateTests::fail));
			assertThatIllegalArgumentException()
				.isThrownBy(() -> template.withStrategy("nonsense").execute("b", FileLockTemplateTests::fail));
		}, "lockfile.strategy=os");
	}

	@Test
	void failureToReleaseHidesNothing() {
		FailingStrategy strategy = new FailingStrategy();
		strategy.failing = true;
		try (LockFiles locks = LockFiles.builder().strategy(strategy).directory(this.directory).build()) {
			FileLockTemplate template = new FileLockTemplate(locks);
			assertThatExceptionOfType(IOException.class).isThrownBy(() -> template.execute("a", () -> {
				throw new IOException("on purpose");
			})).satisfies((ex) -> assertThat(ex.getSuppressed()).singleElement().isInstanceOf(UnlockException.class));
			assertThatExceptionOfType(UnlockException.class).isThrownBy(() -> template.execute("a", () -> "done"));
		}
	}

	@Test
	void codeSaysHow() {
		withTemplate((template, locks) -> {
			FileLockTemplate readers = template.withMode(LockMode.SHARED).withTimeout(Duration.ZERO);
			String both = readers.execute("a",
					() -> CompletableFuture
						.supplyAsync(() -> readers.<String, RuntimeException>execute("a", () -> "both"))
						.join());
			assertThat(both).isEqualTo("both");
			template.withStrategy("mkdir").execute("b", () -> {
				assertThat(this.directory.resolve("b.lock")).isDirectory();
				return true;
			});
			template.withMinHold(Duration.ofMinutes(1)).execute("c", () -> true);
			assertThat(template.tryRun("c", FileLockTemplateTests::fail)).isFalse();
			new FileLockTester(locks)
				.whileHeldElsewhere("d", () -> assertThatExceptionOfType(AlreadyLockedException.class)
					.isThrownBy(() -> template.withTimeout(Duration.ZERO).execute("d", FileLockTemplateTests::fail)));
			assertThat(template.name()).isEmpty();
			assertThat(template.withName("mine").withTimeout(Duration.ZERO).withMode(LockMode.SHARED).name())
				.contains("mine");
		});
	}

	@Test
	void propertiesOfTheNameTakePrecedence() {
		runner()
			.withPropertyValues("lockfile.locks.mine.timeout=0", "lockfile.locks.mine.strategy=mkdir",
					"lockfile.locks.mine.min-hold=1m")
			.withBean("mine", FileLockTemplate.class,
					() -> new FileLockTemplate(LockFiles.builder().directory(this.directory).strategy("memory").build())
						.withName("mine"))
			.run((context) -> {
				assertThat(context).hasNotFailed();
				FileLockTemplate template = new FileLockTemplate(context.getBean(LockFiles.class),
						context.getBean(FileLockSettings.class), new RunningBodies())
					.withName("mine")
					.withTimeout(Duration.ofDays(1))
					.withStrategy("link")
					.withMinHold(Duration.ZERO);
				template.execute("a", () -> {
					assertThat(this.directory.resolve("a.lock")).isDirectory();
					return true;
				});
				assertThatExceptionOfType(AlreadyLockedException.class)
					.isThrownBy(() -> template.execute("a", FileLockTemplateTests::fail));
			});
	}

	@Test
	void minimumHoldMayBeConfigured() {
		withTemplate((template, locks) -> {
			assertThat(template.tryRun("kept", () -> {
			})).isTrue();
			assertThat(template.tryRun("kept", FileLockTemplateTests::fail)).isFalse();
		}, "lockfile.min-hold=1m");
	}

	@Test
	void disabledLocksLetBodiesRun() {
		withTemplate((template, locks) -> {
			try (LockHandle held = locks.get("a").acquire()) {
				assertThat(held.isValid()).isTrue();
				CompletableFuture.runAsync(() -> {
					assertThat(template.<String, RuntimeException>execute("a", () -> "done")).isEqualTo("done");
					assertThat(template.<RuntimeException>tryRun("a", () -> {
					})).isTrue();
					assertThat(template.<String, RuntimeException>tryCall("a", () -> "done").wasExecuted()).isTrue();
				}).join();
			}
		}, "lockfile.enabled=false");
	}

	@Test
	void backsOffForAUsersOperations() {
		FileLockTemplate own = new FileLockTemplate(LockFiles.builder().strategy("memory").build());
		runner().withBean("own", FileLockOperations.class, () -> own).run((context) -> {
			assertThat(context).hasSingleBean(FileLockOperations.class).hasNotFailed();
			assertThat(context.getBean(FileLockOperations.class)).isSameAs(own);
		});
	}

	@Test
	void namedTemplateIsMadeOfTheOneThatIsThere() {
		runner().withUserConfiguration(NamedTemplate.class)
			.withPropertyValues("lockfile.locks.imports.timeout=0")
			.run((context) -> {
				assertThat(context).hasNotFailed();
				LockFiles locks = context.getBean(LockFiles.class);
				FileLockTemplate imports = context.getBean("imports", FileLockTemplate.class);
				assertThat(imports.name()).contains("imports");
				new FileLockTester(locks).whileHeldElsewhere("a",
						() -> assertThatExceptionOfType(AlreadyLockedException.class)
							.isThrownBy(() -> imports.execute("a", FileLockTemplateTests::fail)));
			});
	}

	@Test
	void nameThatABeanHasAskedForInItsConstructorIsDeclared() {
		runner().withBean(Importer.class)
			.withPropertyValues("lockfile.locks.imports.timeout=0", "lockfile.locks.EXPORTS_1.timeout=0")
			.run((context) -> {
				assertThat(context).hasNotFailed();
				Importer importer = context.getBean(Importer.class);
				new FileLockTester(context.getBean(LockFiles.class)).whileHeldElsewhere("a",
						() -> assertThatExceptionOfType(AlreadyLockedException.class)
							.isThrownBy(() -> importer.imports.execute("a", FileLockTemplateTests::fail)));
			});
		runner().withBean(Importer.class)
			.withPropertyValues("lockfile.locks.improts.timeout=0")
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOf(FileLockDefinitionException.class)
				.hasMessageContaining("lockfile.locks.improts"));
	}

	@Test
	void nameThatNobodyHasAskedForYetIsUnknown() {
		runner().withUserConfiguration(LateImporter.class)
			.withPropertyValues("lockfile.locks.imports.timeout=0")
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOf(FileLockDefinitionException.class)
				.hasMessageContainingAll("lockfile.locks.imports", "withName"));
	}

	@Test
	void onlyNamesWithSettingsAreRemembered() {
		runner().withPropertyValues("lockfile.locks.imports.timeout=0").withBean(Importer.class).run((context) -> {
			FileLockTemplate template = context.getBean(FileLockTemplate.class);
			for (int i = 0; i < 100; i++) {
				assertThat(template.withName("name" + i).withName("imp" + "-".repeat(i) + "orts").declaredNames())
					.contains("imp" + "-".repeat(i) + "orts")
					.hasSizeLessThanOrEqualTo(2);
			}
			assertThat(template.declaredNames()).containsExactly("imports");
		});
	}

	@Test
	void severalNamedTemplatesThatAreNoDefaultCandidatesLeaveTheUnnamedOneToOthers() {
		runner().withUserConfiguration(NamedTemplates.class)
			.withPropertyValues("lockfile.locks.imports.timeout=1s", "lockfile.locks.exports.timeout=2s")
			.run((context) -> {
				assertThat(context).hasNotFailed();
				assertThat(context.getBean("imports", FileLockTemplate.class).name()).contains("imports");
				assertThat(context.getBean("exports", FileLockTemplate.class).name()).contains("exports");
				User user = context.getBean(User.class);
				assertThat(((FileLockTemplate) user.operations()).name()).isEmpty();
				assertThat(((FileLockTemplate) user.named()).name()).contains("exports");
			});
	}

	@Test
	void usersTemplateComesFirst() {
		for (String name : new String[] { "own", "fileLockTemplate" }) {
			FileLockTemplate own = new FileLockTemplate(LockFiles.builder().strategy("memory").build());
			runner().withBean(name, FileLockTemplate.class, () -> own)
				.withUserConfiguration(OneUser.class)
				.run((context) -> {
					assertThat(context).hasNotFailed();
					assertThat(context.getBean(User.class).operations()).isSameAs(own);
				});
		}
	}

	static class Importer {

		private final FileLockTemplate imports;

		Importer(FileLockTemplate template) {
			this.imports = template.withName("imports").withMinHold(Duration.ZERO);
			template.withTimeout(Duration.ZERO).withName("exports-1");
		}

	}

	@Lazy
	static class LateImporter extends Importer {

		LateImporter(FileLockTemplate template) {
			super(template);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class NamedTemplate {

		@Bean
		FileLockTemplate imports(FileLockTemplate template) {
			return template.withName("imports");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class NamedTemplates {

		@Bean(defaultCandidate = false)
		FileLockTemplate imports(FileLockTemplate template) {
			return template.withName("imports");
		}

		@Bean(defaultCandidate = false)
		FileLockTemplate exports(FileLockTemplate template) {
			return template.withName("exports");
		}

		@Bean
		User user(FileLockOperations operations, @Qualifier("exports") FileLockOperations exports) {
			return new User(operations, exports);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OneUser {

		@Bean
		User user(FileLockOperations operations) {
			return new User(operations, operations);
		}

	}

	record User(FileLockOperations operations, FileLockOperations named) {
	}

	@FunctionalInterface
	interface TemplateTest {

		void run(FileLockTemplate template, LockFiles locks) throws Exception;

	}

}
