"""Which sessions were due for a pupil, and the pupil's marks laid over them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from mapping.marks import BLANK_YEAR, YEAR_BYTES, due_mask, mask, position, year_length, year_of, year_start
from mapping.model import Half, Session
from mapping.school_days import Calendar
from rules.model import PupilMarks

#: A weekday (Monday is 0) and a half: one of the sessions a part-time pupil is expected at every week.
WeeklySession = tuple[int, Half]


@dataclass(frozen=True, slots=True, kw_only=True)
class RollEntry:
    """One pupil's place on the roll, from ``start`` to ``end`` (both included, ``None`` is open).

    ``expected`` are the weekly sessions of a part-time timetable; ``None`` is every session of the school. ``events``
    is what was recorded about the pupil, by date.
    """

    pupil_id: str
    start: date
    end: date | None = None
    expected: frozenset[WeeklySession] | None = None
    flags: frozenset[str] = frozenset()
    events: tuple[tuple[date, str], ...] = ()

    def is_on_roll(self, day: date) -> bool:
        """Whether the pupil is on the roll on a date."""
        return self.start <= day and (self.end is None or day <= self.end)

    def is_due(self, session: Session) -> bool:
        """Whether the pupil is expected at a session that the school holds."""
        weekly = (session.day.weekday(), session.half)
        return self.is_on_roll(session.day) and (self.expected is None or weekly in self.expected)


def as_placed(pupil: PupilMarks, stretches: Sequence[RollEntry], day: date) -> PupilMarks:
    """Return a pupil as placed on a day: with flags, timetable and last day of the stretch that had begun by then.

    Between two stretches the pupil has left.
    """
    if len(stretches) == 1:
        return pupil
    latest = ([each for each in stretches if each.start <= day] or stretches[:1])[-1]
    return pupil._replace(flags=latest.flags, end=latest.end, is_part_time=latest.expected is not None)


class SessionsDue:
    """The sessions of one school, ready to be laid under its pupils' marks. Masks are worked out once and kept."""

    def __init__(self, calendar: Calendar) -> None:
        """Work for one calendar; a corrected calendar needs a new one."""
        self._calendar = calendar
        self._timetabled = lru_cache(maxsize=4096)(self._work_out_timetable)
        self._due = lru_cache(maxsize=65536)(self._work_out_due)

    def lay(self, stretches: Sequence[RollEntry], years: Mapping[int, bytes]) -> PupilMarks:
        """Return one pupil's marks over all the school years given, oldest first, with no year left out between.

        ``stretches`` are the pupil's times on the roll, in order; a pupil who left and came back has several.
        """
        first, last, year = stretches[0], stretches[-1], min(years)
        marks = self._lay_year(stretches, year, years[year])
        if len(years) > 1:
            later = range(year + 1, max(years) + 1)
            marks += b"".join(self._lay_year(stretches, each, years.get(each, BLANK_YEAR)) for each in later)
        return PupilMarks(
            pupil_id=first.pupil_id,
            marks=marks,
            origin=year_start(year),
            start=first.start,
            flags=last.flags,
            end=last.end,
            events=last.events,
            is_part_time=last.expected is not None,
        )

    def _lay_year(self, stretches: Sequence[RollEntry], year: int, marks: bytes) -> bytes:
        due = 0
        for each in stretches:
            due |= self._due(year, each.expected, each.start, each.end)
        return mask(marks, due)[: year_length(year)]

    def _work_out_due(self, year: int, expected: frozenset[WeeklySession] | None, start: date, end: date | None) -> int:
        return self._timetabled(year, expected) & _between(year, start, end)

    def _work_out_timetable(self, year: int, expected: frozenset[WeeklySession] | None) -> int:
        days = self._calendar.between(year_start(year), date(year + 1, 7, 31))
        everything = RollEntry(pupil_id="", start=date.min, expected=expected)
        sessions = (Session(day, half) for day in days for half in Half)
        return due_mask(year, {session for session in sessions if everything.is_due(session)})


def _between(year: int, start: date, end: date | None) -> int:
    """Return a mask of the positions of a year from ``start`` to ``end``, both included."""
    first = 0 if year_of(start) < year else YEAR_BYTES if year_of(start) > year else position(start)
    stop = YEAR_BYTES
    if end is not None:
        stop = 0 if year_of(end) < year else YEAR_BYTES if year_of(end) > year else position(end) + 2
    return ((1 << 8 * max(stop - first, 0)) - 1) << 8 * (YEAR_BYTES - max(stop, first))
