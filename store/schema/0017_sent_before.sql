-- What the log of what was sent has, and this database did not: it was restored from a backup. A message made again
-- under one of these ids is not sent again.
CREATE TABLE sent_before (
    message_id      TEXT PRIMARY KEY,
    at              TEXT NOT NULL,
    destination     TEXT NOT NULL,
    kind            TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    subject_ref     TEXT NOT NULL
) STRICT;
