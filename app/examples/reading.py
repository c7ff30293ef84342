"""Reads the parsed TOML of a file of examples strictly: every mistake is one sentence that names example and key."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from app.examples.fields import Fields, nearest
from app.examples.marks import Signed, read_line
from app.examples.model import Example, Expected, Setting
from app.written import Unreadable
from rules.due import RollEntry
from rules.model import ActionKind
from rules.reading import Problem

_TOP = ("policy", "calendar", "example")
_EXAMPLE = ("name", "pupil", "flags", "expected", "marks", "events", "as_of", "expect", "only", "never")
_EXPECTED = ("on", "row", "kind", "to")
_PUPIL = ("pupil_id", "start_date", "end_date", "flags")
#: Columns of a roll that no rule looks at.
_UNUSED = ("upn", "surname", "forename", "date_of_birth", "year_group", "la_code", "home_school_urn", "commissioner")


def read_examples(data: Mapping[str, object], setting: Setting) -> tuple[list[Example], list[Problem]]:
    """Return the examples that are in order, and what is wrong with the others."""
    problems: list[Problem] = []
    top = Fields(data, "", problems)
    top.text("policy")
    # The calendar's keys have their own reader (config.calendars).
    top.free(*_TOP)
    examples: dict[str, Example] = {}
    for number, each in top.tables("example"):
        found: list[Problem] = []
        example = _example(Fields(each, f"example {each.get('name', number)!r}: ", found), setting)
        if example.name in examples:
            found.append(Problem(f"example {example.name!r}: name", "is used twice: give every example its own"))
        if not found:
            examples[example.name] = example
        problems += found
    top.done()
    return list(examples.values()), problems


def _example(table: Fields, setting: Setting) -> Example:
    """Read one example; what is returned is of use only where nothing was noted."""
    table.free(*_EXAMPLE)
    name, signs = table.text("name"), _signs(table, setting)
    days = [each.session.day for each in signs]
    entry = _pupil(table, min(days, default=None), setting)
    as_of = table.day("as_of") if table.has("as_of") or not table.has("marks") else max(days, default=date.max)
    _check_sessions(table, signs, entry, setting)
    expect = tuple(_expectations(table, as_of, setting))
    never, only = (_rows(table, key, setting) for key in ("never", "only"))
    if not any(map(table.has, ("expect", "never", "only"))):
        table.problem("expect", "is missing: say what must follow, or under never what must not")
    events = tuple(table.events("events", setting.events))
    table.done()
    return Example(
        name=name,
        entry=entry,
        signs=tuple(signs),
        events=events,
        calendar=setting.calendar,
        # Something may be expected of the days before a pupil's first.
        first=min([entry.start, *days, *(each.on for each in expect)]),
        as_of=as_of,
        expect=expect,
        never=never,
        only=only,
    )


def _signs(table: Fields, setting: Setting) -> list[Signed]:
    signs: dict[tuple[date, str], Signed] = {}
    for number, line in enumerate(table.lines("marks"), start=1):
        try:
            found = read_line(line, setting.calendar, setting.codes)
        except Unreadable as wrong:
            table.problem(f"marks[{number}]", str(wrong))
            continue
        for each in found:
            if each.session in signs:
                table.problem(f"marks[{number}]", f"{each.session} has a mark in an earlier line: keep one")
            signs[each.session] = each
    return [signs[session] for session in sorted(signs)]


def _pupil(table: Fields, first: date | None, setting: Setting) -> RollEntry:
    """Read the pupil, whose first day is that of the first mark unless the example says another."""
    pupil = table.inner("pupil")
    pupil.free(*_PUPIL, *_UNUSED)
    start, end = pupil.iso_day("start_date"), pupil.iso_day("end_date")
    if not (start or first or table.has("marks")):
        pupil.problem("start_date", "is missing: without marks the example must say when the pupil starts")
    if start and end and end < start:
        pupil.problem("end_date", f"is {end}, before start_date {start}: correct one of them")
    entry = RollEntry(
        pupil_id=pupil.text("pupil_id") if pupil.has("pupil_id") else "P1",
        start=start or first or date.min,
        end=end,
        expected=table.weekly("expected"),
        flags=table.words("flags", setting.flags) | pupil.words("flags", setting.flags),
    )
    pupil.done()
    return entry


def _check_sessions(table: Fields, signs: Sequence[Signed], entry: RollEntry, setting: Setting) -> None:
    """Note the first mark that no rule would ever see."""
    for session, byte in signs:
        if byte in setting.meaningless or entry.is_due(session):
            continue
        if entry.is_on_roll(session.day):
            table.problem("marks", f"{session} has a mark, but the pupil is not expected then: write . or C2")
        else:
            until = f" to {entry.end}" if entry.end else ""
            table.problem(
                "marks", f"{session} has a mark, but the pupil is on the roll from {entry.start}{until}: write ."
            )
        return


def _expectations(table: Fields, as_of: date, setting: Setting) -> Iterator[Expected]:
    if not table.has("expect"):
        return
    for number, raw in enumerate(table.list_of_tables("expect"), start=1):
        item = table.within(f"expect[{number}].", raw)
        item.free(*_EXPECTED)
        expected = Expected(
            on=item.day("on"),
            row=item.text("row"),
            kind=item.choice("kind", tuple(ActionKind)) if item.has("kind") else None,
            to=item.one_or_more("to", setting.roles) if item.has("to") else (),
        )
        _check_day(item, expected.on, as_of, setting)
        _check_rows(item, [("row", expected.row)], setting)
        item.done()
        yield expected


def _check_day(item: Fields, day: date, as_of: date, setting: Setting) -> None:
    if day == date.min:  # it is missing, which is said already
        return
    if day > as_of > date.min:
        item.problem("on", f"{day:%a} {day} is after {as_of}, the day up to which the example goes: give a later as_of")
    elif not setting.calendar.is_school_day(day):
        item.problem("on", f"{day:%a} {day} is no school day of the calendar ({setting.calendar.why_closed(day)})")


def _rows(table: Fields, key: str, setting: Setting) -> tuple[str, ...]:
    rows = table.texts(key) if table.has(key) else ()
    # A row of another policy never comes, which may be worth saying.
    places = ((f"{key}[{at}]", row) for at, row in enumerate(rows, start=1))
    _check_rows(table, [(place, row) for place, row in places if row not in setting.published], setting)
    return rows


def _check_rows(table: Fields, rows: Sequence[tuple[str, str]], setting: Setting) -> None:
    if setting.rows is None:
        return
    for place, row in rows:
        if row and row not in setting.rows:
            table.problem(place, f"the policy has no row {row!r}: {nearest(row, setting.rows)}")
