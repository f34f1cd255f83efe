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

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/**
 * The tables of orders in {@code schema.sql}.
 */
@Repository
class OrderRepository {

	private final JdbcClient jdbcClient;

	OrderRepository(JdbcClient jdbcClient) {
		this.jdbcClient = jdbcClient;
	}

	boolean isImported(String file) {
		return this.jdbcClient.sql("SELECT COUNT(*) FROM imported_file WHERE file = ?")
			.param(file)
			.query(Integer.class)
			.single() > 0;
	}

	void add(ImportedFile imported) {
		this.jdbcClient.sql("INSERT INTO imported_file (file, row_count, instance, imported_at) VALUES (?, ?, ?, ?)")
			.params(imported.file(), imported.rows(), imported.instance(), imported.importedAt())
			.update();
	}

	void add(OrderRow row) {
		this.jdbcClient.sql("""
				INSERT INTO order_row (file, order_id, ordered_at, customer, sku, description, quantity, unit_price,
					currency)
				VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
				""")
			.params(row.file(), row.orderId(), row.orderedAt(), row.customer(), row.sku(), row.description(),
					row.quantity(), row.unitPrice(), row.currency())
			.update();
	}

	List<ImportedFile> findImportedFiles() {
		return this.jdbcClient
			.sql("SELECT file, row_count, instance, imported_at FROM imported_file ORDER BY imported_at, file")
			.query(OrderRepository::toImportedFile)
			.list();
	}

	List<ImportedFile> findLatestImports(int count) {
		return this.jdbcClient
			.sql("SELECT file, row_count, instance, imported_at FROM imported_file ORDER BY imported_at DESC, file "
					+ "LIMIT ?")
			.param(count)
			.query(OrderRepository::toImportedFile)
			.list();
	}

	List<ImportCount> countImportsByInstance() {
		return this.jdbcClient.sql("""
				SELECT instance, COUNT(*), SUM(row_count), MAX(imported_at)
				FROM imported_file
				GROUP BY instance
				ORDER BY instance
				""")
			.query((result, number) -> new ImportCount(result.getString(1), result.getLong(2), result.getLong(3),
					result.getObject(4, Instant.class)))
			.list();
	}

	List<Report.Total> findTotals() {
		return this.jdbcClient.sql("""
				SELECT customer, sku, currency, SUM(quantity), SUM(quantity * unit_price)
				FROM order_row
				GROUP BY customer, sku, currency
				ORDER BY customer, sku, currency
				""")
			.query((result, number) -> new Report.Total(result.getString(1), result.getString(2), result.getString(3),
					result.getLong(4), result.getBigDecimal(5)))
			.list();
	}

	private static ImportedFile toImportedFile(ResultSet result, int number) throws SQLException {
		return new ImportedFile(result.getString(1), result.getInt(2), result.getString(3),
				result.getObject(4, Instant.class));
	}

}
