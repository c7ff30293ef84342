"""json-logic-qubit: rules as JSON, interpreted in Python. It compiles nothing."""

from typing import Any

import json_logic as language

from benchmarks.engines import FLAGGED, LEAST, LEVELS, STEPS, WORKERS, Engine, as_names


def open_engine() -> Engine:
    rule = {"merge": _parts()}
    return Engine(as_names, lambda facts: language.jsonLogic(rule, facts))


def _parts() -> list[Any]:
    share = {"*": [{"var": "attended"}, 100]}
    levels = [
        each for below in LEVELS for each in ({"<": [share, {"*": [below, {"var": "possible"}]}]}, f"below-{below}")
    ]
    workers = {"or": [{"var": flag} for flag in WORKERS]}
    return [
        {"if": [_reaches("possible", LEAST), {"if": [*levels, []]}, []]},
        *({"if": [_reaches(fact, least), rule, []]} for rule, fact, least in STEPS),
        *(
            {"if": [{"and": [{"var": flag}, _reaches("days_absent", least)]}, rule, []]}
            for rule, flag, least in FLAGGED
        ),
        {"if": [{"and": [_reaches("sessions_unexplained", 1), workers]}, "tell-the-worker", []]},
        {"if": [_reaches("n_standing", 1), "n-stands", []]},
    ]


def _reaches(fact: str, least: int) -> dict[str, Any]:
    return {">=": [{"var": fact}, least]}
