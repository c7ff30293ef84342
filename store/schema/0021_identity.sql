-- A row held back is read again when a link or a code table says more: all that its mark depends on is kept.
ALTER TABLE quarantine ADD COLUMN upn TEXT;
ALTER TABLE quarantine ADD COLUMN minutes_late INTEGER;

-- Sentences of the crosswalk that a person approved: from one day to another this platform id (with this UPN, where the
-- platform gave one) is that pupil. An open day is ''. Ended ones stay: marks were recorded on their word. A school that
-- changes to another platform gets ids that mean other children, so a link holds for its `source` alone.
CREATE TABLE approved_link (
    id          INTEGER PRIMARY KEY,
    school      TEXT NOT NULL,
    source      TEXT NOT NULL,
    platform_id TEXT NOT NULL,
    upn         TEXT NOT NULL DEFAULT '',
    pupil_id    TEXT NOT NULL,
    start_on    TEXT NOT NULL DEFAULT '',
    end_on      TEXT NOT NULL DEFAULT '',
    approved_at TEXT NOT NULL,
    approved_by TEXT NOT NULL,
    ended_at    TEXT,
    ended_by    TEXT,
    CHECK ((ended_at IS NULL) = (ended_by IS NULL)),
    CHECK (end_on = '' OR start_on <= end_on)
) STRICT;
CREATE INDEX approved_link_by_school ON approved_link (school, platform_id);
CREATE TRIGGER approved_link_is_not_deleted BEFORE DELETE ON approved_link
BEGIN SELECT RAISE(ABORT, 'approved links are kept'); END;

-- A person said that a platform's pupil, with this UPN, is none of the school's pupils here.
CREATE TABLE refused_link (
    id          INTEGER PRIMARY KEY,
    school      TEXT NOT NULL,
    source      TEXT NOT NULL,
    platform_id TEXT NOT NULL,
    upn         TEXT NOT NULL DEFAULT '',
    refused_at  TEXT NOT NULL,
    refused_by  TEXT NOT NULL,
    note        TEXT NOT NULL,
    UNIQUE (school, source, platform_id, upn)
) STRICT;

-- What a platform says of pupils whose rows wait for a link: no name, no date of birth.
CREATE TABLE source_pupil (
    id           INTEGER PRIMARY KEY,
    school       TEXT NOT NULL,
    source       TEXT NOT NULL,
    platform_id  TEXT NOT NULL,
    upn          TEXT NOT NULL DEFAULT '',
    is_temporary INTEGER NOT NULL CHECK (is_temporary IN (0, 1)),
    start_on     TEXT NOT NULL DEFAULT '',
    end_on       TEXT NOT NULL DEFAULT '',
    likeness     TEXT,
    seen_at      TEXT NOT NULL
) STRICT;
CREATE INDEX source_pupil_by_school ON source_pupil (school, platform_id);
