"""What the rules tests need beside the marks: the shipped policy, a calendar, a pupil laid over it."""

import tomllib
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from app.policy.loading import load
from config.loading import load_library
from mapping.school_days import Calendar
from rules.due import RollEntry, SessionsDue
from rules.evaluate import Evaluator
from rules.model import Decision, PupilMarks
from rules.policy_model import Policy
from tests.builders import NATIONAL, calendar, day, marks

SHIPPED = load_library()
POLICIES = Path(__file__).parents[2] / "config" / "policies"

#: Terms around Christmas 2026: the vectors of the day-counting tests.
TERMS = calendar(
    "Autumn: Wed 2026-09-02 - Fri 2026-12-18",
    "Spring: Mon 2027-01-04 - Thu 2027-03-25",
    closed={"Fri 2026-10-30": "INSET"},
)


@cache
def policy(name: str) -> Policy:
    """Read a shipped policy, with the floor under it."""
    return load(SHIPPED, name)


@cache
def policy_and_floor(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read a shipped policy and the floor as they are written: what the oracle works from."""
    files = (POLICIES / f"{name}.toml", POLICIES.parent / "floor.toml")
    policy, floor = (tomllib.loads(path.read_text(encoding="utf-8")) for path in files)
    return policy, floor


@cache
def evaluator(name: str = "swift-learning") -> Evaluator:
    """Compile a shipped policy."""
    return Evaluator(policy(name), NATIONAL)


def pupil(first: str, text: str, *more: str, on: Calendar = TERMS, **fields: object) -> PupilMarks:
    """Lay a pupil's marks over the calendar; sessions nobody wrote down are not recorded."""
    entry = RollEntry(**({"pupil_id": "P1", "start": day(first)} | fields))  # type: ignore[arg-type]
    return SessionsDue(on).lay([entry], marks(first, text, *more, on=on))


def fired(who: PupilMarks, first: str, last: str, *, on: Calendar = TERMS, policy: str = "swift-learning") -> list[str]:
    """List what fires from one day to another as ``Mon 2026-11-02 rule-name``."""
    return [
        f"{decision.fired_on:%a %Y-%m-%d} {decision.rule}"
        for decision in decisions(who, day(first), day(last), on=on, policy=policy)
    ]


def decisions(
    who: PupilMarks, first: date, last: date, *, on: Calendar = TERMS, policy: str = "swift-learning"
) -> list[Decision]:
    """Evaluate every school day of a stretch."""
    days = on.between(first, last)
    return [decision for each in days for decision in evaluator(policy).on(on, each, who.origin)(who)]
