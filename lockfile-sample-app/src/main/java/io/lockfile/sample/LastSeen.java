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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

import io.lockfile.LockAttempt;
import io.lockfile.LockHandle;
import io.lockfile.LockListener;

/**
 * What the other instances were last seen to hold: if one of them dies, the page can say
 * what becomes of that. A lock that this instance has had since is forgotten.
 */
@Component
class LastSeen implements LockListener {

	private final Clock clock;

	private final Map<String, Sight> sights = new ConcurrentHashMap<>();

	LastSeen(Clock clock) {
		this.clock = clock;
	}

	/**
	 * Remember what an instance holds.
	 * @param instance the instance
	 * @param answering whether it has just answered. If so, it holds nothing else
	 * @param holds what it was seen to hold, by its own answer or from outside
	 */
	void remember(RunningInstance instance, boolean answering, List<Held> holds) {
		Instant now = this.clock.instant();
		Optional<Sight> before = find(instance);
		Map<String, Held> all = new HashMap<>();
		if (!answering) {
			before.ifPresent((sight) -> all.putAll(sight.holds()));
		}
		holds.forEach((held) -> all.put(held.path(), held));
		Instant lastAnswer = answering ? now : before.map(Sight::lastAnswer).orElse(null);
		this.sights.put(instance.name(), new Sight(instance.pid(), lastAnswer, Map.copyOf(all)));
	}

	Optional<Sight> find(RunningInstance instance) {
		return Optional.ofNullable(this.sights.get(instance.name())).filter((sight) -> sight.pid() == instance.pid());
	}

	void forgetAllBut(Collection<String> instances) {
		this.sights.keySet().retainAll(instances);
	}

	@Override
	public void acquired(LockAttempt attempt, LockHandle handle) {
		this.sights.replaceAll((instance, sight) -> sight.without(attempt));
	}

	/**
	 * The last that was seen of an instance.
	 *
	 * @param pid its process
	 * @param lastAnswer when it answered for the last time, if it ever did
	 * @param holds what it held, by path
	 */
	record Sight(long pid, @Nullable Instant lastAnswer, Map<String, Held> holds) {

		Sight without(LockAttempt attempt) {
			return new Sight(this.pid, this.lastAnswer,
					this.holds.values()
						.stream()
						.filter((held) -> !attempt.path().endsWith(held.path()))
						.collect(Collectors.toUnmodifiableMap(Held::path, (held) -> held)));
		}

	}

	/**
	 * A hold.
	 *
	 * @param lock the declared name of the lock
	 * @param strategy the strategy
	 * @param path the path, below the lock directory
	 * @param seenAt when that was seen
	 */
	record Held(String lock, String strategy, String path, Instant seenAt) {

	}

}
