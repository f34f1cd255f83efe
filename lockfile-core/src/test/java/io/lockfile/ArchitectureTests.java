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

package io.lockfile;

import java.io.File;
import java.lang.module.ModuleFinder;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.lockfile.testing.ChildJvm;
import io.lockfile.testing.OnModulePath;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The arrows between the packages of the core, and what it shows to others.
 */
class ArchitectureTests {

	private static final JavaClasses CORE = new ClassFileImporter()
		.withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
		.importPackages("io.lockfile");

	@TempDir
	private Path directory;

	@Test
	void apiAndEngineDoNotKnowTheStrategies() {
		ArchRuleDefinition.noClasses()
			.that()
			.resideInAPackage("io.lockfile")
			.should()
			.dependOnClassesThat()
			.resideInAPackage("io.lockfile.*..")
			.check(CORE);
	}

	@Test
	void commandLineIsAUserLikeAnyOther() {
		ArchRuleDefinition.classes()
			.that()
			.resideInAPackage("io.lockfile.cli..")
			.should()
			.onlyDependOnClassesThat()
			.resideInAnyPackage("java..", "io.lockfile", "io.lockfile.cli..", "picocli..", "org.slf4j..",
					"org.jspecify..")
			.check(CORE);
		ArchRuleDefinition.noClasses()
			.that()
			.resideOutsideOfPackage("io.lockfile.cli..")
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage("io.lockfile.cli..", "picocli..")
			.check(CORE);
	}

	@Test
	void packagesHaveNoCycles() {
		SlicesRuleDefinition.slices().matching("io.lockfile.(*)..").should().beFreeOfCycles().check(CORE);
	}

	@Test
	void coreKnowsNothingButTheJdkAndItsTwoLibraries() {
		ArchRuleDefinition.classes()
			.that()
			.doNotHaveFullyQualifiedName("io.lockfile.strategy.JnaCalls")
			.and()
			.resideOutsideOfPackage("io.lockfile.cli..")
			.should()
			.onlyDependOnClassesThat()
			.resideInAnyPackage("java..", "io.lockfile..", "org.slf4j..", "org.jspecify..")
			.check(CORE);
	}

	@Test
	void oneClassOfTheStrategiesKnowsJna() {
		ArchRuleDefinition.classes()
			.that()
			.haveFullyQualifiedName("io.lockfile.strategy.JnaCalls")
			.should()
			.onlyDependOnClassesThat()
			.resideInAnyPackage("java..", "io.lockfile.strategy..", "com.sun.jna..")
			.check(CORE);
	}

	@Test
	void javaSqlIsKnownOnlyBehindTheLookForTheDriver() {
		ArchRuleDefinition.noClasses()
			.that()
			.haveNameNotMatching(".*\\.Sqlite(Connection|Database|Table)(\\$.*)?")
			.should()
			.dependOnClassesThat()
			.resideInAPackage("java.sql..")
			.check(CORE);
	}

	@Test
	void onlyWhatTellsADateAsksTheWallClock() {
		// Timeouts, pauses and intervals are of the monotonic clock, which nobody sets
		ArchRuleDefinition.noClasses()
			.that()
			.haveNameNotMatching(".*\\.(Claimed|DirectoryCheck|LeaseLockStrategy(\\$LeaseMarker)?"
					+ "|MkdirLockStrategy\\$DirectoryMarker|PathLock|SqliteRow)")
			.should()
			.callMethod(System.class, "currentTimeMillis")
			.orShould()
			.callMethod(Instant.class, "now")
			.check(CORE);
	}

	@Test
	void moduleExportsTheApiOnly() {
		Path classes = classesDirectory();
		assertThat(ModuleFinder.of(classes).find("io.lockfile").orElseThrow().descriptor().exports())
			.extracting(Object::toString)
			.containsExactly("io.lockfile");
	}

	@ParameterizedTest
	@CsvSource({ "memory, 'slf4j-api-', io.lockfile", "os, 'slf4j-api-', io.lockfile",
			"flock, 'slf4j-api- jna-', 'io.lockfile,com.sun.jna'" })
	void libraryWorksOnTheModulePath(String strategy, String jars, String modules) {
		List<String> names = List.of(jars.split(" "));
		List<String> path = new ArrayList<>(List.of(System.getProperty("java.class.path").split(File.pathSeparator)));
		path.removeIf((entry) -> names.stream().noneMatch(Path.of(entry).getFileName().toString()::startsWith));
		assertThat(path).hasSameSizeAs(names);
		path.add(classesDirectory().toString());
		List<String> options = new ArrayList<>(List.of("--module-path", String.join(File.pathSeparator, path),
				"--add-modules", modules, "-cp", testClassesDirectory().toString()));
		if (modules.contains("com.sun.jna") && Runtime.version().feature() >= 24) {
			options.add("--enable-native-access=com.sun.jna");
		}
		try (ChildJvm child = ChildJvm.start(options, OnModulePath.class.getName(), this.directory, strategy)) {
			assertThat(child.finish()).containsExactly("true true");
		}
	}

	private static Path classesDirectory() {
		return Path.of(LockFiles.class.getProtectionDomain().getCodeSource().getLocation().getPath());
	}

	private static Path testClassesDirectory() {
		return Path.of(ArchitectureTests.class.getProtectionDomain().getCodeSource().getLocation().getPath());
	}

}
