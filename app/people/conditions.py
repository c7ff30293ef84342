"""What each rule of a school's policy and of the floor asks for, in words."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.reading import Site
from config.documents import read_document
from config.loading import SHIPPED
from config.problems import Findings
from rules.describing import in_words


def conditions(site: Site) -> dict[str, str]:
    """Return the condition of every rule by its id, as the policy's file says it now."""
    floor = read_document(SHIPPED / "floor.toml", "shipped floor.toml", Findings())
    contents = (floor.content if floor else {}, site.operator.policy_of(site.school).content)
    return {rule["id"]: in_words(rule["when"]) for content in contents for rule in _rules(content)}


def _rules(content: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    rules: Iterable[Mapping[str, Any]] = content.get("rule", ())
    return rules
