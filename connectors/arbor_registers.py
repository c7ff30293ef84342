"""From Arbor's roll-call records to marks: one pass, each record by itself, what cannot be read said in a sentence."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from connectors.arbor_pupils import UpnHistory
from connectors.arbor_rows import Day, MarkOfRecord, RegisterType, RollCallRecord, day_of
from connectors.base import Window
from mapping.model import Session, SourceMark, SourceRow

_NO_TYPE = RegisterType()
_new = tuple.__new__
#: Date, morning and afternoon as a record gives them.
_Key = tuple[Day | None, bool | None, bool | None]


@dataclass(slots=True, kw_only=True)
class Registers:
    """Gathers marks page by page.

    ``letter_of`` is asked only where a record brings Arbor's word for a mark without its letter.
    """

    window: Window
    asked: Window
    upns: UpnHistory
    letter_of: Callable[[MarkOfRecord], str | None]
    marks: list[SourceMark] = field(default_factory=list)
    unreadable: list[SourceRow] = field(default_factory=list)
    #: How many records lay beyond what was asked for, and how many came on two pages.
    outside: int = 0
    repeated: int = 0
    #: The sessions that pairs of date and roll call stand for, those of the window alone.
    _sessions: dict[_Key, Session] = field(default_factory=dict)

    def add(self, rows: Iterable[RollCallRecord], where: str) -> None:
        """Turn rows into marks; ``where`` says where they were found, and each row's id follows it.

        The loop runs once a record and holds only what tables know; everything else is read the careful way.
        """
        people, sessions, marks = self.upns.throughout, self._sessions, self.marks
        for row in rows:
            if (mark := row.attendance_mark) is None:
                continue
            call, student, letter = row.attendance_roll_call, row.student, mark.attendance_mark
            kind = call.attendance_register_type or _NO_TYPE if call is not None else _NO_TYPE
            session = sessions.get((row.record_date, kind.is_morning, kind.is_afternoon))
            who = people.get(student.id) if student is not None else None
            if session is None or who is None or not letter:
                self._add_carefully(row, mark, kind, where)
                continue
            # What SourceMark(...) comes to, without the detour through its own constructor.
            marks.append(_new(SourceMark, (who[0], session, letter, f"{where}{row.id}", who[1], row.minutes_late)))

    def _add_carefully(self, row: RollCallRecord, mark: MarkOfRecord, kind: RegisterType, where: str) -> None:
        place = self._place(row.record_date, kind)
        if place is None:
            # A day either side was asked for on purpose; only what lies beyond was not.
            self.outside += day_of(row.record_date) not in self.asked
            return
        code = mark.attendance_mark or self.letter_of(mark)
        if row.student is None or not code or isinstance(place, str):
            self._leave_out(row, place, where)
            return
        platform_id = str(row.student.id)
        upn = self.upns.on(platform_id, place.day)
        self.marks.append(SourceMark(platform_id, place, code, f"{where}{row.id}", upn, row.minutes_late))

    def _place(self, value: Day | None, kind: RegisterType) -> Session | str | None:
        """Return the session, a sentence that says why there is none, or nothing for a day outside the window."""
        try:
            day = day_of(value)
        except ValueError:
            day = None
        if day is None:
            return "its date is missing or is none: ask Arbor's support"
        if (half := kind.half) is None:
            return "its roll call is neither morning nor afternoon: ask the school to set its register type"
        if day not in self.window:
            return None
        self._sessions[value, kind.is_morning, kind.is_afternoon] = session = Session(day, half)
        return session

    def _leave_out(self, row: RollCallRecord, place: Session | str, where: str) -> None:
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
