"""What was done to reach a pupil's family: tasks done, each with how it was tried and what came of it.

A note is free text and stays inside. Date, role, method and outcome are closed words and may leave in a referral.
"""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from app.notices.concern import Concern
from config.models import ROLES
from mapping.school_days import LONDON, school_date
from outbox.document_records import Enquiry
from outbox.notice_parts import Action, ActionOutcome, ActionType
from store.tasks import Task


class Method(StrEnum):
    """How somebody was tried."""

    CALL = "call"
    TEXT = "text"
    EMAIL = "email"
    LETTER = "letter"
    VISIT = "visit"
    MEETING = "meeting"
    SIBLING_SCHOOL = "sibling_school"
    AGENCY = "agency"
    OTHER = "other"


class Outcome(StrEnum):
    """What came of it."""

    REACHED = "reached"
    NO_ANSWER = "no_answer"
    LEFT_MESSAGE = "left_message"
    VISITED_NOBODY_IN = "visited_nobody_in"
    VISITED_SEEN = "visited_seen"
    OTHER = "other"


_TYPES = {
    Method.CALL: ActionType.CALL,
    Method.TEXT: ActionType.TEXT,
    Method.EMAIL: ActionType.EMAIL,
    Method.LETTER: ActionType.LETTER,
    Method.VISIT: ActionType.HOME_VISIT,
    Method.MEETING: ActionType.MEETING,
    Method.SIBLING_SCHOOL: ActionType.SIBLING_SCHOOL,
    Method.AGENCY: ActionType.AGENCY,
    Method.OTHER: ActionType.OTHER_CONTACT,
}
_OUTCOMES = {
    Outcome.REACHED: ActionOutcome.REACHED,
    Outcome.NO_ANSWER: ActionOutcome.NO_ANSWER,
    Outcome.LEFT_MESSAGE: ActionOutcome.MESSAGE_LEFT,
    Outcome.VISITED_NOBODY_IN: ActionOutcome.NOBODY_IN,
    Outcome.VISITED_SEEN: ActionOutcome.CHILD_SEEN,
    Outcome.OTHER: ActionOutcome.DONE,
}
_VISITED = frozenset({Outcome.VISITED_NOBODY_IN, Outcome.VISITED_SEEN})


def method_of(method: Method | None, outcome: Outcome | None) -> Method | None:
    """Return how somebody was tried: as said, or a visit where the outcome is of one; none for no enquiry."""
    if outcome is None:
        return None
    return method or (Method.VISIT if outcome in _VISITED else Method.OTHER)


def enquiries(concern: Concern, *, since: date, until: date) -> list[Task]:
    """Return the tasks of a pupil that were done between two local dates and were enquiries, in order."""
    return sorted(
        (task for task in concern.tried() if task.done_at and since <= school_date(task.done_at) <= until),
        key=lambda task: str(task.done_at),
    )


def as_actions(tasks: Iterable[Task]) -> tuple[Action, ...]:
    """Return enquiries as a notice carries them."""
    return tuple(
        Action(
            type=_TYPES[Method(task.method or Method.OTHER)],
            at=task.done_at,
            by_role=_role(task),
            outcome=_OUTCOMES[Outcome(task.outcome)],
        )
        for task in tasks
        if task.done_at and task.outcome
    )


def as_records(tasks: Iterable[Task]) -> tuple[Enquiry, ...]:
    """Return enquiries as a document lists them; whom they spoke to is for the person who checks it to add."""
    return tuple(
        Enquiry(
            made_on=school_date(task.done_at),
            time=f"{task.done_at.astimezone(LONDON):%H:%M}",
            role=_role(task),
            method=(task.method or Method.OTHER).replace("_", " "),
            outcome=task.outcome.replace("_", " "),
        )
        for task in tasks
        if task.done_at and task.outcome
    )


def _role(task: Task) -> str:
    """Return the role of whoever did it: a name stays inside."""
    return task.done_by if task.done_by in ROLES and task.done_by else task.role
