-- Successes whose request had to be sent a second time; until now they were not told from the others.
ALTER TABLE samples ADD COLUMN repeated INTEGER NOT NULL DEFAULT 0 CHECK (repeated >= 0);
ALTER TABLE stage_samples ADD COLUMN repeated INTEGER NOT NULL DEFAULT 0 CHECK (repeated >= 0);
