"""What a reader of the policy language accepts, found out by letting it read every table there could be.

A reader asks a ``Table`` for its keys. ``Recording`` answers with every possible answer in turn and notes what was
asked for, so that the schema follows from the readers themselves.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any, TypeVar

from rules.reading import Table

Answer = TypeVar("Answer")
Schema = dict[str, Any]


@dataclass(slots=True)
class _Trail:
    """The answers given so far in one reading, and how many there were to choose from at each."""

    answers: list[int] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    at: int = 0

    def choose(self, options: Sequence[Answer]) -> Answer:
        """Return the next answer of this reading."""
        if self.at == len(self.answers):
            self.answers.append(0)
            self.sizes.append(len(options))
        self.at += 1
        return options[self.answers[self.at - 1]]

    def next(self) -> bool:
        """Move to the next reading; false when every one was made."""
        while self.answers and self.answers[-1] + 1 == self.sizes[-1]:
            self.answers.pop()
            self.sizes.pop()
        if self.answers:
            self.answers[-1] += 1
        self.at = 0
        return bool(self.answers)


class Recording(Table):
    """A table of which every key is there or not there, whatever suits the reading."""

    def __init__(self, trail: _Trail) -> None:
        """``trail`` is shared by the tables inside."""
        super().__init__({}, "", [])
        self._trail = trail
        self._there: dict[str, bool] = {}
        self.seen: dict[str, Schema] = {}

    def problem(self, key: str, message: str) -> None:
        """Nothing is wrong with what could be written."""

    def has(self, key: str) -> bool:
        """Try both."""
        if key not in self._there:
            self._there[key] = key in self.seen or self._trail.choose((True, False))
        return self._there[key]

    def one_of(self, *keys: str, is_needed: bool = True) -> str | None:
        """Try each of them, and none where none is needed."""
        return self._trail.choose(keys if is_needed else (*keys, None))

    def text(self, key: str) -> str:
        """Any text."""
        self.seen[key] = {"type": "string", "minLength": 1}
        return "?"

    def flag(self, key: str) -> bool:
        """Either."""
        self.seen[key] = {"type": "boolean"}
        return self._trail.choose((True, False))

    def whole(self, key: str, *, at_least: int = 0) -> int:
        """Any whole number from a first one."""
        self.seen[key] = {"type": "integer", "minimum": at_least}
        return at_least

    def percent(self, key: str) -> float:
        """Any percentage."""
        self.seen[key] = {"type": "number", "minimum": 0, "maximum": 100}
        return 0.0

    def day(self, key: str) -> date:
        """Any date."""
        self.seen[key] = {"type": "string", "format": "date"}
        return date.min

    def clock(self, key: str) -> time:
        """Any time of day."""
        self.seen[key] = {"type": "string", "pattern": r"^\d\d:\d\d:\d\d(\.\d+)?$"}
        return time.min

    def choice(self, key: str, among: Sequence[str]) -> str:
        """Try each word."""
        word = self._trail.choose(among)
        self.seen[key] = {"enum": [word]}
        return word

    def choices(self, key: str, among: Collection[str], *, may_be_empty: bool = False) -> tuple[str, ...]:
        """Any of the words."""
        items = {"type": "array", "items": {"enum": list(among)}}
        self.seen[key] = items if may_be_empty else items | {"minItems": 1}
        return ()

    def table(self, key: str) -> "Recording":
        """A table inside, on the same trail."""
        inner = Recording(self._trail)
        # Filled while the reader reads it: the schema keeps the same dictionary.
        self.seen[key] = {"type": "object", "properties": inner.seen, "additionalProperties": False}
        return inner

    def done(self) -> None:
        """Nothing is left over."""


def readings(read: Callable[[Table], Answer]) -> Iterator[tuple[Answer, dict[str, Schema]]]:
    """Yield what a reader makes of every table it accepts, with the keys of that table."""
    trail = _Trail()
    while True:
        recording = Recording(trail)
        made = read(recording)
        yield made, {key: _required(schema) for key, schema in recording.seen.items()}
        if not trail.next():
            return


def _required(schema: Schema) -> Schema:
    return schema | {"required": list(schema["properties"])} if "properties" in schema else schema
