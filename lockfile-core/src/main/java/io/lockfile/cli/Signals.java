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

package io.lockfile.cli;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * Signals of the operating system, as the JDK's module {@code jdk.unsupported} tells
 * them. It is called by reflection because the compiler warns of it and can't be told
 * that this is meant.
 */
final class Signals {

	private static final List<String> NAMES = List.of("TERM", "INT", "HUP");

	private Signals() {
	}

	/**
	 * Handle those signals that usually end a JVM, instead of ending it. What the
	 * platform doesn't know, what was ignored when this JVM was started (as {@code nohup}
	 * does) and what {@code -Xrs} leaves to the system stays as it is.
	 * @param handler is told the name and number of each signal that comes, on a thread
	 * of the JVM
	 */
	static void handle(BiConsumer<String, Integer> handler) {
		for (String name : NAMES) {
			try {
				handle(name, handler);
			}
			catch (ReflectiveOperationException ex) {
				// The platform doesn't know this signal, or the JDK handles none
				continue;
			}
		}
	}

	private static void handle(String name, BiConsumer<String, Integer> handler) throws ReflectiveOperationException {
		Class<?> signalType = Class.forName("sun.misc.Signal");
		Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
		Object signal = signalType.getConstructor(String.class).newInstance(name);
		int number = (int) signalType.getMethod("getNumber").invoke(signal);
		InvocationHandler invocation = (proxy, method, arguments) -> switch (method.getName()) {
			case "handle" -> {
				handler.accept(name, number);
				yield null;
			}
			case "equals" -> proxy == arguments[0];
			case "hashCode" -> System.identityHashCode(proxy);
			default -> name;
		};
		Object proxy = Proxy.newProxyInstance(Signals.class.getClassLoader(), new Class<?>[] { handlerType },
				invocation);
		signalType.getMethod("handle", signalType, handlerType).invoke(null, signal, proxy);
	}

}
