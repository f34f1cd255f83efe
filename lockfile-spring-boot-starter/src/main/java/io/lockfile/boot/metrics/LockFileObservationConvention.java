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

package io.lockfile.boot.metrics;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;

/**
 * Which keys the observations of locks have. A bean of this type replaces the
 * {@linkplain DefaultLockFileObservationConvention default}; extend that, since meters,
 * dashboards and alerts go by its keys. The name of an observation is not the
 * convention's business: what {@link #getName()} returns would be the name of both.
 *
 * @since 0.1.0
 * @see LockFileObservation
 */
public interface LockFileObservationConvention extends ObservationConvention<LockFileObservationContext> {

	@Override
	default boolean supportsContext(Observation.Context context) {
		return context instanceof LockFileObservationContext;
	}

}
