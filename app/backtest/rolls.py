"""roll.csv: who was on the roll from when to when; a pupil who left and came back has several rows."""

from datetime import date
from pathlib import Path

from app.backtest.sheets import Columns, Sheet, opened
from app.backtest.troubles import Troubles
from config.checking import parse
from config.placements import FLAGS
from config.rolls import RollRow
from rules.due import RollEntry

_UNUSED = ("upn", "surname", "forename", "date_of_birth", "year_group", "la_code", "home_school_urn", "commissioner")
COLUMNS = Columns(
    needed=("pupil_id", "start_date", "end_date", "flags"), optional=("expected",), unused=(*_UNUSED, "notes")
)

Stretches = tuple[RollEntry, ...]
_Numbered = tuple[RollEntry, int]


def read_roll(path: Path, troubles: Troubles) -> dict[str, Stretches]:
    """Return each pupil's stretches in order of time, the pupils in order of their ids.

    A stretch that overlaps an earlier one is left out. Raises ``ConfigErrors`` for a file that cannot be used.
    """
    rows: dict[str, list[_Numbered]] = {}
    with opened(path, COLUMNS, troubles) as sheet:
        for line, cells in sheet.rows():
            if entry := _entry(sheet, line, cells):
                rows.setdefault(entry.pupil_id, []).append((entry, line))
        return {pupil_id: tuple(_in_order(rows.pop(pupil_id), sheet)) for pupil_id in sorted(rows)}


def _entry(sheet: Sheet, line: int, cells: list[str]) -> RollEntry | None:
    raw = dict(sheet.named(cells, RollRow.model_fields))
    row = parse(RollRow, raw, lambda column, message: sheet.wrong(line, f"{column} {message}"))
    if row is None and "flags" in raw:
        # A flag misspelt must not take the pupil, or another flag, out of sight.
        raw["flags"] = ";".join(FLAGS.intersection(map(str.strip, raw["flags"].split(";"))))
        row = parse(RollRow, raw, lambda *_: None)
    if row is None:
        return None
    if row.end_date and row.end_date < row.start_date:
        sheet.wrong(line, f"end_date {row.end_date} is before start_date {row.start_date}")
        return None
    return RollEntry(
        pupil_id=row.pupil_id, start=row.start_date, end=row.end_date, expected=row.expected or None, flags=row.flags
    )


def _in_order(rows: list[_Numbered], sheet: Sheet) -> list[RollEntry]:
    """Sort by the dates alone, so that the order of the lines changes nothing but the line that is named."""
    kept: list[_Numbered] = []
    for entry, line in sorted(rows, key=_place):
        if kept and (kept[-1][0].end is None or entry.start <= kept[-1][0].end):
            sheet.wrong(
                line, f"pupil {entry.pupil_id} is on the roll already by line {kept[-1][1]}: end one before the other"
            )
        else:
            kept.append((entry, line))
    return [entry for entry, _ in kept]


def _place(row: _Numbered) -> tuple[object, ...]:
    entry = row[0]
    return entry.start, entry.end or date.max, sorted(entry.flags), sorted(entry.expected or ())
