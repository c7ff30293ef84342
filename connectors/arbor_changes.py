"""Arbor's change log of roll-call records: which of them changed since a revision, however old their dates are.

Seen in Arbor's SDKs, which disagree about the parameter's spelling; nobody says whether attendance takes part, whether
revisions are gap-free, or whether the log comes in pages. So every answer is judged by its own revisions, and a log
that cannot be trusted is left alone: the days are read again anyway.
"""

from dataclasses import dataclass, field
from http import HTTPStatus

import msgspec

from connectors.arbor_rest import RECORDS_PATH, Reference, Rest, RestReply
from connectors.base import Kept, Malformed

PATH = f"{RECORDS_PATH}/changelog"
#: The spelling of the PHP and Ruby clients, then that of the .NET one.
SPELLINGS = ("from-revision", "fromRevision")
REVISION, SPELLING = "change_log_revision", "change_log_parameter"
#: What an unknown parameter or resource may be answered with; the other spelling is tried then.
_NOT_UNDERSTOOD = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY})


class Change(msgspec.Struct, rename="camel"):
    """One change of one record."""

    to_revision: int
    changed_object: Reference
    change_type: str = ""
    from_revision: int | None = None


class _Reply(RestReply):
    changes: list[Change] | None = None


#: Not strict: revisions may come as text.
_DECODER = msgspec.json.Decoder(_Reply, strict=False)


@dataclass(slots=True)
class Changes:
    """What changed after a revision up to ``highest``. ``first`` is where the reading began."""

    first: int
    spelling: str
    highest: int
    #: The revision before its first change, by id of each record that is still there.
    records: dict[str, int] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    gaps: int = 0

    def add(self, changes: list[Change], *, is_wanted: bool) -> None:
        """Take further changes in; those of a first reading only say where the log ends."""
        for change in sorted(changes, key=lambda change: change.to_revision):
            if is_wanted:
                self._note(change)
            self.highest = change.to_revision

    def _note(self, change: Change) -> None:
        record = change.changed_object.id
        self.gaps += change.from_revision is not None and change.from_revision > self.highest
        if "delete" in change.change_type.lower():
            self.records.pop(record, None)
            self.deleted.add(record)
        else:
            self.records.setdefault(record, self.highest)


@dataclass(frozen=True, slots=True)
class ChangeLog:
    """Reads the log from the kept revision on; keeping a further one is left to whoever has stored the marks."""

    rest: Rest
    kept: Kept
    max_pages: int

    def read(self) -> Changes:
        """Return all changes since the last pull that was stored; the first time, only where the log ends.

        Raises ``Malformed`` where neither spelling is kept to, and otherwise as a pull does.
        """
        since = self.kept.get(REVISION)
        for spelling in sorted(SPELLINGS, key=lambda each: each != self.kept.get(SPELLING)):
            changes = self._read(int(since or 0), spelling, is_wanted=since is not None)
            if changes is not None:
                return changes
        raise Malformed(f"the change log of {self.rest.client.host} does not keep to the revision asked for")

    def keep(self, changes: Changes, through: int) -> None:
        """Go on from this revision next time; a log that has shown nothing yet is read from its beginning."""
        if through:
            self.kept[REVISION] = str(through)
            self.kept[SPELLING] = changes.spelling

    def _read(self, since: int, spelling: str, *, is_wanted: bool) -> Changes | None:
        """Read until nothing new comes, for the log may come in pages; none where the spelling is not understood."""
        found = Changes(since, spelling, since)
        for _ in range(self.max_pages):
            reply = self.rest.get(PATH, _DECODER, params={spelling: str(found.highest)}, absent=_NOT_UNDERSTOOD)
            # Older changes than asked for: the parameter was passed over.
            if reply is None or any(change.to_revision < found.highest for change in reply.changes or ()):
                return None
            fresh = [change for change in reply.changes or () if change.to_revision > found.highest]
            if not fresh:
                return found
            found.add(fresh, is_wanted=is_wanted)
        raise Malformed(f"{self.rest.client.host} has more than {self.max_pages} pages of changes")
