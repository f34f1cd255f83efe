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

package io.lockfile.boot.actuate;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.annotation.DeleteOperation;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;

import io.lockfile.LockAttempt;
import io.lockfile.LockFailedException;
import io.lockfile.LockFile;
import io.lockfile.LockFiles;
import io.lockfile.LockOwner;
import io.lockfile.LockSnapshot;

/**
 * Endpoint that shows the locks of an application, who holds them and who waits for them,
 * and that breaks one for an operator. Reading claims nothing.
 * <p>
 * A name gives access to the paths that its declarations can lead to, and to those that
 * this JVM holds or waits for under that name; not to any other.
 *
 * @since 0.1.0
 */
@Endpoint(id = "filelocks", defaultAccess = Access.READ_ONLY)
public final class LockFileEndpoint {

	private static final Logger logger = LoggerFactory.getLogger(LockFileEndpoint.class);

	private static final String UNNAMED = "none";

	private static final int MOST_PATHS = 1000;

	private final LockFiles locks;

	private final Set<DeclaredLock> declared = ConcurrentHashMap.newKeySet();

	/**
	 * Create an instance.
	 * @param locks the engine
	 */
	public LockFileEndpoint(LockFiles locks) {
		this.locks = locks;
	}

	/**
	 * Add a lock to those that are shown whether or not they are used.
	 * @param lock the lock
	 */
	public void declare(DeclaredLock lock) {
		this.declared.add(lock);
	}

	/**
	 * Show all locks.
	 * @return the locks
	 */
	@ReadOperation
	public LockFilesDescriptor locks() {
		Usage usage = new Usage(this.locks.snapshot());
		Set<String> names = new TreeSet<>(usage.names());
		this.declared.forEach((lock) -> names.add(lock.name()));
		return new LockFilesDescriptor(this.locks.directory().toString(),
				names.stream().map((name) -> describe(name, targets(name, null, usage), usage)).toList());
	}

	/**
	 * Show one lock.
	 * @param name its declared name, or {@code none}
	 * @param path one of its paths, to see that one alone, whether or not it is in use
	 * @return the lock, or {@code null} if there is none with that name and path
	 */
	@ReadOperation
	public @Nullable LockFileDescriptor lock(@Selector String name, @Nullable String path) {
		Usage usage = new Usage(this.locks.snapshot());
		List<Target> targets = targets(name, path, usage);
		if (targets.isEmpty() && (path != null || declarations(name).isEmpty())) {
			return null;
		}
		return describe(name, targets, usage);
	}

	/**
	 * Break a lock.
	 * @param name its declared name, or {@code none}
	 * @param path the path; may be left out if the name stands for one
	 * @param force {@code true} to break it even if its holder is seen to live
	 * @return how that ended, or {@code null} if there is none with that name and path
	 * @throws InvalidEndpointRequestException if it isn't clear which path is meant
	 */
	@DeleteOperation
	public @Nullable LockFileBreakDescriptor breakLock(@Selector String name, @Nullable String path,
			@Nullable Boolean force) {
		List<Target> targets = targets(name, path, new Usage(this.locks.snapshot()));
		List<DeclaredLock> declarations = declarations(name);
		if (targets.isEmpty() && (path != null || declarations.isEmpty())) {
			return null;
		}
		if (targets.size() != 1 || (path == null && !declarations.stream().allMatch(LockFileEndpoint::isLiteral))
				|| (path == null && declarations.isEmpty())) {
			throw new InvalidEndpointRequestException(
					"Lock '%s' can have more than one path; the parameter 'path' has to say which".formatted(name),
					"The parameter 'path' has to name one path of lock '%s'".formatted(name));
		}
		return breakLock(name, targets.get(0).lock(), Boolean.TRUE.equals(force));
	}

	private static LockFileBreakDescriptor breakLock(String name, LockFile lock, boolean force) {
		Optional<LockOwner> owner = lock.owner();
		String outcome;
		String reason = null;
		try {
			LockFile named = name.equals(UNNAMED) ? lock : lock.named(name);
			boolean broken = force ? named.breakLock() : named.breakLockUnlessAlive();
			outcome = broken ? "broken" : "free";
			if (broken) {
				logger.warn("Lock '{}' ({}, strategy {}) was broken through the actuator endpoint{}. It was held by {}",
						name, lock.path(), lock.strategy(), force ? ", by force" : "",
						owner.map(LockOwner::toString).orElse("somebody unknown"));
			}
		}
		catch (LockFailedException ex) {
			if (ex.getCause() != null) {
				throw ex;
			}
			logger.info("Not broken through the actuator endpoint: {}", ex.getMessage());
			outcome = "refused";
			reason = ex.getMessage();
		}
		return new LockFileBreakDescriptor(name, lock.path().toString(), lock.strategy(), outcome,
				owner.map(LockFileDescriptor.Owner::of).orElse(null), reason);
	}

