"""The figures of a school year for the review of a policy: counts, and no pupil."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from mapping.rates import PERSISTENT, SEVERE
from outbox.document_parts import Share
from outbox.document_records import Figure
from store.tasks import Task


def statistics(shares: Sequence[Share], tasks: Sequence[Task], *, standing: int, today: date) -> tuple[Figure, ...]:
    """Return counts of pupils, decisions and tasks; ``shares`` are each pupil's as the nation counts them."""
    missed = [Fraction(share.missed, share.possible) for share in shares if share.possible]
    counts = (
        ("Pupils on roll", len(shares)),
        ("Missed 10% of sessions or more", sum(share >= PERSISTENT for share in missed)),
        ("Missed half of their sessions or more", sum(share >= SEVERE for share in missed)),
        ("Decisions that stand", standing),
        ("Tasks done", sum(task.state == "done" for task in tasks)),
        ("Tasks open", sum(task.state == "open" for task in tasks)),
        ("Tasks overdue", sum(task.state == "open" and task.due_on < today for task in tasks)),
    )
    return tuple(Figure(label=label, value=str(count)) for label, count in counts)
