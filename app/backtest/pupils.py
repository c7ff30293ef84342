"""The pupils of a backtest as the rules read them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from app.backtest.events import Events
from app.backtest.marks import Registers
from app.backtest.rolls import Stretches
from mapping.marks import year_of, year_start
from mapping.school_days import Calendar
from rules.due import SessionsDue, as_placed
from rules.model import PupilMarks


@dataclass(frozen=True, kw_only=True)
class Pupils:
    """Everybody on the roll, in order of their ids; all mark strings begin at ``origin``."""

    origin: date
    marks: list[PupilMarks] = field(repr=False)
    #: The stretches of those who left and came back.
    returned: Mapping[str, Stretches] = field(repr=False)

    def of(self, at: int, day: date) -> PupilMarks:
        """Return one pupil by place, with the flags and the timetable of that day."""
        pupil = self.marks[at]
        stretches = self.returned.get(pupil.pupil_id)
        return as_placed(pupil, stretches, day) if stretches else pupil

    def on(self, day: date) -> Iterator[PupilMarks]:
        """Yield every pupil in the same way, in order."""
        if not self.returned:
            return iter(self.marks)
        return (self.of(at, day) for at in range(len(self.marks)))


def lay(
    roll: Mapping[str, Stretches],
    registers: Registers,
    events: Mapping[str, Events],
    *,
    calendar: Calendar,
    days: tuple[date, ...],
) -> Pupils:
    """Lay everybody's marks over the sessions that were due; the registers are used up, for memory's sake."""
    touched = registers.days | set(days)
    if not touched:
        return Pupils(origin=date.min, marks=[], returned={})
    years = range(year_of(min(touched)), year_of(max(touched)) + 1)
    due = SessionsDue(calendar)
    marks = [
        due.lay(stretches, registers.take(pupil_id, years))._replace(events=events.get(pupil_id, ()))
        for pupil_id, stretches in roll.items()
    ]
    returned = {pupil_id: stretches for pupil_id, stretches in roll.items() if len(stretches) > 1}
    return Pupils(origin=year_start(years[0]), marks=marks, returned=returned)
