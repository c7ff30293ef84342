"""events.csv: what was recorded about a pupil on a date."""

from collections.abc import Collection
from datetime import date
from pathlib import Path

from app.backtest.sheets import Columns, opened
from app.backtest.troubles import Troubles
from app.written import Unreadable, read_date, shown
from config.problems import suggestion

COLUMNS = Columns(needed=("pupil_id", "date", "event"), unused=("school", "recorded_by", "note", "notes"))

Events = tuple[tuple[date, str], ...]


def read_events(path: Path, pupils: Collection[str], words: Collection[str], troubles: Troubles) -> dict[str, Events]:
    """Return each pupil's events by date; ``words`` are the events there are. One event twice on a day is one."""
    found: dict[str, set[tuple[date, str]]] = {}
    with opened(path, COLUMNS, troubles) as sheet:
        places = sheet.places(*COLUMNS.needed)
        for line, cells in sheet.rows():
            pupil_id, day, event = (cells[place].strip() for place in places)
            try:
                _check(pupil_id, pupils, event, words)
                found.setdefault(pupil_id, set()).add((read_date(day), event))
            except Unreadable as wrong:
                sheet.wrong(line, str(wrong))
    return {pupil_id: tuple(sorted(events)) for pupil_id, events in found.items()}


def _check(pupil_id: str, pupils: Collection[str], event: str, words: Collection[str]) -> None:
    if pupil_id not in pupils:
        raise Unreadable(f"pupil_id {shown(pupil_id)} is not on the roll")
    if event not in words:
        there = suggestion(event, words) or f": there are {', '.join(sorted(words))}"
        raise Unreadable(f"event {shown(event)} is no recorded event{there}")
