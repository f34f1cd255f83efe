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

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

import org.springframework.boot.cloud.CloudPlatform;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.core.env.Environment;
import org.springframework.util.StringUtils;

import io.lockfile.LockAttempt;
import io.lockfile.LockFiles;
import io.lockfile.LockListener;
import io.lockfile.spring.FileLockDefinitionException;
import io.lockfile.spring.LockTimeouts;

/**
 * From the properties to the engine.
 */
final class LockFilesFactory {

	private final LockFileProperties properties;

	private final Environment environment;

	LockFilesFactory(LockFileProperties properties, Environment environment) {
		this.properties = properties;
		this.environment = environment;
	}

	LockFiles create(List<LockListener> listeners) {
		Duration timeout = FileLockSettingsFactory.timeout("lockfile.timeout", this.properties.getTimeout());
		LockFiles.Builder builder = LockFiles.builder()
			.strategy(this.properties.getStrategy())
			.timeout(timeout)
			.permissions(this.properties.getPermissions())
			.fencing(this.properties.isFencing())
			.maxIdleFiles(maxIdleFiles(this.properties.getMaxIdleFiles()))
			.remedy(LockFilesFactory::remedy);
		listeners.forEach(builder::listener);
		if (this.properties.getDirectory() != null) {
			builder.directory(directory(this.properties.getDirectory()));
		}
		else {
			applicationName().ifPresent((name) -> builder.directory(defaultDirectory(name)));
		}
		lease(builder, this.properties.getLease());
		LockFiles locks = build(builder);
		if (this.properties.getDirectory() == null && this.properties.isEnabled()
				&& !this.properties.getStrategy().equals("memory")
				&& CloudPlatform.KUBERNETES.isActive(this.environment)) {
			locks.close();
			throw new FileLockDefinitionException(
					("Property 'lockfile.directory' is not set, and on Kubernetes the default, %s, is a directory of "
							+ "each container's own: pods would not exclude each other.")
						.formatted(locks.directory()),
					"Set 'lockfile.directory' to a volume that all pods mount, or 'lockfile.strategy' to 'memory' if "
							+ "there is only one pod.",
					null);
		}
		return locks;
	}

	private LockFiles build(LockFiles.Builder builder) {
		try {
			return builder.build();
		}
		catch (IllegalArgumentException ex) {
			throw new InvalidConfigurationPropertyValueException("lockfile.strategy", this.properties.getStrategy(),
					ex.getMessage() + ". Write one of these.");
		}
	}

	private static void lease(LockFiles.Builder builder, LockFileProperties.Lease lease) {
		Duration duration = FileLockSettingsFactory.timeout("lockfile.lease.duration", lease.getDuration());
		String interval = lease.getRenewInterval();
		builder.leaseDuration(duration);
		if (interval != null) {
			builder.leaseRenewInterval(FileLockSettingsFactory.timeout("lockfile.lease.renew-interval", interval));
		}
		try {
			// Strategy and directory have their own turn
			LockFiles.builder()
				.strategy("memory")
				.leaseDuration(duration)
				.leaseRenewInterval((interval != null) ? LockTimeouts.parse(interval) : duration.dividedBy(3))
				.build()
				.close();
		}
		catch (IllegalArgumentException ex) {
			String property = (interval != null) ? "lockfile.lease.renew-interval" : "lockfile.lease.duration";
			throw new InvalidConfigurationPropertyValueException(property,
					(interval != null) ? interval : lease.getDuration(), ex.getMessage() + ".");
		}
	}

	private static int maxIdleFiles(int value) {
		if (value < 0) {
			throw new InvalidConfigurationPropertyValueException("lockfile.max-idle-files", value,
					"It is negative. Write how many files may stay open, or 0 for none.");
		}
		return value;
	}

	private static Path directory(String value) {
		if (value.isBlank()) {
			throw invalidDirectory(value, "It is empty. Write the path of a directory, or remove the property.");
		}
		try {
			Path directory = Path.of(value);
			if (Files.exists(directory) && !Files.isDirectory(directory)) {
				throw invalidDirectory(value, "It is not a directory. Write the path of one, or of none yet.");
			}
			return directory;
		}
		catch (InvalidPathException ex) {
			throw invalidDirectory(value, "It is not a path: " + ex.getReason() + ". Write the path of a directory.");
		}
	}

	private static InvalidConfigurationPropertyValueException invalidDirectory(String value, String reason) {
		return new InvalidConfigurationPropertyValueException("lockfile.directory", value, reason);
	}

	private Optional<String> applicationName() {
		return Optional.ofNullable(this.environment.getProperty("spring.application.name"))
			.filter(StringUtils::hasText);
	}

	private static Path defaultDirectory(String applicationName) {
		String name = applicationName.replaceAll("[^\\p{L}\\p{N}._-]", "_");
		try (LockFiles defaults = LockFiles.create()) {
			return defaults.directory().resolve(name.matches("\\.+") ? "_" : name);
		}
	}

	private static String remedy(LockAttempt attempt) {
		String property = attempt.name()
			.map((name) -> "lockfile.locks." + name + ".timeout")
			.orElse("lockfile.timeout");
		return (attempt.timeout().isZero() || attempt.timeout().isNegative())
				? "To wait for it, set property '%s', for example to 10s.".formatted(property)
				: "To wait longer, set property '%s' to more.".formatted(property);
	}

}
