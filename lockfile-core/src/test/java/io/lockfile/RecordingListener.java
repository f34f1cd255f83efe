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

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

import org.jspecify.annotations.Nullable;

/**
 * Remembers all events.
 */
public final class RecordingListener implements LockListener {

	private final List<Event> events = Collections.synchronizedList(new ArrayList<>());

	private final List<Event> begun = Collections.synchronizedList(new ArrayList<>());

	private final List<Event> kept = Collections.synchronizedList(new ArrayList<>());

	private final List<LockOwner> broken = Collections.synchronizedList(new ArrayList<>());

	@Override
	public void attempting(LockAttempt attempt) {
		this.begun.add(new Event("attempting", attempt));
	}

	@Override
	public void waiting(LockAttempt attempt) {
		this.events.add(new Event("waiting", attempt));
	}

	@Override
	public void acquired(LockAttempt attempt, LockHandle handle) {
		this.events.add(new Event("acquired", attempt));
	}

	@Override
	public void notAcquired(LockAttempt attempt, LockOutcome outcome, Duration waited) {
		this.events.add(new Event(outcome.name().toLowerCase(Locale.ROOT), attempt));
	}

	@Override
	public void kept(LockAttempt attempt, Duration held) {
		this.kept.add(new Event(held.toString(), attempt));
	}

	@Override
	public void released(LockAttempt attempt, Duration held) {
		this.events.add(new Event("released", attempt));
	}

	@Override
	public void lost(LockAttempt attempt, LockHandle handle) {
		this.events.add(new Event("lost", attempt));
	}

	@Override
	public void broken(LockAttempt attempt, @Nullable LockOwner owner) {
		this.events.add(new Event("broken", attempt));
		this.broken.add((owner != null) ? owner : new LockOwner(null, null, null, null, null));
	}

	/**
	 * The owners whose locks were broken.
	 * @return a copy
	 */
	public List<LockOwner> broken() {
		synchronized (this.broken) {
			return List.copyOf(this.broken);
		}
	}

	/**
	 * The attempts that were told of before anything else.
	 * @return a copy, in the order of their beginning
	 */
	public List<LockAttempt> begun() {
		synchronized (this.begun) {
			return this.begun.stream().map(Event::attempt).toList();
		}
	}

	/**
	 * For how long those who are kept were held by their users.
	 * @return a copy
	 */
	public List<Duration> kept() {
		synchronized (this.kept) {
			return this.kept.stream().map((event) -> Duration.parse(event.name())).toList();
		}
	}

	public List<String> names() {
		return snapshot().stream().map(Event::name).toList();
	}

	public List<LockAttempt> attempts() {
		return snapshot().stream().map(Event::attempt).distinct().toList();
	}

	public long count(String name) {
		return names().stream().filter(name::equals).count();
	}

	private List<Event> snapshot() {
		synchronized (this.events) {
			return List.copyOf(this.events);
		}
	}

	private record Event(String name, LockAttempt attempt) {
	}

}
