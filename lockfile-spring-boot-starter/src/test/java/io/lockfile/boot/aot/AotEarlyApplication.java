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

package io.lockfile.boot.aot;

import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.PriorityOrdered;

import io.lockfile.boot.autoconfigure.LockFileAutoConfiguration;

/**
 * An application in which a bean is created before it could be locked.
 */
@Configuration(proxyBeanMethods = false)
@ImportAutoConfiguration({ AopAutoConfiguration.class, LockFileAutoConfiguration.class })
public class AotEarlyApplication {

	public static void main(String[] args) {
		SpringApplication.run(AotEarlyApplication.class, args).close();
	}

	@Bean
	AotApplication.Job job() {
		return new AotApplication.Job();
	}

	@Bean
	AotApplication.Region region() {
		return new AotApplication.Region();
	}

	@Bean
	static Early early(AotApplication.Job job) {
		return new Early(job);
	}

	/**
	 * Comes before those that make proxies, and so does what it needs.
	 *
	 * @param job what it needs
	 */
	public record Early(AotApplication.Job job) implements BeanPostProcessor, PriorityOrdered {

		@Override
		public int getOrder() {
			return PriorityOrdered.HIGHEST_PRECEDENCE;
		}

	}

}
