"""Late corrections of Arbor: records that changed before the window, named by the change log and read one by one."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from connectors.arbor_changes import ChangeLog, Changes
from connectors.arbor_marks import Lists
from connectors.arbor_rest import RestRecord
from connectors.arbor_rows import MarkOfRecord, Named, RollCall, RollCallRecord
from connectors.base import Malformed, PullFailed, Rejected
from mapping.model import SourceRow

WHERE = "change log id "


@dataclass(slots=True)
class LateCorrections:
    """One pull's late corrections. Without a log, or with one that cannot be used, there are none, and that is said.

    ``most`` records are read in one pull, the earliest changes first; the others wait for the next.
    """

    log: ChangeLog | None
    most: int
    remarks: list[SourceRow] = field(default_factory=list)
    unreadable: list[SourceRow] = field(default_factory=list)
    _changes: Changes | None = None
    _through: int = 0
    _gone: int = 0
    _unmarked: int = 0

    def begin(self) -> None:
        """Read the log before the window: what changes after this comes with the window or with the next pull."""
        if self.log is None:
            return
        try:
            self._changes = self.log.read()
        except Rejected:
            self._say(
                "this application may not read the change log of AttendanceRollCallRecord, so late corrections come "
                "only when their days are read again: ask the school to grant it, or write change_log = false"
            )
        except PullFailed as problem:
            self._say(f"the change log cannot be used, so late corrections come when days are read again: {problem}")

    def drop(self, rows: Iterable[RollCallRecord]) -> None:
        """Leave out the records that the window has brought."""
        if self._changes is not None and self._changes.records:
            for row in rows:
                self._changes.records.pop(str(row.id), None)

    def fetch(self, lists: Lists, seen: Callable[[int], object]) -> list[RollCallRecord]:
        """Return the records that are left, and remember through which revision everything was read."""
        rows: list[RollCallRecord] = []
        if self.log is None or (changes := self._changes) is None:
            return rows
        waiting = sorted(changes.records.items(), key=lambda item: item[1])
        self._through = changes.highest
        for done, (record, before) in enumerate(waiting):
            if done == self.most or not self._fetched(self.log, record, rows, lists):
                self._through = before
                self._say(f"{len(waiting) - done} changed records of earlier days are left for the next pulls")
                break
            seen(1)
        self._sum_up(changes)
        return rows

    def keep(self) -> None:
        """Go on from here next time: the marks are stored."""
        if self.log is not None and self._changes is not None:
            self.log.keep(self._changes, self._through)

    def _fetched(self, log: ChangeLog, record: str, rows: list[RollCallRecord], lists: Lists) -> bool:
        """Read one record; false where that fails for a reason which the next record would meet too."""
        try:
            found = log.rest.record(record)
            if found is None:
                self._gone += 1
            elif found.attendance_mark is None:
                self._unmarked += 1
            else:
                rows.append(_row(record, found, lists))
        except Malformed as problem:
            self.unreadable.append(SourceRow(where=f"{WHERE}{record}", reason=str(problem)))
        except PullFailed as problem:
            self._say(f"a record of the change log could not be read: {problem}")
            return False
        return True

    def _sum_up(self, changes: Changes) -> None:
        again = "which they were shows when their days are read again"
        if gone := len(changes.deleted) + self._gone:
            self._say(f"{gone} records were deleted: {again}")
        if self._unmarked:
            self._say(f"{self._unmarked} records have lost their mark: {again}")
        if changes.gaps:
            self._say(
                f"the change log has {changes.gaps} gaps after revision {changes.first}: "
                "corrections in them come when their days are read again"
            )

    def _say(self, reason: str) -> None:
        self.remarks.append(SourceRow(where="AttendanceRollCallRecord", reason=reason))


def _row(number: str, record: RestRecord, lists: Lists) -> RollCallRecord:
    """Put a record of references into the shape of one that GraphQL brings."""
    call, mark = record.attendance_roll_call, record.attendance_mark
    kind = lists.register_types.get(call.id) if call is not None else None
    return RollCallRecord(
        id=number,
        record_date=record.record_date,
        student=Named(record.student.id) if record.student is not None else None,
        attendance_roll_call=RollCall(kind),
        attendance_mark=MarkOfRecord(mark.id, lists.letters.get(mark.id)) if mark is not None else None,
        minutes_late=record.minutes_late,
    )
