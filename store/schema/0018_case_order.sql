-- The number of a notice in its case is one more than how many there were: they are counted without reading the outbox.
CREATE INDEX message_of_case ON message (ordering_key) WHERE kind GLOB 'notice.*';
