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

package io.lockfile;

import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;

/**
 * Locks on files, one instance per application.
 *
 * <pre class="code">
 * try (LockFiles locks = LockFiles.create()) {
 *     LockFile lock = locks.get("nightly-report");
 *     try (LockHandle held = lock.acquire(Duration.ofSeconds(5))) {
 *         // nobody else is here
 *     }
 * }
 * </pre>
 *
 * Instances are thread-safe. Paths are coordinated per JVM: two instances exclude each
 * other, on one thread too, and never drop each other's kernel lock, even if class
 * loaders have loaded the library twice. Between class loaders, shared holds exclude each
 * other as well.
 * <p>
 * A path is found under every spelling: relative, absolute, and through a symbolic link
 * to a directory on the way. Hard links and bind mounts of one lock file are spellings
 * that can't be found; within a JVM, don't mix them.
 *
 * @since 0.1.0
 */
public final class LockFiles implements AutoCloseable {

	/**
	 * The timeout that has no end.
	 */
	public static final Duration FOREVER = ChronoUnit.FOREVER.getDuration();

	private final LockPaths paths;

	private final LockStrategy strategy;

	private final Duration timeout;

	private final LockEvents events;

	private final LockMessages messages;

	private final boolean fencing;

	private final boolean deletingOnRelease;

	private final int maxIdleFiles;

	private final Lease lease;

	private final WaitingSwitch waiting = new WaitingSwitch();

	private final DirectoryProbe probe;

	private volatile boolean closed;

	private LockFiles(Builder builder) {
		this.paths = new LockPaths(builder.directory, builder.permissions);
		this.probe = new DirectoryProbe(this.paths);
		this.strategy = (builder.strategy != null) ? builder.strategy : LockStrategies.named(builder.strategyName);
		this.timeout = builder.timeout;
		this.events = new LockEvents(builder.listeners);
		this.messages = new LockMessages(builder.remedy);
		this.fencing = builder.fencing;
		this.deletingOnRelease = builder.deleteOnRelease;
		this.maxIdleFiles = builder.maxIdleFiles;
		this.lease = builder.lease();
	}

	/**
	 * Create an instance with all the defaults of the {@link Builder}.
	 * @return a new instance
	 */
	public static LockFiles create() {
		return builder().build();
	}

	/**
	 * Return a builder of an instance.
	 * @return a new builder
	 */
	public static Builder builder() {
		return new Builder();
	}

	/**
	 * Return the strategies that are found by name: those of this library and of its
	 * class loader, and those that the thread's context class loader finds, which come
	 * second where two have one name. {@link LockStrategy#label()} tells what each of
	 * them promises; that one is listed does not mean that it works on this platform.
	 * @return the strategies, in the order of their names
	 */
	public static List<LockStrategy> strategies() {
		return LockStrategies.all();
	}

	/**
	 * Return the lock of a path, with the default strategy. This touches nothing.
	 * @param path the path: absolute, or relative to the lock directory. The directories
	 * of a relative path are created when it is locked, those of an absolute one have to
	 * exist
	 * @return the lock
	 * @throws LockFailedException if the path can't be one of a lock: it is empty, the
	 * file system has no such names, its last element is {@code .} or {@code ..}, or it
	 * is relative and has a {@code ..} in it, by which it could leave the lock directory
	 */
	public LockFile get(String path) {
		Objects.requireNonNull(path, "path");
		return get(path, this.strategy);
	}

	/**
	 * Return the lock of a path, with a strategy of its own.
	 * @param path the path, as in {@link #get(String)}
	 * @param strategy the name of the strategy
	 * @return the lock
	 * @throws LockFailedException as {@link #get(String)} does
	 * @throws IllegalArgumentException if there is no strategy with that name
	 */
	public LockFile get(String path, String strategy) {
		return get(path, strategyNamed(strategy));
	}

	/**
	 * Find a strategy. The one that was given to this instance is known to nobody else.
	 * @param name the name of the strategy
	 * @return the strategy
	 */
	private LockStrategy strategyNamed(String name) {
		return this.strategy.name().equals(name) ? this.strategy : LockStrategies.named(name);
	}

	private LockFile get(String path, LockStrategy strategy) {
		try {
			return new DefaultLockFile(this, this.paths.find(path), strategy);
		}
		catch (IllegalArgumentException ex) {
			throw this.messages.unusable(path, strategy.name(), ex);
		}
	}

	/**
	 * Return the directory of relative paths.
	 * @return the absolute path of the directory, which may not exist yet
	 */
	public Path directory() {
		return this.paths.directory();
	}

