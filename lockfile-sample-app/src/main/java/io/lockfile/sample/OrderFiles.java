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

import java.io.BufferedWriter;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;

/**
 * The files that orders arrive in. A file is published by renaming it: a name that ends
 * with {@code .csv} is complete.
 */
final class OrderFiles {

	static final CSVFormat FORMAT = CSVFormat.RFC4180.builder()
		.setHeader("order_id", "ordered_at", "customer", "sku", "description", "quantity", "unit_price", "currency")
		.setSkipHeaderRecord(true)
		.get();

	private static final Instant FIRST_ORDER = Instant.parse("2026-10-01T06:00:00Z");

	private static final List<Customer> CUSTOMERS = List.of(new Customer("Alder & Sons, Ltd.", "GBP"),
			new Customer("Boulangerie \"Chez Zoé\"", "EUR"), new Customer("Cooper, Finch and Partners", "USD"),
			new Customer("Drogerie Müller e.K.", "EUR"), new Customer("East Harbour School", "GBP"),
			new Customer("Fjord Outdoor AS", "NOK"), new Customer("Garcia Hermanos, S.L.", "EUR"),
			new Customer("Hotel Bellevue", "CHF"), new Customer("Iris Dental Clinic", "USD"),
			new Customer("Joinery \"The Plane\"", "GBP"), new Customer("Kawa i Książki", "PLN"),
			new Customer("Lakeside Library", "USD"));

	private static final List<Product> PRODUCTS = List.of(new Product("CHR-4410", "Office chair, mesh back", "189.00"),
			new Product("CLP-0032", "Paper clips, 32 mm, box of 100", "1.95"),
			new Product("DSK-1600", "Desk, height-adjustable, 160 x 80 cm", "449.00"),
			new Product("ENV-C5-50", "Envelopes C5, self-sealing, pack of 50", "6.40"),
			new Product("LMP-0907", "Desk lamp \"Luna\", dimmable", "54.50"),
			new Product("MON-2700", "Monitor 27\", 2560 x 1440", "279.00"),
			new Product("NBK-A5-RL", "Notebook \"Classic\", A5, ruled", "7.90"),
			new Product("PEN-BLU-12", "Ballpoint pens, blue, dozen", "8.25"),
			new Product("PPR-A4-80", "Copy paper A4, 80 g, 500 sheets", "5.49"),
			new Product("SHR-0012", "Paper shredder, cross cut, P-4", "119.00"),
			new Product("STP-2600", "Stapler, 26/6, 30 sheets", "14.75"),
			new Product("TAC-0100", "Drawing pins", "2.10"),
			new Product("WBD-0906", "Whiteboard, 90 x 60 cm, with pens", "39.90"));

	private OrderFiles() {
	}

	/**
	 * List the published files.
	 * @param directory where to look; it need not exist
	 * @return the files in the order of their names
	 * @throws IOException if the directory can't be read
	 */
	static List<Path> in(Path directory) throws IOException {
		if (!Files.isDirectory(directory)) {
			return List.of();
		}
		try (Stream<Path> files = Files.list(directory)) {
			return files.filter((file) -> file.getFileName().toString().endsWith(".csv")).sorted().toList();
		}
	}

	/**
	 * Invent orders, always the same ones.
	 * @param inbox where to publish them
	 * @param count the number of files
	 * @throws IOException if one can't be written
	 */
	static void generate(Path inbox, int count) throws IOException {
		generate(inbox, "orders", count);
	}

	/**
	 * Invent orders, always the same ones.
	 * @param inbox where to publish them
	 * @param prefix what the names of the files begin with
	 * @param count the number of files
	 * @throws IOException if one can't be written
	 */
	static void generate(Path inbox, String prefix, int count) throws IOException {
		Files.createDirectories(inbox);
		for (int number = 1; number <= count; number++) {
			String name = "%s-%04d.csv".formatted(prefix, number);
			Path temporary = inbox.resolve(name + ".tmp");
			write(temporary, number);
			Files.move(temporary, inbox.resolve(name), StandardCopyOption.ATOMIC_MOVE);
		}
	}

	private static void write(Path file, int number) throws IOException {
		Random random = new Random(number);
		Instant time = FIRST_ORDER.plus(number, ChronoUnit.HOURS);
		CSVFormat format = FORMAT.builder().setSkipHeaderRecord(false).get();
		try (BufferedWriter writer = Files.newBufferedWriter(file); CSVPrinter printer = format.print(writer)) {
			int rows = random.nextInt(10, 61);
			for (int row = 1; row <= rows; row++) {
				time = time.plusSeconds(random.nextInt(1, 60));
				Customer customer = CUSTOMERS.get(random.nextInt(CUSTOMERS.size()));
				Product product = PRODUCTS.get(random.nextInt(PRODUCTS.size()));
				printer.printRecord("SO-%04d-%02d".formatted(number, row), time, customer.name(), product.sku(),
						product.description(), random.nextInt(1, 25), new BigDecimal(product.price()),
						customer.currency());
			}
		}
	}

	private record Customer(String name, String currency) {

	}

	private record Product(String sku, String description, String price) {

	}

}
