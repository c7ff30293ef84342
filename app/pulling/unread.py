"""Earlier days that could not be read: put off until the next time of reading back, and said until they are read."""

from datetime import datetime

from app.pulling.reach import begin
from app.reading import Site
from app.wiring import Relay
from connectors.base import Rejected, SuspiciousPull, Window
from store.pulls import Unread


def remember(relay: Relay, site: Site, window: Window, *, says: str, now: datetime) -> None:
    """Keep that a window that began before today failed, so that the next pull asks for today alone."""
    with relay.store.transaction():
        relay.store.pulls.could_not_read(Unread(school=site.id, first=window.first, since=now, tried_at=now, says=says))


def is_to_blame(window: Window, failure: Exception) -> bool:
    """Whether the earlier days of a window may be why its pull failed.

    They are not why a platform refuses this program, and fewer days would only make silence look like an answer.
    """
    return window.first < window.last and not isinstance(failure, Rejected | SuspiciousPull)


def settle(relay: Relay, site: Site, window: Window) -> None:
    """Forget what could not be read once a window that holds all of it was. Belongs to the caller's transaction."""
    unread = relay.store.pulls.unread_of(site.id)
    if unread is not None and window.first <= max(unread.first, begin(site, window.last)):
        relay.store.pulls.have_read(site.id)


def still(relay: Relay) -> list[Unread]:
    """Return the schools of which earlier days could not be read."""
    return [unread for unread in relay.store.pulls.unread().values() if unread.school in relay.sites]


def sentence(relay: Relay, unread: Unread) -> str:
    """Say from when on, why, and what happens next."""
    again = f"they are read again after {relay.operator.times.reread:%H:%M}"
    return f"earlier days could not be read, from {unread.first:%a %-d %b}: {unread.says}; {again}"