	/**
	 * Look whether the lock directory can be used with the default strategy: whether it
	 * is there or can be created, can be written and has space left, and what type and
	 * mount options of its file system mean for the strategy's locks. That it isn't there
	 * is a {@linkplain LockDirectoryReport.Severity#INFO hint} as long as it can be
	 * created, and an error if it was there before, as far as this instance has used or
	 * seen it: locks in it are lost then. The next acquisition creates it anew.
	 * <p>
	 * This claims nothing, writes nothing and disturbs nobody, so it may be asked often.
	 * It answers within a few seconds also if the file system hangs, which is an
	 * {@linkplain LockDirectoryReport.Severity#ERROR error} then; an interrupt does not
	 * end that.
	 * @return what was found
	 */
	public LockDirectoryReport inspect() {
		return inspect(this.strategy);
	}

	/**
	 * Look whether the lock directory can be used with a strategy, as {@link #inspect()}
	 * does.
	 * @param strategy the name of the strategy
	 * @return what was found
	 * @throws IllegalArgumentException if there is no strategy with that name
	 */
	public LockDirectoryReport inspect(String strategy) {
		return inspect(strategyNamed(strategy));
	}

	private LockDirectoryReport inspect(LockStrategy strategy) {
		return DirectoryLook.at(this.paths, DirectoryLook.LIMIT).report(strategy, List.of());
	}

	/**
	 * Look at the lock directory as {@link #inspect()} does, and try whether files can be
	 * created there: of inodes and quotas that are used up, a look tells nothing.
	 * <p>
	 * This claims nothing and disturbs nobody, so it may be asked often, by health checks
	 * above all. If the directory exists and one of the strategies uses files, a file
	 * {@code .lockfile-probe-<pid>-<random>} is created in it and deleted again, once in
	 * ten seconds at most; in between, the answer is that of the last time. The file
	 * could be deleted by anybody if this process is killed meanwhile.
	 * @param strategies the names of the strategies, for which one look and one try is
	 * enough
	 * @return what was found for each of them
	 * @throws IllegalArgumentException if there is no strategy with one of these names
	 */
	public List<LockDirectoryReport> probe(List<String> strategies) {
		List<LockStrategy> named = strategies.stream().map(this::strategyNamed).toList();
		Deadline deadline = Deadline.after(DirectoryLook.LIMIT);
		DirectoryLook look = DirectoryLook.at(this.paths, DirectoryLook.LIMIT);
		List<LockDirectoryReport.Problem> problems = List.of();
		if (look.isUsable() && named.stream().anyMatch(LockStrategy::usesFileSystem)) {
			problems = this.probe.problems(Duration.ofNanos(Math.max(1, deadline.remaining())));
		}
		List<LockDirectoryReport> reports = new ArrayList<>();
		for (LockStrategy strategy : named) {
			reports.add(look.report(strategy, strategy.usesFileSystem() ? problems : List.of()));
		}
		return reports;
	}

	/**
	 * Look at the lock directory as {@link #inspect()} does, and try whether locking
	 * works there with the default strategy: a path that nobody else uses is locked once.
	 * What is missing on the class path or on the platform is found, too.
	 * <p>
	 * The lock directory is created if it isn't there. All the rest happens in a
	 * directory {@code .lockfile-check-<pid>-<random>} in it, which is deleted at the
	 * end, and could be deleted by anybody if this process is killed meanwhile. One
	 * process is no proof that others are excluded: {@code lockfile verify} on the
	 * command line tries that.
	 * @param limit how long to wait for the result, in all. If there is none by then, it
	 * is an {@linkplain LockDirectoryReport.Severity#ERROR error}; an interrupt does not
	 * end the wait
	 * @return what was found
	 */
	public LockDirectoryReport verify(Duration limit) {
		return DirectoryCheck.verify(this, this.strategy, limit);
	}

	/**
	 * Look at the lock directory and try whether locking works there with a strategy, as
	 * {@link #verify(Duration)} does.
	 * @param strategy the name of the strategy
	 * @param limit how long to wait for the result, in all
	 * @return what was found
	 * @throws IllegalArgumentException if there is no strategy with that name
	 */
	public LockDirectoryReport verify(String strategy, Duration limit) {
		return DirectoryCheck.verify(this, strategyNamed(strategy), limit);
	}

	/**
	 * Return what this JVM holds and waits for, in all instances of this class and not
	 * only in this one, as far as one class loader has loaded it. Holds of other
	 * processes are not in it, so somebody may wait where nobody holds. Nested handles
	 * are part of their hold. Each path is a picture of an instant, the list as a whole
	 * is not.
	 * @return the paths that are held or waited for, in no order
	 */
	public List<LockSnapshot> snapshot() {
		return PathLocks.all().stream().flatMap(PathLock::snapshot).toList();
	}

