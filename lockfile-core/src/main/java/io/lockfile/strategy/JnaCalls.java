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

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;

/**
 * System calls by JNA. This is the only class that mentions it, so all others load
 * without.
 */
final class JnaCalls implements SystemCalls {

	private final UnixPlatform platform;

	/**
	 * Tell from what loading it has led to whether JNA is there.
	 * @param ex the failure
	 * @return {@code true} if only its native part can't be loaded, now or the first time
	 */
	private static boolean isPresent(LinkageError ex) {
		return ex instanceof UnsatisfiedLinkError || ex instanceof ExceptionInInitializerError
				|| String.valueOf(ex.getMessage()).startsWith("Could not initialize class");
	}

	private JnaCalls(UnixPlatform platform) {
		this.platform = platform;
		Native.register(LibC.class, NativeLibrary.getProcess());
	}

	/**
	 * Load JNA.
	 * @return the system calls
	 * @throws IOException if this is another platform, or JNA isn't there or can't be
	 * loaded
	 */
	static SystemCalls load() throws IOException {
		UnixPlatform platform = UnixPlatform.current();
		try {
			return new JnaCalls(platform);
		}
		catch (LinkageError ex) {
			Throwable reason = (ex instanceof ExceptionInInitializerError && ex.getCause() != null) ? ex.getCause()
					: ex;
			if (isPresent(ex)) {
				throw new IOException(("JNA can't load its native part (%s). Let java.io.tmpdir or jna.tmpdir be a "
						+ "directory that can be written and executed in")
					.formatted(String.valueOf(ex.getMessage()).lines().findFirst().orElse("")), ex);
			}
			throw new IOException(
					"it needs JNA, which is missing or can't be loaded (%s). Add the dependency ".formatted(reason)
							+ "net.java.dev.jna:jna, on the module path with --add-modules com.sun.jna",
					ex);
		}
	}

	@Override
	public UnixPlatform platform() {
		return this.platform;
	}

	@Override
	public int open(byte[] path, int flags) {
		return result(LibC.open(path, flags));
	}

	@Override
	public int flock(int descriptor, int operation) {
		return result(LibC.flock(descriptor, operation));
	}

	@Override
	public int close(int descriptor) {
		return result(LibC.close(descriptor));
	}

	@Override
	public String describe(int error) {
		return LibC.strerror(error);
	}

	private static int result(int returned) {
		return (returned >= 0) ? returned : -Native.getLastError();
	}

	/**
	 * The functions of the C library, by their names.
	 */
	private static final class LibC {

		static native int open(byte[] path, int flags);

		static native int flock(int descriptor, int operation);

		static native int close(int descriptor);

		static native String strerror(int error);

	}

}
