-- A change of a mark at its platform: proposed by a decision, approved or refused by a person, written where the
-- platform takes marks, and over once a pull shows what stands there. `old` and `new` are national codes. One that has
-- not ended keeps every other change of the same pupil and session out.
CREATE TABLE mark_change (
    seq         INTEGER PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE,
    decision_id TEXT NOT NULL REFERENCES decision (id),
    school      TEXT NOT NULL,
    pupil_id    TEXT NOT NULL,
    day         TEXT NOT NULL,
    half        TEXT NOT NULL CHECK (half IN ('AM', 'PM')),
    old         TEXT NOT NULL,
    new         TEXT NOT NULL,
    due_on      TEXT NOT NULL,
    proposed_at TEXT NOT NULL,
    state       TEXT NOT NULL DEFAULT 'proposed' CHECK (state IN
        ('proposed', 'approved', 'sending', 'taken', 'written', 'confirmed', 'overtaken', 'refused')),
    since       TEXT NOT NULL,
    said_by     TEXT NOT NULL DEFAULT 'relay',
    note        TEXT NOT NULL DEFAULT '',
    approved_at TEXT,
    receipt     TEXT,
    UNIQUE (decision_id, day, half),
    CHECK (state NOT IN ('approved', 'sending', 'taken', 'written', 'confirmed') OR approved_at IS NOT NULL)
) STRICT;
CREATE UNIQUE INDEX mark_change_open ON mark_change (school, pupil_id, day, half)
    WHERE state NOT IN ('confirmed', 'overtaken');
CREATE INDEX mark_change_by_state ON mark_change (state, school);

CREATE TRIGGER mark_change_stays_about_one_mark BEFORE UPDATE ON mark_change
WHEN (NEW.seq, NEW.id, NEW.decision_id, NEW.school, NEW.pupil_id, NEW.day, NEW.half, NEW.old, NEW.proposed_at)
    IS NOT (OLD.seq, OLD.id, OLD.decision_id, OLD.school, OLD.pupil_id, OLD.day, OLD.half, OLD.old, OLD.proposed_at)
    OR OLD.state IN ('confirmed', 'overtaken')
BEGIN SELECT RAISE(ABORT, 'a change of a mark ends once, and is about one mark'); END;
CREATE TRIGGER mark_change_is_not_deleted BEFORE DELETE ON mark_change
BEGIN SELECT RAISE(ABORT, 'changes of marks are kept'); END;

-- Everything that happened to a change: who said what when, what was sent for which id of the platform, what it answered.
CREATE TABLE mark_change_step (
    id          INTEGER PRIMARY KEY,
    change_id   TEXT NOT NULL REFERENCES mark_change (id),
    at          TEXT NOT NULL,
    state       TEXT NOT NULL,
    said_by     TEXT NOT NULL,
    code        TEXT NOT NULL,
    note        TEXT NOT NULL,
    receipt     TEXT,
    platform_id TEXT
) STRICT;
CREATE INDEX mark_change_step_by_change ON mark_change_step (change_id);
CREATE TRIGGER mark_change_step_is_not_changed BEFORE UPDATE ON mark_change_step
BEGIN SELECT RAISE(ABORT, 'what happened to a change of a mark is append-only'); END;
CREATE TRIGGER mark_change_step_is_not_deleted BEFORE DELETE ON mark_change_step
BEGIN SELECT RAISE(ABORT, 'what happened to a change of a mark is append-only'); END;