	private List<DeclaredLock> declarations(String name) {
		return this.declared.stream()
			.filter((lock) -> lock.name().equals(name))
			.sorted(Comparator.comparing(DeclaredLock::method)
				.thenComparing(DeclaredLock::path)
				.thenComparing(DeclaredLock::strategy)
				.thenComparing(DeclaredLock::mode))
			.toList();
	}

	private static boolean isLiteral(DeclaredLock lock) {
		return PathPattern.of(lock.path()).isLiteral();
	}

	/**
	 * Find what a name stands for.
	 * @param name the declared name
	 * @param path the path that is asked for, or {@code null} for all that are known
	 * @param usage what is in use in this JVM
	 * @return the locks, each once
	 */
	private List<Target> targets(String name, @Nullable String path, Usage usage) {
		Map<String, Target> targets = new LinkedHashMap<>();
		Map<String, Optional<Target>> asked = new HashMap<>();
		Consumer<Optional<Target>> add = (found) -> found
			.filter((target) -> path == null
					|| asked.computeIfAbsent(target.lock().strategy(), (strategy) -> find(path, strategy, usage))
						.filter(target::isSame)
						.isPresent())
			.ifPresent((target) -> targets.putIfAbsent(target.lock().strategy() + ':' + target.canonical(), target));
		for (DeclaredLock declaration : declarations(name)) {
			if (isLiteral(declaration)) {
				add.accept(find(declaration.path(), declaration.strategy(), usage));
			}
			else if (path != null && isPossible(declaration, path)) {
				add.accept(find(path, declaration.strategy(), usage));
			}
		}
		usage.attempts(name)
			.stream()
			.sorted(Comparator.comparing(LockAttempt::path))
			.forEach((attempt) -> add.accept(find(attempt.path().toString(), attempt.strategy(), usage)));
		return List.copyOf(targets.values());
	}

	private boolean isPossible(DeclaredLock declaration, String path) {
		PathPattern pattern = PathPattern.of(declaration.path());
		if (pattern.matches(path)) {
			return isConfined(declaration, path);
		}
		// The answers show absolute paths
		Path directory = this.locks.directory();
		try {
			Path asked = Path.of(path);
			return asked.startsWith(directory) && pattern.matches(directory.relativize(asked).toString());
		}
		catch (InvalidPathException ex) {
			return false;
		}
	}

	private boolean isConfined(DeclaredLock declaration, String path) {
		try {
			Path directory = this.locks.directory();
			return directory.resolve(path).normalize().startsWith(directory)
					|| Path.of(declaration.path().substring(0, declaration.path().indexOf("#{"))).isAbsolute();
		}
		catch (InvalidPathException ex) {
			return false;
		}
	}

	private Optional<Target> find(String path, String strategy, Usage usage) {
		try {
			// A strategy that was given as an object has no name to be found by
			LockFile lock = this.locks.get(path);
			LockFile found = lock.strategy().equals(strategy) ? lock : this.locks.get(path, strategy);
			return Optional.of(new Target(found, usage.canonicalPath(found)));
		}
		catch (LockFailedException | IllegalArgumentException ex) {
			logger.debug("There is no lock {} with strategy {}", path, strategy, ex);
			return Optional.empty();
		}
	}

	private LockFileDescriptor describe(String name, List<Target> targets, Usage usage) {
		List<LockFileDescriptor.LockPath> paths = targets.stream().map((target) -> describe(target, usage)).toList();
		List<LockFileDescriptor.Declaration> declarations = declarations(name).stream()
			.map((lock) -> new LockFileDescriptor.Declaration(lock.path(), lock.strategy(),
					Texts.lowerCase(lock.mode()), lock.method()))
			.toList();
		List<LockFileDescriptor.Waiting> waiting = paths.stream().map(LockFileDescriptor.LockPath::waiting).toList();
		return new LockFileDescriptor(name, declarations, paths.stream().limit(MOST_PATHS).toList(), paths.size(),
				holds(paths),
				new LockFileDescriptor.Waiting(waiting.stream().mapToInt(LockFileDescriptor.Waiting::count).sum(),
						longest(waiting.stream().map(LockFileDescriptor.Waiting::longest))));
	}

