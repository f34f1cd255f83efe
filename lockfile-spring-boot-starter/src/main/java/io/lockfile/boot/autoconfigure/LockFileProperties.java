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

import java.util.LinkedHashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

import io.lockfile.LockPermissions;
import io.lockfile.spring.FileLockAdvisor;
import io.lockfile.spring.FileLocked;

/**
 * Properties of file locks.
 *
 * @since 0.1.0
 */
@ConfigurationProperties(prefix = "lockfile", ignoreUnknownFields = false)
public class LockFileProperties {

	/**
	 * Whether @FileLocked methods are locked. If not, they run unlocked, and one warning
	 * at start-up says how many.
	 */
	private boolean enabled = true;

	/**
	 * Directory of relative lock paths. Instances that are to exclude each other need the
	 * same one. Default: lockfile-(user)/(spring.application.name) in the directory for
	 * temporary files.
	 */
	private @Nullable String directory;

	/**
	 * How locks are taken: os (kernel locks on files), another strategy, or memory (this
	 * JVM only, for tests).
	 */
	private String strategy = "os";

	/**
	 * How long to wait for a lock, with a unit. 0 is one try, -1 is forever.
	 */
	private String timeout = "30s";

	/**
	 * For how long a lock is kept at least, with a unit, even if the body ends earlier.
	 */
	private String minHold = "0";

	/**
	 * After which time a wait for a lock on a scheduler's thread is warned about, with a
	 * unit. -1 is never.
	 */
	private String schedulerWaitWarning = "10s";

	/**
	 * After which time a wait for a lock is warned about, with a unit: once a minute for
	 * each lock at most, naming who holds it. -1 is never.
	 */
	private String waitWarning = "10s";

	/**
	 * Who may use the lock files and directories that are created.
	 */
	private LockPermissions permissions = LockPermissions.OWNER;

	/**
	 * Whether holds get fencing tokens, which are kept in files beside the lock files.
	 */
	private boolean fencing;

	/**
	 * Whether the lock files of the strategies os and flock are deleted on release. Only
	 * for directories that nobody but this library uses, on one host: others don't look
	 * whether the file that they have locked is still there, and an empty file at the
	 * path of a lock is taken for a lock file, whoever created it. Files with contents
	 * stay, and so does all on network file systems and on Windows. The markers of other
	 * strategies are gone anyway.
	 */
	private boolean deleteOnRelease;

	/**
	 * How many lock files may stay open while they are not locked.
	 */
	private int maxIdleFiles = 64;

	/**
	 * What happens at start-up if locks don't work in the lock directory, or may not
	 * exclude everybody there.
	 */
	private VerifyOnStartup verifyOnStartup = VerifyOnStartup.WARN;

	/**
	 * Order of the lock among the advice of a method. The default is outside of
	 * transactions.
	 */
	private int advisorOrder = FileLockAdvisor.DEFAULT_ORDER;

	/**
	 * Settings of observations.
	 */
	private final Observations observations = new Observations();

	/**
	 * Settings of strategies whose locks expire.
	 */
	private final Lease lease = new Lease();

	/**
	 * Settings of single locks, by their declared name. They take precedence over
	 * annotations.
	 */
	private final Map<String, Lock> locks = new LinkedHashMap<>();

	public boolean isEnabled() {
		return this.enabled;
	}

	public void setEnabled(boolean enabled) {
		this.enabled = enabled;
	}

	public @Nullable String getDirectory() {
		return this.directory;
	}

	public void setDirectory(@Nullable String directory) {
		this.directory = directory;
	}

	public String getStrategy() {
		return this.strategy;
	}

	public void setStrategy(String strategy) {
		this.strategy = strategy;
	}

	public String getTimeout() {
		return this.timeout;
	}

	public void setTimeout(String timeout) {
		this.timeout = timeout;
	}

	public String getMinHold() {
		return this.minHold;
	}

	public void setMinHold(String minHold) {
		this.minHold = minHold;
	}

	public String getSchedulerWaitWarning() {
		return this.schedulerWaitWarning;
	}

