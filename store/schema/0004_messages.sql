-- The outbox. `seq` is the order of enqueueing. `is_head` marks the one row of its ordering key that may be sent next,
-- so that a claim never walks past rows which wait behind another; it says nothing about rows that are settled.
CREATE TABLE message (
    seq              INTEGER PRIMARY KEY,
    id               TEXT NOT NULL UNIQUE,
    idempotency_key  TEXT NOT NULL UNIQUE,
    destination      TEXT NOT NULL,
    address          TEXT NOT NULL,
    ordering_key     TEXT NOT NULL,
    kind             TEXT NOT NULL,
    content_type     TEXT NOT NULL,
    payload_sha256   TEXT NOT NULL,
    subject_ref      TEXT NOT NULL,
    created_at       TEXT NOT NULL,
    not_before       TEXT,
    cause            TEXT,
    supersedes       TEXT,
    state            TEXT NOT NULL CHECK (state IN ('pending', 'sending', 'delivered', 'dead', 'cancelled')),
    is_head          INTEGER NOT NULL CHECK (is_head IN (0, 1)),
    is_unroutable    INTEGER NOT NULL CHECK (is_unroutable IN (0, 1)),
    attempts         INTEGER NOT NULL DEFAULT 0,
    lapses           INTEGER NOT NULL DEFAULT 0,
    next_attempt_at  TEXT NOT NULL,
    first_attempt_at TEXT,
    lease_token      TEXT,
    leased_until     TEXT,
    claimed_at       TEXT,
    settled_at       TEXT,
    reason           TEXT,
    reference        TEXT,
    CHECK ((state = 'sending') = (lease_token IS NOT NULL)),
    CHECK ((state = 'sending') = (leased_until IS NOT NULL))
) STRICT;
-- Both name their condition among their columns too, so that a claim reads the index alone: the rows waiting behind a
-- head, and the settled ones of a key with a long past, cost it nothing.
CREATE INDEX message_claimable ON message (state, is_head, destination, next_attempt_at, seq)
    WHERE state = 'pending' AND is_head = 1;
CREATE INDEX message_of_key ON message (ordering_key, seq, state) WHERE state IN ('pending', 'sending');
CREATE INDEX message_by_state ON message (state, destination, created_at);
CREATE INDEX message_by_cause ON message (cause) WHERE cause IS NOT NULL;

-- The exact bytes to send, beside the row because every update of a row writes all of it. Scrubbing deletes them.
CREATE TABLE message_payload (
    seq     INTEGER PRIMARY KEY REFERENCES message (seq),
    payload BLOB NOT NULL
) STRICT;

-- Whatever ends a message lets the next of its key through; no transition can forget it.
CREATE TRIGGER message_frees_the_next AFTER UPDATE OF state ON message
WHEN OLD.state IN ('pending', 'sending') AND NEW.state NOT IN ('pending', 'sending')
BEGIN
    UPDATE message SET is_head = 1 WHERE seq = (
        SELECT seq FROM message WHERE ordering_key = NEW.ordering_key AND state IN ('pending', 'sending')
        ORDER BY seq LIMIT 1);
END;
-- A message that comes back (replay, a contact that was added) goes before the later ones of its key.
CREATE TRIGGER message_comes_back AFTER UPDATE OF state ON message
WHEN OLD.state NOT IN ('pending', 'sending') AND NEW.state IN ('pending', 'sending')
BEGIN
    UPDATE message SET is_head = 0 WHERE seq = NEW.seq OR seq = (
        SELECT seq FROM message WHERE ordering_key = NEW.ordering_key AND state IN ('pending', 'sending')
            AND seq <> NEW.seq
        ORDER BY seq LIMIT 1);
    UPDATE message SET is_head = 1 WHERE seq = (
        SELECT seq FROM message WHERE ordering_key = NEW.ordering_key AND state IN ('pending', 'sending')
        ORDER BY seq LIMIT 1);
END;
CREATE TRIGGER message_is_not_deleted BEFORE DELETE ON message
BEGIN SELECT RAISE(ABORT, 'messages are scrubbed, never deleted'); END;

-- Every try and what came of it. `counted` says whether it used up one of the message's attempts.
CREATE TABLE attempt (
    id         INTEGER PRIMARY KEY,
    message_id TEXT NOT NULL REFERENCES message (id),
    outcome    TEXT NOT NULL,
    blame      TEXT,
    reason     TEXT,
    reference  TEXT,
    counted    INTEGER NOT NULL CHECK (counted IN (0, 1)),
    started_at TEXT NOT NULL,
    ended_at   TEXT NOT NULL
) STRICT;
CREATE INDEX attempt_of_message ON attempt (message_id);
CREATE TRIGGER attempt_is_not_changed BEFORE UPDATE ON attempt
BEGIN SELECT RAISE(ABORT, 'attempts are append-only'); END;
CREATE TRIGGER attempt_is_not_deleted BEFORE DELETE ON attempt
BEGIN SELECT RAISE(ABORT, 'attempts are append-only'); END;

-- What was done to a message other than trying to send it: replayed, cancelled, superseded, routed, scrubbed.
CREATE TABLE intervention (
    id         INTEGER PRIMARY KEY,
    message_id TEXT NOT NULL REFERENCES message (id),
    at         TEXT NOT NULL,
    action     TEXT NOT NULL,
    why        TEXT NOT NULL
) STRICT;
CREATE INDEX intervention_of_message ON intervention (message_id);
CREATE TRIGGER intervention_is_not_changed BEFORE UPDATE ON intervention
BEGIN SELECT RAISE(ABORT, 'interventions are append-only'); END;
CREATE TRIGGER intervention_is_not_deleted BEFORE DELETE ON intervention
BEGIN SELECT RAISE(ABORT, 'interventions are append-only'); END;

-- Open circuits only: a destination without a row takes messages. From `probe_at` on, one message may try it.
CREATE TABLE circuit (
    destination TEXT PRIMARY KEY,
    opened_at   TEXT NOT NULL,
    probe_at    TEXT NOT NULL,
    reason      TEXT NOT NULL
) STRICT;
