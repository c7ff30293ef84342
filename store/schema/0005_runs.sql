-- One row a scheduled slot: two schedulers, or one that restarts, cannot do the same slot twice.
CREATE TABLE run (
    id           INTEGER PRIMARY KEY,
    job          TEXT NOT NULL,
    scope        TEXT NOT NULL,
    slot         TEXT NOT NULL,
    tries        INTEGER NOT NULL,
    started_at   TEXT NOT NULL,
    leased_until TEXT NOT NULL,
    ended_at     TEXT,
    outcome      TEXT,
    detail       TEXT,
    UNIQUE (job, scope, slot)
) STRICT;

-- How far each school has been pulled and decided.
CREATE TABLE progress (
    school          TEXT PRIMARY KEY,
    watermark       TEXT,
    pulled_at       TEXT,
    decided_through TEXT
) STRICT;

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

-- What a destination was last told about a day. `rows` stays with the latest edition only.
CREATE TABLE publication (
    destination TEXT NOT NULL,
    sequence    INTEGER NOT NULL CHECK (sequence >= 1),
    feed        TEXT NOT NULL,
    day         TEXT NOT NULL,
    edition     TEXT NOT NULL,
    created_at  TEXT NOT NULL,
    rows        BLOB,
    PRIMARY KEY (destination, sequence)
) STRICT;
CREATE INDEX publication_by_day ON publication (destination, feed, day, sequence);
