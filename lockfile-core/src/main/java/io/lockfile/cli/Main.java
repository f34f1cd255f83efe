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

package io.lockfile.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The command line.
 */
@Command(name = "lockfile", mixinStandardHelpOptions = true, versionProvider = Main.Version.class,
		description = "Locks files, and looks who has locked them.",
		subcommands = { RunCommand.class, StatusCommand.class, BreakCommand.class, VerifyCommand.class })
public final class Main implements Callable<Integer> {

	private static final String COMMAND_FOLLOWS = "--";

	@Spec
	private @Nullable CommandSpec spec;

	private Main() {
	}

	/**
	 * Run a command, and end the JVM with its exit code.
	 * @param args the arguments
	 */
	public static void main(String[] args) {
		System.exit(execute(args, new PrintWriter(System.out, true), new PrintWriter(System.err, true)));
	}

	/**
	 * Run a command.
	 * @param args the arguments
	 * @param out where to print what was asked for
	 * @param err where to print, in one line, what went wrong
	 * @return the exit code
	 */
	static int execute(String[] args, PrintWriter out, PrintWriter err) {
		CommandLine main = new CommandLine(new Main()).setOut(out)
			.setErr(err)
			.setExpandAtFiles(false)
			.setParameterExceptionHandler((ex, arguments) -> report(ex.getCommandLine(), ExitCodes.USAGE,
					"%s. %sSee '%s --help'".formatted(ex.getMessage(),
							(ex instanceof UnmatchedArgumentException
									&& ex.getCommandLine().getCommand() instanceof RunCommand)
											? "Write -- in front of the command. " : "",
							ex.getCommandLine().getCommandSpec().qualifiedName())))
			.setExecutionExceptionHandler((ex, command, result) -> (ex instanceof CommandFailure failure)
					? report(command, failure.exitCode(), String.valueOf(ex.getMessage()))
					: report(command, ExitCodes.SOFTWARE, ex.toString()));
		String[] ours = withoutCommand(args, main);
		try {
			return main.execute(ours);
		}
		catch (LinkageError ex) {
			// a library that a strategy needs is missing or doesn't suit the platform
			return report(main, ExitCodes.UNAVAILABLE,
					"'%s' can't be done here: %s. Use another strategy".formatted(String.join(" ", ours), ex));
		}
	}

	/**
	 * Cut off the command that is to be run, which is nobody's business but its own.
	 * @param args all arguments
	 * @param main knows the command that runs it
	 * @return the arguments of ours
	 */
	private static String[] withoutCommand(String[] args, CommandLine main) {
		List<String> ours = new ArrayList<>(List.of(args));
		int separator = ours.indexOf(COMMAND_FOLLOWS);
		if (separator > 0 && ours.get(0).equals(RunCommand.NAME)) {
			RunCommand run = main.getSubcommands().get(RunCommand.NAME).getCommand();
			run.setCommand(ours.subList(separator + 1, ours.size()));
			ours = ours.subList(0, separator);
		}
		return ours.toArray(String[]::new);
	}

	private static int report(CommandLine command, int exitCode, String message) {
		command.getErr().println(oneLine(command.getCommandSpec().qualifiedName() + ": " + message));
		return exitCode;
	}

	/**
	 * Make one line of a text, parts of which somebody else may have chosen.
	 * @param text the text
	 * @return the text without control characters
	 */
	static String oneLine(String text) {
		return text.strip().replaceAll("\\R\\s*", " ").replaceAll("\\p{Cntrl}", "?");
	}

	@Override
	public Integer call() {
		if (this.spec == null) {
			throw new IllegalStateException("There is no command line");
		}
		throw new ParameterException(this.spec.commandLine(), "Write a command: run, status, break or verify");
	}

	/**
	 * The version, from the manifest of the jar.
	 */
	static final class Version implements IVersionProvider {

		@Override
		public String[] getVersion() {
			String version = Main.class.getPackage().getImplementationVersion();
			return new String[] { "lockfile " + ((version != null) ? version : "(development)") };
		}

	}

}
