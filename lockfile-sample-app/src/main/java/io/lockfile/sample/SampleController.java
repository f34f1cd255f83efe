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

package io.lockfile.sample;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * Shows which instance imported what, and makes reports.
 */
@RestController
class SampleController {

	private final OrderRepository orders;

	private final NightlyReport nightlyReport;

	SampleController(OrderRepository orders, NightlyReport nightlyReport) {
		this.orders = orders;
		this.nightlyReport = nightlyReport;
	}

	@GetMapping("/imports")
	Imports imports() {
		List<ImportedFile> files = this.orders.findImportedFiles();
		return new Imports(
				files.stream()
					.collect(Collectors.groupingBy(ImportedFile::instance, TreeMap::new, Collectors.counting())),
				files);
	}

	@PostMapping("/reports")
	Report report() {
		return this.nightlyReport.create();
	}

	/**
	 * Which instance imported what.
	 *
	 * @param filesByInstance how many files each instance imported
	 * @param files the files in the order of their import
	 */
	record Imports(Map<String, Long> filesByInstance, List<ImportedFile> files) {

	}

}
