-- The fired-once memory. A decision is withdrawn, never changed or deleted; one that holds again after a withdrawal
-- is a new generation.
CREATE TABLE decision (
    seq            INTEGER PRIMARY KEY,
    id             TEXT NOT NULL UNIQUE,
    school         TEXT NOT NULL,
    pupil_id       TEXT NOT NULL,
    policy         TEXT NOT NULL,
    policy_version TEXT NOT NULL,
    rule           TEXT NOT NULL,
    fired_on       TEXT NOT NULL,
    generation     INTEGER NOT NULL CHECK (generation >= 1),
    decided_at     TEXT NOT NULL,
    rows           TEXT NOT NULL CHECK (json_valid(rows)),
    actions        TEXT NOT NULL CHECK (json_valid(actions)),
    reason         TEXT NOT NULL,
    evidence       TEXT NOT NULL CHECK (json_valid(evidence)),
    state          TEXT NOT NULL DEFAULT 'standing' CHECK (state IN ('standing', 'withdrawn')),
    withdrawn_at   TEXT,
    why            TEXT,
    UNIQUE (school, pupil_id, policy, rule, fired_on, generation)
) STRICT;
CREATE UNIQUE INDEX decision_standing ON decision (school, pupil_id, policy, rule, fired_on) WHERE state = 'standing';
CREATE INDEX decision_by_day ON decision (school, fired_on);
CREATE INDEX decision_by_pupil ON decision (pupil_id);

CREATE TRIGGER decision_is_not_changed BEFORE UPDATE ON decision
WHEN OLD.state = 'withdrawn' OR NEW.state = 'standing'
    OR (NEW.seq, NEW.id, NEW.school, NEW.pupil_id, NEW.policy, NEW.policy_version, NEW.rule, NEW.fired_on)
        IS NOT (OLD.seq, OLD.id, OLD.school, OLD.pupil_id, OLD.policy, OLD.policy_version, OLD.rule, OLD.fired_on)
    OR (NEW.generation, NEW.decided_at, NEW.rows, NEW.actions, NEW.reason, NEW.evidence)
        IS NOT (OLD.generation, OLD.decided_at, OLD.rows, OLD.actions, OLD.reason, OLD.evidence)
BEGIN SELECT RAISE(ABORT, 'a decision can only be withdrawn'); END;
CREATE TRIGGER decision_is_not_deleted BEFORE DELETE ON decision
BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;

-- Where one pupil stands on one ladder; an episode is open until it is cleared.
CREATE TABLE episode (
    id         INTEGER PRIMARY KEY,
    school     TEXT NOT NULL,
    pupil_id   TEXT NOT NULL,
    policy     TEXT NOT NULL,
    ladder     TEXT NOT NULL,
    rung       TEXT NOT NULL,
    opened_on  TEXT NOT NULL,
    moved_on   TEXT NOT NULL,
    cleared_on TEXT
) STRICT;
CREATE UNIQUE INDEX episode_open ON episode (school, pupil_id, policy, ladder) WHERE cleared_on IS NULL;
CREATE INDEX episode_by_pupil ON episode (pupil_id);

CREATE TABLE task (
    id          TEXT PRIMARY KEY,
    decision_id TEXT REFERENCES decision (id),
    school      TEXT NOT NULL,
    pupil_id    TEXT,
    role        TEXT NOT NULL,
    says        TEXT NOT NULL,
    due_on      TEXT NOT NULL,
    opened_at   TEXT NOT NULL,
    state       TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done', 'withdrawn')),
    done_at     TEXT,
    note        TEXT
) STRICT;
CREATE INDEX task_open ON task (due_on, school) WHERE state = 'open';
CREATE INDEX task_by_decision ON task (decision_id);
