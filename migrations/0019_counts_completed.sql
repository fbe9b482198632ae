-- What of a sum came within the time that it is divided by; absent where no time is measured, and in runs
-- of a perfbase that did not tell it apart.
ALTER TABLE counts ADD COLUMN completed REAL CHECK (completed >= 0);
