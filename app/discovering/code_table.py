"""The code table held against what the platform shows: what each symbol means now, and what is still to be asked."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass

from app.discovering.proposed import Base, Proposed, base_of
from app.reading import Site
from config.operators import codes_stem
from config.sheets import delimiter_of
from connectors.offered import Offered, OfferedCode
from mapping.normalise import LATE, NOT_A_MARK
from rules.wording import count_of

_HEADER = "symbol,code,notes\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCode:
    """A symbol of the platform: how many marks carry it, what the school's table says, what the platform's own list."""

    symbol: str
    label: str | None
    marks: int
    table: str | None
    proposal: str | None
    because: str


def known_codes(site: Site, offered: Offered) -> list[KnownCode]:
    """Return every symbol the platform shows, the ones most used first."""
    table = site.operator.codes_of(site.school).table
    return [
        KnownCode(
            symbol=each.symbol,
            label=each.label,
            marks=each.marks,
            table=table.get(each.symbol),
            proposal=_usable(site, each),
            because=each.because,
        )
        for each in sorted(offered.codes, key=lambda each: (-each.marks, each.symbol))
    ]


def proposed_table(site: Site, offered: Offered) -> Proposed | None:
    """Return the school's code table with the symbols that it lacks; none where it lacks nothing.

    A symbol gets a code only where the platform's own list says which; any other waits with an empty one, and its marks
    are held until somebody has asked the school.
    """
    stem = codes_stem(site.school, site.operator.code_defaults)
    base = base_of(site.operator.folder, "codes", stem, ".csv")
    there = _symbols(base.text)
    new = [each for each in known_codes(site, offered) if each.symbol not in there and (each.marks or each.proposal)]
    if not new:
        return None
    name = stem if base.is_own else site.id
    then = "" if base.is_own else f'then write codes = "{name}" below this [[school]] in relay.toml'
    return Proposed(name=f"codes/{name}.csv", text=_appended(base, new), base=base, then=then)


def _usable(site: Site, offered: OfferedCode) -> str | None:
    national = {code.code for code in site.operator.library.national}
    return offered.proposal if offered.proposal in {*national, LATE, NOT_A_MARK} else None


def _symbols(text: str) -> set[str]:
    rows = csv.DictReader(text.splitlines(keepends=True), delimiter=delimiter_of(text.partition("\n")[0]))
    return {row.get("symbol") or "" for row in rows}


def _appended(base: Base, new: Iterable[KnownCode]) -> str:
    """Return the table with a row for each new symbol, in the columns and the manner of the file as it stands."""
    before = base.text or _HEADER
    newline = "\r\n" if "\r\n" in before else "\n"
    before += "" if before.endswith("\n") else newline
    delimiter = delimiter_of(before.partition("\n")[0])
    header = [cell.strip().lower() for cell in next(csv.reader([before.splitlines()[0]], delimiter=delimiter))]
    text = io.StringIO(newline="")
    rows = csv.DictWriter(text, header, restval="", extrasaction="ignore", delimiter=delimiter, lineterminator=newline)
    rows.writerows({"symbol": each.symbol, "code": each.proposal or "", "notes": _note(each)} for each in new)
    return before + text.getvalue()


def _note(code: KnownCode) -> str:
    said = [code.label, count_of(code.marks, "mark")]
    advice = f"proposed: {code.because}" if code.proposal else "ask the school"
    return "; ".join(filter(None, (*said, advice)))
