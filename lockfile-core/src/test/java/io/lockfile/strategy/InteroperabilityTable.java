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

package io.lockfile.strategy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/**
 * What was seen with each {@link NeighbourProgram}, as a table in Markdown.
 */
final class InteroperabilityTable {

	private static final String NOT_RUN = "not run";

	private final Map<NeighbourProgram, Map<Column, String>> cells = new EnumMap<>(NeighbourProgram.class);

	private final Map<NeighbourProgram, String> versions = new EnumMap<>(NeighbourProgram.class);

	/**
	 * Read a table from the first lines of a file that look like one.
	 * @param file the file
	 * @return the table, with the rows that begin with the label of a program
	 */
	static InteroperabilityTable read(Path file) {
		InteroperabilityTable table = new InteroperabilityTable();
		try {
			for (String line : Files.readAllLines(file)) {
				String[] fields = line.split("\\|", -1);
				if (fields.length == Column.values().length + 5) {
					table.read(fields);
				}
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		return table;
	}

	private void read(String[] fields) {
		Arrays.stream(NeighbourProgram.values())
			.filter((program) -> program.label().equals(fields[1].trim()))
			.forEach((program) -> {
				for (Column column : Column.values()) {
					cell(program, column, fields[4 + column.ordinal()].trim());
				}
			});
	}

	/**
	 * Return what a cell says but for its numbers, which differ from run to run.
	 * @param cell the cell
	 * @return its kind
	 */
	static String kind(String cell) {
		return cell.replaceAll("\\d+", "n");
	}

	List<NeighbourProgram> programs() {
		return List.copyOf(this.cells.keySet());
	}

	String cell(NeighbourProgram program, Column column) {
		return this.cells.getOrDefault(program, Map.of()).getOrDefault(column, NOT_RUN);
	}

	void cell(NeighbourProgram program, Column column, String cell) {
		this.cells.computeIfAbsent(program, (key) -> new EnumMap<>(Column.class)).put(column, cell);
	}

	void version(NeighbourProgram program, String version) {
		this.versions.put(program, version);
	}

	@Override
	public String toString() {
		StringBuilder text = new StringBuilder("| neighbour | Debian package | strategy |");
		for (Column column : Column.values()) {
			text.append(' ').append(column.title).append(" |");
		}
		text.append("\n|").append(" --- |".repeat(3 + Column.values().length)).append('\n');
		for (NeighbourProgram program : NeighbourProgram.values()) {
			StringJoiner row = new StringJoiner(" | ", "| ", " |\n");
			row.add(program.label());
			row.add(program.debianPackage() + " " + this.versions.getOrDefault(program, ""));
			row.add("`" + program.strategy() + "`");
			for (Column column : Column.values()) {
				row.add(cell(program, column));
			}
			text.append(row);
		}
		return text.toString();
	}

	/**
	 * What is tried with each program.
	 */
	enum Column {

		/**
		 * The program holds, and we try once.
		 */
		NEIGHBOUR_HOLDS("it holds, we try"),

		/**
		 * We hold, and the program tries once.
		 */
		WE_HOLD("we hold, it tries"),

		/**
		 * Two processes of each side hold again and again.
		 */
		BOTH_CONTEND("both contend"),

		/**
		 * The program is killed while it holds, and we try.
		 */
		NEIGHBOUR_IS_KILLED("it is killed, we try"),

		/**
		 * We are killed while we hold, and the program tries.
		 */
		WE_ARE_KILLED("we are killed, it tries");

		private final String title;

		Column(String title) {
			this.title = title;
		}

	}

}
