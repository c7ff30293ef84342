-- A message whose payload does not match its own published schema: dead, and never sent as it is. The same cause made
-- again by a program that has been mended takes its place.
ALTER TABLE message ADD COLUMN is_misfit INTEGER NOT NULL DEFAULT 0 CHECK (is_misfit IN (0, 1));
CREATE INDEX message_misfit ON message (cause) WHERE is_misfit = 1;

-- `revision` counts the editions of a day. `announced_in` is the number of the later file that told the receiver that
-- this one will not come: it was superseded, cancelled or out of date before it was sent.
ALTER TABLE publication ADD COLUMN revision INTEGER NOT NULL DEFAULT 1 CHECK (revision >= 1);
ALTER TABLE publication ADD COLUMN message_id TEXT REFERENCES message (id);
ALTER TABLE publication ADD COLUMN announced_in INTEGER;
UPDATE publication SET revision = (
    SELECT count(*) FROM publication AS earlier
    WHERE earlier.destination = publication.destination AND earlier.feed = publication.feed
        AND earlier.day = publication.day AND earlier.sequence <= publication.sequence);
CREATE INDEX publication_unannounced ON publication (destination, sequence) WHERE announced_in IS NULL;

-- What a receiver may hold although this database, restored from a backup, does not know of it: numbers go on above.
-- An empty `feed` is every feed to the destination.
CREATE TABLE publication_floor (
    destination TEXT NOT NULL,
    feed        TEXT NOT NULL,
    day         TEXT NOT NULL,
    sequence    INTEGER NOT NULL CHECK (sequence >= 0),
    revision    INTEGER NOT NULL CHECK (revision >= 0),
    PRIMARY KEY (destination, feed, day)
) STRICT;
