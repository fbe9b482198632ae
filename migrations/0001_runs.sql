-- Runs, their rounds and samples, and the verdicts on them.
-- Times ending in _ns are integer nanoseconds; instants count from 1970-01-01T00:00:00Z.
-- The public description is docs/database.md. A released migration is never edited.

PRAGMA application_id = 0x70657266; -- "perf"

CREATE TABLE runs (
    number                INTEGER PRIMARY KEY AUTOINCREMENT, -- what people type; never reused
    id                    TEXT    NOT NULL UNIQUE,           -- UUID version 7
    state                 TEXT    NOT NULL
        CHECK (state IN ('running', 'complete', 'interrupted', 'broken')),
    started_ns            INTEGER NOT NULL,
    scenario              TEXT    NOT NULL,
    environment           TEXT    NOT NULL,
    url                   TEXT    NOT NULL,                  -- as written, without secrets
    seed                  TEXT    NOT NULL,                  -- decimal: may not fit a signed integer
    perfbase              TEXT    NOT NULL,                  -- version that measured
    git_commit            TEXT,
    git_dirty             INTEGER CHECK (git_dirty IN (0, 1)),
    git_branch            TEXT,
    ci_provider           TEXT,
    ci_id                 TEXT,
    machine_cpu           TEXT    NOT NULL,
    machine_cpus          INTEGER NOT NULL CHECK (machine_cpus >= 0),
    machine_arch          TEXT    NOT NULL,
    machine_quota_percent INTEGER CHECK (machine_quota_percent >= 0),
    machine_virtualised   INTEGER NOT NULL CHECK (machine_virtualised IN (0, 1)),
    CHECK ((git_commit IS NULL) = (git_dirty IS NULL)),
    CHECK (git_branch IS NULL OR git_commit IS NOT NULL),
    CHECK (ci_id IS NULL OR ci_provider IS NOT NULL)
) STRICT;

CREATE INDEX runs_by_scenario ON runs (scenario, environment, number);
CREATE INDEX runs_running ON runs (number) WHERE state = 'running';

