"""What the admins must be told of pulls: stops, changes that wait, days and registers that are missing, old caches."""

from collections.abc import Iterator

from app.alerts.thing import Thing
from app.pulling import stops, unread
from app.pulling.held import sentence
from app.pulling.registers import known_untaken
from app.wiring import Relay
from mapping.school_days import school_date


def of_pulls(relay: Relay) -> Iterator[Thing]:
    """Yield what needs a person now: at the source, at the school, or here."""
    yield from _stopped(relay)
    yield from _held(relay)
    yield from _unread(relay)
    yield from _untaken(relay)
    yield from _old(relay)


def _stopped(relay: Relay) -> Iterator[Thing]:
    for stop in stops.refusals(relay):
        what = f"school {stop.school} is not pulled any more: {stop.says}; it waits for {stops.who(stop)}"
        yield Thing(key=f"stopped/{stop.school}/{stop.since.isoformat()}", what=what)


def _unread(relay: Relay) -> Iterator[Thing]:
    """Yield the schools that have answered since, but for today alone; what does not answer at all is told as such."""
    progress = relay.store.runs.all_progress()
    for each in unread.still(relay):
        pulled_at = progress[each.school].pulled_at if each.school in progress else None
        if pulled_at is not None and pulled_at >= each.tried_at:
            what = f"school {each.school}: {unread.sentence(relay, each)}"
            yield Thing(key=f"unread/{each.school}/{each.since.isoformat()}", what=what)


def _held(relay: Relay) -> Iterator[Thing]:
    for held in relay.store.changes.waiting():
        what = f"school {held.school}: too many marks would change at once: {sentence(held)} See `hold show {held.id}`"
        yield Thing(key=f"changes/{held.id}", what=what)


def _untaken(relay: Relay) -> Iterator[Thing]:
    """Yield each school's registers that lack marks, once when the morning's are due and once for the afternoon's."""
    for school, late in known_untaken(relay).items():
        last = late[-1]
        what = f"school {school}: {'; '.join(map(str, late))}: have it looked at, a pupil without a mark is not counted"
        yield Thing(key=f"register/{school}/{last.day}/{last.half}", what=what)


def _old(relay: Relay) -> Iterator[Thing]:
    today = school_date(relay.now())
    for school, source in relay.store.pulls.sources().items():
        if source.is_stale and school in relay.sites:
            what = (
                f"school {school}: its platform shows only what it had on {source.as_of:%a %-d %b at %H:%M} UTC: "
                "ask its support; nothing is known of the days since"
            )
            yield Thing(key=f"old/{school}/{today}", what=what)
