"""common-expression-language: CEL in Rust. One program for all conditions; one a condition takes nine times as long."""

import cel as language

from benchmarks.engines import FLAGGED, LEAST, LEVELS, STEPS, WORKERS, Engine, as_names


def open_engine() -> Engine:
    program = language.compile(" + ".join(_parts()))
    # A context is filled once, before timing: from plain names and values it would be filled again each time.
    return Engine(lambda facts: language.Context(variables=dict(as_names(facts))), program.execute)


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
