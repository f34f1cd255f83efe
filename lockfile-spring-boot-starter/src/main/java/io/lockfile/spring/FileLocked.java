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

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.springframework.aot.hint.annotation.Reflective;
import org.springframework.core.annotation.AliasFor;

import io.lockfile.LockMode;

/**
 * The body of the annotated method never runs twice at once for one path: not in two
 * threads, not in two JVMs, and not beside another program that locks the same file.
 *
 * <pre class="code">
 * &#64;FileLocked(path = "orders/#{#order.id}", timeout = "5s", name = "settle")
 * Receipt settle(Order order) { ... }
 * </pre>
 *
 * The lock is obtained before the method's own transaction begins and released after it
 * has ended, so that the next holder sees what this one committed. A transaction that the
 * caller has begun ends after the lock is released: lock where the transaction begins.
 * The thread that holds it may call methods locked by the same path.
 * <p>
 * As with all advice, only calls through the proxy are locked: a call from within the
 * same object is not. Methods that return before their work is done ({@code Future},
 * {@code CompletionStage}, reactive types) are refused at start-up.
 * <p>
 * For a method whose lock is named {@code settle}, the properties
 * {@code lockfile.locks.settle.*} take precedence over the attributes here, and these
 * over {@code lockfile.*}.
 *
 * @since 0.1.0
 */
@Target({ ElementType.METHOD, ElementType.ANNOTATION_TYPE })
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Reflective
public @interface FileLocked {

	/**
	 * Alias for {@link #path}.
	 * @return the path
	 */
	@AliasFor("path")
	String value() default "";

	/**
	 * The path to lock, relative to the lock directory: literal text, {@code ${...}}
	 * placeholders and <code>#{...}</code> expressions over the method's arguments
	 * ({@code #name}) and beans ({@code @name}). An expression yields one part of a path
	 * without separators, unless the template is one whole expression; it can't leave the
	 * lock directory. A path written without expressions may be absolute. Default: the
	 * {@link #name}; one of both is needed.
	 * @return the path
	 */
	@AliasFor("value")
	String path() default "";

	/**
	 * How long to wait for the lock, with a unit: {@code 5s}, {@code 500ms},
	 * {@code PT1M}. {@code 0} is one try, {@code -1} is forever. Placeholders are
	 * resolved. This never limits the method's body. Default: one try with
	 * {@link OnUnavailable#SKIP}, otherwise {@code lockfile.timeout}.
	 * @return the timeout
	 */
	String timeout() default "";

	/**
	 * What properties, meters and logs call the lock. Default: the {@link #path} if that
	 * is made of letters, digits and {@code -}, otherwise the class's and the method's
	 * name in kebab case, for example {@code order-service-settle}.
	 * @return the name
	 */
	String name() default "";

	/**
	 * The name of the strategy that locks the path. Default: {@code lockfile.strategy}.
	 * @return the strategy
	 */
	String strategy() default "";

	/**
	 * Whether the lock is held alone or together with others. A strategy that has no
	 * {@link LockMode#SHARED} is refused at start-up.
	 * @return the mode
	 */
	LockMode mode() default LockMode.EXCLUSIVE;

	/**
	 * What happens when somebody else has the lock. Every other failure to lock is thrown
	 * in any case.
	 * @return the reaction
	 */
	OnUnavailable onUnavailable() default OnUnavailable.THROW;

	/**
	 * What happens when somebody else has the lock.
	 */
	enum OnUnavailable {

		/**
		 * The {@link io.lockfile.LockUnavailableException} is thrown.
		 */
		THROW,

		/**
		 * The body doesn't run, and the method returns {@code null} or an empty
		 * {@code Optional}. Refused for methods that return a primitive.
		 */
		SKIP

	}

}
