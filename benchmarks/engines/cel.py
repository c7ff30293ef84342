"""common-expression-language: CEL in Rust. One program for all conditions; one a condition takes nine times as long."""

import cel as language

from benchmarks.engines import FLAGGED, LEAST, LEVELS, STEPS, WORKERS, Engine, as_names


def open_engine() -> Engine:
    return Engine(lambda facts: dict(as_names(facts)), language.compile(_PROGRAM).execute)


def open_filled() -> Engine:
    """Return it with its contexts filled before timing: the crossing into Rust is then paid by nobody."""
    return Engine(lambda facts: language.Context(variables=dict(as_names(facts))), language.compile(_PROGRAM).execute)


def _parts() -> list[str]:
    level = "[]"
    for below in reversed(LEVELS):
        level = f"attended * 100 < {below} * possible ? ['below-{below}'] : ({level})"
    return [
        f"(possible >= {LEAST} ? ({level}) : [])",
        *(f"({fact} >= {least} ? ['{rule}'] : [])" for rule, fact, least in STEPS),
        *(f"({flag} && days_absent >= {least} ? ['{rule}'] : [])" for rule, flag, least in FLAGGED),
        f"(sessions_unexplained >= 1 && ({' || '.join(WORKERS)}) ? ['tell-the-worker'] : [])",
        "(n_standing > 0 ? ['n-stands'] : [])",
    ]


_PROGRAM = " + ".join(_parts())
