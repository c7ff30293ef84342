"""Which policy judges which day: a policy is followed from the first day it is seen, and history stays as it was made.

The policies a school has followed are kept whole, so that a late correction of an old day is judged by the policy of
that day.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import cached_property
from typing import Any

from app.policies import load_content
from app.reading import Site
from app.wiring import Relay
from config.problems import ConfigErrors
from rules.evaluate import Evaluator
from store.records import InForce


def put_in_force(relay: Relay, site: Site, judged: date | None) -> None:
    """Note that a school follows its policy as it now reads from the day after the last one judged.

    The text decides, not its version: whoever changes a rule and forgets the version has changed the policy as well.
    """
    file = relay.operator.policy_of(site.school).content
    content = written(file)
    known = relay.store.records.in_force(site.id)
    if known and known[-1].content == content:
        return
    first_day = judged + timedelta(days=1) if known and judged else date.min
    head = file["policy"]
    relay.store.records.put_in_force(
        site.id, InForce(first_day=first_day, policy=head["id"], version=head["version"], content=content)
    )


@dataclass(frozen=True, kw_only=True)
class Versions:
    """The policies of one school, day by day."""

    relay: Relay
    site: Site

    def on(self, day: date) -> Evaluator | None:
        """Return what judges a day; none where the policy of that day cannot be read any more: it stays as it was."""
        return next((evaluator for first_day, evaluator in self._latest_first if first_day <= day), self.site.evaluator)

    @cached_property
    def _latest_first(self) -> list[tuple[date, Evaluator | None]]:
        *earlier, latest = self.relay.store.records.in_force(self.site.id) or [None]
        now = [(latest.first_day, self.site.evaluator)] if latest else []
        return [*now, *((each.first_day, self._evaluator(each)) for each in reversed(earlier) if each)]

    def _evaluator(self, policy: InForce) -> Evaluator | None:
        library = self.relay.operator.library
        try:
            return Evaluator(load_content(read_back(policy.content), policy.policy, library), library.national)
        except ConfigErrors:
            return None


def written(content: Mapping[str, Any]) -> str:
    """Return a policy as JSON text; dates and times, which JSON has not, are marked as such."""
    return json.dumps(content, default=lambda value: {"$": value.isoformat()}, sort_keys=True, ensure_ascii=False)


def read_back(text: str) -> dict[str, Any]:
    """Return the policy that was written."""
    content: dict[str, Any] = json.loads(text, object_hook=_unmarked)
    return content


def _unmarked(value: dict[str, Any]) -> Any:
    if value.keys() != {"$"}:
        return value
    text = value["$"]
    return time.fromisoformat(text) if ":" in text else date.fromisoformat(text)
