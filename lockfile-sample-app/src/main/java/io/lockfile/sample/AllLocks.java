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

	private final LastAnswers lastAnswers;

	private final Environment environment;

	private final Clock clock;

	AllLocks(OwnLocks ownLocks, Neighbours neighbours, LastAnswers lastAnswers, Environment environment, Clock clock) {
		this.ownLocks = ownLocks;
		this.neighbours = neighbours;
		this.lastAnswers = lastAnswers;
		this.environment = environment;
		this.clock = clock;
	}

	LocksView find() {
		Map<RunningInstance, Optional<InstanceLocks>> answers = this.neighbours.ask("/api/instance/locks",
				InstanceLocks.class);
		InstanceLocks own = this.ownLocks.find();
		Instant now = this.clock.instant();
		answers.values().forEach((answer) -> answer.ifPresent(this.lastAnswers::remember));
		this.lastAnswers.forgetAllBut(answers.keySet().stream().map(RunningInstance::name).toList());

		int port = this.environment.getProperty("local.server.port", Integer.class, 0);
		List<InstanceStatus> instances = new ArrayList<>();
		instances.add(new InstanceStatus(own.instance(), own.pid(), port, true, true, now, true));
		answers.forEach((other, answer) -> instances.add(status(other, answer.isPresent(), now)));

		Map<String, LockStatus> locks = new TreeMap<>();
		own.locks().forEach((lock) -> locks.put(lock.name(), lock));
		answers.values()
			.forEach((answer) -> answer.ifPresent((present) -> present.locks()
				.forEach((lock) -> locks.merge(lock.name(), lock, AllLocks::together))));
		answers.forEach((other, answer) -> {
			if (answer.isEmpty()) {
				this.lastAnswers.find(other).ifPresent((last) -> addHoldsOfSilent(other, last, locks));
			}
		});
		locks.replaceAll((name, lock) -> named(lock, instances));
		return new LocksView(own.instance(), now, instances, List.copyOf(locks.values()));
	}

	private InstanceStatus status(RunningInstance other, boolean answering, Instant now) {
		Instant lastAnswer = answering ? now
				: this.lastAnswers.find(other).map(LastAnswers.LastAnswer::at).orElse(other.lastSeen());
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

	private void addHoldsOfSilent(RunningInstance silent, LastAnswers.LastAnswer last, Map<String, LockStatus> locks) {
		for (LastAnswers.Held held : last.holds()) {
			String path = held.holder().path();
			LockStatus lock = locks.get(held.lock());
			if (lock == null || lock.holders().stream().anyMatch((holder) -> holder.path().equals(path))) {
				continue;
			}
			Optional<LockOwner> owner = this.ownLocks.owner(path, held.strategy());
			List<LockStatus.Holder> holders = new ArrayList<>(lock.holders());
			List<LockStatus.Crashed> crashed = new ArrayList<>(lock.crashed());
			if (owner.isPresent()) {
				holders.add(LockStatus.Holder.of(owner.get(), path));
			}
			else if (!silent.isRunning()) {
				crashed.add(new LockStatus.Crashed(path, silent.name(), silent.pid(), last.at()));
			}
			locks.put(lock.name(), new LockStatus(lock.name(), lock.path(), lock.strategy(), lock.afterCrash(), holders,
					lock.waiters(), crashed));
		}
	}

	/**
	 * Find out which of the holders that were seen from outside are instances.
	 * @param lock the lock
	 * @param instances the instances
	 * @return the lock with their names
	 */
	private static LockStatus named(LockStatus lock, List<InstanceStatus> instances) {
		List<LockStatus.Holder> holders = lock.holders()
			.stream()
			.map((holder) -> instances.stream()
				.filter((instance) -> holder.instance() == null && holder.pid() != null
						&& holder.pid() == instance.pid())
				.findFirst()
				.map((instance) -> holder.withInstance(instance.name()))
				.orElse(holder))
			.toList();
		return new LockStatus(lock.name(), lock.path(), lock.strategy(), lock.afterCrash(), holders, lock.waiters(),
				lock.crashed());
	}

}
