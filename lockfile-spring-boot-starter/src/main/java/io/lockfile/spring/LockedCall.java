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

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.StreamSupport;

import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.core.DefaultParameterNameDiscoverer;
import org.springframework.core.ParameterNameDiscoverer;
import org.springframework.expression.EvaluationContext;

import io.lockfile.LockFailedException;
import io.lockfile.LockFile;
import io.lockfile.LockUnavailableException;

/**
 * One call of an annotated method: which locks it needs, and what happens instead of it.
 */
final class LockedCall {

	static final ParameterNameDiscoverer PARAMETER_NAMES = new DefaultParameterNameDiscoverer();

	private static final Path PARENT = Path.of("..");

	private static final Logger logger = LoggerFactory.getLogger(LockedCall.class);

	private final FileLockedMethods methods;

	private final FileLockedMethod method;

	private final MethodInvocation invocation;

	private final FileLockSkipListener skipListener;

	LockedCall(FileLockedMethods methods, FileLockedMethod method, MethodInvocation invocation,
			FileLockSkipListener skipListener) {
		this.methods = methods;
		this.method = method;
		this.invocation = invocation;
		this.skipListener = skipListener;
	}

	/**
	 * Resolve the locks of this call.
	 * @return the locks, in the order in which they are taken
	 */
	List<LockRequest> requests() {
		List<FileLockSpec> specs = this.method.specs();
		if (specs.size() == 1) {
			return List.of(request(specs.get(0)));
		}
		List<LockRequest> requests = new ArrayList<>();
		for (FileLockSpec spec : specs) {
			requests.add(request(spec));
		}
		return LockRequest.inOrder(requests);
	}

	private LockRequest request(FileLockSpec spec) {
		LockFile lock = lock(spec);
		return new LockRequest(spec.name(), lock, spec.mode(), spec.timeout(), spec.minHold());
	}

	/**
	 * Do what is to be done when a lock was not obtained.
	 * @param requests what was asked for
	 * @param ex who has it
	 * @return what the method returns instead
	 * @throws Throwable the exception, or what the fallback method throws
	 */
	@Nullable Object instead(List<LockRequest> requests, LockUnavailableException ex) throws Throwable {
		LockRequest refused = requests.stream()
			.filter((request) -> request.lock().path().toString().equals(ex.getPath()))
			.findFirst()
			.orElse(requests.get(0));
		FileLockSpec spec = this.method.specs()
			.stream()
			.filter((candidate) -> candidate.name().equals(refused.name()))
			.findFirst()
			.orElseThrow();
		if (spec.isSkipping()) {
			logger.debug("Skipped: {}", ex.getMessage());
			tellSkipped(refused);
			return this.method.skipped();
		}
		if (spec.fallback() == null) {
			throw ex;
		}
		logger.debug("{} is called instead: {}", spec.fallback().getName(), ex.getMessage());
		return callFallback(spec, ex);
	}

	private @Nullable Object callFallback(FileLockSpec spec, LockUnavailableException ex) throws Throwable {
		@Nullable Object[] arguments = this.invocation.getArguments();
		if (spec.fallback().getParameterCount() > arguments.length) {
			arguments = Arrays.copyOf(arguments, arguments.length + 1);
			arguments[arguments.length - 1] = ex;
		}
		try {
			return spec.fallback().invoke(target(spec.fallback()), arguments);
		}
		catch (InvocationTargetException failure) {
			throw failure.getTargetException();
		}
	}

	/**
	 * Find the object itself, if what this proxy stands for is another proxy: it has the
	 * fields.
	 * @param fallback what is to be called
	 * @return the object
	 */
	private @Nullable Object target(Method fallback) {
		Object target = this.invocation.getThis();
		Object next = target;
		while (next != null && fallback.getDeclaringClass().isInstance(next)) {
			target = next;
			next = AopProxyUtils.getSingletonTarget(target);
		}
		return target;
	}

	private void tellSkipped(LockRequest refused) {
		try {
			this.skipListener.skipped(refused.name(), refused.lock().strategy(), refused.mode());
		}
		catch (RuntimeException ex) {
			logger.warn("Nobody could be told that lock '{}' was skipped", refused.name(), ex);
		}
	}

	private String path(FileLockSpec spec) {
		if (spec.path().isLiteral()) {
			return spec.path().literal();
		}
		EvaluationContext context = this.methods.expressions().context(this.method, this.invocation);
		try {
			return confined(spec.path().evaluate(context), spec);
		}
		catch (RuntimeException ex) {
			// What an expression calls may throw anything
			throw unresolved(spec, ex);
		}
	}

	private LockFile lock(FileLockSpec spec) {
		String path = path(spec);
		try {
			return spec.lock(this.methods.locks(), path).usedBy(this.method.user());
		}
		catch (LockFailedException ex) {
			throw unresolved(spec, ex);
		}
	}

	private LockFailedException unresolved(FileLockSpec spec, RuntimeException cause) {
		String strategy = spec.lock(this.methods.locks(), "any").strategy();
		return new LockFailedException(
				("The path '%s' of lock '%s' (method %s, strategy %s) can't be resolved for this call: %s. "
						+ "Correct the attribute 'path', or what is passed to the method")
					.formatted(spec.path(), spec.name(), this.method, strategy,
							(cause.getMessage() != null) ? cause.getMessage() : cause.getClass().getName()),
				spec.path().toString(), strategy, Duration.ZERO, cause);
	}

	private String confined(String path, FileLockSpec spec) {
		if (spec.path().isAbsoluteByItsText()) {
			return path;
		}
		Path directory = this.methods.locks().directory();
		try {
			Path resolved = directory.resolve(path);
			// What '..' means after a symbolic link, only the file system knows
			if (!resolved.normalize().startsWith(directory)
					|| StreamSupport.stream(resolved.spliterator(), false).anyMatch(PARENT::equals)) {
				throw new IllegalArgumentException(
						"it yields '%s', which leaves the lock directory %s".formatted(path, directory));
			}
		}
		catch (InvalidPathException ex) {
			throw new IllegalArgumentException("it yields '%s', which can't be a path: %s"
				.formatted(ex.getInput().replaceAll("\\p{Cntrl}", "?"), ex.getReason()), ex);
		}
		return path;
	}

}
