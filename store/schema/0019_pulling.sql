-- When each school was last read as far back as the last days, and as the whole term: a missed night is made up for.
CREATE TABLE read_back (
    school  TEXT NOT NULL,
    reach   TEXT NOT NULL CHECK (reach IN ('days', 'term')),
    read_at TEXT NOT NULL,
    PRIMARY KEY (school, reach)
) STRICT, WITHOUT ROWID;

-- Schools whose platform is left alone for now. `settings` is a slow hash of what it was asked with.
CREATE TABLE stop (
    school   TEXT PRIMARY KEY,
    refusal  TEXT NOT NULL CHECK (refusal IN ('credential', 'revoked', 'permission', 'later')),
    since    TEXT NOT NULL,
    tried_at TEXT NOT NULL,
    until    TEXT,
    settings TEXT NOT NULL,
    says     TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- As of when each school's source itself spoke: a cache may answer today with what it gathered last week.
CREATE TABLE source (
    school   TEXT PRIMARY KEY,
    as_of    TEXT NOT NULL,
    is_stale INTEGER NOT NULL CHECK (is_stale IN (0, 1))
) STRICT, WITHOUT ROWID;
