"""What makes an answer doubtful: silence, an old cache, too many rows that became nothing."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.pulling.registers import latest_overdue
from app.reading import Site
from app.wiring import Relay
from connectors.base import SuspiciousPull
from mapping.model import Pulled, Quarantined
from mapping.school_days import school_date

_DAY = timedelta(days=1)


def refuse_silence(relay: Relay, site: Site, pulled: Pulled, now: datetime) -> None:
    """Raise ``SuspiciousPull`` when a school in term with a roll brought nothing: that is no answer, but a fault.

    A drop folder may hold nothing new; it is silent only when the latest register that should be there is not. A
    platform answers for the days asked for, and those may be too young for a register, or holidays.
    """
    if pulled.marks or pulled.unreadable:
        return
    day = latest_overdue(site, pulled.last, now)
    if day is None or not any(entry.is_on_roll(day) for stretches in site.roll.values() for entry in stretches):
        return
    is_silent = day >= pulled.first if pulled.is_whole else not any(relay.store.registers.known(site.id, day).values())
    if is_silent:
        raise SuspiciousPull(
            f"no mark came for {pulled.first} to {pulled.last} although the school is in term and has a roll: "
            "check the credential, the permissions and that registers are taken"
            + "".join(f"; {row.where}: {row.reason}" for row in pulled.remarks)
        )


def stale_since(relay: Relay, site: Site, pulled: Pulled, now: datetime) -> datetime | None:
    """Return as of when a source spoke, where that is too long ago; its silence about later days means nothing.

    A source that shows the latest register that should be there is fresh, whatever it says: a file keeps the time at
    which it was written.
    """
    as_of = pulled.source_as_of
    if as_of is None or _age(site, as_of, now) <= timedelta(hours=relay.operator.limits.stale_hours):
        return None
    day = latest_overdue(site, pulled.last, now)
    newest = max((mark.session.day for mark in pulled.marks), default=None)
    is_fresh = day is None or (newest is not None and newest >= day)
    return None if is_fresh else as_of


def _age(site: Site, as_of: datetime, now: datetime) -> timedelta:
    """Return how long ago an instant was, without the days on which no register is taken."""
    first, last = school_date(as_of), school_date(now)
    closed = (last - first).days - len(site.calendar.between(first + _DAY, last))
    return now - as_of - closed * _DAY


def too_many_skipped(relay: Relay, pulled: Pulled, quarantined: Sequence[Quarantined]) -> str | None:
    """Return the sentence about a pull of which more rows became no mark than is allowed."""
    rows = len(pulled.marks) + len(pulled.unreadable)
    if len(quarantined) <= relay.operator.limits.skipped_share * rows or not quarantined:
        return None
    how_many = "every one of" if len(quarantined) == rows else f"{len(quarantined)} of"
    return f"{how_many} {rows} rows was quarantined, the first because {quarantined[0].reason}"
