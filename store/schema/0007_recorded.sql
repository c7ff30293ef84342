-- What somebody recorded about a pupil, and which rules somebody muted for one: snapshots, like those of the roll.
CREATE TABLE recorded_event (
    source      TEXT NOT NULL,
    school      TEXT NOT NULL,
    pupil_id    TEXT NOT NULL,
    day         TEXT NOT NULL,
    event       TEXT NOT NULL,
    recorded_by TEXT NOT NULL,
    seen_at     TEXT NOT NULL,
    gone_at     TEXT,
    PRIMARY KEY (source, school, pupil_id, day, event)
) STRICT;

-- An empty `rule` is every rule that `role` may mute. A hold that is gone was in force until then.
CREATE TABLE hold (
    source   TEXT NOT NULL,
    school   TEXT NOT NULL,
    pupil_id TEXT NOT NULL,
    rule     TEXT NOT NULL,
    first_on TEXT NOT NULL,
    last_on  TEXT NOT NULL,
    author   TEXT NOT NULL,
    role     TEXT NOT NULL,
    reason   TEXT NOT NULL,
    seen_at  TEXT NOT NULL,
    gone_at  TEXT,
    PRIMARY KEY (source, school, pupil_id, rule, first_on, last_on)
) STRICT;

-- Which policy a school's days are judged by, from `first_day` ('' is always) until the next one's.
CREATE TABLE policy_in_force (
    school    TEXT NOT NULL,
    first_day TEXT NOT NULL,
    policy    TEXT NOT NULL,
    version   TEXT NOT NULL,
    content   TEXT NOT NULL CHECK (json_valid(content)),
    PRIMARY KEY (school, first_day)
) STRICT;
