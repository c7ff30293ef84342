-- The names a school's platform has used so far: a new code, column or session word is noticed. The first ones of a kind
-- are what everything later is compared with; they are news to nobody.
CREATE TABLE source_name (
    id          INTEGER PRIMARY KEY,
    school      TEXT NOT NULL,
    source      TEXT NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('code', 'column', 'session')),
    name        TEXT NOT NULL,
    rows_seen   INTEGER NOT NULL DEFAULT 0,
    seen_at     TEXT NOT NULL,
    is_first    INTEGER NOT NULL CHECK (is_first IN (0, 1)),
    gone_at     TEXT,
    UNIQUE (school, source, kind, name)
) STRICT;
