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

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.springframework.util.FileSystemUtils;

/**
 * Shows within two minutes what the locks are good for: two instances import the same
 * files without locks and with them, and then one is killed in the middle of a file.
 */
final class Demo {

	private static final int FILES = 300;

	private static final Duration LIMIT = Duration.ofSeconds(60);

	private static final int ROWS_UNTIL_KILL = 5;

	private final List<SampleProcess> processes = new CopyOnWriteArrayList<>();

	private final Path directory;

	private final CountDownLatch cleanedUp = new CountDownLatch(1);

	private volatile boolean abandoned;

	private Demo(Path directory) {
		this.directory = directory;
	}

	/**
	 * Run the demonstration, and leave nothing behind.
	 * @return the exit code: 0 if the locks did what they promise, otherwise 1
	 */
	static int run() {
		Demo demo;
		try {
			demo = new Demo(Files.createTempDirectory("lockfile-demo"));
		}
		catch (IOException ex) {
			say("No temporary directory: " + ex);
			return 1;
		}
		Thread thread = Thread.currentThread();
		Runtime.getRuntime().addShutdownHook(new Thread(() -> demo.abandon(thread), "abandon"));
		try {
			return demo.show() ? 0 : 1;
		}
		catch (Exception ex) {
			if (!demo.abandoned) {
				say("The demonstration failed: " + ex);
				demo.sayLogs();
			}
			return 1;
		}
		finally {
			demo.cleanUp();
		}
	}

	private boolean show() throws Exception {
		say("Two instances import the same %d order files. They start, which takes a moment ...".formatted(FILES));
		Result without = compete("without-locks", "--sample.row-delay=0s", "--lockfile.enabled=false");
		say("");
		say("%-14s %8s %10s %12s".formatted("", "files", "imported", "duplicated"));
		say(without.asRow("without locks"));
		Result with = compete("with-locks", "--sample.row-delay=0s");
		say(with.asRow("with locks"));
		say("");
		boolean recovered = kill("killed");
		boolean exactlyOnce = with.files() == FILES && with.imported() == FILES && with.duplicated() == 0;
		say("");
		say((exactlyOnce && recovered) ? "With locks, every file was imported exactly once."
				: "FAILED: with locks, every file should have been imported exactly once.");
		return exactlyOnce && recovered;
	}

	private Result compete(String phase, String... arguments) throws Exception {
		Path shared = this.directory.resolve(phase);
		try (Database database = new Database(shared)) {
			SampleProcess first = start(shared, "first", arguments);
			SampleProcess second = start(shared, "second", arguments);
			await("both instances to start", () -> first.isStarted() && second.isStarted());
			OrderFiles.generate(shared.resolve("inbox"), FILES);
			await("the files to be imported", () -> OrderFiles.in(shared.resolve("done")).size() == FILES);
			// An instance may still be busy with a file that the other one moved away
			stop(first);
			stop(second);
			return new Result(database.count("SELECT COUNT(DISTINCT file) FROM imported_file"),
					database.count("SELECT COUNT(*) FROM imported_file"),
					database.count("SELECT COUNT(*) FROM (SELECT file FROM imported_file GROUP BY file "
							+ "HAVING COUNT(*) > 1)"));
		}
	}

	private boolean kill(String phase) throws Exception {
		Path shared = this.directory.resolve(phase);
		String file = "orders-0001.csv";
		String[] arguments = { "--sample.row-delay=50ms", "--logging.level.io.lockfile.sample=trace" };
		try (Database database = new Database(shared)) {
			SampleProcess first = start(shared, "first", arguments);
			SampleProcess second = start(shared, "second", arguments);
			await("both instances to start", () -> first.isStarted() && second.isStarted());
			OrderFiles.generate(shared.resolve("inbox"), 1);
			String inTheMiddle = " has %d rows of %s".formatted(ROWS_UNTIL_KILL, file);
			await("an instance to be in the middle of a file",
					() -> first.hasLogged(inTheMiddle) || second.hasLogged(inTheMiddle));
			SampleProcess victim = first.hasLogged(inTheMiddle) ? first : second;
			SampleProcess survivor = (victim == first) ? second : first;
			boolean untouched = !survivor.hasLogged("begins to import");
			long killed = System.nanoTime();
			this.processes.remove(victim);
			victim.kill();
			await("the other instance to obtain the lock", () -> survivor.hasLogged("begins to import " + file));
			long obtained = System.nanoTime();
			await("the other instance to import the file", () -> Files.exists(shared.resolve("done").resolve(file)));
			long imported = System.nanoTime();
			stop(survivor);
			say("One instance was killed after %d rows of a file. The other one had the lock of that file after %d ms"
				.formatted(ROWS_UNTIL_KILL, Duration.ofNanos(obtained - killed).toMillis()));
			say("and had imported it after %d ms. Nobody had to clean up."
				.formatted(Duration.ofNanos(imported - killed).toMillis()));
			int rows = database.count("SELECT COUNT(*) FROM order_row");
			return untouched && database.count("SELECT COUNT(*) FROM imported_file") == 1
					&& database.count("SELECT SUM(row_count) FROM imported_file") == rows && rows > ROWS_UNTIL_KILL;
		}
	}

