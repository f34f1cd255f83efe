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
import java.lang.annotation.Repeatable;
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
 * same object is not. {@link FileLockContext#assertHeld()} in the body finds that out.
 * Methods that Spring calls on the object itself, such as those to initialize it, are
 * refused at start-up.
 * <p>
 * A method that returns a {@code CompletionStage} is locked until that is completed or
 * cancelled. The calling thread waits for the lock and runs the body, unless it is one of
 * Reactor's threads that must not block; a lock that is not obtained fails the stage. A
 * method that returns a {@code Mono}, a {@code Flux} or another reactive type that Spring
 * knows, or that is a suspending function, runs under a lock of its own for each
 * subscription, until that ends or is cancelled: on one of Reactor's elastic threads if
 * it gets the lock at once, or else on one of this library's. A plain {@code Future}
 * can't be followed: it is allowed on {@code @Async} methods, which are locked in their
 * asynchronous thread, and refused elsewhere. No thread enters such locks again, not even
 * the one that asked for them.
 * <p>
 * Several annotations on one method are taken in the order of their paths, so that two
 * methods can't wait for each other; all of them or none. They are released in reverse.
 * Each waits for its own timeout.
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
@Repeatable(FileLocked.List.class)
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
	 * What properties, meters, logs and the actuator endpoint call the lock: letters,
	 * digits, {@code -}, {@code _} and {@code .}, but not {@code none} or {@code other},
	 * which meters have for other purposes. Default: the {@link #path} if that is such a
	 * name of letters, digits and {@code -}, otherwise the class's and the method's name
	 * in kebab case, for example {@code order-service-settle}.
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
	 * The name of a method of the same class that is called instead of this one when
	 * somebody else has the lock. It has the same parameters, optionally followed by one
	 * that takes the {@link io.lockfile.LockUnavailableException}, and a return type that
	 * fits; it may be private. It is called on the object itself, without a lock and
	 * without advice. Not together with {@link OnUnavailable#SKIP}.
	 * @return the name of the method
	 */
	String fallbackMethod() default "";

	/**
	 * For how long the lock is kept at least, with a unit, even if the body ends earlier:
	 * the method returns at once, and the lock stays taken until that time has passed
	 * since it was acquired. That keeps a job from running again on another machine whose
	 * clock is a little behind. The end of the JVM ends it. Placeholders are resolved.
	 * Default: {@code lockfile.min-hold}, or none.
	 * @return the minimum duration
	 */
	String minHold() default "";

	/**
	 * What happens when somebody else has the lock.
	 */
	enum OnUnavailable {

		/**
		 * The {@link io.lockfile.LockUnavailableException} is thrown.
		 */
		THROW,

		/**
		 * The body doesn't run, and the method returns {@code null}, an empty
		 * {@code Optional}, a completed stage of {@code null}, or a publisher without
		 * elements. Refused for methods that return a primitive, a reactive type that
		 * can't be empty, or a type of Kotlin that can't be {@code null}.
		 */
		SKIP

	}

	/**
	 * Several locks of one method.
	 *
	 * @since 0.1.0
	 */
	@Target({ ElementType.METHOD, ElementType.ANNOTATION_TYPE })
	@Retention(RetentionPolicy.RUNTIME)
	@Documented
	@Reflective
	@interface List {

		/**
		 * The locks.
		 * @return one annotation for each
		 */
		FileLocked[] value();

	}

}
