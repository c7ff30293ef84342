"""Look at what one school's platform offers; nothing is taken in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.crosswalk import with_approved
from app.discovering.code_table import KnownCode, known_codes, proposed_table
from app.discovering.placements import Difference, differences
from app.discovering.profile import proposed_profile
from app.discovering.proposed import Proposed
from app.reading import Site
from app.wiring import Relay
from connectors.base import Window
from connectors.likely_columns import UnfitColumns
from connectors.offered import Offered


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """What a platform offers for some dates, and what could be added to the operator's files. Ids and counts only.

    ``matched`` is how many of the pupils with marks a link knows; none where nothing tells which pupils they are.
    """

    school: str
    window: Window
    offered: Offered
    codes: list[KnownCode]
    matched: int | None
    placements: list[Difference]
    proposed: list[Proposed]

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        offered = self.offered
        return {
            "school": self.school,
            "asked_for": {"first": self.window.first, "last": self.window.last},
            "found": {"first": offered.first, "last": offered.last},
            "schools": [{"ref": each.ref, "name": each.name} for each in offered.schools],
            "codes": self.codes,
            "sessions": dict(offered.sessions),
            "columns": offered.columns,
            "pupils": offered.pupils,
            "matched": self.matched,
            "placements": self.placements,
            "remarks": offered.remarks,
            "proposed": [{"file": each.name, "diff": each.diff, "then": each.then} for each in self.proposed],
        }


def discover(relay: Relay, site: Site, window: Window, *, seen: Callable[[int], object] = lambda _: None) -> Discovery:
    """Ask a platform what it offers. Raises as a pull does."""
    try:
        offered = relay.connector(site).discover(window, seen=seen)
    except UnfitColumns as unfit:
        if not unfit.columns:
            raise
        offered = Offered(codes=(), pupils=0, columns=unfit.columns, remarks=(str(unfit),))
    proposed = (proposed_table(site, offered), _profile(relay, site, offered))
    return Discovery(
        school=site.id,
        window=window,
        offered=offered,
        codes=known_codes(site, offered),
        matched=_matched(relay, site, offered),
        placements=differences(site, offered),
        proposed=[each for each in proposed if each],
    )


def _profile(relay: Relay, site: Site, offered: Offered) -> Proposed | None:
    name = getattr(relay.platform_settings[site.id], "profile", None)
    return proposed_profile(site, name, offered.columns) if name and offered.columns else None


def _matched(relay: Relay, site: Site, offered: Offered) -> int | None:
    if not offered.who:
        return None
    resolve = with_approved(relay, site).normaliser(()).resolve
    days = {day for day in (offered.first, offered.last) if day}
    known = {
        platform_id
        for platform_id, upn in offered.who
        if any(isinstance(resolve(platform_id, upn, day), str) for day in days)
    }
    return len(known)
