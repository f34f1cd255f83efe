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

import java.util.List;
import java.util.Objects;

/**
 * What users of a strategy have to know of it, as data: documentation, error messages and
 * the {@code verify} command are made from it.
 *
 * @param onDisk what stands on the disk while a path {@code P} is locked, and what stays
 * @param shared whether {@link LockMode#SHARED} is supported
 * @param afterCrash what ends the lock of a holder that died
 * @param waiting how those who wait learn that the lock is free
 * @param networkFileSystems what to expect on network file systems
 * @param needs what the strategy needs of the platform or of the class path
 * @param excludes the programs that it excludes, and is excluded by
 * @param remarks what else to know, above all what a crash can leave to an operator
 * @since 0.1.0
 */
public record StrategyLabel(String onDisk, boolean shared, AfterCrash afterCrash, Waiting waiting,
		String networkFileSystems, String needs, List<String> excludes, String remarks) {

	static final StrategyLabel NOTHING_KNOWN = new StrategyLabel("not told", false, AfterCrash.OPERATOR,
			Waiting.POLLING, "not told", "not told", List.of(), "This strategy has no label");

	/**
	 * Create a label.
	 */
	public StrategyLabel {
		Objects.requireNonNull(onDisk, "onDisk");
		Objects.requireNonNull(afterCrash, "afterCrash");
		Objects.requireNonNull(waiting, "waiting");
		Objects.requireNonNull(networkFileSystems, "networkFileSystems");
		Objects.requireNonNull(needs, "needs");
		Objects.requireNonNull(remarks, "remarks");
		excludes = List.copyOf(excludes);
	}

	/**
	 * What ends the lock of a holder that died.
	 */
	public enum AfterCrash {

		/**
		 * The kernel releases it, or it ends with the process in another way. There is
		 * nothing to be broken.
		 */
		RELEASED,

		/**
		 * The next one breaks it as soon as the holder's death is proved.
		 */
		PROOF_OF_DEATH,

		/**
		 * It expires when it is not renewed.
		 */
		EXPIRY,

		/**
		 * An operator has to break it, as far as is known.
		 */
		OPERATOR

	}

	/**
	 * How those who wait learn that a lock is free.
	 */
	public enum Waiting {

		/**
		 * They block in the kernel, where the platform can call them off.
		 */
		KERNEL,

		/**
		 * They are woken when the {@linkplain LockStrategy#marker marker} is removed,
		 * where the file system tells that, and ask now and then in any case.
		 */
		EVENTS,

		/**
		 * They ask again and again, after pauses of random length.
		 */
		POLLING

	}

}