CREATE TABLE endpoints (
    run           INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
    position      INTEGER NOT NULL CHECK (position >= 0),    -- order of the plan
    name          TEXT    NOT NULL,                          -- method and path template
    target_ns     INTEGER CHECK (target_ns >= 0),
    acceptable_ns INTEGER CHECK (acceptable_ns >= 0),
    PRIMARY KEY (run, position),
    UNIQUE (run, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE workload_parts (
    run   INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
    part  TEXT    NOT NULL,
    value TEXT    NOT NULL,
    PRIMARY KEY (run, part)
) STRICT, WITHOUT ROWID;

CREATE TABLE workload_requests (
    run      INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
    endpoint TEXT    NOT NULL,
    digest   TEXT    NOT NULL,
    PRIMARY KEY (run, endpoint)
) STRICT, WITHOUT ROWID;

CREATE TABLE rounds (
    run           INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
    round         INTEGER NOT NULL CHECK (round >= 0),
    block         INTEGER NOT NULL CHECK (block IN (0, 1, 2)), -- first, confirmation, decider
    started_ns    INTEGER NOT NULL,
    measured_ns   INTEGER NOT NULL CHECK (measured_ns >= 0),
    valid         INTEGER NOT NULL CHECK (valid IN (0, 1)),
    cpu_kernel_ns INTEGER NOT NULL CHECK (cpu_kernel_ns >= 0),
    null_p50_ns   INTEGER NOT NULL CHECK (null_p50_ns >= 0),
    null_p95_ns   INTEGER NOT NULL CHECK (null_p95_ns >= 0),
    busy          REAL    NOT NULL CHECK (busy BETWEEN 0 AND 1),
    steal         REAL    NOT NULL CHECK (steal BETWEEN 0 AND 1),
    crowding      REAL    NOT NULL CHECK (crowding BETWEEN 0 AND 1),
    lag_p95_ns    INTEGER NOT NULL CHECK (lag_p95_ns >= 0),
    intended      INTEGER NOT NULL CHECK (intended >= 0),
    sent          INTEGER NOT NULL CHECK (sent >= 0),
    PRIMARY KEY (run, round)
) STRICT, WITHOUT ROWID;

CREATE TABLE unsound_rounds (
    run      INTEGER NOT NULL,
    round    INTEGER NOT NULL,
    position INTEGER NOT NULL CHECK (position >= 0),
    ground   TEXT    NOT NULL CHECK (ground IN ('lag', 'steal', 'crowding', 'busy', 'missed_rate')),
    p95_ns   INTEGER CHECK (p95_ns >= 0),                    -- of lag
    limit_ns INTEGER CHECK (limit_ns >= 0),                  -- of lag
    share    REAL    CHECK (share BETWEEN 0 AND 1),          -- of the others
    PRIMARY KEY (run, round, position),
    FOREIGN KEY (run, round) REFERENCES rounds (run, round) ON DELETE CASCADE,
    CHECK ((ground = 'lag') = (p95_ns IS NOT NULL)),
    CHECK ((ground = 'lag') = (limit_ns IS NOT NULL)),
    CHECK ((ground = 'lag') = (share IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE samples (
    id          INTEGER PRIMARY KEY,
    run         INTEGER NOT NULL,
    round       INTEGER NOT NULL,
    endpoint    TEXT    NOT NULL,
    successes   INTEGER NOT NULL CHECK (successes >= 0),
    failures    INTEGER NOT NULL CHECK (failures >= 0),      -- the sum of the table failures
    bytes       INTEGER NOT NULL CHECK (bytes >= 0),
    connections INTEGER NOT NULL CHECK (connections >= 0),
    measured_ns INTEGER NOT NULL CHECK (measured_ns >= 0),   -- time in which its requests could begin
    p50_ns      INTEGER CHECK (p50_ns >= 0),                 -- of latency; absent without a success
    p95_ns      INTEGER CHECK (p95_ns >= 0),
    p99_ns      INTEGER CHECK (p99_ns >= 0),
    max_ns      INTEGER CHECK (max_ns >= 0),
    UNIQUE (run, round, endpoint),
    FOREIGN KEY (run, round) REFERENCES rounds (run, round) ON DELETE CASCADE
) STRICT;

CREATE TABLE failures (
    sample INTEGER NOT NULL REFERENCES samples (id) ON DELETE CASCADE,
    class  TEXT    NOT NULL,
    count  INTEGER NOT NULL CHECK (count >= 0),
    PRIMARY KEY (sample, class)
) STRICT, WITHOUT ROWID;

-- Apart from samples, so that reading percentiles does not pass over the blobs.
CREATE TABLE histograms (
    sample       INTEGER PRIMARY KEY REFERENCES samples (id) ON DELETE CASCADE,
    latency      BLOB NOT NULL,                              -- HdrHistogram V2, compressed
    service_time BLOB NOT NULL,
    lag          BLOB NOT NULL
) STRICT;

CREATE TABLE comparisons (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    run         INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
    judged_ns   INTEGER NOT NULL,
    verdict     TEXT    NOT NULL
        CHECK (verdict IN ('open', 'pass', 'failed', 'inconclusive', 'not_comparable')),
    exit_code   INTEGER NOT NULL,
    speed_ratio REAL,
    detectable  REAL,
    total       INTEGER NOT NULL CHECK (total >= 0),         -- coverage, in endpoints
    judged      INTEGER NOT NULL CHECK (judged >= 0),
    new         INTEGER NOT NULL CHECK (new >= 0),
    missing     INTEGER NOT NULL CHECK (missing >= 0),
    too_few     INTEGER NOT NULL CHECK (too_few >= 0)
) STRICT;

CREATE INDEX comparisons_by_run ON comparisons (run, id);

CREATE TABLE comparison_sessions (
    comparison INTEGER NOT NULL REFERENCES comparisons (id) ON DELETE CASCADE,
    position   INTEGER NOT NULL CHECK (position >= 0),
    run_id     TEXT    NOT NULL,                             -- may be a run of another machine
    PRIMARY KEY (comparison, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE comparison_rows (
    comparison    INTEGER NOT NULL REFERENCES comparisons (id) ON DELETE CASCADE,
    position      INTEGER NOT NULL CHECK (position >= 0),
    endpoint      TEXT    NOT NULL,
    decision      TEXT    NOT NULL,
    before_p95_ns INTEGER CHECK (before_p95_ns >= 0),
    after_p95_ns  INTEGER CHECK (after_p95_ns >= 0),
    ratio         REAL,
    limit_ns      INTEGER CHECK (limit_ns >= 0),
    k_eff         REAL,
    PRIMARY KEY (comparison, position)
) STRICT, WITHOUT ROWID;
