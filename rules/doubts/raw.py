"""Reading parsed TOML that may be anything: what is missing or of the wrong type reads as nothing."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

Raw = Mapping[str, Any]


def text(raw: Raw, key: str) -> str:
    """Return a text, or nothing."""
    value = raw.get(key)
    return value if isinstance(value, str) else ""


def texts(raw: Raw, key: str) -> tuple[str, ...]:
    """Return the texts of a list."""
    value = raw.get(key)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def number(raw: Raw, key: str) -> float | None:
    """Return a number, or nothing; TOML knows infinity and what is no number, too."""
    value = raw.get(key)
    return value if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) else None


def table(raw: Raw, key: str) -> Raw:
    """Return a table, or an empty one."""
    value = raw.get(key)
    return value if isinstance(value, Mapping) else {}


def tables(raw: Raw, key: str) -> list[Raw]:
    """Return the tables of an array."""
    value = raw.get(key)
    return [item if isinstance(item, Mapping) else {} for item in value] if isinstance(value, list) else []


def plain(value: float) -> str:
    """Write a number as people do: 5, 10.5."""
    return f"{value:g}"
