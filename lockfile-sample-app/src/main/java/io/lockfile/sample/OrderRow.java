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

/**
 * One row of an order file.
 *
 * @param file the name of the file
 * @param orderId the number of the order
 * @param orderedAt when it was placed
 * @param customer who placed it
 * @param sku the article
 * @param description the article in words
 * @param quantity how many
 * @param unitPrice the price of one
 * @param currency the currency of the price
 */
record OrderRow(String file, String orderId, Instant orderedAt, String customer, String sku, String description,
		int quantity, BigDecimal unitPrice, String currency) {

}
