-- Requests that were not sent, because the user did not have a value yet that they need.
ALTER TABLE samples ADD COLUMN skipped INTEGER NOT NULL DEFAULT 0 CHECK (skipped >= 0);
