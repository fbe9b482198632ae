-- The lag that hardly any request exceeded.
ALTER TABLE rounds ADD COLUMN lag_p99_ns INTEGER CHECK (lag_p99_ns >= 0); -- absent where it is not known
