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

/**
 * File locks with timeouts, shared mode and clear errors, without a framework.
 */
// JNA is an automatic module, and there only for who asks for it
@SuppressWarnings("requires-automatic")
module io.lockfile {

	requires org.slf4j;
	requires static com.sun.jna;
	requires static info.picocli;
	requires static transitive org.jspecify;
	requires static java.sql;

	exports io.lockfile;

	uses io.lockfile.LockStrategy;

	provides io.lockfile.LockStrategy
			with io.lockfile.strategy.FlockStrategy,
			io.lockfile.strategy.LeaseLockStrategy,
			io.lockfile.strategy.LinkLockStrategy,
			io.lockfile.strategy.MemoryLockStrategy,
			io.lockfile.strategy.MkdirLockStrategy,
			io.lockfile.strategy.OsLockStrategy,
			io.lockfile.strategy.PidLockStrategy,
			io.lockfile.strategy.SqliteLockStrategy,
			io.lockfile.strategy.SymlinkLockStrategy;

}
