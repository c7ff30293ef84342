"""``decide``: what the policy says about every school day that is over, written down together with all that follows.

A day is judged afresh from the marks as they stand. What comes out is compared with the decisions that stand: new
ones are carried out, those that the marks no longer bear out are withdrawn, and whoever was told is told so. One
school is one transaction: decisions, cases, tasks and messages commit together or not at all.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from app.judging.judge import Judge
from app.mishaps import unforeseen
from app.reading import Site
from app.wiring import Relay
from store.database import StoreError


@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolDecisions:
    """What one judging of one school came to: new decisions by rule, and how many earlier ones were withdrawn."""

    school: str
    days: int = 0
    decided: Mapping[str, int] = field(default_factory=dict)
    withdrawn: int = 0
    problem: str | None = None


def decide(
    relay: Relay, sites: Iterable[Site], *, seen: Callable[[int], object] = lambda _: None
) -> list[SchoolDecisions]:
    """Judge every school given, each in a transaction of its own; one that fails stops nobody else."""
    return [_decide_or_say(relay, site, seen) for site in sites]


def _decide_or_say(relay: Relay, site: Site, seen: Callable[[int], object]) -> SchoolDecisions:
    try:
        with relay.store.transaction():
            judged = Judge(relay=relay, site=site).judge(seen)
        return SchoolDecisions(school=site.id, days=judged.days, decided=judged.decided, withdrawn=judged.withdrawn)
    except (ValueError, LookupError) as failure:
        return SchoolDecisions(school=site.id, problem=f"{type(failure).__name__}: {failure}")
    except StoreError:
        raise
    except Exception as failure:  # noqa: BLE001 - whatever it is, the other schools are judged
        return SchoolDecisions(school=site.id, problem=unforeseen(failure))