	public void setSchedulerWaitWarning(String schedulerWaitWarning) {
		this.schedulerWaitWarning = schedulerWaitWarning;
	}

	public String getWaitWarning() {
		return this.waitWarning;
	}

	public void setWaitWarning(String waitWarning) {
		this.waitWarning = waitWarning;
	}

	public LockPermissions getPermissions() {
		return this.permissions;
	}

	public void setPermissions(LockPermissions permissions) {
		this.permissions = permissions;
	}

	public boolean isFencing() {
		return this.fencing;
	}

	public void setFencing(boolean fencing) {
		this.fencing = fencing;
	}

	public boolean isDeleteOnRelease() {
		return this.deleteOnRelease;
	}

	public void setDeleteOnRelease(boolean deleteOnRelease) {
		this.deleteOnRelease = deleteOnRelease;
	}

	public int getMaxIdleFiles() {
		return this.maxIdleFiles;
	}

	public void setMaxIdleFiles(int maxIdleFiles) {
		this.maxIdleFiles = maxIdleFiles;
	}

	public VerifyOnStartup getVerifyOnStartup() {
		return this.verifyOnStartup;
	}

	public void setVerifyOnStartup(VerifyOnStartup verifyOnStartup) {
		this.verifyOnStartup = verifyOnStartup;
	}

	public int getAdvisorOrder() {
		return this.advisorOrder;
	}

	public void setAdvisorOrder(int advisorOrder) {
		this.advisorOrder = advisorOrder;
	}

	public Observations getObservations() {
		return this.observations;
	}

	public Lease getLease() {
		return this.lease;
	}

	public Map<String, Lock> getLocks() {
		return this.locks;
	}

	/**
	 * Settings of observations.
	 */
	public static class Observations {

		/**
		 * Whether waits and holds are observed by Micrometer's Observation API, for
		 * traces. Their timers then come from the observations alone.
		 */
		private boolean enabled;

		public boolean isEnabled() {
			return this.enabled;
		}

		public void setEnabled(boolean enabled) {
			this.enabled = enabled;
		}

	}

	/**
	 * Settings of strategies whose locks expire.
	 */
	public static class Lease {

		/**
		 * How long a lease lasts that isn't renewed, with a unit; at least 3s.
		 */
		private String duration = "15s";

		/**
		 * How often a lease is renewed, with a unit. Default: after a third of its
		 * duration.
		 */
		private @Nullable String renewInterval;

		public String getDuration() {
			return this.duration;
		}

		public void setDuration(String duration) {
			this.duration = duration;
		}

		public @Nullable String getRenewInterval() {
			return this.renewInterval;
		}

		public void setRenewInterval(@Nullable String renewInterval) {
			this.renewInterval = renewInterval;
		}

	}

	/**
	 * Settings of one lock.
	 */
	public static class Lock {

		/**
		 * How long to wait for this lock, with a unit. 0 is one try, -1 is forever.
		 */
		private @Nullable String timeout;

		/**
		 * How this lock is taken.
		 */
		private @Nullable String strategy;

		/**
		 * For how long this lock is kept at least, with a unit, even if the body ends
		 * earlier.
		 */
		private @Nullable String minHold;

		/**
		 * What happens when somebody else has this lock.
		 */
		private FileLocked.@Nullable OnUnavailable onUnavailable;

		public @Nullable String getTimeout() {
			return this.timeout;
		}

		public void setTimeout(@Nullable String timeout) {
			this.timeout = timeout;
		}

		public @Nullable String getStrategy() {
			return this.strategy;
		}

		public void setStrategy(@Nullable String strategy) {
			this.strategy = strategy;
		}

		public @Nullable String getMinHold() {
			return this.minHold;
		}

		public void setMinHold(@Nullable String minHold) {
			this.minHold = minHold;
		}

		public FileLocked.@Nullable OnUnavailable getOnUnavailable() {
			return this.onUnavailable;
		}

		public void setOnUnavailable(FileLocked.@Nullable OnUnavailable onUnavailable) {
			this.onUnavailable = onUnavailable;
		}

	}

}
