-- Load that changes within a round: what each stage gave, and what came after the one with the most.

CREATE TABLE stages (
    run       INTEGER NOT NULL,
    round     INTEGER NOT NULL,
    stage     INTEGER NOT NULL CHECK (stage >= 0),           -- in order
    quantity  TEXT    NOT NULL CHECK (quantity IN ('users', 'rate')),
    load_from REAL    NOT NULL CHECK (load_from >= 0),       -- users, or arrivals a second
    load_to   REAL    NOT NULL CHECK (load_to >= 0),
    over_ns   INTEGER NOT NULL CHECK (over_ns > 0),
    success   REAL    CHECK (success BETWEEN 0 AND 1),       -- the share that has to succeed
    PRIMARY KEY (run, round, stage),
    FOREIGN KEY (run, round) REFERENCES rounds (run, round) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE stage_samples (
    id          INTEGER PRIMARY KEY,
    run         INTEGER NOT NULL,
    round       INTEGER NOT NULL,
    stage       INTEGER NOT NULL,
    endpoint    TEXT    NOT NULL,
    successes   INTEGER NOT NULL CHECK (successes >= 0),
    failures    INTEGER NOT NULL CHECK (failures >= 0),      -- the sum of the table stage_failures
    skipped     INTEGER NOT NULL CHECK (skipped >= 0),
    bytes       INTEGER NOT NULL CHECK (bytes >= 0),
    connections INTEGER NOT NULL CHECK (connections >= 0),
    measured_ns INTEGER NOT NULL CHECK (measured_ns >= 0),
    p95_ns      INTEGER CHECK (p95_ns >= 0),                 -- of latency; absent without a success
    latency     BLOB    NOT NULL,                            -- HdrHistogram V2, compressed
    UNIQUE (run, round, stage, endpoint),
    FOREIGN KEY (run, round, stage) REFERENCES stages (run, round, stage) ON DELETE CASCADE
) STRICT;

CREATE TABLE stage_failures (
    sample INTEGER NOT NULL REFERENCES stage_samples (id) ON DELETE CASCADE,
    class  TEXT    NOT NULL,
    count  INTEGER NOT NULL CHECK (count >= 0),
    PRIMARY KEY (sample, class)
) STRICT, WITHOUT ROWID;

CREATE TABLE stage_windows (
    run       INTEGER NOT NULL,
    round     INTEGER NOT NULL,
    position  INTEGER NOT NULL CHECK (position >= 0),
    begin_ns  INTEGER NOT NULL CHECK (begin_ns >= 0),        -- from the end of the stage with the most load
    length_ns INTEGER NOT NULL CHECK (length_ns >= 0),
    successes INTEGER NOT NULL CHECK (successes >= 0),
    failures  INTEGER NOT NULL CHECK (failures >= 0),
    p95_ns    INTEGER NOT NULL CHECK (p95_ns >= 0),          -- of latency; 0 without a success
    PRIMARY KEY (run, round, position),
    FOREIGN KEY (run, round) REFERENCES rounds (run, round) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
