"""The shapes of table that a reader accepts, as few as say the same."""

from collections.abc import Callable
from dataclasses import dataclass

from app.policy.schema.recording import Schema, readings
from rules.reading import Table


@dataclass(frozen=True, slots=True)
class Variant:
    """One shape that a table may have: its keys, and those that must be there."""

    properties: dict[str, Schema]
    required: frozenset[str]

    def as_schema(self) -> Schema:
        """Return the shape as the schema of an object."""
        required = [key for key in self.properties if key in self.required]
        return {
            "type": "object",
            "properties": self.properties,
            "required": required,
            "additionalProperties": False,
        }


def variants(read: Callable[[Table], object], given: dict[str, Schema]) -> list[Variant]:
    """Return every shape of table that a reader accepts, alike ones as one; ``given`` keys were read before it."""
    found: dict[object, Variant] = {}
    for _, properties in readings(read):
        each = Variant(given | properties, frozenset(given | properties))
        shape = tuple((key, _kind(schema)) for key, schema in sorted(each.properties.items()))
        found[shape] = _both(found[shape], each) if shape in found else each
    return _folded(list(found.values()))


def _kind(schema: Schema) -> str:
    """Return what two shapes must share to be one: all but the words of a choice."""
    if "enum" in schema:
        return "enum"
    return repr({key: value for key, value in schema.items() if key != "enum"})


def _both(one: Variant, other: Variant) -> Variant:
    return Variant(
        {key: _either(schema, other.properties[key]) for key, schema in one.properties.items()}, one.required
    )


def _either(one: Schema, other: Schema) -> Schema:
    return {"enum": list(dict.fromkeys((*one["enum"], *other["enum"])))} if "enum" in one else one


def _folded(found: list[Variant]) -> list[Variant]:
    """Where a key may as well be left out, say so in one shape instead of two."""
    for one in found:
        for other in found:
            extra = one.properties.keys() - other.properties.keys()
            without = {key: value for key, value in one.properties.items() if key not in extra}
            if len(extra) == 1 and without == other.properties and one.required - extra == other.required:
                rest = [each for each in found if each is not one and each is not other]
                return _folded([*rest, Variant(one.properties, other.required)])
    return found
