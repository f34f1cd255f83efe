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

package io.lockfile.spring

import java.nio.file.Path
import java.util.Optional
import java.util.concurrent.CompletableFuture
import java.util.concurrent.TimeUnit

import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import kotlinx.coroutines.yield
import org.assertj.core.api.Assertions.assertThat
import org.awaitility.Awaitility.await
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import org.junit.jupiter.api.io.TempDir
import org.springframework.boot.autoconfigure.AutoConfigurations
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration
import org.springframework.boot.test.context.runner.ApplicationContextRunner

import io.lockfile.AlreadyLockedException
import io.lockfile.LockFiles
import io.lockfile.LockMode
import io.lockfile.boot.autoconfigure.LockFileAutoConfiguration
import io.lockfile.spring.test.FileLockTester

/**
 * Tests of suspending functions and flows.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class KotlinMethodsTests {

	@TempDir
	private lateinit var directory: Path

	private fun withJobs(vararg properties: String, test: suspend (Jobs, LockFiles) -> Unit) {
		ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(AopAutoConfiguration::class.java, LockFileAutoConfiguration::class.java))
			.withPropertyValues("lockfile.strategy=memory", "lockfile.directory=$directory")
			.withPropertyValues(*properties)
			.withBean(Jobs::class.java)
			.run { context ->
				val locks = context.getBean(LockFiles::class.java)
				runBlocking { test(context.getBean(Jobs::class.java), locks) }
				await().until { isFree(locks, "job") }
				assertThat(context.getBean(RunningBodies::class.java).count()).isZero()
			}
	}

	private fun isFree(locks: LockFiles, path: String) = !locks.get(path).isLocked()

	@Test
	fun suspendingFunctionIsLockedUntilItReturns() = withJobs { jobs, locks ->
		val proceed = CompletableDeferred<Unit>()
		val started = CompletableDeferred<Unit>()
		val result = coroutineScope {
			val running = async {
				jobs.work("x", started, proceed)
			}
			started.await()
			assertThat(isFree(locks, "job")).isFalse()
			proceed.complete(Unit)
			running.await()
		}
		assertThat(result).isEqualTo("done x")
		assertThat(isFree(locks, "job")).isTrue()
	}

	@Test
	fun failureReachesTheCallerAndReleases() = withJobs { jobs, locks ->
		val failure = runCatching { jobs.fail() }.exceptionOrNull()
		assertThat(failure).isInstanceOf(IllegalStateException::class.java).hasMessage("on purpose")
		assertThat(isFree(locks, "job")).isTrue()
	}

	@Test
	fun cancellationReleases() = withJobs { jobs, locks ->
		coroutineScope {
			val started = CompletableDeferred<Unit>()
			val running = launch { jobs.work("x", started, CompletableDeferred()) }
			started.await()
			assertThat(isFree(locks, "job")).isFalse()
			running.cancelAndJoin()
		}
		await().until { isFree(locks, "job") }
	}

	@Test
	fun lockThatIsNotObtainedIsThrownOrSkips() = withJobs { jobs, locks ->
		FileLockTester(locks).whileHeldElsewhere<Throwable>("job") {
			runBlocking {
				val failure = runCatching { jobs.fail() }.exceptionOrNull()
				assertThat(failure).isInstanceOf(AlreadyLockedException::class.java)
				assertThat(jobs.skip()).isNull()
			}
		}
		assertThat(jobs.skip()).isEqualTo("done")
	}

	@Test
	fun waitingBlocksNoThread() = withJobs { jobs, locks ->
		val held = locks.get("job").acquireAsync(LockMode.EXCLUSIVE, LockFiles.FOREVER).toCompletableFuture().join()
		coroutineScope {
			val proceed = CompletableDeferred(Unit)
			val waiting = async { jobs.work("x", CompletableDeferred(), proceed) }
			while (locks.snapshot().all { it.waiting().isEmpty() }) {
				yield()
			}
			// On the thread of the one that waits
			held.close()
			assertThat(waiting.await()).isEqualTo("done x")
		}
	}

	@Test
	fun callThatIsCancelledWhileItWaitsLeavesTheQueue() = withJobs { jobs, locks ->
		FileLockTester(locks).whileHeldElsewhere<Throwable>("job") {
			runBlocking {
				val waiting = launch { jobs.work("x", CompletableDeferred(), CompletableDeferred()) }
				while (locks.snapshot().all { it.waiting().isEmpty() }) {
					yield()
				}
				waiting.cancelAndJoin()
				await().until { locks.snapshot().all { it.waiting().isEmpty() } }
			}
		}
	}

	@Test
	fun bodyKnowsItsLockOnAllThreads() = withJobs { jobs, _ ->
		assertThat(jobs.names()).containsExactly("job", "job", "job")
		assertThat(FileLockContext.current()).isEmpty()
	}

	@Test
	fun bodyPassesWhileLocksAreDisabled() = withJobs("lockfile.enabled=false") { jobs, locks ->
		FileLockTester(locks).whileHeldElsewhere<Throwable>("job") {
			runBlocking {
				assertThat(jobs.work("x", CompletableDeferred(), CompletableDeferred(Unit))).isEqualTo("done x")
			}
		}
	}

	@Test
	fun flowIsLockedWhileItIsCollected() = withJobs { jobs, locks ->
		for (flow in listOf(jobs.numbers(locks), jobs.suspendingNumbers(locks))) {
			assertThat(isFree(locks, "job")).isTrue()
			assertThat(flow.toList()).containsExactly(false, false)
			assertThat(flow.first()).isFalse()
			await().until { isFree(locks, "job") }
			assertThat(flow.toList()).`as`("again").containsExactly(false, false)
		}
	}

	@Test
	fun skipWithNothingToReturnFailsTheStart() {
		for ((type, reason) in listOf(
			SuspendingNumber::class.java to "is to be skipped, and has nothing to return then",
			SuspendingText::class.java to "can't be null",
			Text::class.java to "can't be null"
		)) {
			ApplicationContextRunner()
				.withConfiguration(AutoConfigurations.of(AopAutoConfiguration::class.java, LockFileAutoConfiguration::class.java))
				.withPropertyValues("lockfile.strategy=memory")
				.withBean(type)
				.run { context ->
					assertThat(context.startupFailure).`as`(type.name)
						.isInstanceOf(FileLockDefinitionException::class.java)
						.hasMessageContaining(reason)
				}
		}
		ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(AopAutoConfiguration::class.java, LockFileAutoConfiguration::class.java))
			.withPropertyValues("lockfile.strategy=memory", "lockfile.directory=$directory")
			.withBean(Skippable::class.java)
			.run { context ->
				assertThat(context.startupFailure).isNull()
				val jobs = context.getBean(Skippable::class.java)
				FileLockTester(context.getBean(LockFiles::class.java)).whileHeldElsewhere<Throwable>("skippable") {
					runBlocking { jobs.suspendingUnit() }
					jobs.unit()
					assertThat(jobs.optional()).isEmpty()
					assertThat(jobs.stage().join()).isNull()
					assertThat(runBlocking { jobs.flow().toList() }).isEmpty()
					assertThat(runBlocking { jobs.suspendingFlow().toList() }).isEmpty()
				}
			}
	}

	open class SuspendingNumber {

		@FileLocked(path = "number", onUnavailable = FileLocked.OnUnavailable.SKIP)
		open suspend fun count(): Int = 1

	}

	open class SuspendingText {

		@FileLocked(path = "text", onUnavailable = FileLocked.OnUnavailable.SKIP)
		open suspend fun text(): String = ""

	}

	open class Text {

		@FileLocked(path = "text", onUnavailable = FileLocked.OnUnavailable.SKIP)
		open fun text(): String = ""

	}

	open class Skippable {

		@FileLocked(path = "skippable", name = "s1", onUnavailable = FileLocked.OnUnavailable.SKIP)
		open suspend fun suspendingUnit() {
			error("runs")
		}

		@FileLocked(path = "skippable", name = "s2", onUnavailable = FileLocked.OnUnavailable.SKIP)
		open fun unit() {
			error("runs")
		}

		@FileLocked(path = "skippable", name = "s3", onUnavailable = FileLocked.OnUnavailable.SKIP)
		open fun optional(): Optional<String> = error("runs")

		@FileLocked(path = "skippable", name = "s4", onUnavailable = FileLocked.OnUnavailable.SKIP)
		open fun stage(): CompletableFuture<String?> = error("runs")

		@FileLocked(path = "skippable", name = "s5", onUnavailable = FileLocked.OnUnavailable.SKIP)
		open fun flow(): Flow<String> = error("runs")

		@FileLocked(path = "skippable", name = "s6", onUnavailable = FileLocked.OnUnavailable.SKIP)
		open suspend fun suspendingFlow(): Flow<String> = error("runs")

	}

	open class Jobs {

		@FileLocked("job")
		open suspend fun work(id: String, started: CompletableDeferred<Unit>, proceed: CompletableDeferred<Unit>): String {
			FileLockContext.assertHeld()
			started.complete(Unit)
			proceed.await()
			return "done $id"
		}

		@FileLocked(path = "job", name = "names")
		open suspend fun names(): List<String> {
			val before = name()
			val elsewhere = withContext(Dispatchers.IO) { name() }
			return listOf(before, elsewhere, name())
		}

		private fun name() = FileLockContext.current("names").orElseThrow().lockFile().path().fileName.toString()

		@FileLocked(path = "job", name = "failing", timeout = "0")
		open suspend fun fail(): String {
			withContext(Dispatchers.IO) { check(false) { "on purpose" } }
			return "never"
		}

		@FileLocked(path = "job", name = "skipping", onUnavailable = FileLocked.OnUnavailable.SKIP)
		open suspend fun skip(): String? = withContext(Dispatchers.IO) { "done" }

		@FileLocked(path = "job", name = "numbers")
		open fun numbers(locks: LockFiles): Flow<Boolean> = flow {
			emit(!locks.get("job").isLocked())
			emit(!locks.get("job").isLocked())
		}

		@FileLocked(path = "job", name = "suspending-numbers")
		open suspend fun suspendingNumbers(locks: LockFiles): Flow<Boolean> = withContext(Dispatchers.IO) { numbersOf(locks) }

		private fun numbersOf(locks: LockFiles) = flow {
			emit(!locks.get("job").isLocked())
			emit(!locks.get("job").isLocked())
		}

	}

}
