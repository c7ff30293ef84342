-- Pupils whose marks changed since their school was last judged, and from which day on they must be judged again.
CREATE TABLE to_judge (
    school   TEXT NOT NULL,
    pupil_id TEXT NOT NULL,
    since    TEXT NOT NULL,
    PRIMARY KEY (school, pupil_id)
) STRICT, WITHOUT ROWID;

-- Files whose marks are stored, by content: a file that is sent again is no news.
CREATE TABLE file_seen (
    school  TEXT NOT NULL,
    sha256  TEXT NOT NULL,
    PRIMARY KEY (school, sha256)
) STRICT, WITHOUT ROWID;

-- How many notices of a case a recipient has had.
CREATE INDEX message_by_ordering_key ON message (ordering_key);
