"""Session words that a profile does not know: each is told once, with how many rows have it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from connectors.values import UnknownWord
from mapping.model import SourceRow

#: A word is shown when so many learners have it: in a row that slipped by a column it is a name.
SHOWN_FROM = 3
#: What words that may be names are counted as.
ANOTHER_WORD = "(another word)"


@dataclass(slots=True)
class _Met:
    where: str
    rows: int = 0
    learners: set[str] = field(default_factory=set)


class UnknownWords:
    """Gathers them from row to row."""

    def __init__(self) -> None:
        self._met: dict[str, _Met] = {}

    def add(self, word: str, where: str, platform_id: str | None) -> None:
        """Count a row that has this word."""
        met = self._met.setdefault(word, _Met(where))
        met.rows += 1
        if platform_id is not None:
            met.learners.add(platform_id)

    def told(self) -> Iterator[SourceRow]:
        """Yield a row for a person for each word, at the first row that has it."""
        for word, met in self._met.items():
            said = f": {word}" if _is_shown(word, met) else ""
            rows = f"; {met.rows} rows have it{said}" if met.rows > 1 else ""
            yield SourceRow(where=met.where, reason=f"{UnknownWord(word)}{rows}")

    def counts(self) -> Mapping[str, int]:
        """Return how many rows have each word; those that may be names are counted together."""
        counts = Counter[str]()
        for word, met in self._met.items():
            counts[word if _is_shown(word, met) else ANOTHER_WORD] += met.rows
        return counts


def _is_shown(word: str, met: _Met) -> bool:
    return word != "" and len(met.learners) >= SHOWN_FROM
