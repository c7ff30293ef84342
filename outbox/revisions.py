"""Which records of a day are new, changed or withdrawn since they were last published to one destination."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from outbox.feed_rows import FeedRow, Profile, texts

WITHDRAWN = "withdrawn"

#: By record id: the revision last published, and the digest of what it said.
Published = Mapping[str, tuple[int, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisedRow:
    """One record and its revision; ``row`` is none where the record no longer holds."""

    record_id: str
    revision: int
    row: FeedRow | None


def revise(
    previous: Published, rows: Iterable[FeedRow], profile: Profile
) -> tuple[tuple[RevisedRow, ...], dict[str, tuple[int, str]]]:
    """Return the day's records with their revisions, and what is published once they are sent.

    A revision rises when something that this profile shows has changed. A record published before and now absent is
    withdrawn, and stays so in later files. Raises ``ValueError`` when two rows are the same record.
    """
    revised, published = [], dict(previous)
    ordered = sorted(rows, key=_order)
    current = {row.record_id: row for row in ordered}
    if len(current) < len(ordered):
        raise ValueError("two rows of the feed are the same record: a pupil's session has one row")
    for record_id, row in current.items():
        published[record_id] = _next(previous.get(record_id), _digest(row, profile))
        revised.append(RevisedRow(record_id=record_id, revision=published[record_id][0], row=row))
    for record_id in sorted(previous.keys() - current.keys()):
        published[record_id] = _next(previous[record_id], WITHDRAWN)
        revised.append(RevisedRow(record_id=record_id, revision=published[record_id][0], row=None))
    return tuple(revised), published


def changed_only(previous: Published, rows: Iterable[RevisedRow]) -> tuple[RevisedRow, ...]:
    """Return the records of a correction: those with a revision that was not published yet."""
    return tuple(row for row in rows if row.revision > previous.get(row.record_id, (0, ""))[0])


def _order(row: FeedRow) -> tuple[Any, ...]:
    return (row.session, row.local_pupil_id, row.record_id)


def _next(before: tuple[int, str] | None, digest: str) -> tuple[int, str]:
    revision, known = before or (0, "")
    return (revision, known) if known == digest else (revision + 1, digest)


def _digest(row: FeedRow, profile: Profile) -> str:
    content = "\x1f".join(texts(row, profile))
    return hashlib.sha256(content.encode()).hexdigest()[:32]
