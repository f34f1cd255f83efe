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
import java.util.List;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import org.junit.jupiter.api.Test;

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
	void packagesHaveNoCycles() {
		SlicesRuleDefinition.slices().matching("io.lockfile.(*)..").should().beFreeOfCycles().check(CORE);
	}

	@Test
	void coreKnowsNothingButTheJdkAndItsTwoLibraries() {
		ArchRuleDefinition.classes()
			.should()
			.onlyDependOnClassesThat()
			.resideInAnyPackage("java..", "io.lockfile..", "org.slf4j..", "org.jspecify..")
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
	void moduleExportsTheApiOnly() {
		Path classes = classesDirectory();
		assertThat(ModuleFinder.of(classes).find("io.lockfile").orElseThrow().descriptor().exports())
			.extracting(Object::toString)
			.containsExactly("io.lockfile");
	}

	@Test
	void libraryWorksOnTheModulePath() {
		String libraries = List.of(System.getProperty("java.class.path").split(File.pathSeparator))
			.stream()
			.filter((entry) -> entry.contains("slf4j-api"))
			.findFirst()
			.orElseThrow();
		try (ChildJvm child = ChildJvm
			.start(List.of("--module-path", classesDirectory() + File.pathSeparator + libraries, "--add-modules",
					"io.lockfile", "-cp", testClassesDirectory().toString()), OnModulePath.class.getName())) {
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
