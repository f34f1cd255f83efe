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

package io.lockfile.boot.autoconfigure;

import java.beans.PropertyDescriptor;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import com.jayway.jsonpath.DocumentContext;
import com.jayway.jsonpath.JsonPath;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.beans.BeanUtils;
import org.springframework.boot.context.properties.bind.DataObjectPropertyName;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import io.lockfile.LockFiles;
import io.lockfile.LockStrategy;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of the metadata that editors show.
 */
class ConfigurationMetadataTests {

	private static DocumentContext metadata;

	@BeforeAll
	static void read() throws IOException {
		try (InputStream stream = ConfigurationMetadataTests.class
			.getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
			metadata = JsonPath.parse(stream);
		}
	}

	/**
	 * Collect the properties that a class has.
	 * @param type the class
	 * @param prefix what their names begin with
	 * @param instance what has the defaults
	 * @param found the properties and their defaults
	 */
	private static void collect(Class<?> type, String prefix, Object instance, Map<String, List<Object>> found)
			throws ReflectiveOperationException {
		for (PropertyDescriptor property : BeanUtils.getPropertyDescriptors(type)) {
			if (property.getReadMethod() == null || property.getName().equals("class")) {
				continue;
			}
			String name = prefix + "." + DataObjectPropertyName.toDashedForm(property.getName());
			Object value = property.getReadMethod().invoke(instance);
			if (property.getPropertyType().getEnclosingClass() == type && !property.getPropertyType().isEnum()) {
				collect(property.getPropertyType(), name, value, found);
			}
			else {
				found.put(name, (value != null) ? List.of(value) : List.of());
			}
		}
	}

	private static List<String> names(String path) {
		return metadata.<List<String>>read(path).stream().filter((name) -> name.startsWith("lockfile.")).toList();
	}

	private static Map<String, Object> described(String name) {
		List<Map<String, Object>> properties = metadata.read("$.properties[?(@.name == '%s')]".formatted(name));
		assertThat(properties).as(name).hasSize(1);
		return properties.get(0);
	}

	@Test
	void everyPropertyIsDescribedWithItsDefault() throws ReflectiveOperationException {
		Map<String, List<Object>> properties = new TreeMap<>();
		collect(LockFileProperties.class, "lockfile", new LockFileProperties(), properties);
		assertThat(names("$.properties[*].name")).containsExactlyInAnyOrderElementsOf(properties.keySet());
		assertThat(properties).containsKeys("lockfile.enabled", "lockfile.lease.renew-interval");
		properties.forEach((name, value) -> {
			Map<String, Object> described = described(name);
			assertThat((String) described.get("description")).as(name).endsWith(".").hasSizeGreaterThan(20);
			assertThat((String) described.get("type")).as(name).isNotBlank();
			if (!value.isEmpty() && !(value.get(0) instanceof Map)) {
				assertThat(String.valueOf(described.get("defaultValue")).replace("-", "_")).as(name)
					.isEqualToIgnoringCase(value.get(0).toString());
			}
		});
	}

	@Test
	void everyTextHasHints() throws ReflectiveOperationException {
		Map<String, List<Object>> properties = new TreeMap<>();
		collect(LockFileProperties.class, "lockfile", new LockFileProperties(), properties);
		List<String> hinted = names("$.hints[*].name");
		List<String> missing = new ArrayList<>(properties.keySet());
		missing.removeAll(hinted);
		// A directory can be any; editors know what to propose for the other types
		missing.removeIf(
				(name) -> name.equals("lockfile.directory") || !"java.lang.String".equals(described(name).get("type")));
		assertThat(missing).isEmpty();
		assertThat(properties.keySet()).containsAll(hinted);
	}

	@Test
	void strategiesAreThoseThatExist() {
		assertThat(metadata.<List<String>>read("$.hints[?(@.name == 'lockfile.strategy')].values[*].value"))
			.containsExactlyInAnyOrderElementsOf(LockFiles.strategies().stream().map(LockStrategy::name).toList());
	}

	@Test
	void whatIsDescribedCanBeSet() {
		List<String> defaults = new ArrayList<>();
		for (String name : names("$.properties[*].name")) {
			Object value = described(name).get("defaultValue");
			if (value != null) {
				defaults.add(name + "=" + value);
			}
		}
		assertThat(defaults).hasSizeGreaterThan(8);
		new ApplicationContextRunner().withUserConfiguration(LockFileAutoConfiguration.class)
			.withPropertyValues(defaults.toArray(String[]::new))
			.run((context) -> assertThat(context).hasNotFailed());
	}

}
