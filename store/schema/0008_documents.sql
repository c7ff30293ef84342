-- A task may be about a document to check and send, or about something to approve. What was done to reach a family is
-- kept in closed words, because it may leave in a referral; the note may not.
ALTER TABLE task ADD COLUMN about TEXT;
ALTER TABLE task ADD COLUMN done_by TEXT;
ALTER TABLE task ADD COLUMN method TEXT;
ALTER TABLE task ADD COLUMN outcome TEXT;
CREATE INDEX task_by_pupil ON task (school, pupil_id);
CREATE INDEX task_by_about ON task (about) WHERE about IS NOT NULL;

-- A document as it was made on the day of its decision: a person checks and sends it. It is never made again.
CREATE TABLE document (
    seq         INTEGER PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE,
    decision_id TEXT NOT NULL REFERENCES decision (id),
    school      TEXT NOT NULL,
    pupil_id    TEXT,
    template    TEXT NOT NULL,
    title       TEXT NOT NULL,
    text        TEXT NOT NULL,
    html        TEXT NOT NULL,
    workbook    BLOB,
    made_at     TEXT NOT NULL,
    state       TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done', 'withdrawn')),
    settled_at  TEXT,
    why         TEXT
) STRICT;
CREATE INDEX document_by_state ON document (state, school);
CREATE INDEX document_by_decision ON document (decision_id);

CREATE TRIGGER document_is_not_changed BEFORE UPDATE ON document
WHEN (NEW.id, NEW.decision_id, NEW.school, NEW.pupil_id, NEW.template, NEW.title, NEW.text, NEW.html, NEW.workbook,
        NEW.made_at)
    IS NOT (OLD.id, OLD.decision_id, OLD.school, OLD.pupil_id, OLD.template, OLD.title, OLD.text, OLD.html,
        OLD.workbook, OLD.made_at)
    OR OLD.state = 'withdrawn' OR NEW.state = 'open'
BEGIN SELECT RAISE(ABORT, 'a document stays as it was made'); END;

-- A referral or notice that leaves only when a person says so. `action` is its place among the decision's actions.
CREATE TABLE approval (
    seq          INTEGER PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE,
    decision_id  TEXT NOT NULL REFERENCES decision (id),
    school       TEXT NOT NULL,
    pupil_id     TEXT,
    action       INTEGER NOT NULL CHECK (action >= 0),
    kind         TEXT NOT NULL CHECK (kind IN ('notice', 'referral')),
    due_on       TEXT NOT NULL,
    asked_at     TEXT NOT NULL,
    escalated_at TEXT,
    state        TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'approved', 'withdrawn')),
    settled_at   TEXT,
    approved_by  TEXT,
    UNIQUE (decision_id, action),
    CHECK ((state = 'waiting') = (settled_at IS NULL)),
    CHECK ((state = 'approved') = (approved_by IS NOT NULL))
) STRICT;
CREATE INDEX approval_by_state ON approval (state, school);
CREATE TRIGGER approval_is_settled_once BEFORE UPDATE ON approval WHEN OLD.state <> 'waiting'
BEGIN SELECT RAISE(ABORT, 'an approval is given or withdrawn once'); END;