	/**
	 * Let nobody wait any more, because the application stops or pauses: whoever waits
	 * gets a {@link LockFailedException}, and every acquisition from now on is one try,
	 * whatever its timeout. A lock that is free is still obtained, so that what runs can
	 * be finished; one that somebody has is refused with an
	 * {@link AlreadyLockedException}. Holds are not touched. Doing so twice is harmless.
	 */
	public void stopWaiting() {
		this.waiting.turnOff();
		PathLocks.all().forEach((lock) -> lock.refuse(this));
	}

	/**
	 * Let acquisitions wait again that are asked for from now on. This brings nobody back
	 * whom {@link #stopWaiting()} has sent away.
	 */
	public void resumeWaiting() {
		this.waiting.turnOn();
	}

	/**
	 * Close this instance: whoever waits gets a {@link LockFailedException}, and so does
	 * whoever asks from now on. Holds are not touched: what runs under a lock keeps it
	 * until it ends, and may nest in it. Closing twice is harmless.
	 */
	@Override
	public void close() {
		this.closed = true;
		PathLocks.all().forEach((lock) -> lock.refuse(this));
		PathLocks.trim();
	}

	Deadline deadline(Duration timeout) {
		return Deadline.after(timeout, this.waiting);
	}

	static Path defaultDirectory() {
		return Builder.defaultDirectory().toAbsolutePath().normalize();
	}

	boolean isClosed() {
		return this.closed;
	}

	Duration timeout() {
		return this.timeout;
	}

	boolean isFencing() {
		return this.fencing;
	}

	boolean isDeletingOnRelease() {
		return this.deletingOnRelease;
	}

	int maxIdleFiles() {
		// Nobody would close what a hold leaves open that ends after this
		return this.closed ? 0 : this.maxIdleFiles;
	}

	Lease lease() {
		return this.lease;
	}

	LockPaths paths() {
		return this.paths;
	}

	LockEvents events() {
		return this.events;
	}

	LockMessages messages() {
		return this.messages;
	}

	/**
	 * Builder of a {@link LockFiles}.
	 *
	 * @since 0.1.0
	 */
	public static final class Builder {

		private Path directory = defaultDirectory();

		private @Nullable LockStrategy strategy;

		private String strategyName = "os";

		private Duration timeout = Duration.ofSeconds(30);

		private LockPermissions permissions = LockPermissions.OWNER;

		private final List<LockListener> listeners = new ArrayList<>();

		private boolean fencing;

		private boolean deleteOnRelease;

		private int maxIdleFiles = 64;

		private Duration leaseDuration = Lease.DEFAULT.duration();

		private @Nullable Duration leaseRenewInterval;

		private Function<LockAttempt, String> remedy = LockMessages::defaultRemedy;

		private Builder() {
		}

		private static Path defaultDirectory() {
			String user = System.getProperty("user.name", "unknown").replaceAll("[^A-Za-z0-9._-]", "_");
			return Path.of(System.getProperty("java.io.tmpdir"), "lockfile-" + user);
		}

		/**
		 * Set the directory of relative paths. Processes that are to exclude each other
		 * need the same one. Default: {@code lockfile-<user>} in the directory for
		 * temporary files. It is created when the first lock needs it; an existing
		 * directory is used as it is.
		 * @param directory the directory
		 * @return this builder
		 */
		public Builder directory(Path directory) {
			this.directory = Objects.requireNonNull(directory, "directory");
			return this;
		}

		/**
		 * Set the strategy by its name. Default: {@code os}.
		 * @param name the name of a strategy that {@link java.util.ServiceLoader} finds
		 * @return this builder; {@link #build()} throws an
		 * {@link IllegalArgumentException} if there is no such strategy
		 */
		public Builder strategy(String name) {
			this.strategyName = Objects.requireNonNull(name, "name");
			this.strategy = null;
			return this;
		}

		/**
		 * Set the strategy.
		 * @param strategy the strategy
		 * @return this builder
		 */
		public Builder strategy(LockStrategy strategy) {
			this.strategy = Objects.requireNonNull(strategy, "strategy");
			return this;
		}

		/**
		 * Set how long to wait where a call doesn't say. Default: 30 seconds.
		 * @param timeout zero or negative for one try, {@link LockFiles#FOREVER} without
		 * a limit
		 * @return this builder
		 */
		public Builder timeout(Duration timeout) {
			this.timeout = Objects.requireNonNull(timeout, "timeout");
			return this;
		}

		/**
		 * Set who may use the files and directories that are created. Default:
		 * {@link LockPermissions#OWNER}.
		 * @param permissions the permissions
		 * @return this builder
		 */
		public Builder permissions(LockPermissions permissions) {
			this.permissions = Objects.requireNonNull(permissions, "permissions");
			return this;
		}

