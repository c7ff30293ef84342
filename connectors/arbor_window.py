"""All roll-call records of some days, page by page."""

from collections.abc import Callable
from datetime import timedelta

from connectors.arbor_graphql import Arbor
from connectors.arbor_marks import Lists
from connectors.arbor_pupils import UpnHistory
from connectors.arbor_registers import Registers
from connectors.arbor_rows import RECORDS, RollCallRecord
from connectors.base import Window

_ONE_DAY = timedelta(days=1)


def a_day_wider(window: Window) -> Window:
    """Return what to ask for: nobody says whether Arbor's "after" and "before" include the day itself."""
    return Window(first=window.first - _ONE_DAY, last=window.last + _ONE_DAY)


def read_window(
    arbor: Arbor, window: Window, upns: UpnHistory, lists: Lists, *, each: Callable[[list[RollCallRecord]], object]
) -> Registers:
    """Return the registers of a window; ``each`` is shown the rows of every page. Raises as a pull does."""
    asked = a_day_wider(window)
    registers = Registers(window=window, asked=asked, upns=upns, letter_of=lists.letter_of)
    for page in arbor.pages(RECORDS, between("recordDate", asked)):
        registers.add(page.rows, f"page {page.number} id ")
        registers.repeated += page.repeated
        each(page.rows)
    return registers


def between(field: str, asked: Window) -> str:
    """Return the arguments that bound a date."""
    return f', {field}_after: "{asked.first}", {field}_before: "{asked.last}"'
