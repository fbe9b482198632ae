-- The p99 that an endpoint may have.
ALTER TABLE endpoints ADD COLUMN acceptable_p99_ns INTEGER CHECK (acceptable_p99_ns >= 0);
