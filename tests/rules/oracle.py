"""The Swift Learning rules again, slow and obvious: a day at a time, a session at a time, no string tricks."""

from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction

from mapping.codes import CodeTable, Meaning
from mapping.school_days import Calendar
from rules.model import PupilMarks
from tests.builders import NATIONAL

TOLD = {"C2", "E", "S"}


def sessions(who: PupilMarks, day: date) -> list[str]:
    at = 2 * (day - who.origin).days
    return [NATIONAL.spell(byte) for byte in who.marks[at : at + 2]]


def asked(codes: list[str], table: CodeTable = NATIONAL) -> list[str]:
    """Leave out what was no session for the pupil, and sessions the pupil was told not to attend."""
    kept = []
    for code in codes:
        known = table.get(code)
        if code == "." or code in TOLD or (known and not known.meaning.is_possible):
            continue
        kept.append(code)
    return kept


def counts(code: str, category: str) -> bool:
    if category == "unexplained":
        return code in {"N", "O"}
    known = NATIONAL.get(code)
    return known is not None and known.meaning.is_absence and code != "U"


def run_days(who: PupilMarks, day: date, category: str) -> Iterator[date]:
    """Walk back from a day and yield the days of absence until a session breaks the run."""
    while day >= who.origin:
        codes = asked(sessions(who, day))
        recorded = [code for code in codes if code not in {"-", "?"}]
        if any(not counts(code, category) for code in recorded):
            return
        if codes and len(recorded) == len(codes):
            yield day
        day -= timedelta(days=1)


def fires_on_run(who: PupilMarks, day: date, category: str, at_least: int) -> bool:
    run = list(run_days(who, day, category))
    return bool(run) and run[0] == day and len(run) == at_least


def level(who: PupilMarks, since: date, day: date) -> tuple[int, int]:
    attended = possible = 0
    while since <= day:
        for code in sessions(who, since):
            known = NATIONAL.get(code)
            if known and known.meaning.is_possible and code != "C2":
                possible += 1
                attended += known.meaning in {Meaning.PRESENT, Meaning.APPROVED_EDUCATIONAL_ACTIVITY}
        since += timedelta(days=1)
    return attended, possible


def fires_on_level(who: PupilMarks, day: date, on: Calendar, *, below: int, clear: int) -> bool:
    year = date(day.year if day.month >= 8 else day.year - 1, 8, 1)
    since = max(who.start, next(each for each in on.days if each >= year))
    fired_on, armed = None, True
    for each in (each for each in on.days if since <= each <= day):
        attended, possible = level(who, since, each)
        rate = Fraction(100 * attended, possible) if possible else Fraction(100)
        if armed and possible >= 20 and rate < below:
            fired_on, armed = each, False
        elif rate >= clear:
            armed = True
    return fired_on == day


def fires_on_n(who: PupilMarks, day: date, on: Calendar) -> bool:
    before = on.nth_before(day, 5)
    return before is not None and before >= who.origin and "N" in sessions(who, before)


def expected(who: PupilMarks, on: Calendar, day: date) -> set[str]:
    """Name every pupil rule that fires on a day."""
    answers = {
        "three-days-absent": fires_on_run(who, day, "absent", 3),
        "three-days-unexplained": fires_on_run(who, day, "unexplained", 3),
        "five-days-unexplained": fires_on_run(who, day, "unexplained", 5),
        "ten-days-unexplained": fires_on_run(who, day, "unexplained", 10),
        "below-ninety": fires_on_level(who, day, on, below=90, clear=95),
        "n-stands-five-school-days": fires_on_n(who, day, on),
    }
    return {rule for rule, fires in answers.items() if fires}
