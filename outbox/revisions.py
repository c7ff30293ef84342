"""Which records of a day are new, changed or withdrawn since they were last published to one destination."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from outbox.feed_rows import Profile, texts

WITHDRAWN = "withdrawn"

#: By record id: the revision last published, and the digest of what it said.
Published = Mapping[str, tuple[int, str]]
#: Writes a row's own columns as text: what its revision is about.
Texts = Callable[[Any, Profile], Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisedRow:
    """One record and its revision; ``row`` is none where the record no longer holds.

    ``row`` is one of ``attendance-daily`` or of ``attendance-confirmation``. ``is_changed`` says that the destination
    was told otherwise before.
    """

    record_id: str
    revision: int
    row: Any
    is_changed: bool = False


def revise(
    previous: Published, rows: Iterable[Any], profile: Profile, *, write: Texts = texts
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
        published[record_id] = _next(previous.get(record_id), _digest(write(row, profile)))
        revised.append(_revised(previous, record_id, published[record_id][0], row))
    for record_id in sorted(previous.keys() - current.keys()):
        published[record_id] = _next(previous[record_id], WITHDRAWN)
        revised.append(_revised(previous, record_id, published[record_id][0], None))
    return tuple(revised), published


def lifted(
    rows: Iterable[RevisedRow], published: Published, revision: int
) -> tuple[tuple[RevisedRow, ...], dict[str, tuple[int, str]]]:
    """Return the same with every record at ``revision`` at least: above whatever a receiver may have been sent."""
    return (
        tuple(replace(row, revision=max(revision, row.revision)) for row in rows),
        {record_id: (max(revision, known), digest) for record_id, (known, digest) in published.items()},
    )


def changed_only(previous: Published, rows: Iterable[RevisedRow]) -> tuple[RevisedRow, ...]:
    """Return the records of a correction: those with a revision that was not published yet."""
    return tuple(row for row in rows if row.revision > previous.get(row.record_id, (0, ""))[0])


def _revised(previous: Published, record_id: str, revision: int, row: object) -> RevisedRow:
    known = previous.get(record_id)
    is_changed = known is not None and revision > known[0]
    return RevisedRow(record_id=record_id, revision=revision, row=row, is_changed=is_changed)


def _order(row: Any) -> tuple[Any, ...]:
    return (row.session, row.local_pupil_id, row.record_id)


def _next(before: tuple[int, str] | None, digest: str) -> tuple[int, str]:
    revision, known = before or (0, "")
    return (revision, known) if known == digest else (revision + 1, digest)


def _digest(cells: Sequence[str]) -> str:
    content = "\x1f".join(cells)
    return hashlib.sha256(content.encode()).hexdigest()[:32]
