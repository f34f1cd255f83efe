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

import java.util.List;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import org.junit.jupiter.api.Test;

import io.lockfile.spring.FileLockContext;

/**
 * The arrows between the packages of the starter.
 */
class ArchitectureTests {

	private static final JavaClasses STARTER = new ClassFileImporter()
		.withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
		.importPackages("io.lockfile.spring", "io.lockfile.boot");

	@Test
	void nothingButTheAutoConfigurationKnowsTheOthers() {
		ArchRuleDefinition.noClasses()
			.that()
			.resideInAPackage("io.lockfile.spring..")
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage("io.lockfile.boot..", "org.springframework.boot..")
			.check(STARTER);
		ArchRuleDefinition.noClasses()
			.that()
			.resideInAnyPackage("io.lockfile.boot.actuate..", "io.lockfile.boot.health..", "io.lockfile.boot.metrics..")
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage("io.lockfile.spring..", "io.lockfile.boot.autoconfigure..")
			.check(STARTER);
		for (String concern : List.of("actuate", "health", "metrics")) {
			ArchRuleDefinition.noClasses()
				.that()
				.resideInAPackage("io.lockfile.boot." + concern + "..")
				.should()
				.dependOnClassesThat(JavaClass.Predicates.resideInAPackage("io.lockfile.boot..")
					.and(JavaClass.Predicates.resideOutsideOfPackage("io.lockfile.boot." + concern + "..")))
				.allowEmptyShould(true)
				.check(STARTER);
		}
	}

	@Test
	void packagesHaveNoCycles() {
		SlicesRuleDefinition.slices().matching("io.lockfile.(**)").should().beFreeOfCycles().check(STARTER);
	}

	@Test
	void onlyTheMetricsKnowMicrometer() {
		ArchRuleDefinition.noClasses()
			.that()
			.resideOutsideOfPackage("io.lockfile.boot.metrics..")
			.and()
			.doNotHaveSimpleName("LockFileMetricsAutoConfiguration")
			.and()
			.doNotHaveSimpleName("LockFileObservationAutoConfiguration")
			.should()
			.dependOnClassesThat()
			.resideInAPackage("io.micrometer..")
			.check(STARTER);
	}

	@Test
	void onlyTheTesterAssumesThatLocksAreHeld() {
		ArchRuleDefinition.noClasses()
			.that()
			.resideOutsideOfPackage("io.lockfile.spring.test..")
			.should()
			.callMethod(FileLockContext.class, "assumeHeld")
			.check(STARTER);
		ArchRuleDefinition.noClasses()
			.that()
			.resideOutsideOfPackage("io.lockfile.spring.test..")
			.should()
			.dependOnClassesThat()
			.resideInAPackage("io.lockfile.spring.test..")
			.check(STARTER);
	}

	@Test
	void nobodyReachesIntoTheStrategiesOfTheCore() {
		ArchRuleDefinition.noClasses()
			.should()
			.dependOnClassesThat()
			.resideInAPackage("io.lockfile.strategy..")
			.check(STARTER);
	}

}
