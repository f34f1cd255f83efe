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

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.mockito.Mockito;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.ImportBeanDefinitionRegistrar;
import org.springframework.core.type.AnnotationMetadata;
import org.springframework.test.context.TestContextManager;
import org.springframework.test.context.bean.override.convention.TestBean;
import org.springframework.test.context.bean.override.mockito.MockitoBean;
import org.springframework.test.context.bean.override.mockito.MockitoSpyBean;

import io.lockfile.LockFiles;
import io.lockfile.boot.autoconfigure.LockFileAutoConfiguration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.verify;

/**
 * Tests of beans that a test replaces, in a context that has to start all the same.
 */
@ExtendWith(OutputCaptureExtension.class)
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.NONE, properties = { "lockfile.strategy=memory",
		"lockfile.locks.hidden.timeout=1s", "lockfile.locks.produced-run.timeout=1s" })
class ReplacedBeansTests {

	@MockitoBean
	private Mocked mocked;

	@MockitoBean
	private Imported imported;

	@MockitoBean
	private Hidden hidden;

	@MockitoBean
	private Produced produced;

	@TestBean
	private Replaced replaced;

	@MockitoSpyBean
	private Spied spied;

	static Replaced replaced() {
		return new Replaced();
	}

	@Test
	void objectsOfATestAreCalledAndSpiesAreLocked(@Autowired Caller caller, CapturedOutput output) {
		given(this.produced.run()).willReturn("produced");
		assertThat(this.produced.run()).isEqualTo("produced");
		given(this.mocked.run()).willReturn("mocked");
		given(this.imported.run()).willReturn("imported");
		given(this.hidden.run()).willReturn("hidden");
		assertThat(caller.call()).isEqualTo("mocked imported hidden unlocked locked");
		verify(this.spied).run();
		assertThat(output).doesNotContain("would run unlocked");
	}

	@Test
	void namesAreCheckedAlthoughATestReplacesSomethingElse() {
		assertThatException().isThrownBy(() -> load(Misspelt.class))
			.havingRootCause()
			.isInstanceOf(FileLockDefinitionException.class)
			.withMessageContaining("lockfile.locks.misspelt");
	}

	@Test
	void engineCanBeMocked() throws Exception {
		LockFiles locks = load(WithoutEngine.class).getBean(LockFiles.class);
		assertThat(Mockito.mockingDetails(locks).isMock()).isTrue();
	}

	private static ApplicationContext load(Class<?> test) throws Exception {
		TestContextManager manager = new TestContextManager(test);
		return manager.getTestContext().getApplicationContext();
	}

	private static String locked() {
		return FileLockContext.current().isPresent() ? "locked" : "unlocked";
	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ AopAutoConfiguration.class, LockFileAutoConfiguration.class })
	@Import({ Imported.class, Caller.class, ProducedRegistrar.class })
	static class Declared {

		@Bean
		Mocked mocked() {
			return new Mocked();
		}

		@Bean
		Hidden hidden() {
			return new HiddenBehindAnInterface();
		}

		@Bean
		static Replaced replaced() {
			return new Replaced();
		}

		@Bean
		Spied spied() {
			return new Spied();
		}

	}

	@SpringBootTest(classes = Alone.class, webEnvironment = SpringBootTest.WebEnvironment.NONE,
			properties = { "lockfile.strategy=memory", "lockfile.locks.misspelt.timeout=1s" })
	static class Misspelt {

		@MockitoBean
		private @Nullable Runnable unrelated;

	}

	@SpringBootTest(classes = Alone.class, webEnvironment = SpringBootTest.WebEnvironment.NONE)
	static class WithoutEngine {

		@MockitoBean
		private @Nullable LockFiles locks;

	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ AopAutoConfiguration.class, LockFileAutoConfiguration.class })
	static class Alone {

	}

	record Caller(Mocked mocked, Imported imported, Hidden hidden, Replaced replaced, Spied spied) {

		String call() {
			return String.join(" ", this.mocked.run(), this.imported.run(), this.hidden.run(), this.replaced.run(),
					this.spied.run());
		}

	}

	static class Mocked {

		@FileLocked("mocked")
		String run() {
			return locked();
		}

	}

	static class Imported {

		@FileLocked("imported")
		String run() {
			return locked();
		}

	}

	interface Produced {

		@FileLocked("produced")
		String run();

	}

	/**
	 * Registers a factory as repositories and clients are: by no method and no
	 * annotation.
	 */
	static class ProducedRegistrar implements ImportBeanDefinitionRegistrar {

		@Override
		public void registerBeanDefinitions(AnnotationMetadata metadata, BeanDefinitionRegistry registry) {
			RootBeanDefinition definition = new RootBeanDefinition(ProducedFactory.class);
			definition.setAttribute(FactoryBean.OBJECT_TYPE_ATTRIBUTE, Produced.class);
			registry.registerBeanDefinition("produced", definition);
		}

	}

	static class ProducedFactory implements FactoryBean<Produced> {

		@Override
		public Produced getObject() {
			return ReplacedBeansTests::locked;
		}

		@Override
		public Class<?> getObjectType() {
			return Produced.class;
		}

	}

	interface Hidden {

		String run();

	}

	static class HiddenBehindAnInterface implements Hidden {

		@Override
		@FileLocked("hidden")
		public String run() {
			return locked();
		}

	}

	static class Replaced {

		@FileLocked("replaced")
		String run() {
			return locked();
		}

	}

	static class Spied {

		@FileLocked("spied")
		String run() {
			return locked();
		}

	}

}
