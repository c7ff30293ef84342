"""TOML files as documents that can be complained about by key."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from config.problems import Findings
from config.texts import read_text

_WHERE = re.compile(r"^(?P<what>.*) \(at (?P<where>line \d+, column \d+|end of document)\)$", re.DOTALL)


class Document:
    """One parsed TOML file; problems are found by the path of their key and ordered as the file reads."""

    def __init__(self, name: str, content: dict[str, Any], findings: Findings) -> None:
        """``name`` is the file as the operator knows it, such as ``calendars/2026-27.toml``."""
        self.name = name
        self.content = content
        self._findings = findings
        self._order = {key: at for at, (key, _) in enumerate(walk(content))}

    def problem(self, key: str, message: str) -> None:
        """Say what is wrong with a key."""
        self._findings.problem(self.name, key, message, at=(self._at(key),))

    def warn(self, key: str, message: str) -> None:
        """Say what a person should look at."""
        self._findings.warn(self.name, key, message, at=(self._at(key),))

    def within(self, key: str) -> Callable[[str, str], None]:
        """Return ``problem`` for the keys inside a table."""
        return lambda inner, message: self.problem(f"{key}.{inner}" if inner else key, message)

    def _at(self, key: str) -> int:
        # A key that is missing stands where its table begins.
        while key and key not in self._order:
            key = key[: max(key.rfind("."), key.rfind("["), 0)]
        return self._order.get(key, -1)


def read_document(path: Path, name: str, findings: Findings) -> Document | None:
    """Return a TOML file, or nothing when it cannot be read, which is then among the findings."""
    text = read_text(path, name, findings)
    if text is None:
        return None
    try:
        return Document(name, tomllib.loads(text.replace("\r\n", "\n")), findings)
    except tomllib.TOMLDecodeError as wrong:
        match = _WHERE.match(str(wrong))
        where, what = (match["where"], match["what"]) if match else ("", str(wrong))
        hint = "a value of text needs quotes, a list needs [ ], and a key stands once in its table"
        findings.problem(name, where, f"is not TOML ({what[:1].lower()}{what[1:]}): {hint}")
        return None


def walk(value: object, key: str = "") -> Iterator[tuple[str, object]]:
    """Yield every key of a document with its value, tables and lists included, in the order of the file.

    Items of a list count from one: ``school[1].connector.host``.
    """
    if key:
        yield key, value
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from walk(inner, f"{key}.{name}" if key else str(name))
    elif isinstance(value, list):
        for number, inner in enumerate(value, start=1):
            yield from walk(inner, f"{key}[{number}]")
