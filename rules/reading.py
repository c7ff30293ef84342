"""Reading a parsed TOML table strictly: every wrong, missing or unknown key becomes one sentence for an admin."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, time
from difflib import get_close_matches
from typing import NamedTuple, TypeVar

Value = TypeVar("Value")


class Problem(NamedTuple):
    """One thing to mend: ``where`` is the place inside the file (``rule 'three-days': when.unit``)."""

    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


class Table:
    """One TOML table being read. Problems are collected, so that an admin sees all of them at once."""

    def __init__(self, data: Mapping[str, object], where: str, problems: list[Problem]) -> None:
        """``where`` names the table for a person; ``problems`` is shared by the whole file."""
        self._data = data
        self._where = where
        self._problems = problems
        self._read: set[str] = set()

    def problem(self, key: str, message: str) -> None:
        """Note something wrong with one key."""
        self._problems.append(Problem(f"{self._where}{key}", message))

    def has(self, key: str) -> bool:
        """Whether the key was written at all."""
        return key in self._data

    def holds(self, key: str, among: Collection[object]) -> bool:
        """Whether the key was written with one of these values."""
        return self._data.get(key) in among

    def one_of(self, *keys: str, is_needed: bool = True) -> str | None:
        """Return which one of several keys was written; none, or more than one, is a problem."""
        written = [key for key in keys if key in self._data]
        self._read.update(keys)
        if len(written) == 1 or not (written or is_needed):
            return written[0] if written else None
        if written:
            self.problem(written[1], f"stands beside {written[0]}: give only one of them")
            return written[0]
        self.problem(keys[0], f"is missing: give exactly one of {', '.join(keys)}")
        return None

    def text(self, key: str) -> str:
        """Read a sentence or a name that must not be empty."""
        return self._take(key, "a text in quotes", lambda value: isinstance(value, str) and bool(value.strip()), "")

    def flag(self, key: str) -> bool:
        """Read ``true`` or ``false``."""
        return self._take(key, "true or false", lambda value: isinstance(value, bool), default=False)

    def whole(self, key: str, *, at_least: int = 0) -> int:
        """Read a whole number."""
        wanted = f"a whole number from {at_least}"
        return self._take(key, wanted, lambda value: _is_whole(value) and value >= at_least, default=at_least)  # type: ignore[operator]

    def percent(self, key: str) -> float:
        """Read a percentage between 0 and 100."""
        return float(self._take(key, "a percentage from 0 to 100", _is_percent, default=0.0))

    def day(self, key: str) -> date:
        """Read a TOML date, written without quotes."""
        return self._take(key, "a date like 2026-09-01, without quotes", lambda v: type(v) is date, date.min)

    def clock(self, key: str) -> time:
        """Read a local time, written as TOML time."""
        return self._take(key, "a time like 09:30:00, without quotes", lambda v: isinstance(v, time), time.min)

    def choice(self, key: str, among: Sequence[str]) -> str:
        """Read one of a closed set of words."""
        return self._take(key, f"one of {_named(among)}", lambda value: value in among, among[0])

    def texts(self, key: str) -> tuple[str, ...]:
        """Read a list of texts, at least one."""
        return tuple(self._take(key, "a list of texts, at least one", _is_texts, ()))

    def choices(self, key: str, among: Collection[str], *, may_be_empty: bool = False) -> tuple[str, ...]:
        """Read a list of words of a closed set."""
        wanted, is_right = ("a list", _is_list) if may_be_empty else ("a list, at least one", _is_texts)
        found: Sequence[str] = self._take(key, f"{wanted}, of {_named(among)}", is_right, ())
        for word in found:
            if word not in among:
                self.problem(key, f"holds {word!r}{_nearest(word, among)}")
        return tuple(found)

    def table(self, key: str) -> "Table":
        """Read a sub-table; an absent one reads as empty, so that its own missing keys are named."""
        empty: dict[str, object] = {}
        value = self._take(key, "a table { ... }", lambda v: isinstance(v, dict), empty)
        return Table(value, f"{self._where}{key}.", self._problems)

    def within(self, where: str, data: Mapping[str, object]) -> "Table":
        """Read a table that stands in this one."""
        return Table(data, f"{self._where}{where}", self._problems)

    def tables(self, key: str) -> list[tuple[int, Mapping[str, object]]]:
        """Read an array of tables, each with its number from one."""
        return list(enumerate(self._take(key, f"one [[{key}]] or more", _is_tables, []), start=1))

    def done(self) -> None:
        """Refuse every key that was not read, with the nearest one that is known."""
        for key in sorted(self._data.keys() - self._read):
            near = get_close_matches(key, self._read, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(sorted(self._read))}"
            self.problem(key, f"is not a key of this table; {hint}")

    def _take(self, key: str, wanted: str, is_right: Callable[[object], bool], default: Value) -> Value:
        self._read.add(key)
        if key not in self._data:
            self.problem(key, f"is missing: give {wanted}")
            return default
        value = self._data[key]
        if not is_right(value):
            self.problem(key, f"is {value!r}: give {wanted}")
            return default
        return value  # type: ignore[return-value]


def _named(words: Collection[str]) -> str:
    return ", ".join(f'"{word}"' for word in words)


def _nearest(word: object, among: Collection[str]) -> str:
    near = get_close_matches(str(word), list(among), n=1)
    return f": did you mean {near[0]!r}?" if near else f": give only {_named(among)}"


def _is_list(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) and item.strip() for item in value)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_percent(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 100


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, str) and item.strip() for item in value)


def _is_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)
