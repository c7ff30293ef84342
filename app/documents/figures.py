"""Attendance figures of one pupil over a stretch of days, counted afresh from the marks."""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from mapping.codes import NOT_RECORDED, QUARANTINED, CodeTable
from mapping.marks import last_of
from mapping.model import Half, Session
from mapping.rates import Counter
from mapping.school_days import Calendar
from outbox.document_parts import Attendance, CodedMark, Share
from rules.facts import attendance
from rules.model import PupilMarks
from rules.words import ILLNESS, UNEXPLAINED, Presence, presence

_LATE = ("L", "U")
_NOBODY_KNOWS = frozenset({NOT_RECORDED, QUARANTINED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The unbroken absence up to a day in its three units, and the sessions it is made of."""

    sessions: tuple[Session, ...] = ()
    timetabled_days: int = 0
    school_days: int = 0

    @property
    def first(self) -> date | None:
        """Return the day of its first session."""
        return self.sessions[0].day if self.sessions else None


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What is counted under one code table in one school's calendar; worked out once for all pupils."""

    codes: CodeTable
    calendar: Calendar

    def share(self, pupil: PupilMarks, first: date, last: date) -> Share:
        """Return the attendance as a policy counts it, C2 left out, over days that are both included."""
        found = attendance(stretch(pupil, first, last), self._presence)
        return Share(attended=found.attended, possible=found.possible)

    def national(self, pupil: PupilMarks, first: date, last: date) -> Share:
        """Return the attendance as the national statistic counts it, C2 as authorised absence."""
        counts = self._counter(stretch(pupil, first, last))
        return Share(attended=counts.attended, possible=counts.possible)

    def attendance(self, pupil: PupilMarks, first: date, last: date) -> Attendance:
        """Return every figure of a stretch with the run that stands at its end."""
        marks = stretch(pupil, first, last)
        counts = self._counter(marks)
        run, attended = self.run(pupil, last), self.last_attended(pupil, last)
        return Attendance(
            window_from=first,
            window_to=last,
            share=self.share(pupil, first, last),
            national=Share(attended=counts.attended, possible=counts.possible),
            authorised=counts.authorised,
            unauthorised=counts.unauthorised,
            unexplained=self._count(marks, UNEXPLAINED),
            illness=self._count(marks, ILLNESS),
            late=self._count(marks, _LATE),
            run_sessions=len(run.sessions),
            run_timetabled_days=run.timetabled_days,
            run_school_days=run.school_days,
            first_missed_on=run.first,
            last_attended=attended,
            last_seen_on=attended.day if attended else None,
            marks=tuple(self._missed(pupil, first, last)),
            not_recorded=tuple(at for at, _ in sessions(pupil, first, last, among=_NOBODY_KNOWS)),
        )

    def run(self, pupil: PupilMarks, last: date) -> Run:
        """Return the sessions missed since the last one attended; those not recorded neither count nor break."""
        seen = self.last_attended(pupil, last)
        since = seen.day if seen else pupil.origin
        missed = tuple(
            at for at, _ in sessions(pupil, since, last, among=self.codes.absent_bytes) if seen is None or at > seen
        )
        if not missed:
            return Run()
        return Run(
            sessions=missed,
            timetabled_days=len({at.day for at in missed}),
            school_days=len(self.calendar.between(missed[0].day, last)),
        )

    def last_attended(self, pupil: PupilMarks, last: date) -> Session | None:
        """Return the last session attended up to a day."""
        position = last_of(stretch(pupil, pupil.origin, last), self.codes.attended_bytes)
        if position < 0:
            return None
        return Session(pupil.origin + timedelta(days=position // 2), Half.PM if position % 2 else Half.AM)

    def days_missed(self, pupil: PupilMarks, first: date, last: date) -> list[date]:
        """Return the days of a stretch on which a session was missed."""
        return sorted({at.day for at, _ in sessions(pupil, first, last, among=self.codes.absent_bytes)})

    def is_away(self, pupil: PupilMarks, day: date) -> bool:
        """Whether a session of a day was missed and none attended."""
        marks = set(stretch(pupil, day, day))
        return bool(marks & self.codes.absent_bytes) and not marks & self.codes.attended_bytes

    def is_there(self, pupil: PupilMarks, day: date) -> bool:
        """Whether a session of a day was attended."""
        return bool(set(stretch(pupil, day, day)) & self.codes.attended_bytes)

    def _missed(self, pupil: PupilMarks, first: date, last: date) -> Iterable[CodedMark]:
        for at, byte in sessions(pupil, first, last, among=self.codes.absent_bytes):
            if code := self.codes.of_byte(byte):
                yield CodedMark(session=at, code=code.code, meaning=code.name)

    def _count(self, marks: bytes, names: Iterable[str]) -> int:
        return sum(marks.count(bytes([code.byte])) for name in names if (code := self.codes.get(name)))

    @cached_property
    def _presence(self) -> Presence:
        return presence(self.codes)

    @cached_property
    def _counter(self) -> Counter:
        return Counter(self.codes)


def stretch(pupil: PupilMarks, first: date, last: date) -> bytes:
    """Return the marks of a stretch of days, both included."""
    begin = max(2 * (first - pupil.origin).days, 0)
    return pupil.marks[begin : max(2 * (last - pupil.origin).days + 2, begin)]


def sessions(pupil: PupilMarks, first: date, last: date, *, among: Container[int]) -> Iterable[tuple[Session, int]]:
    """Yield each session of a stretch of days that holds one of these bytes, with its byte."""
    begin = max(first, pupil.origin)
    for position, byte in enumerate(stretch(pupil, begin, last)):
        if byte not in among:
            continue
        yield Session(begin + timedelta(days=position // 2), Half.PM if position % 2 else Half.AM), byte
