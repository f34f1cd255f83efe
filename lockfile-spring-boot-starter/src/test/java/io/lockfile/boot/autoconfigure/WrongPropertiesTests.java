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

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

import io.lockfile.LockFiles;
import io.lockfile.spring.FileLockSettings;
import io.lockfile.spring.FileLocked;
import io.lockfile.spring.test.FileLockTester;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/**
 * Tests of what is said about wrong values and wrong names of properties.
 */
@ExtendWith(OutputCaptureExtension.class)
class WrongPropertiesTests {

	private static final String WRONG_VALUES = """
			lockfile.enabled=maybe                       | Write true or false.
			lockfile.directory=pom.xml                   | Write the path of one, or of nothing yet.
			lockfile.directory=                          | Write the path of a directory, or remove the property.
			lockfile.strategy=zookeper                   | Write one of flock, lease, link, memory, mkdir, os, pid
			lockfile.strategy=                           | Write one of flock
			lockfile.strategy=flock                      | Add the dependency net.java.dev.jna:jna
			lockfile.strategy=sqlite                     | Add that dependency
			lockfile.timeout=30                          | Write for example '30s' or '30ms', 0 for one try, or -1
			lockfile.timeout=-5s                         | Write for example '5s', 0 for one try, or -1
			lockfile.timeout=soon                        | Write for example '5s', '500ms' or 'PT1M', 0 for one try
			lockfile.timeout=99999999999999999d          | Write for example '5s', '500ms' or 'PT1M'
			lockfile.timeout=                            | Write for example '5s', '500ms' or 'PT1M'
			lockfile.min-hold=5                          | Write for example '5s' or '5ms', or 0 for none.
			lockfile.min-hold=-1                         | Write for example '5s', or 0 for none.
			lockfile.scheduler-wait-warning=5            | Write for example '5s' or '5ms', or -1 for never.
			lockfile.scheduler-wait-warning=-1s          | Write for example '5s', or -1 for never.
			lockfile.wait-warning=5                      | Write for example '5s' or '5ms', or -1 for never.
			lockfile.observations.enabled=perhaps        | Write true or false.
			lockfile.observations=on                     | lockfile.observations.enabled
			lockfile.permissions=all                     | Write one of owner, group.
			lockfile.permissions=                        | Write one of owner, group.
			lockfile.verify-on-startup=always            | Write one of off, warn, fail.
			lockfile.verify-on-startup=                  | Write one of off, warn, fail.
			lockfile.fencing=maybe                       | Write true or false.
			lockfile.delete-on-release=always            | Write true or false.
			lockfile.max-idle-files=many                 | Write a whole number, for example 64.
			lockfile.max-idle-files=-1                   | Write how many files may stay open, or 0 for none.
			lockfile.advisor-order=first                 | Write a whole number, for example 2147483547.
			lockfile.lease.duration=5                    | Write for example '5s' or '5ms'.
			lockfile.lease.duration=-1                   | Write for example '5s'.
			lockfile.lease.duration=1s                   | Write 3s or more.
			lockfile.lease.renew-interval=soon           | Write for example '5s', '500ms' or 'PT1M'.
			lockfile.lease.renew-interval=1ms            | Write 1s or more, and at most a half of 'lockfile.lease.duration'
			lockfile.lease=5s                            | lockfile.lease.duration
			lockfile.locks=none                          | lockfile.locks.<name>.timeout
			lockfile.locks.report=10s                    | lockfile.locks.report.timeout
			lockfile.locks.report.timeout=10             | Write for example '10s' or '10ms', 0 for one try, or -1
			lockfile.locks.report.strategy=oz            | Write one of flock, lease
			lockfile.locks.report.strategy=flock         | Add the dependency net.java.dev.jna:jna
			lockfile.locks.report.min-hold=-5s           | Write for example '5s', or 0 for none.
			lockfile.locks.report.on-unavailable=ignore  | Write one of throw, skip.
			lockfile.locks.report.on-unavailable=        | Write one of throw, skip.
			lockfile.enabled=                            | Write true or false.
			lockfile.advisor-order=                      | Write a whole number, for example 2147483547.
			lockfile.max-idle-files=                     | Write a whole number, for example 64.
			""";

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = WRONG_VALUES)
	void wrongValueIsExplainedWithItsOrigin(String property, String action, CapturedOutput output) {
		int equals = property.indexOf('=');
		assertThat(failure(output, "--" + property)).contains(
				"The value '%s' of property '%s' (from \"%s\" from property source \"commandLineArgs\") is not valid"
					.formatted(property.substring(equals + 1), property.substring(0, equals),
							property.substring(0, equals)),
				action);
	}

	@Test
	void everyPropertyThatCanBeWrongIsTried() {
		Set<String> tried = new HashSet<>();
		for (String line : WRONG_VALUES.lines().toList()) {
			tried.add(line.substring(0, line.indexOf('=')).replace(".report", ".<name>"));
		}
		assertThat(tried).containsAll(LockFilePropertyNames.known());
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			textBlock = """
					lockfile.timeot=5s                    | 'lockfile.timeot'               | Did you mean 'lockfile.timeout'?
					lockfile.lock.report.timeout=5s       | 'lockfile.lock.report.timeout'  | lockfile.locks.<name>.timeout
					lockfile.locks.report.timeot=5s       | 'lockfile.locks.report.timeot'  | Did you mean 'lockfile.locks.report.timeout'?
					lockfile.locks.report.onUnavailble=skip | 'lockfile.locks.report.onunavailble' | Did you mean 'lockfile.locks.report.on-unavailable'?
					lockfile.lease.renewal=5s             | 'lockfile.lease.renewal'        | lockfile.lease.renew-interval
					lockfile.locks.re.port.timeout=5s     | 'lockfile.locks.re.port.timeout' | Did you mean 'lockfile.locks[re.port].timeout'?
					lockfile.locks.raport.timeout=5s      | 'lockfile.locks.raport'         | report
					""")
	void unknownPropertyIsRefusedAndTheNearestIsNamed(String property, String name, String action,
			CapturedOutput output) {
		assertThat(failure(output, "--" + property)).contains(name, action);
	}

	@Test
	void emptyValueAndUnknownPropertyAreBothExplained(CapturedOutput output) {
		assertThat(failure(output, "--lockfile.permissions=", "--lockfile.timeot=5s"))
			.contains("The value '' of property 'lockfile.permissions'", "Write one of owner, group.",
					"There is no property 'lockfile.timeot'", "Did you mean 'lockfile.timeout'?")
			.doesNotContain("no property 'lockfile.permissions'", "mean 'lockfile.permissions'");
	}

	private static String failure(CapturedOutput output, String... arguments) {
		SpringApplication application = new SpringApplication(Reports.class);
		assertThatException().isThrownBy(() -> application.run(arguments).close());
		assertThat(output).contains("APPLICATION FAILED TO START").doesNotContain("\tat ");
		return output.toString().substring(output.toString().indexOf("APPLICATION FAILED TO START"));
	}

	private static ApplicationContextRunner withEnvironment(Map<String, Object> variables) {
		return new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(LockFileAutoConfiguration.class))
			.withBean(Report.class)
			.withPropertyValues("lockfile.strategy=memory")
			.withInitializer((context) -> context.getEnvironment()
				.getPropertySources()
				.replace(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
						new SystemEnvironmentPropertySource(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
								variables)));
	}

	@Test
	void environmentOfOtherProgramsIsNoObstacle() {
		withEnvironment(Map.of("LOCKFILE", "/var/run/other.lock", "LOCKFILE_PORT", "tcp://10.0.0.1:80",
				"LOCKFILE_SERVICE_HOST", "10.0.0.1"))
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void misspelledVariableOrSystemPropertyIsWarnedAbout(CapturedOutput output) {
		withEnvironment(Map.of("LOCKFILE_TIMEOT", "5s", "LOCKFILE_PORT", "80"))
			.withSystemProperties("lockfile.fast=true", "lockfile.fencing=true")
			.run((context) -> assertThat(context).hasNotFailed());
		assertThat(output)
			.contains(
					"There is no property 'lockfile.timeot', so the environment variable is ignored. "
							+ "Did you mean 'lockfile.timeout'?",
					"There is no property 'lockfile.fast', so the system property is ignored.")
			.doesNotContain("'lockfile.port'", "'lockfile.fencing'");
	}

	@ParameterizedTest
	@ValueSource(strings = { "LOCKFILE_LOCKS_NIGHTLYREPORT_TIMEOUT", "LOCKFILE_LOCKS_NIGHTLYREPORT_ON_UNAVAILABLE",
			"LOCKFILE_LOCKS_NIGHTLYREPORT_ONUNAVAILABLE" })
	void environmentVariablesReachLocksWithDashes(String variable, CapturedOutput output) {
		String value = variable.endsWith("TIMEOUT") ? "7s" : "SKIP";
		withEnvironment(Map.of(variable, value)).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(settings(context.getBean(FileLockSettings.class))).contains(value.toLowerCase());
		});
		assertThat(output).doesNotContain("is ignored");
	}

	@ParameterizedTest
	@ValueSource(strings = { "lockfile.locks.nightly-report.", "lockfile.locks.nightlyReport.",
			"lockfile.locks.nightly_report.", "lockfile.locks[nightly-report].", "LOCKFILE.LOCKS.NIGHTLYREPORT." })
	void namesOfLocksAreRelaxed(String prefix) {
		withEnvironment(Map.of("LOCKFILE_LOCKS_NIGHTLYREPORT_TIMEOUT", "7s"))
			.withPropertyValues(prefix + "timeout=9s", prefix + "onUnavailable=SKIP", prefix + "min_hold=1s")
			.run((context) -> {
				assertThat(context).hasNotFailed();
				assertThat(settings(context.getBean(FileLockSettings.class))).contains("9s", "skip", "1s");
			});
	}

	@ParameterizedTest
	@ValueSource(strings = { "lockfile.locks.nightly-report.", "lockfile.locks[nightly-report].",
			"lockfile.locks[nightly_report]." })
	@Timeout(30)
	void environmentVariablesPrecedeFilesHoweverTheseSpellTheName(String prefix) {
		withEnvironment(Map.of("LOCKFILE_LOCKS_NIGHTLYREPORT_TIMEOUT", "0"))
			.withInitializer((context) -> context.getEnvironment()
				.getPropertySources()
				.addLast(new MapPropertySource("application.yaml",
						Map.of(prefix + "timeout", "60s", prefix + "on-unavailable", "skip"))))
			.run((context) -> {
				Report report = context.getBean(Report.class);
				new FileLockTester(context.getBean(LockFiles.class)).whileHeldElsewhere("nightly-report",
						report::runAtNight);
			});
	}

	private static Set<String> settings(FileLockSettings settings) {
		Set<String> values = new TreeSet<>();
		for (FileLockSettings.LockSettings lock : settings.locks().values()) {
			for (Object value : new Object[] { lock.timeout(), lock.onUnavailable(), lock.minHold() }) {
				values.addAll((value != null) ? List.of(value.toString().toLowerCase().replace("pt", "")) : List.of());
			}
		}
		return values;
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Reports {

		@Bean
		Report report() {
			return new Report();
		}

	}

	static class Report {

		@FileLocked("report")
		void run() {
		}

		@FileLocked("nightly-report")
		void runAtNight() {
		}

	}

}