	private LockFileDescriptor.LockPath describe(Target target, Usage usage) {
		Optional<LockSnapshot> used = usage.of(target);
		List<LockFileDescriptor.Holder> holders = used.stream()
			.flatMap((candidate) -> candidate.holds().stream())
			.map(LockFileEndpoint::holder)
			.toList();
		List<Duration> waiting = used.stream()
			.flatMap((candidate) -> candidate.waiting().stream())
			.map((waiter) -> milliseconds(waiter.waited()))
			.toList();
		LockOwner owner = holders.isEmpty() ? target.lock().owner().orElse(null) : null;
		return new LockFileDescriptor.LockPath(target.lock().path().toString(), target.lock().strategy(),
				state(holders, owner), holders, (owner != null) ? LockFileDescriptor.Owner.of(owner) : null,
				new LockFileDescriptor.Waiting(waiting.size(), longest(waiting.stream())));
	}

	private static String state(List<LockFileDescriptor.Holder> holders, @Nullable LockOwner owner) {
		if (owner != null) {
			return "held-elsewhere";
		}
		if (holders.isEmpty()) {
			return "free";
		}
		return holders.stream().allMatch(LockFileDescriptor.Holder::lost) ? "lost" : "held";
	}

	private static LockFileDescriptor.Holder holder(LockSnapshot.Held held) {
		LockAttempt attempt = held.attempt();
		return new LockFileDescriptor.Holder(held.thread(), attempt.user().orElse(null),
				Texts.lowerCase(attempt.mode()), held.since(), milliseconds(held.held()),
				held.fencingToken().isPresent() ? held.fencingToken().getAsLong() : null, held.lost());
	}

	private static LockFileDescriptor.Holds holds(List<LockFileDescriptor.LockPath> paths) {
		int count = 0;
		List<Duration> durations = new ArrayList<>();
		for (LockFileDescriptor.LockPath path : paths) {
			path.holders().forEach((holder) -> durations.add(holder.heldFor()));
			count += path.holders().size();
			LockFileDescriptor.Owner owner = path.owner();
			if (owner != null) {
				count++;
				if (owner.since() != null) {
					// Its clock may be ahead of ours
					Duration held = Duration.between(owner.since(), Instant.now());
					durations.add(held.isNegative() ? Duration.ZERO : milliseconds(held));
				}
			}
		}
		return new LockFileDescriptor.Holds(count, durations.stream().min(Comparator.naturalOrder()).orElse(null),
				longest(durations.stream()));
	}

	private static Duration milliseconds(Duration duration) {
		return duration.truncatedTo(ChronoUnit.MILLIS);
	}

	private static @Nullable Duration longest(Stream<@Nullable Duration> durations) {
		return durations.filter(Objects::nonNull).max(Comparator.naturalOrder()).orElse(null);
	}

	private static String name(LockAttempt attempt) {
		return attempt.name().orElse(UNNAMED);
	}

	/**
	 * One path with one strategy.
	 *
	 * @param lock the lock
	 * @param canonical the path under which the engine knows it
	 */
	private record Target(LockFile lock, Path canonical) {

		boolean isSame(Target other) {
			return this.canonical.equals(other.canonical);
		}

	}

	/**
	 * What is in use in this JVM, by what is asked for: there may be thousands of paths.
	 */
	private static final class Usage {

		private final Map<String, List<LockAttempt>> names = new HashMap<>();

		private final Map<Path, LockSnapshot> canonical = new HashMap<>();

		private final Map<Path, LockSnapshot> spelled = new HashMap<>();

		private final Map<Path, Path> directories = new HashMap<>();

		Usage(List<LockSnapshot> snapshots) {
			for (LockSnapshot snapshot : snapshots) {
				this.canonical.put(snapshot.path(), snapshot);
				attempts(snapshot).forEach((attempt) -> {
					this.spelled.putIfAbsent(attempt.path(), snapshot);
					this.names.computeIfAbsent(name(attempt), (any) -> new ArrayList<>()).add(attempt);
				});
			}
		}

		Set<String> names() {
			return this.names.keySet();
		}

		List<LockAttempt> attempts(String name) {
			return this.names.getOrDefault(name, List.of());
		}

		Optional<LockSnapshot> of(Target target) {
			LockSnapshot found = this.canonical.get(target.canonical());
			return Optional.ofNullable((found != null) ? found : this.spelled.get(target.lock().path()));
		}

		/**
		 * Find the path under which the engine knows a lock. Most have their directory in
		 * common.
		 * @param lock the lock
		 * @return its canonical path
		 */
		Path canonicalPath(LockFile lock) {
			Path path = lock.path();
			return this.directories.computeIfAbsent(path.getParent(), Usage::real).resolve(path.getFileName());
		}

		private static Path real(Path directory) {
			try {
				return directory.toRealPath();
			}
			catch (IOException ex) {
				// One that doesn't exist is reached by one spelling only
				return directory;
			}
		}

		private static Stream<LockAttempt> attempts(LockSnapshot snapshot) {
			return Stream.concat(snapshot.holds().stream().map(LockSnapshot.Held::attempt),
					snapshot.waiting().stream().map(LockSnapshot.Waiting::attempt));
		}

	}

}
