"""Stretches of a school year that documents compare: half terms, and the days before and after something was done."""

from collections.abc import Iterator
from datetime import date

from app.documents.figures import Figures
from mapping.school_days import Calendar
from outbox.document_records import Contract, Intervention, Stretch
from rules.breaks import before_holidays
from rules.model import PupilMarks

#: Recorded events that are something done for the pupil, in the words of a document.
_INTERVENTIONS = {
    "contract_agreed": "Attendance contract agreed",
    "support_plan_agreed": "Support plan agreed",
    "timetable_adapted": "Timetable adapted",
}
_CONTRACTS = frozenset({"contract_agreed", "support_plan_agreed"})
#: Before and after an intervention so many school days are compared at most: half a term.
_COMPARED = 30


def half_terms(calendar: Calendar, first: date, last: date) -> Iterator[tuple[str, date, date]]:
    """Yield each half term that a stretch touches: its name, its first day and its last one up to ``last``."""
    begin, number, name = first, 0, ""
    ends = [day for day in before_holidays(calendar, first, last) if day < last]
    for end in (*ends, last):
        days = calendar.between(begin, end)
        if days:
            term = calendar.term_of(days[0])
            number, name = (number + 1, name) if term and term.name == name else (1, term.name if term else "")
            yield f"{name or 'Term'} {number}", days[0], days[-1]
            begin = date.fromordinal(end.toordinal() + 1)


def by_half_term(figures: Figures, pupil: PupilMarks, first: date, last: date) -> tuple[Stretch, ...]:
    """Return a pupil's attendance in each half term of a stretch."""
    return tuple(
        Stretch(name=name, first=begin, last=end, share=figures.share(pupil, begin, end))
        for name, begin, end in half_terms(figures.calendar, first, last)
    )


def contract(figures: Figures, pupil: PupilMarks, day: date, target: float | None) -> Contract | None:
    """Return the latest contract or plan agreed by a day, with the attendance since the day after."""
    agreed = [on for on, event in pupil.events if event in _CONTRACTS and on <= day]
    if not agreed:
        return None
    since = date.fromordinal(max(agreed).toordinal() + 1)
    return Contract(agreed_on=max(agreed), target=target, share=figures.share(pupil, since, day))


def interventions(figures: Figures, pupil: PupilMarks, day: date) -> tuple[Intervention, ...]:
    """Return what was done by a day, each with the same number of school days before and after it."""
    return tuple(
        found
        for on, event in sorted(pupil.events)
        if event in _INTERVENTIONS and pupil.start <= on < day
        for found in [_compared(figures, pupil, on, day, what=_INTERVENTIONS[event])]
        if found
    )


def _compared(figures: Figures, pupil: PupilMarks, on: date, day: date, *, what: str) -> Intervention | None:
    after = [each for each in figures.calendar.between(on, day) if each > on]
    before = figures.calendar.between(pupil.start, on)
    count = min(len(after), len(before), _COMPARED)
    if not count:
        return None
    return Intervention(
        done_on=on,
        what=what,
        school_days=count,
        before=figures.share(pupil, before[-count], before[-1]),
        after=figures.share(pupil, after[0], after[count - 1]),
    )
