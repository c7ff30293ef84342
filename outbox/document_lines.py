"""A pupil's line in a list, column by column."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

from outbox.document_records import PupilLine
from outbox.document_words import percent_text
from outbox.emails import day_text


def line_rows(lines: Iterable[PupilLine], columns: Sequence[str]) -> list[list[str]]:
    """Return these columns of each pupil's line; what is not known says so, never a guess."""
    return [[_COLUMNS[column](line) or "not recorded" for column in columns] for line in lines]


def _date(day: date | None) -> str | None:
    return day_text(day) if day else None


_COLUMNS: Mapping[str, Callable[[PupilLine], str | None]] = {
    "pupil": lambda line: f"{line.name} ({line.pupil_id})" if line.name else line.pupil_id,
    "id": lambda line: line.pupil_id,
    "year": lambda line: line.year_group,
    "home_school": lambda line: line.home_school,
    "key_worker": lambda line: line.key_worker,
    "morning": lambda line: line.morning,
    "afternoon": lambda line: line.afternoon,
    "attendance": lambda line: percent_text(line.share.percent),
    "days": lambda line: str(line.run_school_days),
    "stage": lambda line: line.stage or "none yet",
    "concern": lambda line: line.concern and f"{line.concern[0].upper()}{line.concern[1:]}",
    "since": lambda line: _date(line.concern_on),
    "returned": lambda line: _date(line.returned_on),
    "contact": lambda line: _date(line.last_contact_on),
    "due": lambda line: _date(line.next_due_on) or "nothing due",
    "task": lambda line: line.next_task or "nothing due",
    "sessions": lambda line: None if line.sessions_a_week is None else str(line.sessions_a_week),
    "review": lambda line: _date(line.review_on),
    "earned": lambda line: line.earned,
    "pattern": lambda line: line.pattern,
}
