"""The school's own list of attendance codes: marks name a code by its id, and the list gives its letter."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from connectors.offered import OfferedCode
from connectors.wonde_rows import CodeRow, Id

#: The letters of the national codes in force, and the word that a type which agrees has in it.
_STATUTORY: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("/", "\\", "L"), ("present", "late")),
    **dict.fromkeys(("K", "V", "P", "W", "B"), ("approved", "educational")),
    **dict.fromkeys(("C", "C1", "C2", "E", "I", "J1", "M", "R", "S", "T"), ("authorised",)),
    **dict.fromkeys(("G", "N", "O", "U"), ("unauthorised", "unexplained", "late")),
    **dict.fromkeys(("D", "Q", "X", "Y1", "Y2", "Y3", "Y4", "Y5", "Y6", "Y7", "Z", "#"), ("not", "required")),
}


@dataclass(slots=True)
class CodeList:
    """The list as it was last read; an id it does not know has it read once more, for codes are added in mid-term."""

    read: Callable[[], Iterable[CodeRow]]
    rows: dict[Id, CodeRow] = field(default_factory=dict)
    #: Letter by id, for the many marks.
    symbols: dict[Id, str] = field(default_factory=dict)
    unknown: set[Id] = field(default_factory=set)
    _is_fresh: bool = False

    def load(self) -> None:
        """Read the list."""
        self.rows.update({row.id: row for row in self.read()})
        self.symbols.update({row.id: row.code for row in self.rows.values() if row.code})

    def symbol(self, code_id: Id) -> str:
        """Return the letter; the id itself where the list knows none, which no code table takes for a code."""
        if code_id not in self.symbols and not self._is_fresh:
            self._is_fresh = True
            self.load()
        if code_id not in self.symbols:
            self.unknown.add(code_id)
        return self.symbols.get(code_id, str(code_id))

    def id_of(self, symbol: str) -> Id | None:
        """Return the id of a letter, for writing; the first where several have it."""
        return next((code_id for code_id, known in self.symbols.items() if known == symbol), None)

    def offered(self) -> dict[str, OfferedCode]:
        """Return what the list says of each letter, with a proposal where a letter is one of the national codes."""
        return {row.code: _offered(row.code, row) for row in self.rows.values() if row.code}


def _offered(symbol: str, row: CodeRow) -> OfferedCode:
    label = " / ".join(part for part in (row.description, row.type) if part) or None
    expected = _STATUTORY.get(symbol)
    if expected is None or not _agrees(row.type, expected):
        return OfferedCode(symbol=symbol, label=label)
    because = "a national letter" + (f", and its type is {row.type}" if row.type else "")
    return OfferedCode(symbol=symbol, label=label, proposal=symbol, because=because)


def _agrees(kind: str | None, expected: tuple[str, ...]) -> bool:
    """Whether a type, where one is told, may stand beside the letter; Wonde spells with s and with z."""
    if not kind:
        return True
    said = kind.casefold().replace("z", "s").replace("_", " ").replace("-", " ")
    return any(word.startswith(each) for word in said.split() for each in expected)
