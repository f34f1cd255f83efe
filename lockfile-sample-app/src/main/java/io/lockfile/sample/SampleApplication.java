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

import java.time.Clock;
import java.util.List;

import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.util.StringUtils;

/**
 * The order import. With {@code --demo} it starts instances of itself and reports how
 * they got along.
 */
@SpringBootApplication
@EnableScheduling
@EnableConfigurationProperties(SampleProperties.class)
public class SampleApplication {

	public static void main(String[] args) {
		// The instances of one machine share the database: nobody else shall connect
		System.setProperty("h2.bindAddress", "127.0.0.1");
		if (List.of(args).contains("--demo")) {
			System.exit(Demo.run());
		}
		SpringApplication.run(SampleApplication.class, args);
	}

	@Bean
	Instance instance(SampleProperties properties, Environment environment) {
		if (StringUtils.hasText(properties.instance())) {
			return new Instance(properties.instance());
		}
		int port = environment.getProperty("server.port", Integer.class, 8080);
		return new Instance((port != 0) ? "port-" + port : "pid-" + ProcessHandle.current().pid());
	}

	@Bean
	Clock clock() {
		return Clock.systemUTC();
	}

	@Bean
	ApplicationRunner fillInbox(InboxFiller inboxFiller) {
		return (arguments) -> inboxFiller.fill();
	}

}
