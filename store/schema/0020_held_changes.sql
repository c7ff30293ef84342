-- Changes of recorded marks that are too many to be believed unseen. `changes` is JSON: [pupil id, day, half, old, new],
-- `new` null where the source no longer shows the mark. They touch no register until somebody releases them; what
-- somebody refused stays, so that the same change is not asked about at every pull.
CREATE TABLE held_change (
    id         TEXT PRIMARY KEY,
    school     TEXT NOT NULL,
    held_at    TEXT NOT NULL,
    source     TEXT NOT NULL,
    recorded   INTEGER NOT NULL,
    changes    TEXT NOT NULL,
    outcome    TEXT CHECK (outcome IN ('released', 'cancelled', 'ended')),
    settled_at TEXT,
    settled_by TEXT,
    note       TEXT
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX held_change_open ON held_change (school) WHERE outcome IS NULL;
