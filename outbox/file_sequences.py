"""Whether the files of a folder are all there and fit together: numbers without a gap, revisions that never fall."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from outbox.received import Received


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One manifest and the file that it speaks of, if that is there."""

    manifest: dict[str, Any]
    feed: Path | None

    @property
    def source(self) -> tuple[str, str]:
        """Who sent it to whom: numbers are counted by both."""
        return str(self.manifest["sender_id"]), str(self.manifest["destination"])

    @property
    def sequence(self) -> int:
        """Its number."""
        return int(self.manifest["sequence"])


def sequence_problems(taken: Iterable[Taken]) -> Iterator[str]:
    """Yield what is missing, double or falls, by sender and destination in the order of the numbers."""
    sources: dict[tuple[str, str], list[Taken]] = {}
    for each in taken:
        sources.setdefault(each.source, []).append(each)
    for (sender, destination), files in sorted(sources.items()):
        ordered = sorted(files, key=lambda each: each.sequence)
        for problem in (*_gaps(ordered), *_records(ordered)):
            yield f"{sender} to {destination}: {problem}"


def _gaps(files: list[Taken]) -> Iterator[str]:
    told = {number for each in files for number in each.manifest.get("not_sent", ())}
    for before, after in pairwise(files):
        if before.sequence == after.sequence:
            if before.manifest["message_id"] != after.manifest["message_id"]:
                yield f"sequence {after.sequence} is there twice, with different content"
        elif missing := [number for number in range(before.sequence + 1, after.sequence) if number not in told]:
            yield f"sequence {_listed(missing)} missing between {before.sequence} and {after.sequence}: ask for it"


def _listed(numbers: list[int]) -> str:
    return f"{numbers[0]} is" if len(numbers) == 1 else f"{numbers[0]} to {numbers[-1]} are"


def _records(files: list[Taken]) -> Iterator[str]:
    """Follow each record through the files: its revision never falls, and only what was told is withdrawn."""
    known: dict[int, int] = {}
    is_whole = bool(files) and files[0].manifest.get("previous_sequence") is None
    for each in files:
        if each.feed is None or "layout" in each.manifest:
            continue
        fallen, unknown = 0, 0
        for record, revision, is_withdrawn in _revisions(each.feed):
            fallen += revision < known.get(record, 0)
            unknown += is_withdrawn and record not in known
            known[record] = max(revision, known.get(record, 0))
        if fallen:
            yield f"sequence {each.sequence}: the revision of {fallen} records is lower than in an earlier file"
        if unknown and is_whole:
            yield f"sequence {each.sequence}: {unknown} records are withdrawn that no earlier file holds"


def _revisions(feed: Path) -> Iterator[tuple[int, int, bool]]:
    received = Received(path=feed)
    for row in received.read():
        cells = dict(zip(received.header, row, strict=False))
        try:
            yield hash(cells["record_id"]), int(cells["revision"]), cells["record_state"] == "withdrawn"
        except (KeyError, ValueError):
            continue  # said of the file itself
