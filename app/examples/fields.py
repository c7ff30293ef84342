"""The kinds of value that only examples hold: lines of marks, dated events, a pupil's flags and weekly sessions."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from difflib import get_close_matches

from app.written import Unreadable, read_date
from mapping.model import Half
from rules.due import WeeklySession
from rules.reading import Table

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri")


class Fields(Table):
    """One table of an examples file. Each reader notes what is wrong and returns what is left."""

    def inner(self, key: str) -> "Fields":
        """Read a sub-table; one that is not written reads as empty."""
        value: dict[str, object] = (
            self._take(key, "a table { ... }", lambda v: isinstance(v, dict), {}) if self.has(key) else {}
        )
        return Fields(value, f"{self._where}{key}.", self._problems)

    def within(self, place: str, data: Mapping[str, object]) -> "Fields":
        """Return the fields of one table of a list, whose problems are named by its place."""
        return Fields(data, f"{self._where}{place}", self._problems)

    def list_of_tables(self, key: str) -> list[Mapping[str, object]]:
        """Read a list of tables, which may be empty."""
        wanted = "a list of tables { ... }"
        return list(self._take(key, wanted, lambda v: isinstance(v, list) and all(isinstance(i, dict) for i in v), []))

    def free(self, *keys: str) -> None:
        """Accept keys whose values mean nothing to a policy."""
        self._read.update(keys)

    def lines(self, key: str) -> tuple[str, ...]:
        """Read a list of lines, or one text of several."""
        if not self.has(key):
            return ()
        wanted = "a list of lines, or one text of several lines"
        value: object = self._take(key, wanted, lambda v: isinstance(v, str) or _is_texts(v), ())
        lines = value.splitlines() if isinstance(value, str) else value
        return tuple(line for line in lines if line.strip())  # type: ignore[attr-defined]

    def iso_day(self, key: str) -> date | None:
        """Read a date as TOML writes it, or in quotes as a roll does; an empty one is none."""
        if not self.has(key) or self._data[key] == "":
            self._read.add(key)
            return None
        value: object = self._take(key, "a date like 2026-09-02", lambda v: type(v) is date or isinstance(v, str), None)
        try:
            return read_date(value) if isinstance(value, str) else value  # type: ignore[return-value]
        except Unreadable as wrong:
            self.problem(key, str(wrong))
            return None

    def day(self, key: str) -> date:
        """Read a date that must be there, in either way."""
        if not self.has(key):
            return super().day(key)
        return self.iso_day(key) or date.min

    def one_or_more(self, key: str, among: Collection[str]) -> tuple[str, ...]:
        """Read one word of a closed set, or a list of them."""
        if isinstance(self._data[key], str):
            word = self.text(key)
            return Fields({key: [word]}, self._where, self._problems).choices(key, among) if word else ()
        return self.choices(key, among)

    def words(self, key: str, among: Collection[str]) -> frozenset[str]:
        """Read words of a closed set, as a list or as a roll writes them: ``send;ehcp``."""
        if not self.has(key):
            return frozenset()
        wanted = 'a list as ["send", "ehcp"]'
        value: object = self._take(key, wanted, lambda v: isinstance(v, str) or _is_texts(v), ())
        found = value.split(";") if isinstance(value, str) else value
        words = {word.strip() for word in found if word.strip()}  # type: ignore[attr-defined]
        for word in sorted(words - set(among)):
            self.problem(key, f"holds {word!r}: {nearest(word, among)}")
        return frozenset(words & set(among))

    def weekly(self, key: str) -> frozenset[WeeklySession] | None:
        """Read the weekly sessions of a part-time pupil, ``Mon AM;Wed PM``; none is every session of the school."""
        if not self.has(key):
            return None
        text = self.text(key)
        try:
            return frozenset(_weekly(part) for part in text.split(";") if part.strip()) or None
        except ValueError:
            self.problem(key, f"is {text!r}: list sessions as Mon AM;Mon PM;Wed AM, Monday to Friday")
            return None

    def events(self, key: str, among: Collection[str]) -> Iterator[tuple[date, str]]:
        """Read what was recorded about the pupil: ``2026-11-05 contract_agreed``."""
        for number, line in enumerate(self.lines(key), start=1):
            iso, _, event = line.strip().partition(" ")
            try:
                day = read_date(iso)
            except Unreadable as wrong:
                self.problem(f"{key}[{number}]", str(wrong))
                continue
            if event.strip() in among:
                yield day, event.strip()
            else:
                self.problem(f"{key}[{number}]", f"{event.strip()!r} is no recorded event: {nearest(event, among)}")


def nearest(word: str, among: Collection[str]) -> str:
    """Return the known word that was probably meant, or all there are."""
    near = get_close_matches(word, sorted(among), n=1)
    return f"did you mean {near[0]!r}?" if near else f"there are {', '.join(sorted(among))}"


def _weekly(text: str) -> WeeklySession:
    weekday, half = text.split()
    return _WEEKDAYS.index(weekday.capitalize()), Half(half.upper())


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
