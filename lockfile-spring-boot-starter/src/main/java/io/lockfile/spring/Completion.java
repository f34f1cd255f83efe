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

package io.lockfile.spring;

/**
 * When the work of an annotated method is done, and how that is known.
 */
enum Completion {

	/**
	 * When it returns.
	 */
	RETURN,

	/**
	 * When the returned {@link java.util.concurrent.CompletionStage} is completed.
	 */
	STAGE,

	/**
	 * When the returned {@link java.util.concurrent.Future} is done, for which the
	 * asynchronous thread waits.
	 */
	FUTURE,

	/**
	 * When the returned publisher terminates that emits one element at most, for each
	 * subscription.
	 */
	SINGLE,

	/**
	 * When the returned publisher terminates, for each subscription.
	 */
	MANY;

	boolean isReactive() {
		return this == SINGLE || this == MANY;
	}

}
