-- What one recipient was told of a case: enough to say later what is new to them, after the payload is gone, and to ask
-- by when they were to answer. `role` is the recipient's; `facts` are outbox/told.py's. `replaced_by` is the later
-- notice that took its place; `escalated_at` is when people were asked because no answer came.
CREATE TABLE notice (
    message_id   TEXT PRIMARY KEY REFERENCES message (id),
    notice_ref   TEXT NOT NULL,
    ordering_key TEXT NOT NULL,
    role         TEXT NOT NULL,
    respond_by   TEXT NOT NULL,
    is_awaited   INTEGER NOT NULL CHECK (is_awaited IN (0, 1)),
    facts        TEXT NOT NULL CHECK (json_valid(facts)),
    replaced_by  TEXT REFERENCES message (id),
    escalated_at TEXT
) STRICT;
CREATE INDEX notice_by_key ON notice (ordering_key);
CREATE INDEX notice_by_ref ON notice (notice_ref);
CREATE INDEX notice_by_replacement ON notice (replaced_by) WHERE replaced_by IS NOT NULL;
CREATE INDEX notice_awaited ON notice (respond_by) WHERE is_awaited = 1 AND replaced_by IS NULL AND escalated_at IS NULL;
