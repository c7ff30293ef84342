"""Registers that should be there by now: which are overdue, and of which of them marks are lacking."""

from collections.abc import Iterator
from datetime import date, datetime

from app.pulling.model import Untaken
from app.reading import Site
from app.wiring import Relay
from mapping.codes import NOT_RECORDED
from mapping.marks import BLANK_YEAR, offset, year_of
from mapping.model import Half, Pulled, Session
from mapping.school_days import at_local, school_date


def is_overdue(site: Site, session: Session, at: datetime) -> bool:
    """Whether a session's register should be there at an instant."""
    return at >= at_local(session.day, site.operator.times.register_deadline(session.half))


def scope(site: Site, pulled: Pulled, at: datetime) -> list[Session] | None:
    """Return the sessions for which the source answered in full; none where it sent only some marks.

    A mark of a register that is still being taken is not missing.
    """
    asked = site.calendar.between(pulled.first, pulled.last) if pulled.is_whole else ()
    whole = {day for day in pulled.whole_days if site.calendar.is_school_day(day)}
    if not pulled.is_whole and not whole:
        return None
    sessions = (Session(day, half) for day in sorted(whole.union(asked)) for half in Half)
    return [session for session in sessions if is_overdue(site, session, at)]


def latest_overdue(site: Site, last: date, at: datetime) -> date | None:
    """Return the latest school day up to a date whose morning register should be there."""
    day = site.calendar.last_on_or_before(last)
    if day is not None and not is_overdue(site, Session(day, Half.AM), at):
        day = site.calendar.nth_before(day, 1)
    return day


def untaken(relay: Relay, site: Site, at: datetime) -> Iterator[Untaken]:
    """Yield the registers of the day of an instant that were past their deadline then and lack marks."""
    day = school_date(at)
    if not site.calendar.is_school_day(day) or not is_overdue(site, Session(day, Half.AM), at):
        return
    strings = dict(relay.store.registers.year_of_school(site.id, year_of(day)))
    for session in (Session(day, half) for half in Half):
        if is_overdue(site, session, at):
            due = [who for who, stretches in site.roll.items() if any(each.is_due(session) for each in stretches)]
            unmarked = sum(strings.get(who, BLANK_YEAR)[offset(session)] == NOT_RECORDED for who in due)
            if unmarked:
                yield Untaken(day=day, half=session.half, due=len(due), unmarked=unmarked)


def known_untaken(relay: Relay) -> dict[str, tuple[Untaken, ...]]:
    """Return the registers that lacked marks when each school was last heard of; no school without any."""
    progress = relay.store.runs.all_progress()
    found = {
        site.id: _known(relay, site, at)
        for site in relay.sites.values()
        if site.id in progress and (at := progress[site.id].pulled_at)
    }
    return {school: late for school, late in found.items() if late}


def _known(relay: Relay, site: Site, at: datetime) -> tuple[Untaken, ...]:
    known = relay.late.get(site.id)
    if known is None or known[0] != at:
        relay.late[site.id] = known = (at, tuple(untaken(relay, site, at)))
    return known[1]
