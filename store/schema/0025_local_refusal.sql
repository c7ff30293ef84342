-- A refusal may be this machine's own, or its settings': SQLite changes a CHECK only by way of another table.
CREATE TABLE stop_again (
    school   TEXT PRIMARY KEY,
    refusal  TEXT NOT NULL CHECK (refusal IN ('credential', 'revoked', 'permission', 'local', 'later')),
    since    TEXT NOT NULL,
    tried_at TEXT NOT NULL,
    until    TEXT,
    settings TEXT NOT NULL,
    says     TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO stop_again (school, refusal, since, tried_at, until, settings, says)
    SELECT school, refusal, since, tried_at, until, settings, says FROM stop;
DROP TABLE stop;
ALTER TABLE stop_again RENAME TO stop;
