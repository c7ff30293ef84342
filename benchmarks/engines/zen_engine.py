"""zen-engine, in Rust: its expression language compiled alone, and the decision graph that it is made for."""

import json
from typing import Any

import zen

from benchmarks.engines import FLAGGED, LEAST, LEVELS, STEPS, WORKERS, Engine, as_names


def open_engine() -> Engine:
    return Engine(_facts, zen.compile_expression(_expression()).evaluate)


def open_graph() -> Engine:
    decision = zen.ZenEngine().create_decision(json.dumps(_graph()))
    return Engine(_facts, lambda facts: decision.evaluate(facts)["result"]["rules"])


def _facts(facts: Any) -> dict[str, Any]:
    return dict(as_names(facts))


def _expression() -> str:
    level = "[]"
    for below in reversed(LEVELS):
        level = f"attended * 100 < {below} * possible ? ['below-{below}'] : ({level})"
    parts = [
        f"(possible >= {LEAST} ? ({level}) : [])",
        *(f"({fact} >= {least} ? ['{rule}'] : [])" for rule, fact, least in STEPS),
        *(f"({flag} and days_absent >= {least} ? ['{rule}'] : [])" for rule, flag, least in FLAGGED),
        f"(sessions_unexplained >= 1 and ({' or '.join(WORKERS)}) ? ['tell-the-worker'] : [])",
        "(n_standing > 0 ? ['n-stands'] : [])",
    ]
    return f"flatMap([{', '.join(parts)}], #)"


def _graph() -> dict[str, Any]:
    expression = {"id": "1", "key": "rules", "value": _expression()}
    return {
        "nodes": [
            {"id": "in", "type": "inputNode", "name": "facts"},
            {"id": "by", "type": "expressionNode", "name": "rules", "content": {"expressions": [expression]}},
            {"id": "out", "type": "outputNode", "name": "rules"},
        ],
        "edges": [
            {"id": "1", "sourceId": "in", "targetId": "by", "type": "edge"},
            {"id": "2", "sourceId": "by", "targetId": "out", "type": "edge"},
        ],
    }
