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

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

import org.springframework.stereotype.Component;

import io.lockfile.LockAttempt;
import io.lockfile.LockFiles;
import io.lockfile.LockOwner;
import io.lockfile.LockSnapshot;
import io.lockfile.LockStrategy;
import io.lockfile.StrategyLabel;
import io.lockfile.spring.FileLockDefinition;
import io.lockfile.spring.FileLockDefinitionsListener;

/**
 * The locks as this instance sees them: the declared ones, what this JVM holds and waits
 * for, and who else is seen to hold one of these paths. Looking claims nothing.
 */
@Component
class OwnLocks implements FileLockDefinitionsListener {

	private final LockFiles locks;

	private final LockHistory history;

	private final Instance instance;

	private final Map<String, Declared> declared = new ConcurrentHashMap<>();

	OwnLocks(LockFiles locks, LockHistory history, Instance instance) {
		this.locks = locks;
		this.history = history;
		this.instance = instance;
		List.of(HoldableLock.values()).forEach((lock) -> declare(lock.path(), lock.path(), lock.strategy()));
	}

	@Override
	public void defined(List<FileLockDefinition> definitions) {
		definitions.forEach((definition) -> declare(definition.name(), definition.path(), definition.strategy()));
	}

	private void declare(String name, String path, String strategy) {
		this.declared.put(name, new Declared(path, strategy));
	}

	/**
	 * Look at all locks.
	 * @return the locks in the order of their names
	 */
	InstanceLocks find() {
		List<LockSnapshot> snapshots = this.locks.snapshot();
		Map<String, Declared> names = new TreeMap<>(this.declared);
		for (LockSnapshot snapshot : snapshots) {
			for (LockAttempt attempt : attempts(snapshot)) {
				names.putIfAbsent(name(attempt), new Declared(relative(attempt.path()), attempt.strategy()));
			}
		}
		return new InstanceLocks(this.instance.name(), ProcessHandle.current().pid(),
				names.entrySet().stream().map((lock) -> find(lock.getKey(), lock.getValue(), snapshots)).toList());
	}

	private LockStatus find(String name, Declared lock, List<LockSnapshot> snapshots) {
		List<LockStatus.Holder> holders = new ArrayList<>();
		List<LockStatus.Waiter> waiters = new ArrayList<>();
		Set<String> heldElsewhere = new LinkedHashSet<>();
		if (!lock.path().contains("#{")) {
			heldElsewhere.add(lock.path());
		}
		for (LockSnapshot snapshot : snapshots) {
			snapshot.waiting().stream().filter((waiting) -> name(waiting.attempt()).equals(name)).forEach((waiting) -> {
				String path = relative(waiting.attempt().path());
				heldElsewhere.add(path);
				waiters.add(new LockStatus.Waiter(path, this.instance.name(), waiting.thread(),
						waiting.waited().toMillis()));
			});
		}
		for (LockSnapshot snapshot : snapshots) {
			snapshot.holds().forEach((held) -> {
				String path = relative(held.attempt().path());
				heldElsewhere.remove(path);
				if (name(held.attempt()).equals(name)) {
					holders.add(LockStatus.Holder.of(held, path, this.instance.name(),
							this.history.isAfterCrash(held.attempt())));
				}
			});
		}
		heldElsewhere.forEach((path) -> owner(path, lock.strategy())
			.ifPresent((owner) -> holders.add(LockStatus.Holder.of(owner, path))));
		return new LockStatus(name, lock.path(), lock.strategy(), afterCrash(lock.strategy()), holders, waiters,
				List.of());
	}

	/**
	 * Look who holds a path.
	 * @param path the path, below the lock directory
	 * @param strategy the strategy
	 * @return the owner, if one is seen
	 */
	Optional<LockOwner> owner(String path, String strategy) {
		return this.locks.get(path, strategy).owner();
	}

	private static List<LockAttempt> attempts(LockSnapshot snapshot) {
		List<LockAttempt> attempts = new ArrayList<>();
		snapshot.holds().forEach((held) -> attempts.add(held.attempt()));
		snapshot.waiting().forEach((waiting) -> attempts.add(waiting.attempt()));
		return attempts;
	}

	private String relative(Path path) {
		Path directory = this.locks.directory();
		return (path.startsWith(directory) ? directory.relativize(path) : path).toString();
	}

	private static String name(LockAttempt attempt) {
		return attempt.name().orElse("none");
	}

	private static StrategyLabel.AfterCrash afterCrash(String strategy) {
		return LockFiles.strategies()
			.stream()
			.filter((candidate) -> candidate.name().equals(strategy))
			.map(LockStrategy::label)
			.map(StrategyLabel::afterCrash)
			.findFirst()
			.orElse(StrategyLabel.AfterCrash.OPERATOR);
	}

	private record Declared(String path, String strategy) {

	}

}
