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

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

import org.jspecify.annotations.Nullable;

import io.lockfile.LockFile;
import io.lockfile.LockFiles;
import io.lockfile.LockMode;
import io.lockfile.LockUnavailableException;

/**
 * The {@link FileLockOperations} of a {@link LockFiles}. Immutable and thread-safe: the
 * {@code with…} methods return a changed copy.
 *
 * <pre class="code">
 * FileLockTemplate imports = template.withName("imports").withTimeout(Duration.ofSeconds(5));
 * Report report = imports.execute("inbox/" + file, () -> read(file));
 * </pre>
 *
 * As a bean, such a copy is best no default candidate, so that only those get it who ask
 * for it by its name; otherwise it comes before the auto-configured template, of which it
 * was made.
 *
 * <pre class="code">
 * &#64;Bean(defaultCandidate = false)
 * FileLockTemplate imports(FileLockTemplate template) {
 *     return template.withName("imports");
 * }
 * </pre>
 *
 * For a template with a name, the properties {@code lockfile.locks.<name>.*} take
 * precedence over what the code says, and these over {@code lockfile.*}, as with the
 * annotation. Settings of a name that nobody has fail the start: a template has to be a
 * bean, or to be named by the time when all singletons are there, as in a constructor. Of
 * one that is named later, such as at the first call or by a lazy bean, nothing is known.
 *
 * @since 0.1.0
 */
public final class FileLockTemplate implements FileLockOperations {

	private final LockFiles locks;

	private final FileLockSettings settings;

	private final RunningBodies bodies;

	private final CallerWarnings warnings;

	private final Map<String, String> asked;

	private final Options options;

	private final FileLockSettings.LockSettings own;

	/**
	 * Create a template that waits for up to 30 seconds.
	 * @param locks the engine
	 */
	public FileLockTemplate(LockFiles locks) {
		this(locks, FileLockSettings.NONE, new RunningBodies());
	}

	/**
	 * Create a template with settings.
	 * @param locks the engine
	 * @param settings the settings, of which the engine's own defaults are none
	 * @param bodies who is told of running bodies
	 */
	public FileLockTemplate(LockFiles locks, FileLockSettings settings, RunningBodies bodies) {
		this(locks, settings, bodies, new CallerWarnings(() -> settings), new ConcurrentHashMap<>(),
				new Options(null, null, null, LockMode.EXCLUSIVE, null));
	}

	private FileLockTemplate(LockFiles locks, FileLockSettings settings, RunningBodies bodies, CallerWarnings warnings,
			Map<String, String> asked, Options options) {
		this.locks = locks;
		this.settings = settings;
		this.bodies = bodies;
		this.warnings = warnings;
		this.asked = asked;
		this.options = options;
		this.own = name().flatMap(settings::forName).orElse(FileLockSettings.UNSET);
	}

	/**
	 * Return a copy with a declared name, by which properties, meters and logs know its
	 * locks.
	 * @param name the name, as in {@link FileLocked#name}; don't make it from data, since
	 * each one has meters
	 * @return the copy
	 * @throws IllegalArgumentException if locks can't have that name
	 */
	public FileLockTemplate withName(String name) {
		FileLockNames.problem(name).ifPresent((problem) -> {
			throw new IllegalArgumentException("A lock can't have the name '%s', %s".formatted(name, problem));
		});
		FileLockTemplate named = with(new Options(name, this.options.timeout, this.options.strategy, this.options.mode,
				this.options.minHold));
		if (named.own != FileLockSettings.UNSET) {
			// Names without settings don't matter, and may be any number
			this.asked.putIfAbsent(FileLockSettings.uniform(name), name);
		}
		return named;
	}

	/**
	 * Return a copy that waits for a time.
	 * @param timeout zero or negative for one try, {@link LockFiles#FOREVER} without a
	 * limit
	 * @return the copy, whose {@code try…} methods wait, too
	 */
	public FileLockTemplate withTimeout(Duration timeout) {
		return with(new Options(this.options.name, timeout, this.options.strategy, this.options.mode,
				this.options.minHold));
	}

	/**
	 * Return a copy with a strategy.
	 * @param strategy the name of the strategy
	 * @return the copy
	 */
	public FileLockTemplate withStrategy(String strategy) {
		return with(new Options(this.options.name, this.options.timeout, strategy, this.options.mode,
				this.options.minHold));
	}

	/**
	 * Return a copy with a mode.
	 * @param mode the mode
	 * @return the copy
	 */
	public FileLockTemplate withMode(LockMode mode) {
		return with(new Options(this.options.name, this.options.timeout, this.options.strategy, mode,
				this.options.minHold));
	}

