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

import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;

/**
 * What was ordered.
 *
 * @param instance which instance made the report
 * @param createdAt when
 * @param totals a total for every customer and article
 */
record Report(String instance, Instant createdAt, List<Total> totals) {

	/**
	 * What one customer ordered of one article.
	 *
	 * @param customer the customer
	 * @param sku the article
	 * @param currency the currency of the amount
	 * @param quantity how many
	 * @param amount for how much
	 */
	record Total(String customer, String sku, String currency, long quantity, BigDecimal amount) {

	}

}
