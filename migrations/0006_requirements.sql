-- What must hold besides the percentiles.
ALTER TABLE endpoints ADD COLUMN throughput REAL CHECK (throughput > 0); -- successes a second

-- Those that perfbase's own requests found out; what follows from samples is judged anew.
CREATE TABLE requirements (
    run      INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
    position INTEGER NOT NULL CHECK (position >= 0),
    kind     TEXT    NOT NULL,
    subject  TEXT    NOT NULL,
    demand   TEXT    NOT NULL,
    found    TEXT    NOT NULL,
    met      TEXT    NOT NULL CHECK (met IN ('met', 'not met', 'unknown')),
    PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;
