-- Where a p99 is judged, so is the generator's delay at that percentile.
ALTER TABLE rounds ADD COLUMN poll_delay_p99_ns INTEGER CHECK (poll_delay_p99_ns >= 0); -- absent where it is not known

ALTER TABLE unsound_rounds RENAME COLUMN p95_ns TO delay_ns;
ALTER TABLE unsound_rounds ADD COLUMN percentile TEXT CHECK (percentile IN ('p95', 'p99')); -- of a delay; absent: p95
