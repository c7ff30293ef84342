"""How far back a pull reads: today always, the last days once a night, the whole term once a week.

What is due is decided by what was read when, never by the slot that runs: the next pull makes up for a missed one.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from enum import StrEnum

from app.pulling.model import Asked
from app.reading import Site
from app.wiring import Relay
from connectors.base import Window
from mapping.school_days import at_local, school_date
from store.pulls import Unread

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
_DAY, _WEEK = timedelta(days=1), timedelta(weeks=1)


class Reach(StrEnum):
    """How far back a school is read again for corrections."""

    DAYS = "days"
    TERM = "term"


def window(relay: Relay, site: Site, now: datetime, asked: Asked) -> Window:
    """Return the dates to ask for: today, what somebody asks for, all since the last pull, and as far back as is due.

    A school that was never pulled is read as far back as the last days. Once earlier days could not be read, they are
    put off, so that they do not keep today's marks from coming.
    """
    today, unread = school_date(now), relay.store.pulls.unread_of(site.id)
    firsts = [today, *_asked_for(relay, site, today, asked)]
    if unread is None or not _is_put_off(relay, site, unread, now):
        firsts += _due(relay, site, unread, now)
    return Window(first=min(max(min(firsts), begin(site, today)), today), last=today)


def first_day(relay: Relay, site: Site, today: date, reach: Reach) -> date:
    """Return how far back a reach goes: for the term, to the first day of this or, in holidays, the last one."""
    if reach is Reach.DAYS:
        return today - relay.operator.limits.reread_days * _DAY
    day = site.calendar.last_on_or_before(today)
    term = site.calendar.term_of(day) if day else None
    return term.first if term else today


def note(relay: Relay, site: Site, window: Window, *, at: datetime, is_first: bool) -> None:
    """Keep as far back as which reaches a pull has read. With the first pull of a school its nights and weeks begin."""
    for reach in Reach:
        first = max(first_day(relay, site, window.last, reach), begin(site, window.last))
        if is_first or window.first <= first:
            relay.store.pulls.note_read_back(site.id, reach, at)


def begin(site: Site, today: date) -> date:
    """Return the first day that can be asked for: the calendar's first."""
    return site.calendar.days[0] if site.calendar.days else today


def _is_put_off(relay: Relay, site: Site, unread: Unread, now: datetime) -> bool:
    """Whether earlier days are not asked for now: they failed since the last time of reading back."""
    slot = _last_night(relay, site, now)
    return slot is None or slot <= unread.tried_at


def _asked_for(relay: Relay, site: Site, today: date, asked: Asked) -> Iterator[date]:
    if asked.days is not None:
        yield today - asked.days * _DAY
    if asked.term:
        yield first_day(relay, site, today, Reach.TERM)


def _due(relay: Relay, site: Site, unread: Unread | None, now: datetime) -> Iterator[date]:
    """Yield the first days of all that is due: what could not be read, what was never pulled, each reach."""
    watermark, today = relay.store.runs.watermark(site.id), school_date(now)
    read = relay.store.pulls.read_back(site.id)
    if unread is not None:
        yield unread.first
    if watermark is None:
        yield first_day(relay, site, today, Reach.DAYS)
        return
    yield watermark
    for reach, slot in ((Reach.DAYS, _last_night(relay, site, now)), (Reach.TERM, _last_week(relay, now))):
        if slot is not None and (reach not in read or read[reach] < slot):
            yield first_day(relay, site, today, reach)


def _last_night(relay: Relay, site: Site, now: datetime) -> datetime | None:
    """Return when the last days were due to be read again: the latest such time on a school day."""
    day = site.calendar.last_on_or_before(school_date(now))
    if day is not None and at_local(day, relay.operator.times.reread) > now:
        day = site.calendar.nth_before(day, 1)
    return at_local(day, relay.operator.times.reread) if day else None


def _last_week(relay: Relay, now: datetime) -> datetime:
    """Return when the term was due. A closed day counts as well: the next pull after it makes up for it."""
    times, today = relay.operator.times, school_date(now)
    back = (today.weekday() - _WEEKDAYS.index(times.reread_term)) % 7
    slot = at_local(today - back * _DAY, times.reread)
    return slot if slot <= now else at_local(today - back * _DAY - _WEEK, times.reread)
