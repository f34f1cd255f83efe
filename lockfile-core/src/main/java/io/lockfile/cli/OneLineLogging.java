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

import java.io.Serial;

import org.jspecify.annotations.Nullable;
import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.BasicMarkerFactory;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;
import org.slf4j.helpers.NOPLogger;
import org.slf4j.helpers.NOPMDCAdapter;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

/**
 * The logging of the executable jar: warnings and errors, each in one line on the
 * standard error, but nothing of SQLite's driver. Only that jar registers it.
 */
public final class OneLineLogging implements SLF4JServiceProvider {

	/**
	 * The driver of SQLite complains of files that another process deleted first. What
	 * matters, it throws.
	 */
	private static final String SQLITE = "org.sqlite.";

	private final IMarkerFactory markers = new BasicMarkerFactory();

	private final MDCAdapter contexts = new NOPMDCAdapter();

	private final ILoggerFactory loggers = (name) -> name.startsWith(SQLITE) ? NOPLogger.NOP_LOGGER
			: new OneLineLogger();

	/**
	 * Create the provider, as {@link java.util.ServiceLoader} does.
	 */
	public OneLineLogging() {
	}

	@Override
	public ILoggerFactory getLoggerFactory() {
		return this.loggers;
	}

	@Override
	public IMarkerFactory getMarkerFactory() {
		return this.markers;
	}

	@Override
	public MDCAdapter getMDCAdapter() {
		return this.contexts;
	}

	@Override
	public String getRequestedApiVersion() {
		return "2.0.99";
	}

	@Override
	public void initialize() {
	}

	private static final class OneLineLogger extends LegacyAbstractLogger {

		@Serial
		private static final long serialVersionUID = 1L;

		@Override
		public boolean isTraceEnabled() {
			return false;
		}

		@Override
		public boolean isDebugEnabled() {
			return false;
		}

		@Override
		public boolean isInfoEnabled() {
			return false;
		}

		@Override
		public boolean isWarnEnabled() {
			return true;
		}

		@Override
		public boolean isErrorEnabled() {
			return true;
		}

		@Override
		protected @Nullable String getFullyQualifiedCallerName() {
			return null;
		}

		@Override
		protected void handleNormalizedLoggingCall(Level level, @Nullable Marker marker, String message,
				Object @Nullable [] arguments, @Nullable Throwable throwable) {
			String text = MessageFormatter.basicArrayFormat(message, arguments);
			System.err.println(Main.oneLine("lockfile: " + text + ((throwable != null) ? ": " + throwable : "")));
		}

	}

}
