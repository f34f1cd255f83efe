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

import java.nio.file.Path;
import java.util.List;

import org.jspecify.annotations.Nullable;
import org.springframework.expression.EvaluationContext;
import org.springframework.expression.Expression;
import org.springframework.expression.ParserContext;
import org.springframework.expression.common.CompositeStringExpression;
import org.springframework.expression.common.LiteralExpression;
import org.springframework.expression.spel.standard.SpelExpressionParser;

/**
 * The path of a lock, with expressions in it.
 */
final class PathTemplate {

	private static final SpelExpressionParser PARSER = new SpelExpressionParser();

	private final String text;

	private final Expression expression;

	private PathTemplate(String text, Expression expression) {
		this.text = text;
		this.expression = expression;
	}

	/**
	 * Parse a template.
	 * @param text the template, with its placeholders resolved
	 * @return the template
	 * @throws org.springframework.expression.ParseException if an expression is wrong
	 */
	static PathTemplate parse(String text) {
		return new PathTemplate(text, PARSER.parseExpression(text, ParserContext.TEMPLATE_EXPRESSION));
	}

	/**
	 * Tell whether the path depends on nothing.
	 * @return {@code true} if {@link #literal()} can be used
	 */
	boolean isLiteral() {
		return this.expression instanceof LiteralExpression;
	}

	String literal() {
		return this.text;
	}

	/**
	 * Tell whether the template is one expression and nothing else, which may yield a
	 * path of several segments.
	 * @return {@code true} if so
	 */
	boolean isWholeExpression() {
		return !isLiteral() && !(this.expression instanceof CompositeStringExpression);
	}

	/**
	 * Tell whether the path is absolute whatever its expressions yield.
	 * @return {@code true} if the text before the first expression makes it so
	 */
	boolean isAbsoluteByItsText() {
		return Path.of(this.text.substring(0, Math.max(0, this.text.indexOf("#{"))).strip()).isAbsolute();
	}

	/**
	 * Evaluate the template.
	 * @param context what the expressions see
	 * @return the path
	 * @throws IllegalArgumentException if an expression yields what can't be a part of a
	 * path
	 * @throws org.springframework.expression.EvaluationException if an expression fails
	 */
	String evaluate(EvaluationContext context) {
		if (isWholeExpression()) {
			return text(this.expression, context);
		}
		StringBuilder path = new StringBuilder();
		for (Expression part : List.of(((CompositeStringExpression) this.expression).getExpressions())) {
			path.append((part instanceof LiteralExpression) ? part.getExpressionString() : segment(part, context));
		}
		for (String segment : path.toString().split("[/\\\\]")) {
			if (segment.equals("..")) {
				throw new IllegalArgumentException("it yields '%s', which leaves its directory".formatted(path));
			}
		}
		return path.toString();
	}

	private static String segment(Expression part, EvaluationContext context) {
		String value = text(part, context);
		if (value.equals(".") || value.equals("..") || value.contains("/") || value.contains("\\")) {
			throw new IllegalArgumentException(
					("#{%s} yields '%s', which is not a single name without separators. Only a template that is one "
							+ "whole expression may yield a path of several names")
						.formatted(part.getExpressionString(), value));
		}
		return value;
	}

	private static String text(Expression part, EvaluationContext context) {
		@Nullable Object value = part.getValue(context);
		String text = (value != null) ? value.toString() : "";
		if (text.isBlank()) {
			throw new IllegalArgumentException("#{%s} yields %s".formatted(part.getExpressionString(),
					(value != null) ? "an empty text" : "null"));
		}
		return text;
	}

	@Override
	public String toString() {
		return this.text;
	}

}
