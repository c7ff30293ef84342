"""Schools that are left alone: their platform refuses this program, or has asked for patience."""

import hashlib
from datetime import datetime, timedelta

import msgspec

from app.reading import Site
from app.wiring import Relay
from connectors.base import PullFailed, Refusal, Rejected, Unavailable
from mapping.school_days import LONDON, school_date
from store.pulls import Stop

LATER = "later"
#: Whose action a refusal needs.
WHO = {
    Refusal.CREDENTIAL: "you: enter the credential that holds",
    Refusal.REVOKED: "the school: have it grant the access again, or end the pulls",
    Refusal.PERMISSION: "the school: have it grant what is missing",
    Refusal.LOCAL: "you: put right what it says, on this machine or in its settings",
}


def left_alone(relay: Relay, site: Site, now: datetime) -> tuple[str, bool] | None:
    """Return why a school is not asked now, and whether time alone mends that; none when it is asked.

    A refusal is tried again when the settings have changed, and once a day with the first pull.
    """
    stop = relay.store.pulls.stop_of(site.id)
    if stop is None:
        return None
    if stop.refusal == LATER:
        is_early = stop.until is not None and now < stop.until
        return (f"{stop.says}; asked again {_clock(stop.until)}", True) if is_early and stop.until else None
    if school_date(stop.tried_at) < school_date(now) or stop.settings != digest(relay, site):
        return None
    again = f"Tried again tomorrow, when its settings change, or by `pull --school {site.id}`"
    return f"stopped since {_clock(stop.since)}: {stop.says}. It waits for {who(stop)}. {again}", False


def who(stop: Stop) -> str:
    """Return whose action ends a refusal."""
    return WHO[Refusal(stop.refusal)]


def refusals(relay: Relay) -> list[Stop]:
    """Return the schools that are stopped until somebody has acted."""
    return [stop for stop in relay.store.pulls.stops().values() if stop.refusal != LATER and stop.school in relay.sites]


def remember(relay: Relay, site: Site, failure: PullFailed, now: datetime) -> None:
    """Keep that a platform refused, or for how long it asked to be left alone."""
    match failure:
        case Rejected(refusal=refusal):
            settings, until, kind = digest(relay, site), None, refusal.value
        case Unavailable(retry_after=float() | int() as seconds):
            settings, until, kind = "", now + timedelta(seconds=seconds), LATER
        case _:
            return
    stop = Stop(
        school=site.id, refusal=kind, since=now, tried_at=now, settings=settings, says=str(failure), until=until
    )
    with relay.store.transaction():
        relay.store.pulls.stop(stop)


def digest(relay: Relay, site: Site) -> str:
    """Return a hash of what a platform is asked with, secrets included: slow, for a password may be short."""
    said = msgspec.json.encode([site.school.platform, relay.platform_settings[site.id]], enc_hook=str)
    return hashlib.scrypt(said, salt=relay.key, n=2**12, r=8, p=1, dklen=16).hex()


def _clock(instant: datetime | None) -> str:
    return f"{instant.astimezone(LONDON):%a %-d %b %H:%M}" if instant else ""
