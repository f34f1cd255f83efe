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

import java.lang.reflect.Method;
import java.util.Map;

import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.util.ConcurrentReferenceHashMap;
import org.springframework.util.ConcurrentReferenceHashMap.ReferenceType;
import org.springframework.util.ReflectionUtils;

/**
 * Tells which types can have annotated methods. Nearly none has, and an application has
 * thousands of methods that need no closer look then.
 */
final class CandidateTypes {

	private static final Map<Class<?>, Boolean> DECLARING = new ConcurrentReferenceHashMap<>(256, ReferenceType.WEAK);

	private CandidateTypes() {
	}

	/**
	 * Look at a type, what it extends and what it implements.
	 * @param type the type
	 * @return whether the annotation is on a method of one of them
	 */
	static boolean contains(Class<?> type) {
		for (Class<?> current = type; current != null && current != Object.class; current = current.getSuperclass()) {
			if (isDeclaring(current)) {
				return true;
			}
			for (Class<?> implemented : current.getInterfaces()) {
				if (contains(implemented)) {
					return true;
				}
			}
		}
		return false;
	}

	private static boolean isDeclaring(Class<?> type) {
		Boolean known = DECLARING.get(type);
		if (known == null) {
			known = !type.getName().startsWith("java.") && look(type);
			DECLARING.put(type, known);
		}
		return known;
	}

	private static boolean look(Class<?> type) {
		try {
			for (Method method : ReflectionUtils.getDeclaredMethods(type)) {
				if (method.getDeclaredAnnotations().length > 0
						&& MergedAnnotations.from(method).isPresent(FileLocked.class)) {
					return true;
				}
			}
			return false;
		}
		catch (IllegalStateException | LinkageError ex) {
			// It refers to what isn't there; whoever looks closer can say more
			return true;
		}
	}

}
