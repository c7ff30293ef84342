"""Since which day a change in the operator's files concerns a pupil or a school: from then on it is judged again."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from app.reading import Site
from app.wiring import Relay
from mapping.school_days import Calendar
from store.snapshots import Change

#: Stands for the school itself among its pupils: what is decided about no pupil is judged again too.
SCHOOL = ""
#: What rules read of a placement's details; the rest says where notices go and what they are called.
_READ_BY_RULES = ("expected", "flags")


#: How long before a pupil's first day a policy may ask for something: somebody may be entered late.
_BEFORE_THE_START = timedelta(weeks=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """A pupil of a school (or the school itself) to be judged again from a day on."""

    school: str
    pupil_id: str
    day: date


def of_placement(change: Change) -> date | None:
    """Return since when a placement's row gives another picture: from its start, or from the earlier of two ends.

    A new one from some weeks before: what is to be done before the first day is then asked for late, not never.
    """
    start = date.fromisoformat(change.key[2])
    if change.before is None:
        return start - _BEFORE_THE_START
    if change.after is None:
        return start
    (end_before, details_before), (end_after, details_after) = change.before, change.after
    before, after = json.loads(details_before), json.loads(details_after)
    if any(before.get(name) != after.get(name) for name in _READ_BY_RULES):
        return start
    ends = [date.fromisoformat(end) for end in (end_before, end_after) if end]
    return min(ends) if end_before != end_after else None


def of_event(change: Change) -> date | None:
    """Return the day of an event that was added or taken out; who recorded it changes nothing."""
    return date.fromisoformat(change.key[2]) if change.before is None or change.after is None else None


def of_hold(change: Change) -> date | None:
    """Return since when a hold that was taken out had muted something; a new one mutes only what is still to come."""
    return date.fromisoformat(change.key[3]) if change.after is None else None


def of_calendars(relay: Relay) -> Iterator[Since]:
    """Yield every school whose calendar has changed, with its pupils, and keep the calendars as they are now."""
    for site in relay.sites.values():
        if day := _calendar_changed(relay, site):
            yield Since(school=site.id, pupil_id=SCHOOL, day=day)
            for pupil_id in site.roll:
                yield Since(school=site.id, pupil_id=pupil_id, day=day)


def _calendar_changed(relay: Relay, site: Site) -> date | None:
    name, now = f"calendar/{site.id}", _written(site.calendar)
    kept = relay.store.runs.kept(name)
    if kept == now:
        return None
    relay.store.runs.keep(name, now)
    return _first_difference(json.loads(kept), json.loads(now)) if kept else None


def _written(calendar: Calendar) -> str:
    terms = [[term.first.isoformat(), term.last.isoformat(), term.name] for term in calendar.terms]
    return json.dumps({"terms": terms, "days": [day.isoformat() for day in calendar.days]})


def _first_difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> date | None:
    """Return the first day that is a school day in one calendar alone, or from which on the terms differ."""
    days = {date.fromisoformat(day) for day in {*before["days"]} ^ {*after["days"]}}
    return min((*days, *_differing(before["terms"], after["terms"])), default=None)


def _differing(before: list[list[str]], after: list[list[str]]) -> Iterator[date]:
    """Yield where terms differ: the end of one that became longer or shorter, else the beginning."""
    ends = {(first, name): last for first, last, name in after}
    others = {(first, name): last for first, last, name in before}
    for key in {*ends} | {*others}:
        if key not in ends or key not in others:
            yield date.fromisoformat(key[0])
        elif ends[key] != others[key]:
            yield date.fromisoformat(min(ends[key], others[key]))
