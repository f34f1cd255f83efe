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

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.aop.SpringProxy;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aop.framework.autoproxy.DefaultAdvisorAutoProxyCreator;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import io.lockfile.LockHandle;
import io.lockfile.LockMode;
import io.lockfile.boot.autoconfigure.LockFileAutoConfiguration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link FileLockContext}.
 */
class FileLockContextTests {

	@TempDir
	private Path directory;

	private ApplicationContextRunner runner() {
		return new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class, LockFileAutoConfiguration.class))
			.withPropertyValues("lockfile.strategy=memory", "lockfile.directory=" + this.directory)
			.withBean(Service.class);
	}

	@AfterEach
	void nothingIsLeftOnThisThread() {
		assertThat(FileLockContext.current()).isEmpty();
		assertThatIllegalStateException().isThrownBy(FileLockContext::assertHeld);
	}

	@Test
	void bodyKnowsItsLock() {
		runner().withPropertyValues("lockfile.fencing=true").run((context) -> {
			LockHandle kept = context.getBean(Service.class).outer(() -> {
				FileLockContext.assertHeld();
				LockHandle held = FileLockContext.current().orElseThrow();
				assertThat(held.lockFile().path()).isEqualTo(this.directory.resolve("outer"));
				assertThat(held.mode()).isEqualTo(LockMode.EXCLUSIVE);
				assertThat(held.fencingToken()).isPositive();
				assertThat(held.isValid()).isTrue();
				assertThat(held.previousHolderCrashed()).isFalse();
				assertThat(held.waited()).isGreaterThanOrEqualTo(Duration.ZERO);
				assertThat(held.acquiredAt()).isNotNull();
				held.ensureValid();
				return held;
			});
			assertThat(kept.isValid()).isFalse();
		});
	}

	@Test
	void bodyCanNotReleaseItsLock() {
		runner().run((context) -> context.getBean(Service.class).outer(() -> {
			LockHandle held = FileLockContext.current().orElseThrow();
			assertThatIllegalStateException().isThrownBy(held::close).withMessageContaining("outer");
			assertThatIllegalStateException().isThrownBy(() -> held.closeAfter(Duration.ofDays(1)));
			assertThat(held.isValid()).isTrue();
			return held;
		}));
	}

	@Test
	void innermostLockComesFirstAndOthersAreFoundByName() {
		runner().run((context) -> {
			Service service = context.getBean(Service.class);
			service.outer(() -> {
				service.inner(() -> {
					assertThat(path(null)).isEqualTo("inner");
					assertThat(path("in")).isEqualTo("inner");
					assertThat(path("outer")).isEqualTo("outer");
					assertThat(FileLockContext.current("other")).isEmpty();
					return null;
				});
				assertThat(path(null)).isEqualTo("outer");
				assertThat(FileLockContext.current("in")).isEmpty();
				return null;
			});
		});
	}

	private static String path(String name) {
		return ((name != null) ? FileLockContext.current(name) : FileLockContext.current()).orElseThrow()
			.lockFile()
			.path()
			.getFileName()
			.toString();
	}

	@Test
	void templateIsKnownAsWell() {
		runner().run((context) -> {
			FileLockTemplate template = context.getBean(FileLockTemplate.class);
			template.withName("named").execute("a", () -> {
				FileLockContext.assertHeld();
				assertThat(path("named")).isEqualTo("a");
				return template.execute("b", () -> {
					assertThat(path(null)).isEqualTo("b");
					assertThat(path("named")).isEqualTo("a");
					return true;
				});
			});
		});
	}

	@Test
	void otherThreadsKnowNothing() {
		runner().run((context) -> context.getBean(Service.class).outer(() -> {
			CompletableFuture.runAsync(() -> {
				assertThat(FileLockContext.current()).isEmpty();
				assertThatIllegalStateException().isThrownBy(FileLockContext::assertHeld);
			}).join();
			return null;
		}));
	}

	@Test
	void callFromTheSameObjectIsFoundOut() {
		runner().run((context) -> assertThatIllegalStateException()
			.isThrownBy(() -> context.getBean(Service.class).callsItself())
			.withMessageContainingAll("own object", "FileLockOperations"));
	}

	@Test
	void callFromALockedMethodOfTheSameObjectIsFoundOutByName() {
		runner().run((context) -> {
			Service service = context.getBean(Service.class);
			service.outer(() -> {
				FileLockContext.assertHeld("outer");
				return service.inner(() -> {
					FileLockContext.assertHeld("in");
					FileLockContext.assertHeld("outer");
					return null;
				});
			});
			assertThatIllegalStateException().isThrownBy(service::callsItselfWithinALock)
				.withMessageContainingAll("has locked 'in', only 'outer',", "own object", "FileLockOperations");
			assertThatIllegalStateException().isThrownBy(() -> FileLockContext.assertHeld("in"))
				.withMessageContaining("has locked 'in' on thread");
		});
	}

	@Test
	void assertionOfANameKnowsTemplatesAndSeveralLocks() {
		runner().run((context) -> {
			context.getBean(Service.class).both(() -> {
				FileLockContext.assertHeld("first");
				FileLockContext.assertHeld("second");
				assertThatIllegalStateException().isThrownBy(() -> FileLockContext.assertHeld("third"))
					.withMessageContainingAll("'first', 'second'");
				return null;
			});
			FileLockTemplate template = context.getBean(FileLockTemplate.class);
			template.withName("named").execute("a", () -> template.execute("b", () -> {
				FileLockContext.assertHeld("named");
				assertThatIllegalStateException().isThrownBy(() -> FileLockContext.assertHeld("a"))
					.withMessageContaining("only 'named', on thread");
				return true;
			}));
		});
	}

	@Test
	void lockThatIsAskedForByTwoNamesIsKnownByBoth() {
		runner().run((context) -> context.getBean(Service.class).merged("one", "one", () -> {
			FileLockContext.assertHeld("a");
			FileLockContext.assertHeld("b");
			assertThat(path("a")).isEqualTo("one");
			assertThat(path("b")).isEqualTo("one");
			assertThat(path("c")).isEqualTo("two");
			assertThatIllegalStateException().isThrownBy(() -> FileLockContext.assertHeld("third"))
				.withMessageContainingAll("'a', 'b', 'c'");
			return null;
		}));
	}

	@Test
	void assertionOfANamePassesWhereALockIsAssumed() {
		runner().withPropertyValues("lockfile.enabled=false").run((context) -> {
			context.getBean(Service.class).outer(() -> {
				FileLockContext.assertHeld("outer");
				return null;
			});
			assertThatIllegalStateException().isThrownBy(() -> FileLockContext.assertHeld("outer"));
		});
		try (FileLockContext.Assumption held = FileLockContext.assumeHeld()) {
			FileLockContext.assertHeld("outer");
		}
		runner().withBean(DefaultAdvisorAutoProxyCreator.class, () -> {
			DefaultAdvisorAutoProxyCreator creator = new DefaultAdvisorAutoProxyCreator();
			creator.setProxyTargetClass(true);
			return creator;
		}).run((context) -> {
			// The inner one of two proxies has locked nothing, and assumes nothing
			Service doubled = context.getBean(Service.class);
			assertThat(AopProxyUtils.getSingletonTarget(doubled)).isInstanceOf(SpringProxy.class);
			doubled.outer(() -> {
				FileLockContext.assertHeld("outer");
				assertThatIllegalStateException().isThrownBy(() -> FileLockContext.assertHeld("in"));
				return null;
			});
		});
	}

	@Test
	void bodyThatThrowsLeavesNothing() {
		runner().run((context) -> assertThatExceptionOfType(UnsupportedOperationException.class)
			.isThrownBy(() -> context.getBean(Service.class).outer(() -> {
				throw new UnsupportedOperationException();
			})));
	}

	@Test
	void bodiesPassWhileLocksAreDisabledAndKnowNoLock() {
		runner().withPropertyValues("lockfile.enabled=false").run((context) -> {
			Service service = context.getBean(Service.class);
			service.outer(() -> {
				FileLockContext.assertHeld();
				assertThat(FileLockContext.current()).isEmpty();
				assertThat(FileLockContext.current("outer")).isEmpty();
				return null;
			});
			context.getBean(FileLockTemplate.class).execute("a", () -> {
				FileLockContext.assertHeld();
				assertThat(FileLockContext.current()).isEmpty();
				return true;
			});
			assertThatIllegalStateException().isThrownBy(service::callsItself);
		});
	}

	static class Service {

		@FileLocked("outer")
		LockHandle outer(Supplier<LockHandle> body) {
			return body.get();
		}

		@FileLocked(path = "inner", name = "in")
		LockHandle inner(Supplier<LockHandle> body) {
			return body.get();
		}

		@FileLocked("first")
		@FileLocked("second")
		LockHandle both(Supplier<LockHandle> body) {
			return body.get();
		}

		@FileLocked(path = "#{#first}", name = "a")
		@FileLocked(path = "two", name = "c")
		@FileLocked(path = "#{#second}", name = "b", minHold = "1ms")
		LockHandle merged(String first, String second, Supplier<LockHandle> body) {
			return body.get();
		}

		@FileLocked("outer")
		void callsItselfWithinALock() {
			inner(() -> {
				FileLockContext.assertHeld();
				FileLockContext.assertHeld("in");
				return null;
			});
		}

		void callsItself() {
			outer(() -> {
				FileLockContext.assertHeld();
				return null;
			});
		}

	}

}
