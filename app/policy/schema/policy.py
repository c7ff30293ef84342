"""The schema of a policy file: conditions from their readers, the tables around them from the words readers allow."""

import json
from typing import Any

from app.policy.schema.recording import Schema, readings
from app.policy.schema.variants import variants
from config.models import ROLES
from config.placements import FLAGS
from config.templates_list import TEMPLATES
from rules.model import ActionKind
from rules.policy import COVERED_BY
from rules.rule_reading import APPROVALS, EFFORTS, REPEATS
from rules.triggers import TRIGGERS

SCHEMA_ID = "https://json-schema.org/draft/2020-12/schema"

_TEXT: Schema = {"type": "string", "minLength": 1}
_DAY: Schema = {"type": "string", "format": "date"}
_SOME_TEXTS: Schema = {"type": "array", "items": _TEXT, "minItems": 1}
_ROLES: Schema = {"type": "array", "items": {"$ref": "#/$defs/role"}}
_SOME_ROLES: Schema = _ROLES | {"minItems": 1}
_FLAGS: Schema = {"type": "array", "items": {"enum": sorted(FLAGS)}, "minItems": 1}


def policy_schema() -> Schema:
    """Return the JSON Schema of a policy file, as an editor wants it."""
    return {
        "$schema": SCHEMA_ID,
        "title": "Attendance policy",
        "description": "A provider's attendance policy, as rules: what happens when, who does it, by when.",
        "type": "object",
        "required": ["policy", "rule"],
        "properties": {
            "policy": _head(),
            "ladder": _array(_ladder()),
            "rule": _array({"$ref": "#/$defs/rule"}),
            "also_tell": _array(_also_tell()),
            "covered": _array(_covered()),
        },
        "additionalProperties": False,
        "$defs": {
            "role": {"oneOf": [_word(role, meaning) for role, meaning in ROLES.items()]},
            "template": {"oneOf": [_word(name, meaning) for name, meaning in TEMPLATES.items()]},
            "rule": _rule(),
            "action": {"anyOf": [_action(kind) for kind in ActionKind]},
            "when": {"anyOf": _conditions()},
        },
    }


def schema_text() -> str:
    """Return the schema as it ships in ``config/policy.schema.json``."""
    return json.dumps(policy_schema(), indent=1, ensure_ascii=False) + "\n"


def _word(word: str, meaning: str) -> Schema:
    return {"const": word, "description": meaning}


def _array(items: Schema) -> Schema:
    return {"type": "array", "items": items, "minItems": 1}


def _table(required: dict[str, Schema], optional: dict[str, Schema] | None = None, **more: Any) -> Schema:
    return {
        "type": "object",
        "properties": required | (optional or {}),
        "required": list(required),
        "additionalProperties": False,
    } | more


def _head() -> Schema:
    return _table(
        {
            "id": _TEXT | {"description": "the file's name without .toml"},
            "name": _TEXT,
            "version": _TEXT,
            "valid_from": _DAY,
            "review_by": _DAY,
            "source": _TEXT | {"description": "the published text that the file carries out"},
            "mutable_by": _ROLES | {"description": "who may mute a rule; [] is nobody"},
            "overdue": _table({"to": _SOME_ROLES, "after_school_days": {"type": "integer", "minimum": 1}}),
        },
        {
            "seed": _TEXT | {"description": "prefix of the published rows that the file accounts for"},
            "target": {"type": "number", "minimum": 0, "maximum": 100},
        },
    )


def _ladder() -> Schema:
    return _table({"id": _TEXT, "fires": {"enum": ["highest_only", "each_rung"]}})


def _also_tell() -> Schema:
    return _table({"rows": _SOME_TEXTS, "flags": _FLAGS, "to": _SOME_ROLES})


def _covered() -> Schema:
    return _table({"rows": _SOME_TEXTS, "by": {"enum": list(COVERED_BY)}, "says": _TEXT})


def _rule() -> Schema:
    either = {"oneOf": [{"required": ["then"]}, {"required": ["no_action"]}]}
    together = {"ladder": ["rung"], "rung": ["ladder"]}
    return _table(
        {
            "id": _TEXT,
            "rows": _SOME_TEXTS | {"description": "the lines of the published policy that it carries out"},
            "says": _TEXT | {"description": "what an attendance officer would say, in one sentence"},
            "when": {"$ref": "#/$defs/when"},
        },
        {
            "ladder": _TEXT,
            "rung": {"type": "integer", "minimum": 1},
            "once_per": {"enum": _once_per()},
            "population": _table({}, {"flags_any": _FLAGS, "flags_none": _FLAGS}, minProperties=1),
            "needs": _TEXT | {"description": "a rule above that must have fired"},
            "mutable_by": _ROLES,
            "no_action": _TEXT | {"description": "why nothing is done"},
            "then": _array({"$ref": "#/$defs/action"}),
        },
        dependentRequired=together,
        **either,
    )


def _action(kind: ActionKind) -> Schema:
    template: dict[str, Schema] = {"template": {"$ref": "#/$defs/template"}}
    required: dict[ActionKind, dict[str, Schema]] = {
        ActionKind.DOCUMENT: template,
        ActionKind.REFERRAL: template | {"approval": {"enum": list(APPROVALS)}},
    }
    optional: dict[ActionKind, dict[str, Schema]] = {
        ActionKind.NOTICE: {"approval": {"enum": ["none", "one"]}},
        ActionKind.TASK: {"repeats": {"enum": list(REPEATS)}, "effort": {"enum": list(EFFORTS)}},
    }
    shared: dict[str, Schema] = {
        "kind": {"const": str(kind)},
        "to": _SOME_ROLES,
        "says": _TEXT,
        "due_school_days": {"type": "integer", "minimum": 0},
    }
    return _table(shared | required.get(kind, {}), optional.get(kind))


def _conditions() -> list[Schema]:
    return [
        variant.as_schema()
        for (metric, unit), read in TRIGGERS.items()
        for variant in variants(read, {"metric": {"const": metric}} | ({"unit": {"const": unit}} if unit else {}))
    ]


def _once_per() -> list[str]:
    words = (word for read in TRIGGERS.values() for made, _ in readings(read) for word in getattr(made, "once_per", ()))
    return list(dict.fromkeys(words))
