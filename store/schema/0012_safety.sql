-- For whom a message was made: the body that the pupil's placement named then. When it names another one, what was
-- meant for the first must not leave, and whoever has it is told.
CREATE TABLE addressee (
    message_id   TEXT PRIMARY KEY REFERENCES message (id),
    school       TEXT NOT NULL,
    pupil_id     TEXT NOT NULL,
    role         TEXT NOT NULL,
    organisation TEXT NOT NULL
) STRICT;
CREATE INDEX addressee_by_school ON addressee (school, pupil_id);

-- Somebody at an address has confirmed that it is right for an organisation: until then no child's data goes there.
CREATE TABLE confirmation (
    destination  TEXT NOT NULL,
    address      TEXT NOT NULL,
    organisation TEXT NOT NULL,
    confirmed_at TEXT NOT NULL,
    confirmed_by TEXT NOT NULL,
    PRIMARY KEY (destination, address, organisation)
) STRICT;

-- More new notices of one school than on an ordinary day: they wait together under one hold until somebody has looked.
CREATE TABLE surge (
    id           TEXT PRIMARY KEY,
    school       TEXT NOT NULL,
    held_at      TEXT NOT NULL,
    facts        TEXT NOT NULL CHECK (json_valid(facts)),
    settled_at   TEXT,
    settled_by   TEXT,
    outcome      TEXT CHECK (outcome IN ('released', 'cancelled')),
    note         TEXT,
    CHECK ((settled_at IS NULL) = (outcome IS NULL))
) STRICT;
CREATE INDEX surge_waiting ON surge (school) WHERE settled_at IS NULL;
CREATE TRIGGER surge_is_settled_once BEFORE UPDATE ON surge WHEN OLD.settled_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a held batch is released or cancelled once'); END;
CREATE TRIGGER surge_is_not_deleted BEFORE DELETE ON surge
BEGIN SELECT RAISE(ABORT, 'held batches are kept'); END;
