"""Which policy judges which day: a policy is followed from the first day it is seen, and history stays as it was made.

The policies a school has followed are kept whole, so that a late correction of an old day is judged by the policy of
that day.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import cache, cached_property
from typing import Any

from app.policy.loading import load_content
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
        for policy in self._followed:
            if policy.first_day <= day:
                return self.site.evaluator if policy is self._followed[0] else self._earlier(policy)
        return self.site.evaluator

    @cached_property
    def _followed(self) -> list[InForce]:
        """Return the policies the school has followed, the present one first."""
        return self.relay.store.records.in_force(self.site.id)[::-1]

    @cached_property
    def _earlier(self) -> Callable[[InForce], Evaluator | None]:
        library = self.relay.operator.library

        @cache
        def earlier(policy: InForce) -> Evaluator | None:
            try:
                return Evaluator(load_content(read_back(policy.content), policy.policy, library), library.national)
            except ConfigErrors:
                return None

        return earlier


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
