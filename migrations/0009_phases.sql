-- How long the phases of requests took.

-- Whether they were recorded; runs of an older schema have none.
ALTER TABLE samples ADD COLUMN phased INTEGER NOT NULL DEFAULT 0 CHECK (phased IN (0, 1));

CREATE TABLE phases (
    sample INTEGER NOT NULL REFERENCES samples (id) ON DELETE CASCADE,
    phase  TEXT    NOT NULL CHECK (phase IN ('dns', 'connect', 'tls', 'wait', 'body')),
    count  INTEGER NOT NULL CHECK (count > 0),
    p50_ns INTEGER NOT NULL CHECK (p50_ns >= 0),
    p95_ns INTEGER NOT NULL CHECK (p95_ns >= 0),
    p99_ns INTEGER NOT NULL CHECK (p99_ns >= 0),
    max_ns INTEGER NOT NULL CHECK (max_ns >= 0),
    PRIMARY KEY (sample, phase)
) STRICT, WITHOUT ROWID;
