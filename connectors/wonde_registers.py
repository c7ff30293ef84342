"""From Wonde's session rows to marks: one pass, each row by itself, what cannot be read said in a sentence."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta

from connectors.base import Window
from connectors.wonde_codes import CodeList
from connectors.wonde_dates import LocalDates, Moment
from connectors.wonde_pupils import Roll
from connectors.wonde_rows import Id, Related, SessionRow
from mapping.model import Half, Session, SourceMark, SourceRow

_new = tuple.__new__
_WHERE = "attendance/session id "
_ONE_DAY = timedelta(days=1)
_A_DAY_OF_MINUTES = 24 * 60


@dataclass(slots=True, kw_only=True)
class Registers:
    """Gathers the marks of some days; rows of other days are counted where they lie more than a day away."""

    days: Window
    roll: Roll
    codes: CodeList
    dates: LocalDates
    marks: list[SourceMark] = field(default_factory=list)
    unreadable: list[SourceRow] = field(default_factory=list)
    sessions: Counter[str] = field(default_factory=Counter)
    outside: int = 0
    #: How many rows came twice within one listing: where one came again, another may not have come at all.
    repeated: int = 0
    #: The session that each date and word stand for, none for those of the days beside; filled as they are met.
    _places: defaultdict[Moment | None, dict[str | None, Session | None]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    #: Where each row's mark stands in ``marks``: a row may come again.
    _at: dict[Id, int] = field(default_factory=dict)
    #: Where the marks of the listing that is being read begin.
    _begin: int = 0

    def begin(self) -> None:
        """Begin another listing; its days may overlap with those of the one before."""
        self._begin = len(self.marks)

    def add(self, rows: list[SessionRow]) -> None:
        """Turn a page into marks; it runs once a row, and a row that one of the tables does not know is unusual."""
        marks, at, places = self.marks, self._at, self._places
        known, symbols = self.roll.by_id, self.codes.symbols
        for row in rows:
            late, row_id = row.minutes_late, row.id
            try:
                platform_id, upn = known[row.student]  # type: ignore[index]
                place, symbol = places[row.date][row.session], symbols[row.attendance_code]  # type: ignore[index]
            except KeyError:
                self._unusual(row)
                continue
            if place is None:
                continue
            if row_id in at or not (late is None or type(late) is int):
                self._unusual(row)
                continue
            at[row_id] = len(marks)
            # What SourceMark(...) comes to, without the detour through its own constructor.
            marks.append(_new(SourceMark, (platform_id, place, symbol, f"{_WHERE}{row_id}", upn, late)))
        self.sessions.update([row.session or "" for row in rows])

    def _place(self, row: SessionRow) -> Session | str | None:
        """Return the session of a row, a sentence that says why there is none, or nothing for one of other days."""
        day = self._day(row.date)
        if day is None:
            return "its date is missing, is none, or is in a zone nobody knows: ask Wonde's support"
        if day not in self.days:
            self._leave_out(row, day)
            return None
        try:
            session = Session(day, Half((row.session or "").strip().upper()))
        except ValueError:
            return "its session is neither AM nor PM: ask the school which sessions its MIS gives to Wonde"
        self._places[row.date][row.session] = session
        return session

    def _day(self, moment: Moment | None) -> date | None:
        try:
            return self.dates.day(moment) if moment is not None else None
        except ValueError:
            return None

    def _unusual(self, row: SessionRow) -> None:
        """Take a row that is not as nearly all are: not taken, of other days, come again, nested, or not readable."""
        code = self._code(row)
        if code is None:
            return
        place = self._place(row)
        if place is None:
            return
        student = row.student.thing().id if isinstance(row.student, Related) else row.student
        student = row.student_id if student is None else student
        if student is None or isinstance(place, str):
            reason = place if isinstance(place, str) else "it names no pupil: ask Wonde's support"
            platform_id = None if student is None else self.roll.who(student)[0]
            where = f"{_WHERE}{row.id}"
            self.unreadable.append(SourceRow(where=where, reason=reason, platform_id=platform_id, code=code))
            return
        platform_id, upn = self.roll.who(student)
        late = _minutes(row.minutes_late)
        self._put(row.id, SourceMark(platform_id, place, code, f"{_WHERE}{row.id}", upn, late))

    def _code(self, row: SessionRow) -> str | None:
        """Return the letter of the row's code; none where the register has not been taken."""
        given = row.attendance_code if row.attendance_code is not None else row.attendance_code_id
        if isinstance(given, Related):
            thing = given.thing()
            if thing.code:
                return thing.code
            given = thing.id
        return None if given is None or given == "" else self.codes.symbol(given)

    def _put(self, row_id: Id, mark: SourceMark) -> None:
        # The same row again is newer, and never a second mark; two rows for one session are both passed on.
        if row_id in self._at:
            self.marks[self._at[row_id]] = mark
            self.repeated += self._at[row_id] >= self._begin
        else:
            self._at[row_id] = len(self.marks)
            self.marks.append(mark)

    def _leave_out(self, row: SessionRow, day: date) -> None:
        if self.days.first - _ONE_DAY <= day <= self.days.last + _ONE_DAY:
            # Expected, where the filters include their own day, and the same for the whole day's rows.
            self._places[row.date][row.session] = None
        else:
            self.outside += 1


def _minutes(value: float | str | None) -> int | None:
    """Return minutes late; none for an empty text and for what is no number of minutes."""
    try:
        minutes = int(float(value)) if value not in {None, ""} else None
    except (ValueError, OverflowError):
        return None
    return minutes if minutes is not None and 0 <= minutes < _A_DAY_OF_MINUTES else None
