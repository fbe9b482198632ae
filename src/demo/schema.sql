CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS client (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    region TEXT NOT NULL,
    revenue_cents INTEGER NOT NULL,
    cost_cents INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS client_by_revenue ON client (revenue_cents);

CREATE TABLE IF NOT EXISTS signal (
    id INTEGER PRIMARY KEY,
    client_id INTEGER NOT NULL REFERENCES client (id),
    kind TEXT NOT NULL,
    strength INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS signal_by_strength ON signal (strength);
CREATE INDEX IF NOT EXISTS signal_by_kind ON signal (kind, strength);

CREATE TABLE IF NOT EXISTS workflow (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    steps INTEGER NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS measurement (
    id INTEGER PRIMARY KEY,
    series TEXT NOT NULL,
    value INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS measurement_by_series ON measurement (series, value);

CREATE TABLE IF NOT EXISTS execution (
    id INTEGER PRIMARY KEY,
    agent INTEGER NOT NULL,
    state TEXT NOT NULL,
    took_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS execution_by_agent ON execution (agent, id);

CREATE TABLE IF NOT EXISTS build (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    owner TEXT NOT NULL,
    prompt TEXT NOT NULL,
    chains TEXT NOT NULL,
    created_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS build_by_owner ON build (owner, number);

CREATE TABLE IF NOT EXISTS counter (id INTEGER PRIMARY KEY CHECK (id = 1), value INTEGER NOT NULL) STRICT;

CREATE TABLE IF NOT EXISTS machine (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    state TEXT NOT NULL,
    transitions INTEGER NOT NULL
) STRICT;
