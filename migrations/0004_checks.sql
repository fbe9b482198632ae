-- Answers with an allowed status, and checks that did not hold.

-- Those of the successes that had an allowed status: the sum of the table allowed.
ALTER TABLE samples ADD COLUMN allowed INTEGER NOT NULL DEFAULT 0 CHECK (allowed >= 0);

CREATE TABLE allowed (
    sample INTEGER NOT NULL REFERENCES samples (id) ON DELETE CASCADE,
    status INTEGER NOT NULL CHECK (status BETWEEN 100 AND 599),
    count  INTEGER NOT NULL CHECK (count >= 0),
    PRIMARY KEY (sample, status)
) STRICT, WITHOUT ROWID;

CREATE TABLE failed_checks (
    sample  INTEGER NOT NULL REFERENCES samples (id) ON DELETE CASCADE,
    written TEXT    NOT NULL,                          -- the check as the file has it
    count   INTEGER NOT NULL CHECK (count >= 0),
    first   TEXT    NOT NULL,                          -- what was found first, without any value
    PRIMARY KEY (sample, written)
) STRICT, WITHOUT ROWID;
