-- Snapshots of what the operator's files and the platforms say, one set of rows a source. A row that its source no
-- longer gives is marked gone, because decisions and messages were made on its word. An open date is ''.
CREATE TABLE placement (
    source   TEXT NOT NULL,
    school   TEXT NOT NULL,
    pupil_id TEXT NOT NULL,
    start_on TEXT NOT NULL,
    end_on   TEXT NOT NULL,
    details  TEXT NOT NULL CHECK (json_valid(details)),
    seen_at  TEXT NOT NULL,
    gone_at  TEXT,
    PRIMARY KEY (source, school, pupil_id, start_on)
) STRICT;
CREATE INDEX placement_by_school ON placement (school, pupil_id) WHERE gone_at IS NULL;

CREATE TABLE contact (
    source       TEXT NOT NULL,
    organisation TEXT NOT NULL,
    role         TEXT NOT NULL,
    channel      TEXT NOT NULL,
    address      TEXT NOT NULL,
    details      TEXT NOT NULL CHECK (json_valid(details)),
    seen_at      TEXT NOT NULL,
    gone_at      TEXT,
    PRIMARY KEY (source, organisation, role, channel, address)
) STRICT;
CREATE INDEX contact_by_role ON contact (organisation, role) WHERE gone_at IS NULL;

CREATE TABLE link (
    source      TEXT NOT NULL,
    school      TEXT NOT NULL,
    pupil_id    TEXT NOT NULL,
    platform_id TEXT NOT NULL,
    upn         TEXT NOT NULL,
    start_on    TEXT NOT NULL,
    end_on      TEXT NOT NULL,
    seen_at     TEXT NOT NULL,
    gone_at     TEXT,
    PRIMARY KEY (source, school, pupil_id, platform_id, upn, start_on)
) STRICT;
CREATE INDEX link_by_platform_id ON link (school, platform_id) WHERE gone_at IS NULL;
