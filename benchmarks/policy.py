"""The policy that is measured, and its facts as plain numbers that any engine can be compared with."""

import csv
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from app.policy.loading import allowed, load
from benchmarks import cohort
from config.loading import load_library
from mapping.codes import CodeTable
from rules.due import SessionsDue
from rules.evaluate import Evaluator
from rules.model import PupilMarks
from rules.policy import read_policy
from rules.words import BREAK, COUNT, MISSING, presence, words

_CONFIG = Path(__file__).parents[1] / "config"
_OWN = Path(__file__).parent / "policies"
#: The latest school day of which an N stands five school days or longer on the last one.
CHASED = cohort.CALENDAR.days[-6]


@cache
def national() -> CodeTable:
    """Return the national codes."""
    with (_CONFIG / "codes" / "national.csv").open(newline="", encoding="utf-8") as file:
        return CodeTable.from_rows(csv.DictReader(file))


@cache
def evaluator(name: str = "six-rules") -> Evaluator:
    """Return a policy compiled: one written for measuring, or one that ships, with the floor under it."""
    own = _OWN / f"{name}.toml"
    if not own.exists():
        return Evaluator(load(load_library(), name), national())
    with own.open("rb") as file:
        return Evaluator(read_policy(tomllib.load(file), allowed(national())), national())


def laid(path: Path) -> Iterator[PupilMarks]:
    """Yield the pupils of a file with their marks laid over the sessions that were due."""
    due = SessionsDue(cohort.CALENDAR)
    for number, marks in enumerate(cohort.read(path)):
        yield due.lay([cohort.entry(number)], {cohort.YEAR: marks})


def plain(facts: Any) -> tuple[int, int, int, int, int]:
    """Return a pupil's facts as numbers: days absent and unexplained running, attended, possible, standing N."""
    absent, unexplained, _, _, share, standing = facts
    return absent, unexplained, share.attended, share.possible, standing


class Kinds(NamedTuple):
    """What one mark is, for an engine that knows neither our words nor our bytes."""

    absent: bool
    absent_break: bool
    unexplained: bool
    unexplained_break: bool
    missing: bool
    attended: bool
    possible: bool
    is_n: bool


@cache
def kinds(byte: int) -> Kinds:
    """Return what a byte of a mark string is in each of the policy's words."""
    vocabulary, counting = words(national()), presence(national())
    absent, unexplained = vocabulary["absent"].kinds[byte], vocabulary["unexplained"].kinds[byte]
    side = bytes([byte]).translate(counting.to_side, counting.outside)
    return Kinds(
        absent=absent == COUNT,
        absent_break=absent == BREAK,
        unexplained=unexplained == COUNT,
        unexplained_break=unexplained == BREAK,
        missing=absent == MISSING,
        attended=side == b"P",
        possible=bool(side),
        is_n=byte == national()["N"].byte,
    )
