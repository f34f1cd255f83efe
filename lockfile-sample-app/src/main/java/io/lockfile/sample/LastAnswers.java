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
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

import org.springframework.stereotype.Component;

import io.lockfile.LockAttempt;
import io.lockfile.LockHandle;
import io.lockfile.LockListener;

/**
 * What the other instances held when they answered for the last time: if one of them
 * dies, the page can say what it held. A lock that this instance has had since is
 * forgotten.
 */
@Component
class LastAnswers implements LockListener {

	private final Clock clock;

	private final Map<String, LastAnswer> answers = new ConcurrentHashMap<>();

	LastAnswers(Clock clock) {
		this.clock = clock;
	}

	void remember(InstanceLocks answer) {
		List<Held> holds = answer.locks()
			.stream()
			.flatMap((lock) -> lock.holders()
				.stream()
				.filter((holder) -> answer.instance().equals(holder.instance()))
				.map((holder) -> new Held(lock.name(), lock.strategy(), holder)))
			.toList();
		this.answers.put(answer.instance(), new LastAnswer(answer.pid(), this.clock.instant(), holds));
	}

	Optional<LastAnswer> find(RunningInstance instance) {
		return Optional.ofNullable(this.answers.get(instance.name()))
			.filter((answer) -> answer.pid() == instance.pid());
	}

	void forgetAllBut(Collection<String> instances) {
		this.answers.keySet().retainAll(instances);
	}

	@Override
	public void acquired(LockAttempt attempt, LockHandle handle) {
		this.answers.replaceAll((instance, answer) -> answer.without(attempt));
	}

	/**
	 * The last answer of an instance.
	 *
	 * @param pid its process
	 * @param at when it came
	 * @param holds what the instance held
	 */
	record LastAnswer(long pid, Instant at, List<Held> holds) {

		LastAnswer without(LockAttempt attempt) {
			return new LastAnswer(this.pid, this.at,
					this.holds.stream().filter((held) -> !attempt.path().endsWith(held.holder().path())).toList());
		}

	}

	/**
	 * A hold.
	 *
	 * @param lock the declared name of the lock
	 * @param strategy the strategy
	 * @param holder the holder
	 */
	record Held(String lock, String strategy, LockStatus.Holder holder) {

	}

}
