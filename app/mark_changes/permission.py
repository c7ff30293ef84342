"""When a change may be written into a platform at all."""

from app.reading import Site
from app.wiring import Relay


def hindrance(relay: Relay, site: Site) -> str | None:
    """Return why nothing is written for a school now, in half a sentence; none where approved changes may be.

    What holds up a school's messages holds up its writing: what looks wrong about its registers may be wrong.
    """
    if not site.school.write_back:
        return "write_back is off"
    if relay.operator.safety.is_trial:
        return "this is a trial"
    if any(surge.school == site.id for surge in relay.store.safety.waiting()):
        return "notices of the school are held until somebody has looked"
    return None
