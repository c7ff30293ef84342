"""Rule engines beside ours: the conditions of ``eighteen.toml`` in the language of each, asked with ready facts.

Each is written once, in the fastest way of asking that we found, and compiled before anything is timed. Each gets the
facts in the form it takes them in, made beforehand, and answers with the names of the rules whose condition holds,
of the levels the highest only.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

#: Below so many per cent, the gravest first.
LEVELS = (70, 80, 90, 92, 96)
LEAST = 20
#: Rule, fact, and the number from which it holds.
STEPS = (
    ("one-day-absent", "days_absent", 1),
    ("two-days-absent", "days_absent", 2),
    ("three-days-absent", "days_absent", 3),
    ("five-days-absent", "days_absent", 5),
    ("three-days-unexplained", "days_unexplained", 3),
    ("five-days-unexplained", "days_unexplained", 5),
    ("ten-days-unexplained", "days_unexplained", 10),
    ("six-sessions-authorised", "sessions_authorised", 6),
)
#: Rule, flag, and the days absent from which it holds.
FLAGGED = (
    ("two-days-send", "send", 2),
    ("two-days-pupil-premium", "pupil_premium", 2),
    ("two-days-vulnerable", "vulnerable", 2),
)
WORKERS = ("looked_after", "social_worker", "youth_justice")
FLAGS = (*(flag for _, flag, _ in FLAGGED), *WORKERS)


class Facts(NamedTuple):
    """What is known of a pupil at the end of a school day."""

    attended: int
    possible: int
    days_absent: int
    days_unexplained: int
    sessions_authorised: int
    sessions_unexplained: int
    n_standing: int
    flags: frozenset[str]


class Engine(NamedTuple):
    """``given`` puts a pupil's facts into the form the engine takes, before timing; ``rules`` is what is timed."""

    given: Callable[[Facts], Any]
    rules: Callable[[Any], Sequence[str]]


def as_names(facts: Facts) -> Mapping[str, Any]:
    """Write facts as names and values, each flag one of its own."""
    return facts._asdict() | {flag: flag in facts.flags for flag in FLAGS} | {"flags": sorted(facts.flags)}
