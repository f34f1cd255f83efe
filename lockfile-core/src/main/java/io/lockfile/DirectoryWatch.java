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

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Wakes those who wait for a marker to be removed, by the events of the file system. Each
 * directory is watched once, however many wait for files in it, and all of them by one
 * {@link WatchService}: instances of that are scarce. It ends soon after nobody waits.
 * <p>
 * An event is a hint. There may be one too many, and where the system loses one, those
 * who wait ask again on their own after a while.
 */
final class DirectoryWatch {

	private static final Logger logger = LoggerFactory.getLogger(DirectoryWatch.class);

	/**
	 * How long the service is kept when nobody waits, since the next wait is often near.
	 */
	private static final long IDLE_MILLIS = 5000;

	private static final AtomicBoolean TOLD = new AtomicBoolean();

	private static final Map<Path, DirectoryWatch> WATCHES = new HashMap<>();

	private static @Nullable WatchService service;

	private final WatchKey key;

	private final List<Registration> registrations = new ArrayList<>(1);

	private DirectoryWatch(WatchKey key) {
		this.key = key;
	}

	/**
	 * Ask to be woken when a file is removed.
	 * @param file the file
	 * @param wake what to call on a thread of the library; it must return soon
	 * @return the registration, to be closed, or {@code null} if the platform or the file
	 * system has no such events or can watch no more
	 */
	static @Nullable Registration register(Path file, Runnable wake) {
		Path directory = file.getParent();
		try {
			if (directory == null || !Mounts.tellsEvents(directory)) {
				return null;
			}
			synchronized (WATCHES) {
				DirectoryWatch watch = WATCHES.get(directory);
				if (watch == null) {
					watch = new DirectoryWatch(directory.register(service(), StandardWatchEventKinds.ENTRY_DELETE));
					WATCHES.put(directory, watch);
				}
				Registration registration = new Registration(watch, file, wake);
				watch.registrations.add(registration);
				return registration;
			}
		}
		catch (IOException | ClosedWatchServiceException | OutOfMemoryError ex) {
			if (TOLD.compareAndSet(false, true)) {
				logger.warn(
						"Waiting for locks in {} goes on without file system events, which costs time: {}. "
								+ "On Linux, raise fs.inotify.max_user_instances and fs.inotify.max_user_watches",
						directory, ex.toString());
			}
			return null;
		}
	}

	/**
	 * Tell whether there is a service.
	 * @return {@code false} if nobody has waited for some seconds
	 */
	static boolean isRunning() {
		synchronized (WATCHES) {
			return service != null;
		}
	}

	private static WatchService service() throws IOException {
		WatchService running = service;
		if (running == null) {
			WatchService started = FileSystems.getDefault().newWatchService();
			boolean served = false;
			try {
				Helpers.execute(() -> serve(started));
				served = true;
			}
			finally {
				if (!served) {
					started.close();
				}
			}
			service = started;
			running = started;
		}
		return running;
	}

	private static void serve(WatchService served) {
		try {
			while (true) {
				WatchKey key = served.poll(IDLE_MILLIS, TimeUnit.MILLISECONDS);
				if (key != null) {
					tell(key);
				}
				else if (endIfIdle(served)) {
					return;
				}
			}
		}
		catch (InterruptedException | RuntimeException | Error ex) {
			logger.debug("The watch for file system events has ended", ex);
			end(served);
		}
	}

	private static boolean endIfIdle(WatchService served) {
		synchronized (WATCHES) {
			if (!WATCHES.isEmpty()) {
				return false;
			}
			end(served);
			return true;
		}
	}

	private static void end(WatchService served) {
		List<Registration> left = new ArrayList<>();
		synchronized (WATCHES) {
			service = null;
			WATCHES.values().forEach((watch) -> left.addAll(watch.registrations));
			WATCHES.clear();
			try {
				served.close();
			}
			catch (IOException ex) {
				logger.debug("The watch for file system events can't be closed", ex);
			}
		}
		left.forEach(Registration::end);
	}

	private static void tell(WatchKey key) {
		List<WatchEvent<?>> events = key.pollEvents();
		List<Registration> concerned = new ArrayList<>(1);
		boolean valid = key.reset();
		synchronized (WATCHES) {
			DirectoryWatch watch = WATCHES.get((Path) key.watchable());
			if (watch == null || watch.key != key) {
				return;
			}
			for (WatchEvent<?> event : events) {
				watch.registrations.stream()
					.filter((registration) -> registration.isConcernedBy(event))
					.forEach(concerned::add);
			}
			if (!valid) {
				// The directory is gone
				concerned.addAll(watch.registrations);
				WATCHES.remove((Path) key.watchable());
			}
		}
		concerned.forEach(valid ? Registration::wake : Registration::end);
	}

	/**
	 * Somebody who waits for a file's removal.
	 */
	static final class Registration implements AutoCloseable {

		private final DirectoryWatch watch;

		private final Path file;

		private final Path name;

		private final Runnable wake;

		private volatile boolean active = true;

		private Registration(DirectoryWatch watch, Path file, Runnable wake) {
			this.watch = watch;
			this.file = file;
			this.name = file.getFileName();
			this.wake = wake;
		}

		/**
		 * Tell whether events come.
		 * @return {@code false} if no more will
		 */
		boolean isActive() {
			return this.active;
		}

		private boolean isConcernedBy(WatchEvent<?> event) {
			return event.kind() == StandardWatchEventKinds.OVERFLOW || this.name.equals(event.context());
		}

		private void wake() {
			this.wake.run();
		}

		private void end() {
			this.active = false;
			this.wake.run();
		}

		@Override
		public void close() {
			synchronized (WATCHES) {
				this.watch.registrations.remove(this);
				if (this.watch.registrations.isEmpty() && WATCHES.remove(this.file.getParent(), this.watch)) {
					this.watch.key.cancel();
				}
			}
		}

	}

}
