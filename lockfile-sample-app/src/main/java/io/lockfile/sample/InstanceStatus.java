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

import java.time.Instant;

/**
 * How an instance is doing, as seen from this one.
 *
 * @param name its name
 * @param pid its process
 * @param port the port that it listens to, or 0 if there is none
 * @param here whether it's this one
 * @param answering whether it has just answered
 * @param lastAnswer when it answered for the last time
 * @param running whether its process is there
 */
record InstanceStatus(String name, long pid, int port, boolean here, boolean answering, Instant lastAnswer,
		boolean running) {

}
