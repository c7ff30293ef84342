-- Whose word it was, as a role, where a person did it.
ALTER TABLE intervention ADD COLUMN done_by TEXT;

-- What people did to a destination as a whole.
CREATE TABLE destination_intervention (
    id          INTEGER PRIMARY KEY,
    destination TEXT NOT NULL,
    at          TEXT NOT NULL,
    action      TEXT NOT NULL,
    why         TEXT NOT NULL,
    done_by     TEXT NOT NULL
) STRICT;
CREATE TRIGGER destination_intervention_is_not_changed BEFORE UPDATE ON destination_intervention
BEGIN SELECT RAISE(ABORT, 'interventions are append-only'); END;
CREATE TRIGGER destination_intervention_is_not_deleted BEFORE DELETE ON destination_intervention
BEGIN SELECT RAISE(ABORT, 'interventions are append-only'); END;

-- What the admins were told of, each thing once: written with the message that tells it, or not at all.
CREATE TABLE told (
    key        TEXT PRIMARY KEY,
    told_at    TEXT NOT NULL,
    message_id TEXT NOT NULL
) STRICT;
CREATE INDEX told_by_time ON told (told_at);
