-- `hold` names the check that keeps a message until somebody releases it: it keeps its place, and those behind it wait.
-- `is_unsure`: an attempt may have arrived, so that its receiver is asked before it is sent again.
-- A delivered message was taken at `settled_at`, arrived at `arrived_at`, and was acknowledged at `processed_at`.
ALTER TABLE message ADD COLUMN hold TEXT;
ALTER TABLE message ADD COLUMN expires_at TEXT;
ALTER TABLE message ADD COLUMN is_unsure INTEGER NOT NULL DEFAULT 0 CHECK (is_unsure IN (0, 1));
ALTER TABLE message ADD COLUMN arrived_at TEXT;
ALTER TABLE message ADD COLUMN processed_at TEXT;
DROP INDEX message_claimable;
CREATE INDEX message_claimable ON message (state, is_head, hold, destination, next_attempt_at, seq)
    WHERE state = 'pending' AND is_head = 1 AND hold IS NULL;
CREATE INDEX message_held ON message (hold, created_at) WHERE hold IS NOT NULL AND state = 'pending';
CREATE INDEX message_expiring ON message (expires_at) WHERE state = 'pending' AND expires_at IS NOT NULL;
-- Taken by somebody who carries it on, and not heard of since.
CREATE INDEX message_on_its_way ON message (destination, settled_at) WHERE state = 'delivered' AND arrived_at IS NULL;

-- What was heard of a message after its receiver took it.
CREATE TABLE receipt (
    id         INTEGER PRIMARY KEY,
    message_id TEXT NOT NULL REFERENCES message (id),
    kind       TEXT NOT NULL CHECK (kind IN ('arrived', 'bounced', 'processed')),
    at         TEXT NOT NULL,
    said       TEXT NOT NULL
) STRICT;
CREATE INDEX receipt_of_message ON receipt (message_id);
CREATE TRIGGER receipt_is_not_changed BEFORE UPDATE ON receipt
BEGIN SELECT RAISE(ABORT, 'receipts are append-only'); END;
CREATE TRIGGER receipt_is_not_deleted BEFORE DELETE ON receipt
BEGIN SELECT RAISE(ABORT, 'receipts are append-only'); END;
