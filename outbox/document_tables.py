"""The rows of a document's tables: marks, enquiries, tasks, notices, pupils, and the weeks of a calendar."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from outbox.document_lines import line_rows
from outbox.document_parts import CodedMark
from outbox.document_records import EarlierNotice, Enquiry, Figure, Intervention, Stretch, TaskLine
from outbox.document_words import percent_text, role_text, share_text
from outbox.emails import day_text, session_text
from outbox.seen import Seen

Row = list[str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A calendar with a week to a row: five columns, or seven where a weekend held a session."""

    columns: int
    weeks: Sequence[tuple[date, Sequence[tuple[Seen, Seen] | None]]]


def grid(weeks: Sequence[tuple[date, Sequence[tuple[date, Seen, Seen]]]]) -> Grid:
    """Return the weeks of ``outbox.emails.weeks`` as a grid; a week without a session is empty."""
    columns = 7 if any(day.weekday() > 4 for _, days in weeks for day, *_ in days) else 5
    return Grid(columns=columns, weeks=[(monday, _row(days, columns) if days else []) for monday, days in weeks])


def _row(days: Sequence[tuple[date, Seen, Seen]], columns: int) -> list[tuple[Seen, Seen] | None]:
    held = {day.weekday(): (morning, afternoon) for day, morning, afternoon in days}
    return [held.get(weekday) for weekday in range(columns)]


def mark_rows(marks: Iterable[CodedMark]) -> list[Row]:
    """Return session, code and meaning of each mark."""
    return [[_capital(session_text(mark.session).removeprefix("the ")), mark.code, mark.meaning] for mark in marks]


def enquiry_rows(enquiries: Iterable[Enquiry]) -> list[Row]:
    """Return each attempt; what was not noted down says so."""
    return [
        [
            day_text(each.made_on),
            each.time or "not noted",
            role_text(each.role),
            each.method.replace("_", " "),
            each.tried or "not noted",
            each.spoke_to or "not noted",
            each.outcome or "not noted",
        ]
        for each in enquiries
    ]


def task_rows(tasks: Iterable[TaskLine], today: date) -> list[Row]:
    """Return each task with what came of it; one that is late says so."""
    return [
        [
            day_text(task.opened_on),
            role_text(task.role),
            task.asked,
            day_text(task.due_on),
            day_text(task.done_on) if task.done_on else "overdue" if task.is_overdue(today) else "open",
            task.outcome or "",
        ]
        for task in tasks
    ]


def due_rows(tasks: Iterable[TaskLine]) -> list[Row]:
    """Return tasks of several pupils by due day."""
    ordered = sorted(tasks, key=lambda task: (task.due_on, task.pupil_id or "", task.asked))
    return [[day_text(task.due_on), task.pupil_id or "", role_text(task.role), task.asked] for task in ordered]


def notice_rows(notices: Iterable[EarlierNotice]) -> list[Row]:
    """Return what went out before."""
    return [[day_text(each.sent_on), role_text(each.to), each.what, each.reference] for each in notices]


def stretch_rows(stretches: Iterable[Stretch]) -> list[Row]:
    """Return the attendance of each stretch of time."""
    return [
        [each.name, day_text(each.first), day_text(each.last), share_text(each.share) or "no session recorded"]
        for each in stretches
    ]


def intervention_rows(interventions: Iterable[Intervention]) -> list[Row]:
    """Return the attendance before and after each intervention and the difference in points."""
    return [
        [
            day_text(each.done_on),
            each.what,
            f"{each.school_days} school days",
            percent_text(each.before.percent) or "no session",
            percent_text(each.after.percent) or "no session",
            _points(each),
        ]
        for each in interventions
    ]


def _points(each: Intervention) -> str:
    before, after = each.before.percent, each.after.percent
    return "not known" if before is None or after is None else f"{after - before:+.1f} points"


def figure_pairs(figures: Iterable[Figure]) -> list[Row]:
    """Return label and value of each figure."""
    return [[figure.label, figure.value] for figure in figures]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


#: What the templates of documents may call to fill a table.
TABLES: Mapping[str, Callable[..., Any]] = {
    "grid": grid,
    "coded": mark_rows,
    "asked": enquiry_rows,
    "chores": task_rows,
    "by_due_day": due_rows,
    "sent": notice_rows,
    "stretches": stretch_rows,
    "effects": intervention_rows,
    "lines": line_rows,
    "pairs": figure_pairs,
}
