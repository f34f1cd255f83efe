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
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

import io.lockfile.LockMode;
import io.lockfile.LockOwner;

/**
 * Puts together what this instance and the others say about the locks, and what can be
 * said about the locks of an instance that doesn't answer any more.
 */
@Component
class AllLocks {

	private final OwnLocks ownLocks;

	private final Neighbours neighbours;

	private final LastSeen lastSeen;

	private final Environment environment;

	private final Clock clock;

	AllLocks(OwnLocks ownLocks, Neighbours neighbours, LastSeen lastSeen, Environment environment, Clock clock) {
		this.ownLocks = ownLocks;
		this.neighbours = neighbours;
		this.lastSeen = lastSeen;
		this.environment = environment;
		this.clock = clock;
	}

	LocksView find() {
		Map<RunningInstance, Optional<InstanceLocks>> answers = this.neighbours.ask("/api/instance/locks",
				InstanceLocks.class);
		InstanceLocks own = this.ownLocks.find();
		Instant now = this.clock.instant();

		Map<String, LockStatus> locks = new TreeMap<>();
		own.locks().forEach((lock) -> locks.put(lock.name(), lock));
		answers.values()
			.forEach((answer) -> answer.ifPresent((present) -> present.locks()
				.forEach((lock) -> locks.merge(lock.name(), lock, AllLocks::together))));
		Map<Long, String> names = new HashMap<>();
		answers.keySet().forEach((other) -> names.put(other.pid(), other.name()));
		names.put(own.pid(), own.instance());
		locks.replaceAll((name, lock) -> lock.withHolders(named(lock.holders(), names)));

		int port = this.environment.getProperty("local.server.port", Integer.class, 0);
		List<InstanceStatus> instances = new ArrayList<>();
		instances.add(new InstanceStatus(own.instance(), own.pid(), port, true, true, now, true));
		this.lastSeen.forgetAllBut(names.values());
		answers.forEach((other, answer) -> {
			this.lastSeen.remember(other, answer.isPresent(), holdsOf(other, locks, now));
			instances.add(status(other, answer.isPresent()));
			if (answer.isEmpty()) {
				addHoldsOfSilent(other, locks);
			}
		});
		return new LocksView(own.instance(), now, instances, List.copyOf(locks.values()));
	}

	private static List<LastSeen.Held> holdsOf(RunningInstance instance, Map<String, LockStatus> locks, Instant now) {
		return locks.values()
			.stream()
			.flatMap((lock) -> lock.holders()
				.stream()
				.filter((holder) -> instance.name().equals(holder.instance()))
				.map((holder) -> new LastSeen.Held(lock.name(), lock.strategy(), holder.path(), now)))
			.toList();
	}

	private InstanceStatus status(RunningInstance other, boolean answering) {
		Instant lastAnswer = this.lastSeen.find(other).map(LastSeen.Sight::lastAnswer).orElse(other.lastSeen());
		return new InstanceStatus(other.name(), other.pid(), other.port(), false, answering, lastAnswer,
				answering || other.isRunning());
	}

	private static LockStatus together(LockStatus lock, LockStatus other) {
		List<LockStatus.Holder> holders = new ArrayList<>(lock.holders());
		holders.addAll(other.holders());
		List<LockStatus.Waiter> waiters = new ArrayList<>(lock.waiters());
		waiters.addAll(other.waiters());
		return new LockStatus(lock.name(), lock.path(), lock.strategy(), lock.afterCrash(), oneForEachPath(holders),
				waiters, List.of());
	}

	/**
	 * Instances answer one after another. If two say that they hold a path, the first one
	 * has released it in between, unless they share it.
	 * @param holders what the instances said
	 * @return what is true
	 */
	private static List<LockStatus.Holder> oneForEachPath(List<LockStatus.Holder> holders) {
		Map<String, LockStatus.Holder> latest = new LinkedHashMap<>();
		List<LockStatus.Holder> shared = new ArrayList<>();
		for (LockStatus.Holder holder : holders) {
			if (holder.mode() == LockMode.SHARED) {
				shared.add(holder);
			}
			else {
				latest.merge(holder.path(), holder, AllLocks::better);
			}
		}
		shared.forEach((holder) -> latest.remove(holder.path()));
		shared.addAll(latest.values());
		return shared;
	}

	private static LockStatus.Holder better(LockStatus.Holder holder, LockStatus.Holder other) {
		// What an instance says of itself is more than what is seen from outside
		if ((holder.instance() != null) != (other.instance() != null)) {
			return (holder.instance() != null) ? holder : other;
		}
		Comparator<LockStatus.Holder> bySince = Comparator.comparing(LockStatus.Holder::since,
				Comparator.nullsFirst(Comparator.naturalOrder()));
		return (bySince.compare(holder, other) >= 0) ? holder : other;
	}

	private void addHoldsOfSilent(RunningInstance silent, Map<String, LockStatus> locks) {
		for (LastSeen.Held held : this.lastSeen.find(silent).map(LastSeen.Sight::holds).orElse(Map.of()).values()) {
			LockStatus lock = locks.get(held.lock());
			if (lock == null || lock.holders().stream().anyMatch((holder) -> holder.path().equals(held.path()))) {
				continue;
			}
			Optional<LockOwner> owner = this.ownLocks.owner(held.path(), held.strategy());
			if (owner.isPresent()) {
				List<LockStatus.Holder> holders = new ArrayList<>(lock.holders());
				holders.add(LockStatus.Holder.of(owner.get(), held.path()));
				locks.put(lock.name(), lock.withHolders(named(holders, Map.of(silent.pid(), silent.name()))));
			}
			else if (!silent.isRunning()) {
				locks.put(lock.name(), lock
					.withCrashed(new LockStatus.Crashed(held.path(), silent.name(), silent.pid(), held.seenAt())));
			}
		}
	}

	/**
	 * Find out which of the holders that were seen from outside are instances.
	 * @param holders the holders
	 * @param names the names of the instances by their pids
	 * @return the holders with these names
	 */
	private static List<LockStatus.Holder> named(List<LockStatus.Holder> holders, Map<Long, String> names) {
		return holders.stream().map((holder) -> {
			String name = (holder.pid() != null) ? names.get(holder.pid()) : null;
			return (holder.instance() == null && name != null) ? holder.withInstance(name) : holder;
		}).toList();
	}

}
