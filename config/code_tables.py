"""codes/*.csv: the national codes, and for each source what its symbols mean."""

from collections.abc import Mapping
from pathlib import Path

from config.problems import Findings, suggestion
from config.sheets import Sheet, read_sheet
from mapping.codes import CodeTable
from mapping.normalise import LATE, NOT_A_MARK

NATIONAL = "national"
#: Columns of national.csv that this project reads, then those that document how a code counts.
NATIONAL_COLUMNS = ("code", "byte", "name", "category", "valid_from", "valid_to", "replaced_by")
COUNTING_COLUMNS = (
    "counts_as_possible",
    "counts_as_present",
    "authorised",
    "unauthorised",
    "penalty_notice_counts",
)
SOURCE_COLUMNS = ("symbol", "code")


def read_national(path: Path, name: str, findings: Findings) -> CodeTable:
    """Return the table of national codes, empty when it is not in order."""
    sheet = read_sheet(path, name, NATIONAL_COLUMNS + COUNTING_COLUMNS, findings)
    try:
        return CodeTable.from_rows(
            {column: row.cells.get(column, "") for column in NATIONAL_COLUMNS} for row in sheet.rows
        )
    except ValueError as wrong:
        findings.problem(name, "", str(wrong))
        return CodeTable(())


def read_sources(
    files: Mapping[str, tuple[Path, str]], national: CodeTable, findings: Findings
) -> dict[str, dict[str, str]]:
    """Return, by the file's stem, each source's symbols with the national code they stand for.

    A symbol may also be ``not_a_mark`` (the row is dropped) or ``late`` (told apart by its minutes). An empty
    ``symbol`` is the empty symbol. A symbol without a code yet is not in the table: its marks are held.
    """
    sheets = {stem: read_sheet(path, name, SOURCE_COLUMNS, findings) for stem, (path, name) in files.items()}
    return {stem: _symbols(sheet, national) for stem, sheet in sheets.items()}


def _symbols(sheet: Sheet, national: CodeTable) -> dict[str, str]:
    codes = {code.code for code in national}
    allowed = {NOT_A_MARK, LATE, *codes}
    symbols: dict[str, str] = {}
    for row in sheet.rows:
        symbol, code = row.cells.get("symbol", ""), row.cells.get("code", "")
        if symbol in symbols:
            sheet.problem(row.number, "symbol", f"the symbol {symbol!r} stands in an earlier row: keep one")
        elif not code:
            message = f"the symbol {symbol!r} has no code yet, and its marks are held: ask the school"
            sheet.warn(row.number, "code", message)
            continue
        elif codes and code not in allowed:
            advice = f"give a code of national.csv, {NOT_A_MARK} or {LATE}{suggestion(code, allowed)}"
            sheet.problem(row.number, "code", f"{code!r} is no national code: {advice}")
        symbols.setdefault(symbol, code)
    return symbols