	/**
	 * Return a copy that keeps its locks for a minimum duration, even if the body ends
	 * earlier.
	 * @param minHold the duration, zero for none
	 * @return the copy
	 */
	public FileLockTemplate withMinHold(Duration minHold) {
		return with(new Options(this.options.name, this.options.timeout, this.options.strategy, this.options.mode,
				minHold));
	}

	private FileLockTemplate with(Options options) {
		return new FileLockTemplate(this.locks, this.settings, this.bodies, this.warnings, this.asked, options);
	}

	/**
	 * Return the declared name.
	 * @return the name, or empty if there is none
	 */
	public Optional<String> name() {
		return Optional.ofNullable(this.options.name);
	}

	/**
	 * Return the names by which properties may know this template and those that were
	 * made of the same one.
	 * @return its own name, and those that were asked for so far and have settings
	 */
	Set<String> declaredNames() {
		Set<String> names = new TreeSet<>(this.asked.values());
		name().ifPresent(names::add);
		return names;
	}

	@Override
	public <T extends @Nullable Object, E extends Throwable> T execute(String path, FileLockCallback<T, E> body)
			throws E {
		if (!this.settings.enabled()) {
			return unlocked(body);
		}
		return locked(acquire(request(path, null)), body);
	}

	@Override
	public <E extends Throwable> boolean tryRun(String path, FileLockAction<E> action) throws E {
		FileLockCallback<Boolean, E> body = () -> {
			action.run();
			return true;
		};
		return tryCall(path, body).wasExecuted();
	}

	@Override
	public <T, E extends Throwable> LockResult<T> tryCall(String path, FileLockCallback<? extends @Nullable T, E> body)
			throws E {
		if (!this.settings.enabled()) {
			return LockResult.executed(unlocked(body));
		}
		HeldLocks held;
		try {
			held = acquire(request(path, Duration.ZERO));
		}
		catch (LockUnavailableException ex) {
			return LockResult.notExecuted();
		}
		return LockResult.executed(locked(held, body));
	}

	private HeldLocks acquire(LockRequest request) {
		this.warnings.beforeOperation(request);
		return HeldLocks.acquire(List.of(request));
	}

	@SuppressWarnings("try")
	private <T extends @Nullable Object, E extends Throwable> T locked(HeldLocks held, FileLockCallback<T, E> body)
			throws E {
		this.bodies.began(held);
		try (held; FileLockContext.Frame frame = FileLockContext.enter(held)) {
			return call(held, body);
		}
		finally {
			this.bodies.ended(held);
		}
	}

	private <T extends @Nullable Object, E extends Throwable> T call(HeldLocks held, FileLockCallback<T, E> body)
			throws E {
		try {
			return body.call();
		}
		catch (Throwable ex) {
			this.bodies.failed(held, ex);
			throw ex;
		}
	}

	@SuppressWarnings("try")
	private static <T extends @Nullable Object, E extends Throwable> T unlocked(FileLockCallback<T, E> body) throws E {
		try (FileLockContext.Frame frame = FileLockContext.enter(null)) {
			return body.call();
		}
	}

	private LockRequest request(String path, @Nullable Duration defaultTimeout) {
		String strategy = first(this.own.strategy(), this.options.strategy, null);
		LockFile lock = (strategy != null) ? this.locks.get(path, strategy) : this.locks.get(path);
		Duration timeout = first(this.own.timeout(), this.options.timeout, defaultTimeout);
		Duration minHold = first(this.own.minHold(), this.options.minHold, this.settings.minHold());
		return new LockRequest(name().orElse(""), name().map(lock::named).orElse(lock), this.options.mode,
				(timeout != null) ? timeout : this.settings.timeout(), (minHold != null) ? minHold : Duration.ZERO);
	}

	private static <V> @Nullable V first(@Nullable V property, @Nullable V code, @Nullable V otherwise) {
		V own = (property != null) ? property : code;
		return (own != null) ? own : otherwise;
	}

	/**
	 * What the code says.
	 *
	 * @param name the declared name, or {@code null}
	 * @param timeout how long to wait, or {@code null}
	 * @param strategy the strategy, or {@code null}
	 * @param mode the mode
	 * @param minHold for how long it is kept at least, or {@code null}
	 */
	private record Options(@Nullable String name, @Nullable Duration timeout, @Nullable String strategy, LockMode mode,
			@Nullable Duration minHold) {
	}

}
