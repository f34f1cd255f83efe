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

package io.lockfile.sample;

import java.util.List;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.webmvc.test.autoconfigure.WebMvcTest;
import org.springframework.context.annotation.Import;
import org.springframework.http.HttpStatus;
import org.springframework.test.context.TestPropertySource;
import org.springframework.test.context.bean.override.mockito.MockitoBean;
import org.springframework.test.web.servlet.assertj.MockMvcTester;

import io.lockfile.LockFiles;
import io.lockfile.boot.autoconfigure.LockFileAutoConfiguration;
import io.lockfile.spring.test.FileLockTester;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.BDDMockito.given;

/**
 * Tests for {@link SampleController} without the rest of the application, at first
 * without locks and then with them.
 */
@WebMvcTest(SampleController.class)
@Import(NightlyReport.class)
class SampleControllerTests {

	@Autowired
	private MockMvcTester mvc;

	@Autowired
	private NightlyReport nightlyReport;

	@Autowired
	private ObjectProvider<LockFiles> locks;

	@MockitoBean
	private OrderRepository orders;

	@MockitoBean
	private InboxFiller inboxFiller;

	@BeforeEach
	void thereIsNothingToReport() {
		given(this.orders.findTotals()).willReturn(List.of());
	}

	@Test
	void reportIsMadeUnlockedInASlice() {
		assertThat(this.locks.getIfAvailable()).isNull();
		assertThat(AopUtils.isAopProxy(this.nightlyReport)).isFalse();
		assertThat(this.mvc.post().uri("/reports")).hasStatusOk();
	}

	/**
	 * The same slice with locks.
	 */
	@Nested
	@ImportAutoConfiguration(LockFileAutoConfiguration.class)
	@TestPropertySource(properties = { "lockfile.strategy=memory", "sample.report.timeout=20ms" })
	class WithLocks {

		@Test
		void reportIsRefusedWhileAnotherIsMade(@Autowired LockFiles locks) {
			assertThat(SampleControllerTests.this.mvc.post().uri("/reports")).hasStatusOk();
			new FileLockTester(locks).whileHeldElsewhere("nightly-report",
					() -> assertThat(SampleControllerTests.this.mvc.post().uri("/reports"))
						.hasStatus(HttpStatus.CONFLICT));
			assertThat(SampleControllerTests.this.mvc.post().uri("/reports")).hasStatusOk();
		}

	}

}
