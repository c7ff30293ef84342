"""The published formats, as they ship beside this module: every schema is read once, and needs no network."""

import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from outbox import row_rules
from outbox.tables import TableSchema, table_schema

DAILY, CONFIRMATION, CONCERN = "attendance-daily/1.0", "attendance-confirmation/1.0", "attendance-concern/1.0"
#: Both feeds, each with what its rows ask for and the columns that not every file has.
_TABLES = {
    DAILY: (row_rules.daily, ("surname", "forename", "date_of_birth")),
    CONFIRMATION: (row_rules.confirmation, ()),
}


def schema(file_name: str) -> Any:
    """Return one file of ``outbox/formats`` as JSON."""
    return json.loads((files("outbox") / "formats" / file_name).read_bytes())


@cache
def table(version: str) -> TableSchema | None:
    """Return the Table Schema of a feed such as ``attendance-daily/1.0``; none when there is no such version."""
    if version not in _TABLES:
        return None
    row_rule, optional = _TABLES[version]
    return table_schema(
        schema(f"{_stem(version)}.schema.json"),
        optional=optional,
        row_rule=row_rule,
        rule_reads=row_rules.READS,
        rule_asks=row_rules.ASKS,
    )


def manifest_misfits(version: str, manifest: Any) -> Iterator[str]:
    """Yield what is wrong with a manifest of a feed, each with the place in it."""
    return _misfits(f"{_stem(version)}.manifest.schema.json", manifest)


def notice_misfits(event: Any) -> Iterator[str]:
    """Yield what is wrong with a notice, each with the place in it."""
    return _misfits(f"{_stem(CONCERN)}.schema.json", event)


def _stem(version: str) -> str:
    return version.replace("/", "-")


@cache
def _validator(file_name: str) -> Draft202012Validator:
    return Draft202012Validator(schema(file_name))


def _misfits(file_name: str, instance: Any) -> Iterator[str]:
    # The library tells of each missing member by itself, with all the others in its schema.
    yield from dict.fromkeys(told for error in _validator(file_name).iter_errors(instance) for told in _told(error))


def _told(error: ValidationError) -> Iterator[str]:
    """Say what is wrong without a value of the instance, which the library's own words would quote."""
    where = ".".join(map(str, error.absolute_path)) or "the whole"
    match error.validator:
        case "required":
            missing = [name for name in error.validator_value if name not in error.instance]
            yield from (f"{where}: {name} is missing" for name in missing)
        case "additionalProperties" | "unevaluatedProperties":
            yield f"{where}: holds something that the format has no place for"
        case "enum" | "const":
            allowed = error.validator_value if error.validator == "enum" else [error.validator_value]
            yield f"{where}: is none of what the format has: {', '.join(map(str, allowed))}"
        case "type":
            yield f"{where}: is not of the type {error.validator_value}"
        case _:
            yield f"{where}: is not in the published form ({error.validator})"
