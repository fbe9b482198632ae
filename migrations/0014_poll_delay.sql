-- How long what had come for the generator lay before it looked.
ALTER TABLE rounds ADD COLUMN poll_delay_p95_ns INTEGER CHECK (poll_delay_p95_ns >= 0); -- absent where it is not known

-- A further ground; what a column allows cannot be changed in place.
ALTER TABLE unsound_rounds RENAME TO unsound_rounds_before;

CREATE TABLE unsound_rounds (
    run      INTEGER NOT NULL,
    round    INTEGER NOT NULL,
    position INTEGER NOT NULL CHECK (position >= 0),
    ground   TEXT    NOT NULL
        CHECK (ground IN ('lag', 'poll_delay', 'steal', 'crowding', 'busy', 'missed_rate')),
    p95_ns   INTEGER CHECK (p95_ns >= 0),                    -- of a delay
    limit_ns INTEGER CHECK (limit_ns >= 0),                  -- of a delay
    share    REAL    CHECK (share BETWEEN 0 AND 1),          -- of the others
    PRIMARY KEY (run, round, position),
    FOREIGN KEY (run, round) REFERENCES rounds (run, round) ON DELETE CASCADE,
    CHECK ((ground IN ('lag', 'poll_delay')) = (p95_ns IS NOT NULL)),
    CHECK ((ground IN ('lag', 'poll_delay')) = (limit_ns IS NOT NULL)),
    CHECK ((ground IN ('lag', 'poll_delay')) = (share IS NULL))
) STRICT, WITHOUT ROWID;

INSERT INTO unsound_rounds SELECT * FROM unsound_rounds_before;
DROP TABLE unsound_rounds_before;
