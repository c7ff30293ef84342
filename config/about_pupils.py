"""What the tables that say something of single pupils share: an optional file, each row of a pupil who is placed."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import Field

from config.checking import known, parse
from config.fields import Id, PupilId, Table
from config.problems import Findings, suggestion
from config.sheets import Row, Sheet, read_sheet


class AboutPupil(Table):
    """One row about one pupil of one school."""

    pupil_id: PupilId = Field(description="the pupil's id, as in placements.csv")
    school: Id = Field(description="the id of a [[school]] in relay.toml")

    @property
    def says(self) -> tuple[object, ...]:
        """What the row says, for finding a second one that says the same."""
        return (self.pupil_id, self.school)

    @property
    def doubts(self) -> Iterator[tuple[str, str]]:
        """Yield what is wrong between the cells: a column, and the message."""
        yield from ()


AnyRow = TypeVar("AnyRow", bound=AboutPupil)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Who can be named: the schools of relay.toml, and (school, pupil) as placements.csv has them.

    ``pupils`` is none where that file could not be read: then nobody is a stranger.
    """

    schools: Collection[str]
    pupils: Collection[tuple[str, str]] | None

    @classmethod
    def by(cls, schools: Collection[str], placements: Sheet) -> "Named":
        """Return who is placed, rows included that are wrong in some other cell."""
        rows = ((row.cells.get("school", ""), row.cells.get("pupil_id", "")) for row in placements.rows)
        return cls(schools=schools, pupils=frozenset(rows) if placements.is_read else None)


def read_about(path: Path, model: type[AnyRow], named: Named, *, findings: Findings) -> tuple[Sheet, dict[int, AnyRow]]:
    """Return the sheet, and the rows that are in order by their number; no rows where there is no such file.

    A row that says what an earlier one says is left out with a warning.
    """
    if not path.exists():
        return Sheet(path.name, (), findings), {}
    sheet = read_sheet(path, path.name, tuple(model.model_fields), findings)
    rows: dict[int, AnyRow] = {}
    first: dict[tuple[object, ...], int] = {}
    for row in sheet.rows:
        if (made := _row(row, sheet, model, named)) is None:
            continue
        if made.says in first:
            sheet.warn(row.number, "", f"says the same as row {first[made.says]}: remove one")
            continue
        first[made.says] = row.number
        rows[row.number] = made
    return sheet, rows


def _row(row: Row, sheet: Sheet, model: type[AnyRow], named: Named) -> AnyRow | None:
    cells = {column: row.cells[column] for column in model.model_fields if column in row.cells}
    for column, message in _strangers(cells.get("school"), cells.get("pupil_id"), named):
        sheet.problem(row.number, column, message)
    made = parse(model, cells, lambda column, message: sheet.problem(row.number, column, message))
    if made is not None:
        for column, message in made.doubts:
            sheet.problem(row.number, column, f"pupil {made.pupil_id}: {message}")
    return made


def _strangers(school: str | None, pupil_id: str | None, named: Named) -> Iterator[tuple[str, str]]:
    if school and (message := known(school, named.schools, what="school of relay.toml")):
        yield "school", message
    elif school and pupil_id and named.pupils is not None and (school, pupil_id) not in named.pupils:
        there = [pupil for at, pupil in named.pupils if at == school]
        hint = suggestion(pupil_id, there) or ": add the pupil's row there"
        yield "pupil_id", f"is nobody whom placements.csv has at {school}{hint}"
