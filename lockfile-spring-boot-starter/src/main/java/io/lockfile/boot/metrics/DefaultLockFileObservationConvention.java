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

import java.util.Locale;

import io.micrometer.common.KeyValues;
import org.jspecify.annotations.Nullable;

/**
 * The keys that {@link LockFileObservation} documents.
 *
 * @since 0.1.0
 */
public class DefaultLockFileObservationConvention implements LockFileObservationConvention {

	@Override
	public KeyValues getLowCardinalityKeyValues(LockFileObservationContext context) {
		KeyValues values = KeyValues.of(LockFileObservation.Keys.LOCK.withValue(context.lock()),
				LockFileObservation.Keys.STRATEGY.withValue(context.attempt().strategy()),
				LockFileObservation.Keys.MODE.withValue(context.attempt().mode().name().toLowerCase(Locale.ROOT)));
		String outcome = context.outcome();
		return (outcome != null) ? values.and(LockFileObservation.WaitKeys.OUTCOME.withValue(outcome)) : values;
	}

	@Override
	public KeyValues getHighCardinalityKeyValues(LockFileObservationContext context) {
		return KeyValues.of(LockFileObservation.DetailKeys.PATH.withValue(context.attempt().path().toString()));
	}

	@Override
	public @Nullable String getContextualName(LockFileObservationContext context) {
		return "%s %s".formatted(context.getName(), context.lock());
	}

}
