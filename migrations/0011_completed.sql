-- Where the load changes: successes that ended within the time measured, whenever they began. NULL
-- where it does not, and in runs before.
ALTER TABLE samples ADD COLUMN completed INTEGER CHECK (completed >= 0);
ALTER TABLE stage_samples ADD COLUMN completed INTEGER CHECK (completed >= 0);
