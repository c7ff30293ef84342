-- One row a pupil and school year at one school; the byte of a session stands where mapping/marks.py says.
-- A pupil on the registers of two schools has a row at each: one school's pull never overwrites the other's.
CREATE TABLE mark_string (
    id          INTEGER PRIMARY KEY,
    school      TEXT NOT NULL,
    school_year INTEGER NOT NULL,
    pupil_id    TEXT NOT NULL,
    marks       BLOB NOT NULL CHECK (length(marks) = 732),
    UNIQUE (school, school_year, pupil_id)
) STRICT;

-- What one pull changed in one register. The first version of a register holds all of it, later ones what differs;
-- folding them in order gives the register as it was known at any instant. `digest` is SHA-256 over the digest
-- before it and `content`, so a version that was altered or lost shows. `marks` counts recorded marks in `content`.
CREATE TABLE register_version (
    id      INTEGER PRIMARY KEY,
    school  TEXT NOT NULL,
    day     TEXT NOT NULL,
    half    TEXT NOT NULL CHECK (half IN ('AM', 'PM')),
    seen_at TEXT NOT NULL,
    source  TEXT NOT NULL,
    marks   INTEGER NOT NULL,
    digest  BLOB NOT NULL,
    content BLOB NOT NULL
) STRICT;
CREATE INDEX register_version_by_day ON register_version (school, day, half);

-- Every change of a mark that was already recorded. The law wants the old entry, the new one and when; nothing deletes them.
CREATE TABLE amendment (
    id       INTEGER PRIMARY KEY,
    school   TEXT NOT NULL,
    pupil_id TEXT NOT NULL,
    day      TEXT NOT NULL,
    half     TEXT NOT NULL CHECK (half IN ('AM', 'PM')),
    old      TEXT NOT NULL CHECK (length(old) = 1),
    new      TEXT NOT NULL CHECK (length(new) = 1),
    source   TEXT NOT NULL,
    seen_at  TEXT NOT NULL
) STRICT;
CREATE INDEX amendment_by_day ON amendment (school, day);
CREATE INDEX amendment_by_time ON amendment (school, seen_at);
CREATE INDEX amendment_by_pupil ON amendment (pupil_id);

CREATE TRIGGER amendment_is_not_changed BEFORE UPDATE ON amendment
BEGIN SELECT RAISE(ABORT, 'amendments are append-only'); END;
CREATE TRIGGER amendment_is_not_deleted BEFORE DELETE ON amendment
BEGIN SELECT RAISE(ABORT, 'amendments are append-only'); END;
CREATE TRIGGER register_version_is_not_changed BEFORE UPDATE ON register_version
BEGIN SELECT RAISE(ABORT, 'register versions are append-only'); END;
CREATE TRIGGER register_version_is_not_deleted BEFORE DELETE ON register_version
BEGIN SELECT RAISE(ABORT, 'register versions are append-only'); END;

-- Source rows that became no mark. `subject` says which source row it is, so that a row pulled again is one row.
CREATE TABLE quarantine (
    id          INTEGER PRIMARY KEY,
    school      TEXT NOT NULL,
    subject     TEXT NOT NULL,
    pupil_id    TEXT,
    platform_id TEXT,
    day         TEXT,
    half        TEXT CHECK (half IN ('AM', 'PM')),
    code        TEXT,
    place       TEXT NOT NULL,
    reason      TEXT NOT NULL,
    source      TEXT NOT NULL,
    seen_at     TEXT NOT NULL,
    resolved_at TEXT,
    resolution  TEXT
) STRICT;
CREATE UNIQUE INDEX quarantine_open ON quarantine (school, subject) WHERE resolved_at IS NULL;

-- Recorded marks that a source, answering for the whole session, no longer showed. The mark itself stays.
CREATE TABLE retraction (
    id          INTEGER PRIMARY KEY,
    school      TEXT NOT NULL,
    pupil_id    TEXT NOT NULL,
    day         TEXT NOT NULL,
    half        TEXT NOT NULL CHECK (half IN ('AM', 'PM')),
    mark        TEXT NOT NULL CHECK (length(mark) = 1),
    source      TEXT NOT NULL,
    seen_at     TEXT NOT NULL,
    resolved_at TEXT
) STRICT;
CREATE UNIQUE INDEX retraction_open ON retraction (school, pupil_id, day, half) WHERE resolved_at IS NULL;
