-- What became of what a run made.
CREATE TABLE cleanups (
    run      INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
    position INTEGER NOT NULL CHECK (position >= 0),
    endpoint TEXT,                                           -- what made it; null for a request of [[cleanup]]
    request  TEXT    NOT NULL,                               -- what deletes it, as written
    made     INTEGER NOT NULL CHECK (made >= 0),
    deleted  INTEGER NOT NULL CHECK (deleted >= 0),          -- or gone already
    unknown  INTEGER NOT NULL CHECK (unknown >= 0),          -- requests that may have made more
    PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE cleanup_left (
    run      INTEGER NOT NULL,
    position INTEGER NOT NULL,
    why      TEXT    NOT NULL,
    things   INTEGER NOT NULL CHECK (things > 0),
    PRIMARY KEY (run, position, why),
    FOREIGN KEY (run, position) REFERENCES cleanups (run, position) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
