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

package io.lockfile.boot.actuate;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.springframework.expression.Expression;
import org.springframework.expression.ParserContext;
import org.springframework.expression.common.CompositeStringExpression;
import org.springframework.expression.common.LiteralExpression;
import org.springframework.expression.spel.standard.SpelExpressionParser;

/**
 * The paths that a declared path can lead to, so that nobody looks at others under its
 * name.
 */
final class PathPattern {

	private static final SpelExpressionParser PARSER = new SpelExpressionParser();

	private final boolean literal;

	private final Pattern pattern;

	private PathPattern(boolean literal, Pattern pattern) {
		this.literal = literal;
		this.pattern = pattern;
	}

	static PathPattern of(String path) {
		Expression expression = PARSER.parseExpression(path, ParserContext.TEMPLATE_EXPRESSION);
		List<Expression> parts = (expression instanceof CompositeStringExpression composite)
				? List.of(composite.getExpressions()) : List.of(expression);
		// An expression beside others yields one name, one by itself any path
		String value = (parts.size() > 1) ? "[^/\\\\]+" : ".+";
		return new PathPattern(expression instanceof LiteralExpression, Pattern.compile(parts.stream()
			.map((part) -> (part instanceof LiteralExpression) ? Pattern.quote(part.getExpressionString()) : value)
			.collect(Collectors.joining()), Pattern.DOTALL));
	}

	/**
	 * Tell whether there is but one path.
	 * @return {@code true} if the declared path has no expressions
	 */
	boolean isLiteral() {
		return this.literal;
	}

	boolean matches(String path) {
		return this.pattern.matcher(path).matches()
				&& Arrays.stream(path.split("[/\\\\]")).noneMatch(Stream.of(".", "..").toList()::contains);
	}

}
