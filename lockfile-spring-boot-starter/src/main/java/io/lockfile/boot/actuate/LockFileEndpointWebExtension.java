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

package io.lockfile.boot.actuate;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.annotation.DeleteOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.actuate.endpoint.web.annotation.EndpointWebExtension;

/**
 * What is different over HTTP: a refusal has the status 409, so that scripts see it.
 *
 * @since 0.1.0
 */
@EndpointWebExtension(endpoint = LockFileEndpoint.class)
public final class LockFileEndpointWebExtension {

	private static final int CONFLICT = 409;

	private final LockFileEndpoint endpoint;

	/**
	 * Create an instance.
	 * @param endpoint what does the work
	 */
	public LockFileEndpointWebExtension(LockFileEndpoint endpoint) {
		this.endpoint = endpoint;
	}

	/**
	 * Break a lock as {@link LockFileEndpoint#breakLock} does.
	 * @param name the declared name
	 * @param path the path
	 * @param force whether to break it even if its holder lives
	 * @return how that ended, with the status 409 if it was refused
	 */
	@DeleteOperation
	public WebEndpointResponse<LockFileBreakDescriptor> breakLock(@Selector String name, @Nullable String path,
			@Nullable Boolean force) {
		LockFileBreakDescriptor result = this.endpoint.breakLock(name, path, force);
		if (result == null) {
			return new WebEndpointResponse<>(WebEndpointResponse.STATUS_NOT_FOUND);
		}
		return new WebEndpointResponse<>(result, result.isRefused() ? CONFLICT : WebEndpointResponse.STATUS_OK);
	}

}
