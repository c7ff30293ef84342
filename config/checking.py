"""From a raw table to a model, or to problems in the words of the person who wrote it."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from config.documents import walk
from config.fields import Table, is_placeholder
from config.problems import PLACEHOLDER, suggestion

Complain = Callable[[str, str], None]
AnyTable = TypeVar("AnyTable", bound=Table)

#: What a pydantic error type means to an operator; ``{what}`` is the field's description.
_MESSAGES = {
    "missing": "is missing: give {what}",
    "string_too_short": "is empty: give {what}",
    "string_type": "must be text in quotes: give {what}",
    "int_type": "must be a whole number without quotes",
    "bool_type": "must be true or false, without quotes",
    "list_type": "must be a list in [ ]: give {what}",
    "tuple_type": "must be a list in [ ]: give {what}",
    "dict_type": "must be a table of keys and values",
    "too_short": "is an empty list: give {what}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be one of {expected}",
    "enum": "must be one of {expected}",
}


def parse(model: type[AnyTable], raw: object, complain: Complain) -> AnyTable | None:
    """Return the model, or nothing after ``complain(key, message)`` was called for each thing that is wrong.

    A value that is still the placeholder is complained about as such, whatever else would be wrong with it.
    """
    if not isinstance(raw, Mapping):
        complain("", "must be a table of keys and values")
        return None
    unfilled = _placeholders(model, raw, complain)
    try:
        made = model.model_validate(dict(raw))
    except ValidationError as invalid:
        errors = [(_key(error["loc"]), error) for error in invalid.errors(include_url=False)]
        for key, error in errors:
            # A list whose items are wrong is also reported as too short: only the items help.
            if key not in unfilled and not any(other.startswith(f"{key}[") for other, _ in errors):
                complain(key, _message(model, error))
        return None
    return None if unfilled else made


def known(value: str, names: Iterable[str], *, what: str) -> str | None:
    """Return nothing when ``value`` is among the names, else the message that says which there are."""
    there = sorted(names)
    return None if value in there else f"names no {what}{suggestion(value, there) or _listed(there)}"


def _listed(names: list[str]) -> str:
    return f": choose from {', '.join(names)}" if names else ": there is none at all yet"


def _placeholders(model: type[Table], raw: Mapping[str, Any], complain: Complain) -> list[str]:
    unfilled = [key for key, value in walk(raw) if is_placeholder(value)]
    for key in unfilled:
        complain(key, f"still {PLACEHOLDER}: give {_what(model, key.split('[')[0])}")
    return unfilled


def _message(model: type[Table], error: ErrorDetails) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    name, table = str(error["loc"][-1]), _table_at(model, error["loc"][:-1])
    if kind == "extra_forbidden":
        fields = [field.alias or key for key, field in table.model_fields.items()]
        return f"is not a key here{suggestion(name, fields) or _listed(fields)}"
    if kind not in _MESSAGES:
        return error["msg"][:1].lower() + error["msg"][1:]
    what = _what(model, str(error["loc"][0])) if table is model else _what(table, name)
    text = _MESSAGES[kind].format(what=what, **context)
    return text + suggestion(error["input"], _choices(context)) if kind in {"literal_error", "enum"} else text


def _table_at(model: type[Table], path: tuple[int | str, ...]) -> type[Table]:
    """Return the table within the table that a path of keys leads to."""
    for key in path:
        field = model.model_fields.get(str(key))
        kinds = (field.annotation, *get_args(field.annotation)) if field else ()
        model = next((each for each in kinds if isinstance(each, type) and issubclass(each, Table)), model)
    return model


def _choices(context: Mapping[str, Any]) -> list[str]:
    return [word.strip("'") for word in context["expected"].replace(" or ", ", ").split(", ")]


def _what(model: type[Table], key: str) -> str:
    field = model.model_fields.get(key)
    return (field.description if field else None) or "its value"


def _key(location: tuple[int | str, ...]) -> str:
    parts = (f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in location)
    return "".join(parts).removeprefix(".")
