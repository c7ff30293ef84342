"""calendars/NAME.toml: the terms, INSET days and closures of a school, with England's bank holidays added."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from config.checking import parse
from config.documents import Document, read_document
from config.fields import Day, Table, Text
from config.problems import Findings
from config.sheets import read_sheet
from mapping.school_days import Calendar, Term, closures

#: Stands for a calendar that was not in order until the problems are raised.
_NONE = Calendar(terms=())


class TermTable(Table):
    """One stretch of term; stretches of one name are one term."""

    name: str = Field("", description="the term's name")
    first: Day = Field(description="the first day of term with pupils")
    last: Day = Field(description="the last day of term")


class ClosedDay(Table):
    """One day inside a term without sessions."""

    day: Day = Field(description="the date on which the school is closed")
    reason: Text = Field("closed", description="the reason")


class CalendarFile(Table):
    """A whole calendar file; the tables of its lists are checked one by one."""

    term: Annotated[tuple[Any, ...], Field(strict=False, min_length=1)] = Field(
        description="at least one [[term]] with first and last"
    )
    closed: Annotated[tuple[Any, ...], Field(strict=False)] = Field(
        (), description="dates, or [[closed]] tables with day and reason"
    )
    inset: Annotated[tuple[Day, ...], Field(strict=False)] = Field((), description="dates without pupils")
    bank_holidays: bool = Field(default=True, description="whether England's bank holidays are closed days")


def read_bank_holidays(path: Path, findings: Findings) -> dict[date, str]:
    """Return England's bank holidays as shipped, substitute days included, with their names."""
    sheet = read_sheet(path, path.name, ("date", "name"), findings)
    return {date.fromisoformat(row.cells["date"]): row.cells["name"] for row in sheet.rows}


def read_calendar(path: Path, name: str, holidays: Mapping[date, str], findings: Findings) -> Calendar:
    """Return one calendar, without terms when it is not in order, which is then among the findings."""
    document = read_document(path, name, findings)
    return calendar_of(document, holidays) if document else _NONE


def calendar_of(document: Document, holidays: Mapping[date, str]) -> Calendar:
    """Return the calendar a document describes, without terms after its problems were told to the document."""
    _misplaced(document)
    file = parse(CalendarFile, document.content, document.problem)
    terms = [_term(document, key, raw) for key, raw in _items(document, "term")]
    closed = [_closed(document, key, raw) for key, raw in _items(document, "closed")]
    if file is None or None in terms or None in closed:
        return _NONE
    return _calendar(document, file, [*filter(None, terms)], [*filter(None, closed)], holidays)


def _items(document: Document, name: str) -> list[tuple[str, Any]]:
    items = document.content.get(name)
    return [(f"{name}[{at}]", item) for at, item in enumerate(items if isinstance(items, list) else [], start=1)]


def _misplaced(document: Document) -> None:
    # In TOML a key after [[term]] belongs to that term: the commonest slip in these files.
    for key, term in _items(document, "term"):
        for name in ("closed", "inset", "bank_holidays"):
            if isinstance(term, dict) and name in term:
                document.problem(f"{key}.{name}", "belongs to the whole calendar: move it above the first [[term]]")


def _term(document: Document, key: str, raw: Any) -> Term | None:
    term = parse(TermTable, raw, document.within(key))
    if term is None:
        return None
    if term.last < term.first:
        document.problem(f"{key}.last", "is before first: correct one of them")
        return None
    return Term(name=term.name, first=term.first, last=term.last)


def _closed(document: Document, key: str, raw: Any) -> tuple[str, ClosedDay] | None:
    if isinstance(raw, dict):
        day = parse(ClosedDay, raw, document.within(key))
    else:
        day = parse(ClosedDay, {"day": raw}, lambda _, message: document.problem(key, message))
    return (key, day) if day else None


def _calendar(
    document: Document,
    file: CalendarFile,
    terms: list[Term],
    closed: list[tuple[str, ClosedDay]],
    holidays: Mapping[date, str],
) -> Calendar:
    inset = dict.fromkeys(file.inset, "INSET day")
    days = {key: each.day for key, each in closed} | {f"inset[{at}]": day for at, day in enumerate(inset, start=1)}
    _warn_of_days(document, terms, days)
    if file.bank_holidays:
        _warn_of_years(document, terms, holidays)
    reasons = {each.day: each.reason for _, each in closed}
    try:
        return Calendar(terms=tuple(terms), closed=closures(reasons, inset, holidays if file.bank_holidays else {}))
    except ValueError as wrong:
        document.problem("term", f"{wrong}: correct first and last")
        return _NONE


def _warn_of_days(document: Document, terms: Sequence[Term], days: Mapping[str, date]) -> None:
    for key, day in days.items():
        if day.weekday() >= 5 or not any(day in term for term in terms):
            document.warn(key, f"{day:%a} {day} is no day of term anyway: look whether the date is right")


def _warn_of_years(document: Document, terms: Sequence[Term], holidays: Mapping[date, str]) -> None:
    known_to = max(holidays, default=date.min).year
    for number, term in enumerate(terms, start=1):
        if term.last.year > known_to:
            advice = "list later ones under closed until a newer version brings them"
            document.warn(f"term[{number}].last", f"bank holidays are known up to {known_to}: {advice}")
