"""Reads everything a backtest stands on: roll, calendar, registers and recorded events, from files alone."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from app.backtest.events import read_events
from app.backtest.judging import Ground
from app.backtest.marks import MarkReader
from app.backtest.pupils import lay
from app.backtest.rolls import read_roll
from app.backtest.troubles import Troubles
from config.calendars import calendar_of, read_bank_holidays
from config.documents import Document, read_document
from config.loading import SHIPPED
from config.problems import ConfigErrors, Findings, Problem
from mapping.codes import CodeTable
from mapping.school_days import Calendar
from rules.recorded import RECORDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Where the input is, and which school days of it to judge; without them from the first mark to the last."""

    marks: Path
    roll: Path
    calendar: Path
    events: Path | None = None
    first: date | None = None
    last: date | None = None


def read_ground(files: Files, codes: CodeTable, troubles: Troubles, seen: Callable[[int], object]) -> Ground:
    """Return what policies are tried on. Raises ``ConfigErrors`` where a file cannot be used at all.

    Single lines that cannot be used are told to ``troubles`` and left out; ``seen`` hears of marks read.
    """
    calendar = _calendar(files.calendar)
    roll = read_roll(files.roll, troubles)
    events = read_events(files.events, roll, RECORDED, troubles) if files.events else {}
    registers = MarkReader(roll, calendar, codes).read(files.marks, troubles, seen)
    days = _days(files, calendar, registers.days)
    if not days:
        troubles.remark(f"{files.marks}: holds no mark that can be used: nothing is judged without --from and --to")
    return Ground(calendar=calendar, days=days, pupils=lay(roll, registers, events, calendar=calendar, days=days))


def _days(files: Files, calendar: Calendar, marked: set[date]) -> tuple[date, ...]:
    first = files.first or min(marked, default=None)
    last = files.last or max(marked, default=None)
    if first is None or last is None:
        return ()
    if not (days := calendar.between(first, last)):
        message = f"has no school day from {first} to {last}: correct --from and --to"
        raise ConfigErrors([Problem(file=str(files.calendar), key="", message=message)])
    return days


def _calendar(path: Path) -> Calendar:
    if not path.exists():
        message = "is not there: give the path of a calendar with [[term]] and closed"
        raise ConfigErrors([Problem(file=str(path), key="", message=message)])
    findings = Findings()
    holidays = read_bank_holidays(SHIPPED / "bank_holidays.csv", findings)
    document = read_document(path, str(path), findings)
    findings.raise_if_any()
    assert document is not None  # what cannot be read is a problem
    calendar = calendar_of(Document(str(path), _lifted(document.content), findings), holidays)
    findings.raise_if_any()
    return calendar


def _lifted(content: dict[str, Any]) -> dict[str, Any]:
    """Take ``closed`` out of a term: in TOML a line after [[term]] belongs to the term, whatever was meant."""
    terms = content.get("term")
    if "closed" in content or not isinstance(terms, list) or not all(isinstance(term, dict) for term in terms):
        return content
    lists = [term["closed"] for term in terms if isinstance(term.get("closed"), list)]
    plain = [
        {key: value for key, value in term.items() if not isinstance(term.get("closed"), list) or key != "closed"}
        for term in terms
    ]
    return content | {"term": plain, "closed": [day for days in lists for day in days]}