	private SampleProcess start(Path shared, String instance, String... arguments) throws IOException {
		String[] all = new String[arguments.length + 2];
		all[0] = "--sample.generate=0";
		all[1] = "--sample.poll-interval=50ms";
		System.arraycopy(arguments, 0, all, 2, arguments.length);
		SampleProcess process = SampleProcess.start(shared, instance, all);
		this.processes.add(process);
		return process;
	}

	private void stop(SampleProcess process) {
		process.close();
		this.processes.remove(process);
	}

	private void await(String what, Callable<Boolean> condition) throws Exception {
		long start = System.nanoTime();
		while (!condition.call()) {
			if (this.processes.stream().anyMatch((process) -> !process.isAlive())) {
				throw new IllegalStateException("An instance ended while waiting for %s".formatted(what));
			}
			if (System.nanoTime() - start > LIMIT.toNanos()) {
				throw new IllegalStateException("Waited %d s for %s".formatted(LIMIT.toSeconds(), what));
			}
			Thread.sleep(5);
		}
	}

	private void sayLogs() {
		for (SampleProcess process : this.processes) {
			try {
				List<String> lines = process.log().lines().toList();
				say("--- The last lines of the instance " + process.instance());
				lines.subList(Math.max(0, lines.size() - 20), lines.size()).forEach(Demo::say);
			}
			catch (IOException ex) {
				say("No log: " + ex);
			}
		}
	}

	private void abandon(Thread thread) {
		// Somebody may have lost patience: nothing is left behind either
		this.abandoned = true;
		this.processes.forEach(SampleProcess::kill);
		thread.interrupt();
		try {
			this.cleanedUp.await(20, TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private void cleanUp() {
		this.processes.forEach(SampleProcess::kill);
		try {
			FileSystemUtils.deleteRecursively(this.directory);
		}
		catch (IOException ex) {
			say("%s could not be deleted: %s".formatted(this.directory, ex));
		}
		finally {
			this.cleanedUp.countDown();
		}
	}

	private static void say(String line) {
		System.out.println(line);
	}

	/**
	 * The database that the instances share. As it is opened before they start, this
	 * process serves it, and the death of an instance doesn't interrupt it.
	 */
	private static final class Database implements AutoCloseable {

		private final Connection connection;

		Database(Path shared) throws SQLException {
			this.connection = DriverManager.getConnection(
					"jdbc:h2:file:%s/db/orders;AUTO_SERVER=TRUE;WRITE_DELAY=0".formatted(shared.toAbsolutePath()), "sa",
					"");
		}

		int count(String query) throws SQLException {
			try (Statement statement = this.connection.createStatement();
					ResultSet result = statement.executeQuery(query)) {
				result.next();
				return result.getInt(1);
			}
		}

		/**
		 * Leave none of its files open or about to be written.
		 */
		@Override
		public void close() throws SQLException {
			// An interrupt would close the file under the database
			Thread.interrupted();
			try (Statement statement = this.connection.createStatement()) {
				statement.execute("SHUTDOWN");
			}
			this.connection.close();
		}

	}

	/**
	 * How often files were imported.
	 *
	 * @param files the files that were imported at all
	 * @param imported how many imports there were
	 * @param duplicated the files that were imported more than once
	 */
	private record Result(int files, int imported, int duplicated) {

		String asRow(String title) {
			return "%-14s %8d %10d %12d".formatted(title, this.files, this.imported, this.duplicated);
		}

	}

}
