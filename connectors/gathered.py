"""What the files of one pull hold together: where two hold a pupil's session, the newer one speaks."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date

from connectors.exports import Export
from mapping.model import Session, SourceMark, SourcePupil, SourceRow


@dataclass(slots=True)
class Gathered:
    """Marks from the newest file to the oldest: a pupil's session that a newer file held is not taken again."""

    marks: list[SourceMark] = field(default_factory=list)
    unreadable: list[SourceRow] = field(default_factory=list)
    remarks: list[SourceRow] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    whole_days: set[date] = field(default_factory=set)
    columns: tuple[str, ...] = ()
    sessions: Counter[str] = field(default_factory=Counter)
    pupils: dict[SourcePupil, None] = field(default_factory=dict)
    _held: set[tuple[str, Session]] = field(default_factory=set)

    def add(self, export: Export) -> None:
        """Take what a file holds and no newer one has said."""
        held = self._held
        # A newer snapshot has answered for its days, also by what it does not hold.
        fresh = [
            mark
            for mark in export.marks
            if (mark.platform_id, mark.session) not in held and mark.session.day not in self.whole_days
        ]
        held.update((mark.platform_id, mark.session) for mark in fresh)
        self.marks += fresh
        self.unreadable += export.unreadable
        self.remarks += export.remarks
        self.whole_days |= export.whole_days
        self.columns = self.columns or export.columns
        self.sessions.update(export.sessions)
        self.pupils.update(dict.fromkeys(export.pupils))

    def tell(self, name: str, reason: str) -> None:
        """Keep for a person that nothing, or not all, of a file could be taken."""
        self.unreadable.append(SourceRow(where=name, reason=reason))

    def remark(self, name: str, reason: str) -> None:
        """Say something of the pull that loses nothing."""
        self.remarks.append(SourceRow(where=name, reason=reason))
