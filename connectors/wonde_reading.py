"""What one pull reads of Wonde, list by list, and what it has to tell besides the marks."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TypeVar

from connectors.base import Refusal, Rejected, Window
from connectors.collection import tidy
from connectors.wonde_api import Endpoint, Wonde
from connectors.wonde_codes import CodeList
from connectors.wonde_dates import in_utc, pieces, spans
from connectors.wonde_pupils import Roll
from connectors.wonde_registers import Registers
from connectors.wonde_rows import CODES, DELETIONS, LEAVERS, MARKS, STUDENTS, SessionRow
from connectors.wonde_school import Access, access
from mapping.model import Pulled, SourceRow

R = TypeVar("R")
_ONE_DAY = timedelta(days=1)
#: Before any school day that a platform of today holds.
_LONG_AGO = date(1900, 1, 1)

_WITHOUT_DETAILS = "UPNs come with it, and pupils are known by platform id alone; ask the school to grant it"
_NOT_LISTED = (
    "codes of marks are not in the school's list: their marks are held back; if this stays, ask Wonde's support"
)
_UNFILTERED = "Wonde did not keep to the dates; if this stays, ask its support"
_REPEATED = (
    "rows came twice, so others may be missing: they come with the next pull; if this stays, ask Wonde's support"
)
_OFFLINE = "Wonde cannot reach the school's MIS now: what it shows stays as it is until the school mends that"


@dataclass(slots=True, kw_only=True)
class Reading:
    """Gathers what a pull brings; each list is read in full, or the failure of any page ends it all."""

    wonde: Wonde
    access: Access
    seen: Callable[[int], object]
    roll: Roll
    codes: CodeList
    remarks: list[SourceRow] = field(default_factory=list)
    _window: Registers = field(init=False)
    _earlier: Registers = field(init=False)

    def read_lists(self) -> None:
        """Read codes and pupils; where leavers may not be read, marks of those who left bear another id."""
        self.codes.load()
        for page in self.wonde.pages(STUDENTS):
            self.roll.add(page)
        for page in self._or_without(LEAVERS):
            self.roll.add_leavers(page)

    def read_window(self, window: Window) -> None:
        """Read every mark of the window.

        Nobody says whether the filters include their own moment, so they lie just outside: a date that is kept in UTC
        may bear the evening before.
        """
        self._window = self._registers(window)
        self._earlier = self._registers(Window(first=_LONG_AGO, last=window.first - _ONE_DAY))
        for piece in pieces(window):
            days = {
                "attendance_date_after": f"{piece.first - _ONE_DAY} 00:00:00",
                "attendance_date_before": f"{piece.last + _ONE_DAY} 00:00:00",
            }
            self._add(self._window, self.wonde.pages(MARKS, days))

    def read_earlier(self, window: Window, since: datetime, now: datetime) -> None:
        """Read what changed since then before the window, and count what is gone."""
        for begin, end in spans(since, now):
            changed = {"updated_after": in_utc(begin)} | ({"updated_before": in_utc(end)} if end else {})
            self._add(self._earlier, self.wonde.pages(MARKS, changed))
        gone = self._or_without(DELETIONS, {"updated_after": in_utc(since)})
        marks = sum(row.is_mark and row.restored_at is None for page in gone for row in page)
        if marks:
            self._remark(
                DELETIONS.path,
                f"{marks} marks are listed as deleted: those of {window} are seen to, correct earlier ones by hand",
            )

    def pulled(self, window: Window) -> Pulled:
        """Return all of it; the window is not whole where a row of it could not be read, or came twice."""
        unreadable = dict.fromkeys((*self._window.unreadable, *self._earlier.unreadable))
        return Pulled(
            marks=(*self._window.marks, *self._earlier.marks),
            first=window.first,
            last=window.last,
            pupils=self.roll.pupils,
            unreadable=tuple(unreadable),
            remarks=(*self.remarks, *self._told(window)),
            is_whole=not (self._window.unreadable or self._window.repeated),
            source_as_of=self.access.as_of(),
            sessions=dict(self._window.sessions),
        )

    def _registers(self, days: Window) -> Registers:
        return Registers(days=days, roll=self.roll, codes=self.codes, dates=self.roll.dates)

    def _add(self, registers: Registers, pages: Iterable[list[SessionRow]]) -> None:
        registers.begin()
        for rows in pages:
            registers.add(rows)
            self.seen(len(rows))
            tidy()

    def _or_without(self, endpoint: Endpoint[R], params: Mapping[str, str] | None = None) -> Iterator[list[R]]:
        """Yield the pages of a list that a pull can do without, with a remark where it may not be read."""
        try:
            yield from self.wonde.pages(endpoint, params)
        except Rejected as problem:
            if problem.refusal is not Refusal.PERMISSION:
                raise
            self._remark(endpoint.path, str(problem))

    def _remark(self, where: str, reason: str) -> None:
        self.remarks.append(SourceRow(where=where, reason=reason))

    def _told(self, window: Window) -> Iterator[SourceRow]:
        """Yield once what concerns the pull and no single row."""
        for path, names in self.wonde.lost.items():
            yield SourceRow(where=path, reason=f"{' '.join(names)} cannot be read: {_WITHOUT_DETAILS}")
        counted = (
            (CODES.path, len(self.codes.unknown), _NOT_LISTED),
            (MARKS.path, self._window.outside, f"rows outside {window} came and were dropped: {_UNFILTERED}"),
            (MARKS.path, self._window.repeated, _REPEATED),
        )
        for path, count, reason in counted:
            if count:
                yield SourceRow(where=path, reason=f"{count} {reason}")
        if self.access.standing.online is False:
            yield SourceRow(where="meta/schools", reason=_OFFLINE)


def reading_of(wonde: Wonde, seen: Callable[[int], object]) -> Reading:
    """Begin a reading of a school that is open to us; raises ``Rejected`` for one that is not."""
    opened = access(wonde)
    codes = CodeList(lambda: (row for page in wonde.pages(CODES) for row in page))
    return Reading(wonde=wonde, access=opened, seen=seen, roll=Roll(opened.dates), codes=codes)
