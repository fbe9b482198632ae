-- Metrics of the configuration's own that add up; its timers are samples like those of endpoints.
CREATE TABLE counters (
    run      INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
    position INTEGER NOT NULL CHECK (position >= 0),         -- order of the plan
    name     TEXT    NOT NULL,
    least    REAL    CHECK (least > 0),                      -- demanded a second
    PRIMARY KEY (run, position),
    UNIQUE (run, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE counts (
    run         INTEGER NOT NULL,
    round       INTEGER NOT NULL,
    counter     TEXT    NOT NULL,
    total       REAL    NOT NULL CHECK (total >= 0),
    missed      INTEGER NOT NULL CHECK (missed >= 0),        -- successes without a number to add
    measured_ns INTEGER NOT NULL CHECK (measured_ns >= 0),   -- time in which its requests could begin
    PRIMARY KEY (run, round, counter),
    FOREIGN KEY (run, round) REFERENCES rounds (run, round) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
