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

import java.io.IOException;
import java.io.Serial;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

import org.jspecify.annotations.Nullable;

import io.lockfile.LockFailedException;

/**
 * The end of a command that could not do what it was asked for: its exit code, and the
 * one line that says why.
 */
final class CommandFailure extends RuntimeException {

	@Serial
	private static final long serialVersionUID = 1L;

	private final int exitCode;

	CommandFailure(int exitCode, String message) {
		this(exitCode, message, null);
	}

	private CommandFailure(int exitCode, String message, @Nullable Throwable cause) {
		super(message, cause);
		this.exitCode = exitCode;
	}

	/**
	 * Explain why a path could not be locked, looked at or broken.
	 * @param failure what the library says
	 * @return the failure with its exit code
	 */
	static CommandFailure of(LockFailedException failure) {
		return new CommandFailure(exitCode(failure.getCause()), String.valueOf(failure.getMessage()), failure);
	}

	/**
	 * Explain why a file system did not do what it was asked for.
	 * @param what what was to be done, to be followed by the reason
	 * @param cause what it says
	 * @return the failure with its exit code
	 */
	static CommandFailure of(String what, IOException cause) {
		return new CommandFailure(exitCode(cause), what + ": " + reason(cause), cause);
	}

	private static int exitCode(@Nullable Throwable cause) {
		if (cause instanceof IllegalArgumentException) {
			return ExitCodes.USAGE;
		}
		if (cause instanceof AccessDeniedException) {
			return ExitCodes.NO_PERMISSION;
		}
		if (cause instanceof FileSystemException) {
			return ExitCodes.CANNOT_CREATE;
		}
		if (cause instanceof UnsupportedOperationException) {
			return ExitCodes.UNAVAILABLE;
		}
		return (cause instanceof IOException || cause == null) ? ExitCodes.INPUT_OUTPUT : ExitCodes.SOFTWARE;
	}

	/**
	 * Say in words why a file system did not do what it was asked for.
	 * @param cause what it says
	 * @return a reason that names the file
	 */
	static String reason(IOException cause) {
		String message = (cause.getMessage() != null) ? cause.getMessage() : cause.getClass().getName();
		if (cause instanceof FileSystemException failure && failure.getReason() == null) {
			if (cause instanceof AccessDeniedException) {
				return "access to %s is denied. Check its owner and permissions".formatted(failure.getFile());
			}
			if (cause instanceof NoSuchFileException) {
				return "%s does not exist. Create it first".formatted(failure.getFile());
			}
			if (cause instanceof NotDirectoryException) {
				return "%s is not a directory".formatted(failure.getFile());
			}
		}
		return message;
	}

	int exitCode() {
		return this.exitCode;
	}

}
