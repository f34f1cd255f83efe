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
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

import org.springframework.boot.cloud.CloudPlatform;
import org.springframework.core.env.Environment;
import org.springframework.util.StringUtils;

import io.lockfile.LockAttempt;
import io.lockfile.LockFiles;
import io.lockfile.LockListener;
import io.lockfile.LockStrategy;
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
		if (this.properties.isEnabled()) {
			requireAvailable("lockfile.strategy", this.properties.getStrategy());
		}
		Duration timeout = FileLockSettingsFactory.timeout("lockfile.timeout", this.properties.getTimeout());
		LockFiles.Builder builder = LockFiles.builder()
			.strategy(this.properties.getStrategy())
			.timeout(timeout)
			.permissions(this.properties.getPermissions())
			.fencing(this.properties.isFencing())
			.deleteOnRelease(this.properties.isDeleteOnRelease())
			.maxIdleFiles(maxIdleFiles(this.properties.getMaxIdleFiles()))
			.remedy(LockFilesFactory::remedy);
		listeners.forEach(builder::listener);
		if (this.properties.getDirectory() != null) {
			builder.directory(directory(this.properties.getDirectory()));
		}
		else {
			builder.directory(defaultDirectory());
		}
		lease(builder, this.properties.getLease());
		LockFiles locks = build(builder);
		try {
			requireSharedDirectory(locks.directory(), "lockfile.strategy", this.properties.getStrategy());
		}
		catch (FileLockDefinitionException ex) {
			locks.close();
			throw ex;
		}
		return locks;
	}

	/**
	 * Make sure that pods, if this is one, don't lock in a directory that each of them
	 * has for itself.
	 * @param directory where locks are
	 * @param property the name of the property that sets the strategy
	 * @param strategy the name of the strategy
	 */
	void requireSharedDirectory(Path directory, String property, String strategy) {
		if (this.properties.getDirectory() == null && this.properties.isEnabled() && usesFiles(strategy)
				&& CloudPlatform.KUBERNETES.isActive(this.environment) && directory.equals(defaultDirectory())) {
			throw new FileLockDefinitionException(
					("Property 'lockfile.directory' is not set, and on Kubernetes the default, %s, is a directory of "
							+ "each container's own: pods would not exclude each other with strategy '%s'.")
						.formatted(directory, strategy),
					("Set 'lockfile.directory' to a volume that all pods mount, or '%s' to 'memory' if there is only "
							+ "one pod.")
						.formatted(property),
					null);
		}
	}

	private static boolean usesFiles(String name) {
		return LockFiles.strategies()
			.stream()
			.filter((strategy) -> strategy.name().equals(name))
			.allMatch(LockStrategy::usesFileSystem);
	}

	private LockFiles build(LockFiles.Builder builder) {
		try {
			return builder.build();
		}
		catch (IllegalArgumentException ex) {
			throw unknownStrategy("lockfile.strategy", this.properties.getStrategy());
		}
	}

	/**
	 * Create an exception for the name of no strategy.
	 * @param property the name of a property
	 * @param value its value
	 * @return the exception
	 */
	static InvalidLockFilePropertyException unknownStrategy(String property, String value) {
		return new InvalidLockFilePropertyException(property, value, "there is no strategy with that name",
				"Write one of %s.".formatted(
						LockFiles.strategies().stream().map(LockStrategy::name).collect(Collectors.joining(", "))));
	}

	/**
	 * Make sure that a strategy's libraries are there: without them, no lock would ever
	 * be obtained.
	 * @param property the name of a property
	 * @param value the name of a strategy
	 */
	static void requireAvailable(String property, String value) {
		for (LockStrategy strategy : LockFiles.strategies()) {
			try {
				if (strategy.name().equals(value)) {
					strategy.requireAvailable();
				}
			}
			catch (IOException ex) {
				throw new InvalidLockFilePropertyException(property, value, "the strategy can't be used here",
						"%s. Or write another strategy.".formatted(StringUtils.capitalize(ex.getMessage())));
			}
		}
	}

	private static void lease(LockFiles.Builder builder, LockFileProperties.Lease lease) {
		Duration duration = leaseDuration("lockfile.lease.duration", lease.getDuration());
		verifyLease(duration, duration.dividedBy(3), "lockfile.lease.duration", lease.getDuration(),
				"Write 3s or more.");
		builder.leaseDuration(duration);
		String interval = lease.getRenewInterval();
		if (interval != null) {
			Duration renewed = leaseDuration("lockfile.lease.renew-interval", interval);
			verifyLease(duration, renewed, "lockfile.lease.renew-interval", interval,
					"Write 1s or more, and at most a half of 'lockfile.lease.duration', or remove the property.");
			builder.leaseRenewInterval(renewed);
		}
	}

	private static void verifyLease(Duration duration, Duration interval, String property, String value,
			String action) {
		try {
			// Strategy and directory have their own turn
			LockFiles.builder().strategy("memory").leaseDuration(duration).leaseRenewInterval(interval).build().close();
		}
		catch (IllegalArgumentException ex) {
			throw new InvalidLockFilePropertyException(property, value,
					StringUtils.uncapitalize(String.valueOf(ex.getMessage())), action);
		}
	}

	private static Duration leaseDuration(String property, String value) {
		return FileLockSettingsFactory.duration(property, value, LockTimeouts::parseDuration);
	}

	private static int maxIdleFiles(int value) {
		if (value < 0) {
			throw new InvalidLockFilePropertyException("lockfile.max-idle-files", String.valueOf(value),
					"it is negative", "Write how many files may stay open, or 0 for none.");
		}
		return value;
	}

	private static Path directory(String value) {
		if (value.isBlank()) {
			throw invalidDirectory(value, "it is empty", "Write the path of a directory, or remove the property.");
		}
		try {
			Path directory = Path.of(value);
			if (Files.exists(directory) && !Files.isDirectory(directory)) {
				throw invalidDirectory(value, "it is not a directory", "Write the path of one, or of nothing yet.");
			}
			return directory;
		}
		catch (InvalidPathException ex) {
			throw invalidDirectory(value, "it is not a path: " + ex.getReason(), "Write the path of a directory.");
		}
	}

	private static InvalidLockFilePropertyException invalidDirectory(String value, String reason, String action) {
		return new InvalidLockFilePropertyException("lockfile.directory", value, reason, action);
	}

	private Optional<String> applicationName() {
		return Optional.ofNullable(this.environment.getProperty("spring.application.name"))
			.filter(StringUtils::hasText);
	}

	private Path defaultDirectory() {
		try (LockFiles defaults = LockFiles.create()) {
			return applicationName().map((name) -> name.replaceAll("[^\\p{L}\\p{N}._-]", "_"))
				.map((name) -> defaults.directory().resolve(name.matches("\\.+") ? "_" : name))
				.orElse(defaults.directory());
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
