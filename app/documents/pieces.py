"""Parts of a document's facts that are read off one thing: the decision, the placement, the tasks."""

from collections.abc import Iterable
from datetime import date

from app.dates import due_on
from app.notices.concern import Concern
from app.notices.parties import home_school
from app.reading import Site
from config.placements import Placement
from mapping.school_days import school_date
from outbox.document_parts import Attendance, Fired, Placing, Pupil
from outbox.document_records import TaskLine
from rules.model import Action, Decision
from store.tasks import Task

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri")


def fired(site: Site, decision: Decision, action: Action, today: date) -> Fired:
    """Return the decision as a document tells it."""
    reason = decision.reason
    return Fired(
        policy=decision.policy,
        policy_version=decision.policy_version,
        rule=decision.rule,
        says=decision.says,
        reason=reason.text,
        fired_on=decision.fired_on,
        asked=action.says,
        to=action.to,
        due_on=due_on(site.calendar, max(decision.fired_on, today), action.due_school_days),
        rows=decision.rows,
        ladder=decision.ladder,
        rung=decision.rung,
        counted=reason.counted,
        stepped_over=reason.stepped_over,
        not_recorded=reason.not_recorded,
        passed=decision.passed,
    )


def task_lines(tasks: Iterable[Task]) -> tuple[TaskLine, ...]:
    """Return tasks as a document lists them; a note stays inside."""
    return tuple(
        TaskLine(
            opened_on=school_date(task.opened_at),
            role=task.role,
            asked=task.says,
            due_on=task.due_on,
            done_on=school_date(task.done_at) if task.done_at else None,
            outcome=task.outcome.replace("_", " ") if task.outcome else None,
            pupil_id=task.pupil_id,
        )
        for task in tasks
    )


def pupil_of(placement: Placement) -> Pupil:
    """Return who it is about, as far as placements.csv says."""
    return Pupil(
        pupil_id=placement.pupil_id,
        surname=placement.surname,
        forename=placement.forename,
        date_of_birth=placement.date_of_birth,
        year_group=placement.year_group,
        upn=placement.upn,
        flags=placement.flags,
    )


def placing(placement: Placement) -> Placing:
    """Return where the pupil is placed; of workers outside the provider only that there is one."""
    expected = sorted(placement.expected or ())
    return Placing(
        reference=placement.placement_ref,
        start_on=placement.start_date,
        end_on=placement.end_date,
        arrangement=placement.arrangement,
        commissioner=placement.commissioner,
        home_school=home_school(placement),
        timetable=tuple(f"{_WEEKDAYS[day]} {half}" for day, half in expected),
        is_part_time=placement.expected is not None,
        key_worker=placement.key_worker,
        social_worker="on record" if placement.social_worker else None,
        youth_justice_worker="on record" if placement.youth_justice_worker else None,
    )


def incomplete(concern: Concern, attendance: Attendance, *, has_tried: bool) -> Iterable[str]:
    """Yield a sentence for each thing that is missing from the record."""
    known = concern.child
    lacking = [name.replace("_", " ") for name in ("full_name", "date_of_birth", "upn") if not getattr(known, name)]
    if lacking:
        yield f"Not held here: {', '.join(lacking)}."
    if missing := len(attendance.not_recorded):
        yield f"{missing} session{'s are' if missing > 1 else ' is'} not recorded in the registers."
    if not has_tried:
        yield "No enquiry is recorded yet."
