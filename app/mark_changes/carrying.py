"""After the pulls: what the registers show settles changes, and approved ones are written if that is wanted."""

from collections.abc import Iterable

import structlog

from app.mark_changes.settling import settle_by_register
from app.mark_changes.writing_back import WriteBack
from app.mishaps import unforeseen
from app.reading import Site
from app.wiring import Relay
from connectors.registry import PLATFORMS
from store.database import StoreError

log = structlog.get_logger()


def carry_out(relay: Relay, sites: Iterable[Site]) -> None:
    """Settle and carry out the changes of schools that were just pulled. A school that fails stops no other."""
    for site in sites:
        try:
            settle_by_register(relay, site)
            if PLATFORMS[site.school.platform].writes:
                WriteBack(relay=relay, site=site).carry_out()
        except StoreError:
            raise
        except Exception as failure:
            # Whatever it is, the other schools are seen to.
            log.exception("changes of marks failed", school=site.id, problem=unforeseen(failure))
