-- Run by every instance at its start. H2 decides "IF NOT EXISTS" under the lock of its catalogue, so instances may start
-- together; it doesn't do so for indexes, and a few hundred files need none.
-- Nothing here is unique: that a file is imported once is the work of the file lock alone.

CREATE TABLE IF NOT EXISTS imported_file (
	file VARCHAR(255) NOT NULL,
	row_count INTEGER NOT NULL,
	instance VARCHAR(100) NOT NULL,
	imported_at TIMESTAMP(3) WITH TIME ZONE NOT NULL
);

-- Who runs: each instance writes its own row every second, and the live page finds the others here
CREATE TABLE IF NOT EXISTS instance (
	name VARCHAR(100) NOT NULL,
	pid BIGINT NOT NULL,
	port INTEGER NOT NULL,
	last_seen TIMESTAMP(3) WITH TIME ZONE NOT NULL
);

CREATE TABLE IF NOT EXISTS order_row (
	file VARCHAR(255) NOT NULL,
	order_id VARCHAR(30) NOT NULL,
	ordered_at TIMESTAMP(0) WITH TIME ZONE NOT NULL,
	customer VARCHAR(100) NOT NULL,
	sku VARCHAR(30) NOT NULL,
	description VARCHAR(200) NOT NULL,
	quantity INTEGER NOT NULL,
	unit_price DECIMAL(10, 2) NOT NULL,
	currency CHAR(3) NOT NULL
);
