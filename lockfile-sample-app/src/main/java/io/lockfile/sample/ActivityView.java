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
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * What the instances did in the last minutes.
 *
 * @param time when this instance looked
 * @param intervalSeconds how long the intervals of the times are
 * @param keptSeconds how far back they reach
 * @param instances what each instance that answers remembers, this one first
 * @param importsReadAt when the database told the imports, or {@code null} if it has
 * never answered
 * @param imports what each instance imported so far
 * @param latestImports the latest imports, the last one first
 */
record ActivityView(Instant time, long intervalSeconds, long keptSeconds, List<InstanceTimes> instances,
		@Nullable Instant importsReadAt, List<ImportCount> imports, List<ImportedFile> latestImports) {

}
