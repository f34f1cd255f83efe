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

import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.springframework.expression.EvaluationContext;
import org.springframework.expression.Expression;
import org.springframework.expression.ParserContext;
import org.springframework.expression.common.CompositeStringExpression;
import org.springframework.expression.common.LiteralExpression;
import org.springframework.expression.spel.SpelNode;
import org.springframework.expression.spel.ast.BeanReference;
import org.springframework.expression.spel.ast.CompoundExpression;
import org.springframework.expression.spel.ast.Elvis;
import org.springframework.expression.spel.ast.FunctionReference;
import org.springframework.expression.spel.ast.Operator;
import org.springframework.expression.spel.ast.PropertyOrFieldReference;
import org.springframework.expression.spel.ast.Ternary;
import org.springframework.expression.spel.ast.VariableReference;
import org.springframework.expression.spel.standard.SpelExpression;
import org.springframework.expression.spel.standard.SpelExpressionParser;

/**
 * The path of a lock, with expressions in it.
 */
final class PathTemplate {

	private static final SpelExpressionParser PARSER = new SpelExpressionParser();

	private static final Pattern SEPARATOR = Pattern.compile("[/\\\\]");

	private static final Pattern POSITION = Pattern.compile("[ap](\\d{1,3})");

	private static final Set<String> ROOT = Stream.of(FileLockExpressionRoot.class.getRecordComponents())
		.map(RecordComponent::getName)
		.collect(Collectors.toCollection(TreeSet::new));

	private static final Pattern LOOKS_LIKE_AN_EXPRESSION = Pattern.compile("#(\\w+)|\\{(\\w+)}");

	private final String text;

	private final Expression expression;

	private final boolean absolute;

	private PathTemplate(String text, Expression expression) {
		this.text = text;
		this.expression = expression;
		this.absolute = Path.of(text.substring(0, Math.max(0, text.indexOf("#{"))).strip()).isAbsolute();
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
		return this.absolute;
	}

	/**
	 * Return the beans that the expressions name.
	 * @return their names
	 */
	Set<String> beans() {
		Set<String> names = new TreeSet<>();
		for (Expression part : parts()) {
			if (part instanceof SpelExpression spel) {
				collectBeans(spel.getAST(), names);
			}
		}
		return names;
	}

	private static void collectBeans(SpelNode node, Set<String> names) {
		if (node instanceof BeanReference) {
			names.add(beanName(node.toStringAST()));
		}
		for (int i = 0; i < node.getChildCount(); i++) {
			collectBeans(node.getChild(i), names);
		}
	}

	private static String beanName(String reference) {
		return reference.substring(1).replaceAll("^'|'$", "");
	}

	/**
	 * Make sure that the expressions know what they refer to, and that nothing in the
	 * text around them was meant to be one.
	 * @param parameters the names of the method's parameters, or {@code null} where the
	 * class file doesn't tell
	 * @param count how many parameters there are
	 * @param beans tells whether there is a bean with a name
	 * @throws IllegalArgumentException if they don't
	 */
	void verify(@Nullable String @Nullable [] parameters, int count, Predicate<String> beans) {
		Set<String> known = new TreeSet<>();
		if (parameters != null) {
			Stream.of(parameters).filter(Objects::nonNull).forEach(known::add);
		}
		for (Expression part : parts()) {
			if (part instanceof SpelExpression spel) {
				verify(spel.getAST(), known, count, parameters != null, beans);
				verifyRoot(spel.getAST(), known);
			}
			else {
				verifyText(part.getExpressionString(), known);
			}
		}
		if (this.expression instanceof CompositeStringExpression && isUpwards(parts().stream()
			.map((part) -> (part instanceof LiteralExpression) ? part.getExpressionString() : "value")
			.collect(Collectors.joining()))) {
			throw new IllegalArgumentException("a segment '..' of it leaves its directory");
		}
	}

	private static boolean isUpwards(String path) {
		return path.contains("..") && Stream.of(SEPARATOR.split(path)).anyMatch(".."::equals);
	}

	private List<Expression> parts() {
		return (this.expression instanceof CompositeStringExpression composite) ? List.of(composite.getExpressions())
				: List.of(this.expression);
	}

	private static void verify(SpelNode node, Set<String> known, int count, boolean named, Predicate<String> beans) {
		String text = node.toStringAST();
		if (node instanceof VariableReference) {
			String name = text.substring(1);
			Matcher position = POSITION.matcher(name);
			boolean positional = position.matches() && Integer.parseInt(position.group(1)) < count;
			if (!known.contains(name) && !name.equals("root") && !name.equals("this") && !positional) {
				throw new IllegalArgumentException(named
						? "there is no parameter '%s'. It has %s".formatted(name,
								known.isEmpty() ? "none" : String.join(", ", known))
						: "the class file doesn't tell the names of parameters. Compile with -parameters, or write #a0 "
								+ "instead of %s".formatted(text));
			}
		}
		else if (node instanceof BeanReference) {
			String name = beanName(text);
			if (!text.startsWith("&") && !beans.test(name)) {
				throw new IllegalArgumentException("there is no bean '%s'".formatted(name));
			}
		}
		else if (node instanceof FunctionReference) {
			String name = text.substring(1, text.indexOf('('));
			if (!known.contains(name)) {
				throw new IllegalArgumentException("there is no function '%s'".formatted(name));
			}
		}
		for (int i = 0; i < node.getChildCount(); i++) {
			verify(node.getChild(i), known, count, named, beans);
		}
	}

	/**
	 * Look at what an expression asks the root object for, most often because the
	 * {@code #} of a parameter is missing.
	 * @param node an expression, or an operand in it
	 * @param known the names of the parameters
	 */
	private static void verifyRoot(SpelNode node, Set<String> known) {
		if (node instanceof CompoundExpression) {
			verifyRoot(node.getChild(0), known);
		}
		else if (node instanceof Operator || node instanceof Ternary || node instanceof Elvis) {
			for (int i = 0; i < node.getChildCount(); i++) {
				verifyRoot(node.getChild(i), known);
			}
		}
		else if (node instanceof PropertyOrFieldReference property && !ROOT.contains(property.getName())) {
			throw new IllegalArgumentException("'%s' is no property of #root, which has %s%s"
				.formatted(property.getName(), String.join(", ", ROOT), known.contains(property.getName())
						? ". Write #%s for the parameter".formatted(property.getName()) : ""));
		}
	}

	private static void verifyText(String text, Set<String> known) {
		Matcher matcher = LOOKS_LIKE_AN_EXPRESSION.matcher(text);
		while (matcher.find()) {
			String name = (matcher.group(1) != null) ? matcher.group(1) : matcher.group(2);
			if (known.contains(name)) {
				throw new IllegalArgumentException(
						"'%s' in it would be plain text. Write #{#%s}".formatted(matcher.group(), name));
			}
		}
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
		for (Expression part : parts()) {
			path.append((part instanceof LiteralExpression) ? part.getExpressionString() : segment(part, context));
		}
		String result = path.toString();
		if (isUpwards(result)) {
			throw new IllegalArgumentException("it yields '%s', which leaves its directory".formatted(path));
		}
		return result;
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
