"""The tracking spreadsheet: a workbook with a sheet of pupils and a sheet of actions, ready to filter."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from io import BytesIO

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from outbox.document_records import PupilLine, TaskLine
from outbox.document_words import role_text
from outbox.documents import ListFacts

#: The media type of what ``tracking_spreadsheet`` returns.
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Cell = str | int | float | date | None

_PUPILS = (
    ("Pupil number", 14),
    ("Year", 8),
    ("Home school", 26),
    ("Attendance", 12),
    ("Sessions attended", 18),
    ("Sessions possible", 18),
    ("School days in a row", 20),
    ("Stage", 28),
    ("Why", 48),
    ("Since", 13),
    ("Last contact", 13),
    ("Next due", 13),
    ("Next task", 40),
    ("Open tasks", 12),
    ("Overdue tasks", 14),
)
_ACTIONS = (
    ("Pupil number", 14),
    ("Opened", 13),
    ("Who", 28),
    ("What", 52),
    ("Due", 13),
    ("Done", 13),
    ("State", 10),
    ("Outcome", 40),
)
#: What makes a spreadsheet take a text for a formula (OWASP ASVS 1.2.10), with its full-width twins.
_FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
_HEAD = PatternFill("solid", fgColor="12395F")
_LATE = PatternFill("solid", fgColor="FBE3D6")


def tracking_spreadsheet(facts: ListFacts) -> bytes:
    """Return the workbook: pupils by number only, no names, so that it can lie in a shared folder."""
    book = Workbook()
    pupils = book.active
    pupils.title = "Pupils"
    _fill(pupils, _PUPILS, [_pupil(line) for line in sorted(facts.lines, key=lambda line: line.pupil_id)])
    _late(pupils, "Overdue tasks", bool)
    actions = book.create_sheet("Actions")
    ordered = sorted(facts.tasks, key=lambda task: (task.due_on, task.pupil_id or "", task.asked))
    _fill(actions, _ACTIONS, [_action(task, facts.today) for task in ordered])
    _late(actions, "State", lambda value: value == "overdue")
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _pupil(line: PupilLine) -> Sequence[Cell]:
    percent = line.share.percent
    return (
        line.pupil_id,
        line.year_group,
        line.home_school,
        None if percent is None else percent / 100,
        line.share.attended,
        line.share.possible,
        line.run_school_days,
        line.stage,
        line.concern,
        line.concern_on,
        line.last_contact_on,
        line.next_due_on,
        line.next_task,
        line.open_tasks,
        line.overdue_tasks,
    )


def _action(task: TaskLine, today: date) -> Sequence[Cell]:
    state = "done" if task.done_on else "overdue" if task.is_overdue(today) else "open"
    return (
        task.pupil_id,
        task.opened_on,
        role_text(task.role),
        task.asked,
        task.due_on,
        task.done_on,
        state,
        task.outcome,
    )


def _fill(sheet: Worksheet, columns: Sequence[tuple[str, int]], rows: Iterable[Sequence[Cell]]) -> None:
    sheet.append([name for name, _ in columns])
    for row in rows:
        sheet.append([_harmless(cell) for cell in row])
    for number, (_, width) in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    _dress(sheet)


def _harmless(cell: Cell) -> Cell:
    """Return a text that would be a formula as the text it is; an apostrophe before it says so to every program.

    Characters that no workbook may hold are left out.
    """
    if not isinstance(cell, str):
        return cell
    text = ILLEGAL_CHARACTERS_RE.sub("", cell)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def _dress(sheet: Worksheet) -> None:
    """Freeze and colour the header, let every column be filtered, and write dates and per cent as people do."""
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = sheet.dimensions
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    for cell in sheet[1]:
        cell.font, cell.fill = Font(bold=True, color="FFFFFF"), _HEAD
    for cell in (cell for row in sheet.iter_rows(min_row=2) for cell in row):
        cell.alignment = Alignment(vertical="top", wrap_text=True)
        if isinstance(cell.value, date):
            cell.number_format = "ddd d mmm yyyy"
        elif isinstance(cell.value, float):
            cell.number_format = "0.0%"


def _late(sheet: Worksheet, column: str, is_late: Callable[[Cell], bool]) -> None:
    """Colour what is late, so that it is seen without reading."""
    at = [cell.value for cell in sheet[1]].index(column)
    for row in sheet.iter_rows(min_row=2):
        if is_late(row[at].value):
            row[at].fill = _LATE
