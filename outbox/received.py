"""A received feed's file, read once and in pieces: its rows, its hash, and what is wrong with it as text."""

import codecs
import csv
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from outbox.tables import Misfit

#: A line longer than this is no line of a feed; it would fill the memory.
_LONGEST = 1 << 20
_BOM = codecs.BOM_UTF8


@dataclass(kw_only=True)
class Received:
    """One file while it is read. ``wrong`` and the totals are whole once every row was taken."""

    path: Path
    seen: Callable[[int], object] = lambda _: None
    header: list[str] = field(default_factory=list)
    wrong: list[Misfit] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    rows: int = 0
    size: int = 0
    sha256: str = ""

    def read(self) -> Iterator[list[str]]:
        """Yield the rows under the header, which stands in ``header`` from the first on. Raises ``OSError``."""
        digest = hashlib.sha256()
        with self.path.open("rb") as file:
            raw = self._raw(iter(lambda: file.readline(_LONGEST), b""), digest.update)
            try:
                yield from self._rows(raw)
            except UnicodeDecodeError:
                self._say("is not UTF-8: it was saved in another encoding, or is no text at all")
            except csv.Error:
                self._say("is not CSV from here on: a quote is not closed, or the file is no table")
            for _ in raw:  # what was not read as rows counts in the hash
                pass
        self.sha256 = digest.hexdigest()

    def digest(self) -> None:
        """Take only size and hash of a file that cannot be read as a table. Raises ``OSError``."""
        digest = hashlib.sha256()
        with self.path.open("rb") as file:
            for piece in iter(lambda: file.read(_LONGEST), b""):
                digest.update(piece)
                self.size += len(piece)
                self.seen(len(piece))
        self.sha256 = digest.hexdigest()

    def _rows(self, raw: Iterator[bytes]) -> Iterator[list[str]]:
        first = next(raw, b"")
        if not first.strip(_BOM + b"\r\n"):
            self.wrong.append(Misfit(0, "", "is empty: even a day without sessions has a header"))
            return
        if first.startswith(_BOM):
            self.notes.append("begins with a byte order mark, which the format has not; it was passed over")
        if not first.endswith(b"\r\n"):
            self.notes.append("does not end its lines with CR LF, as the format has them")
        if b"\0" in first or first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            self.wrong.append(Misfit(0, "", "is not UTF-8 text: it is UTF-16, or no text at all"))
            return
        reader = csv.reader(self._text(first.removeprefix(_BOM), raw), strict=True)
        self.header = next(reader, [])
        for row in reader:
            self.rows += 1
            yield row

    def _raw(self, lines: Iterator[bytes], digest: Callable[[bytes], object]) -> Iterator[bytes]:
        for line in lines:
            digest(line)
            self.size += len(line)
            self.seen(len(line))
            yield line

    def _text(self, first: bytes, rest: Iterator[bytes]) -> Iterator[str]:
        decode = codecs.getincrementaldecoder("utf-8")().decode
        yield decode(first)
        for line in rest:
            if len(line) >= _LONGEST:
                raise csv.Error
            yield decode(line)

    def _say(self, what: str) -> None:
        self.wrong.append(Misfit(self.rows + 2 if self.header else 0, "", what))