		/**
		 * Set whether every hold gets a {@linkplain LockHandle#fencingToken() fencing
		 * token}. Default: no. With a strategy that uses the file system, the tokens of a
		 * path are kept in a file {@code .<name>.fence} beside it, which is never
		 * deleted; every acquisition reads and writes it, and one in a thousand waits for
		 * the disk.
		 * @param fencing {@code true} for tokens
		 * @return this builder
		 */
		public Builder fencing(boolean fencing) {
			this.fencing = fencing;
			return this;
		}

		/**
		 * Set whether lock files are deleted when their locks are given back, with the
		 * strategies {@code os} and {@code flock}. Default: no, they stay. It means
		 * nothing to the other strategies, whose markers are gone then anyway.
		 * <p>
		 * Only for directories that nobody but this library uses, on one host. Others
		 * don't look whether the path still names the file that they have locked, so that
		 * one who waits for the deleted file and one who creates it anew would both hold
		 * the lock. Processes with and without this setting exclude each other.
		 * <p>
		 * An empty file at the path of a lock is taken for a lock file, whoever created
		 * it. Files with contents and directories stay. So does a lock file for which
		 * another process waits (with {@code os}; the last one deletes it) or which
		 * another one holds shared, and one that can't be deleted. All of them stay on
		 * network file systems, where other hosts would take a deleted file for the one
		 * that the path names, and on Windows, where Java can't tell a file from its
		 * successor. A process that dies leaves its file to the next holder. The owner
		 * record is deleted with its lock file; a file with fencing tokens stays.
		 * <p>
		 * The last shared holder locks its file exclusively for an instant, if nobody
		 * else has it, and one try of somebody else is refused in that instant. Creating
		 * and deleting files takes some hundred microseconds, a hundred times as long as
		 * locking one that is there.
		 * @param deleteOnRelease {@code true} to delete them
		 * @return this builder
		 */
		public Builder deleteOnRelease(boolean deleteOnRelease) {
			this.deleteOnRelease = deleteOnRelease;
			return this;
		}

		/**
		 * Set how many lock files that are not locked may be kept open for the next time.
		 * Default: 64. It saves most of the cost of an acquisition. The files of the
		 * whole JVM count, and the limit of whoever releases a lock is applied; after
		 * many have been locked at once, it takes some releases to get back to it.
		 * Closing any instance closes all that are not locked.
		 * @param files how many, 0 for none
		 * @return this builder
		 * @throws IllegalArgumentException if the number is negative
		 */
		public Builder maxIdleFiles(int files) {
			if (files < 0) {
				throw new IllegalArgumentException("maxIdleFiles is " + files + ", but can't be negative");
			}
			this.maxIdleFiles = files;
			return this;
		}

		/**
		 * Set how long a lease lasts that isn't renewed, for strategies with leases: when
		 * their holder dies, the lock is free after that time, or what the strategy's
		 * label adds to it. Default: 15 seconds.
		 * @param duration the duration, 3 seconds or more
		 * @return this builder
		 */
		public Builder leaseDuration(Duration duration) {
			this.leaseDuration = Objects.requireNonNull(duration, "duration");
			return this;
		}

		/**
		 * Set how often a lease is renewed. Default: after a third of its duration.
		 * @param interval the interval, a second or more and at most a half of the
		 * duration
		 * @return this builder
		 */
		public Builder leaseRenewInterval(Duration interval) {
			this.leaseRenewInterval = Objects.requireNonNull(interval, "interval");
			return this;
		}

		private Lease lease() {
			Duration interval = this.leaseRenewInterval;
			return (interval != null) ? new Lease(this.leaseDuration, interval) : Lease.of(this.leaseDuration);
		}

		/**
		 * Add a listener.
		 * @param listener the listener
		 * @return this builder
		 */
		public Builder listener(LockListener listener) {
			this.listeners.add(Objects.requireNonNull(listener, "listener"));
			return this;
		}

		/**
		 * Set what the message of a {@link LockUnavailableException} says to change, for
		 * applications whose timeouts are not set in code. Default: the parameter of the
		 * {@code acquire} method.
		 * @param remedy a function from the attempt to a sentence
		 * @return this builder
		 */
		public Builder remedy(Function<LockAttempt, String> remedy) {
			this.remedy = Objects.requireNonNull(remedy, "remedy");
			return this;
		}

		/**
		 * Build the instance. Nothing is created on disk.
		 * @return a new instance
		 * @throws IllegalArgumentException if there is no strategy with the given name,
		 * if the directory is not on the default file system, or if the durations of a
		 * lease can't be used
		 */
		public LockFiles build() {
			if (this.directory.getFileSystem() != FileSystems.getDefault()) {
				throw new IllegalArgumentException(
						"Lock directory '%s' is not on the default file system".formatted(this.directory));
			}
			return new LockFiles(this);
		}

	}

}
