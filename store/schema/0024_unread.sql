-- Schools of which earlier days, from `first` on, could not be read: since when, tried when last, and why not.
CREATE TABLE unread (
    school   TEXT PRIMARY KEY,
    first    TEXT NOT NULL,
    since    TEXT NOT NULL,
    tried_at TEXT NOT NULL,
    says     TEXT NOT NULL
) STRICT, WITHOUT ROWID;
