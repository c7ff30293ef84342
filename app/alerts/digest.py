"""The words of an alert: many things in a few lines, counts first, then the first ids."""

from collections.abc import Iterable

from app.alerts.thing import Thing
from rules.wording import count_of

_IDS_SHOWN, _LINES_SHOWN = 5, 20
TO_DO = (
    "Run `attendance-relay status`, and `attendance-relay outbox list --state dead` for what died. What a person must "
    "know today is told by telephone: a machine that is down tells nobody."
)


def heading(things: list[Thing]) -> str:
    """Return the subject line."""
    return f"attendance-relay: {count_of(len(things), 'thing')} to see to"


def text(things: Iterable[Thing]) -> str:
    """Return a line for each kind of thing, the largest first."""
    groups: dict[str, list[Thing]] = {}
    for thing in things:
        groups.setdefault(thing.what, []).append(thing)
    # Urgent ones are never among those that are cut off.
    ordered = sorted(groups.values(), key=lambda group: (not group[0].is_urgent, -len(group)))
    lines = [_line(group) for group in ordered[:_LINES_SHOWN]]
    if len(ordered) > _LINES_SHOWN:
        lines.append(f"- and {len(ordered) - _LINES_SHOWN} more kinds: see status")
    return "\n".join(lines)


def _line(group: list[Thing]) -> str:
    ids = [thing.id for thing in group if thing.id]
    if not ids:
        return f"- {group[0].what}"
    shown = ", ".join(ids[:_IDS_SHOWN])
    more = f" and {len(ids) - _IDS_SHOWN} more" if len(ids) > _IDS_SHOWN else ""
    return f"- {count_of(len(ids), 'message')} {group[0].what}: {shown}{more}"
