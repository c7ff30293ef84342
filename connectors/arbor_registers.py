"""From Arbor's roll-call records to marks: one pass, each record by itself, what cannot be read said in a sentence."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from connectors.arbor_graphql import Page
from connectors.arbor_pupils import UpnHistory
from connectors.arbor_rows import Day, RegisterType, RollCallRecord, day_of
from connectors.base import Window
from mapping.model import Half, Session, SourceMark, SourceRow

_NO_TYPE = RegisterType()
_new = tuple.__new__
#: Date, morning and afternoon as a record gives them.
_Key = tuple[Day | None, bool | None, bool | None]
_HALVES: dict[tuple[bool | None, ...], Half] = {
    (True, False): Half.AM,
    (True, None): Half.AM,
    (False, True): Half.PM,
    (None, True): Half.PM,
}


@dataclass(slots=True, kw_only=True)
class Registers:
    """Gathers marks page by page. ``letters`` is asked only where a record brings Arbor's word without its letter."""

    window: Window
    asked: Window
    upns: UpnHistory
    letters: Callable[[], Mapping[str, str]]
    marks: list[SourceMark] = field(default_factory=list)
    unreadable: list[SourceRow] = field(default_factory=list)
    outside: int = 0
    #: What each pair of date and roll call stands for: a session, a sentence that says why none, or nothing (outside).
    _places: dict[_Key, Session | str | None] = field(default_factory=dict)

    def add(self, page: Page[RollCallRecord]) -> None:
        """Turn the rows of one page into marks; it runs once a record and looks up whatever a table can know."""
        throughout, places, marks = self.upns.throughout, self._places, self.marks
        where = f"page {page.number} id "
        for row in page.rows:
            mark, student, roll_call = row.attendance_mark, row.student, row.attendance_roll_call
            if mark is None:
                continue
            kind = roll_call.attendance_register_type or _NO_TYPE if roll_call is not None else _NO_TYPE
            key = (row.record_date, kind.is_morning, kind.is_afternoon)
            place = places[key] if key in places else self._place(key)
            code = mark.attendance_mark or self._letter(mark.code)
            if student is None or not code or not isinstance(place, Session):
                self._leave_out(row, place, where)
                continue
            platform_id = str(student.id)
            upn = throughout.get(platform_id) or self.upns.on(platform_id, place.day)
            # What SourceMark(...) comes to, without the detour through its own constructor.
            marks.append(_new(SourceMark, (platform_id, place, code, f"{where}{row.id}", upn, row.minutes_late)))

    def _place(self, key: _Key) -> Session | str | None:
        self._places[key] = place = self._read_place(*key)
        return place

    def _read_place(self, value: Day | None, *flags: bool | None) -> Session | str | None:
        try:
            day = day_of(value)
        except ValueError:
            day = None
        if day is None:
            return "its date is missing or is none: ask Arbor's support"
        half = _HALVES.get(flags)
        if half is None:
            return "its roll call is neither morning nor afternoon: ask the school to set its register type"
        return Session(day, half) if day in self.window else None

    def _letter(self, code: str | None) -> str | None:
        return self.letters().get(code, code) if code else None

    def _leave_out(self, row: RollCallRecord, place: Session | str | None, where: str) -> None:
        if place is None:
            # A day either side was asked for on purpose; only what lies beyond was not.
            self.outside += day_of(row.record_date) not in self.asked
            return
        if row.student is None:
            reason = "it names no pupil: ask the school to let this application read Student"
        elif isinstance(place, Session):
            reason = "its mark has no letter: ask the school to let this application read AttendanceMark attendanceMark"
        else:
            reason = place
        platform_id = str(row.student.id) if row.student else None
        session = place if isinstance(place, Session) else None
        self.unreadable.append(
            SourceRow(where=f"{where}{row.id}", reason=reason, platform_id=platform_id, session=session)
        )
