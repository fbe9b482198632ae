-- Where the name of the service led when a run began.
CREATE TABLE lookups (
    run     INTEGER PRIMARY KEY REFERENCES runs (number) ON DELETE CASCADE,
    took_ns INTEGER NOT NULL CHECK (took_ns >= 0)
) STRICT;

CREATE TABLE lookup_addresses (
    run      INTEGER NOT NULL REFERENCES lookups (run) ON DELETE CASCADE,
    position INTEGER NOT NULL CHECK (position >= 0),         -- order in which they were tried
    address  TEXT    NOT NULL,                               -- with its port
    chosen   INTEGER NOT NULL CHECK (chosen IN (0, 1)),      -- where all connections went
    PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;
