"""One pull of Arbor: UPNs, the change log, the window page by page, then what changed before it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from connectors.arbor_graphql import Arbor
from connectors.arbor_late import WHERE, LateCorrections
from connectors.arbor_lessons import Lessons
from connectors.arbor_marks import Lists
from connectors.arbor_pupils import UpnHistory, source_pupils
from connectors.arbor_registers import Registers
from connectors.arbor_rows import UPNS, RollCallRecord
from connectors.arbor_window import read_window
from connectors.base import Surroundings, Window
from mapping.model import Pulled, SourceRow


@dataclass(frozen=True, slots=True)
class OnePull:
    """A pull of one school. Without ``lessons`` the roll call is compared with nothing."""

    arbor: Arbor
    surroundings: Surroundings
    late: LateCorrections
    lessons: Lessons | None

    def of(self, window: Window, seen: Callable[[int], object]) -> Pulled:
        """Return the marks of a window, with corrected ones of earlier days; raises as a connector's pull does."""
        as_of = self.surroundings.now()
        lists = Lists(self.arbor)
        pupils = source_pupils(row for page in self.arbor.pages(UPNS) for row in page.rows)
        # Before the window: what changes from here on comes with it, or with the next pull.
        self.late.begin()

        def each(rows: list[RollCallRecord]) -> None:
            self.late.drop(rows)
            seen(len(rows))

        registers = read_window(self.arbor, window, UpnHistory(pupils, window), lists, each=each)
        corrected = self._corrected(registers, lists, seen)
        lessons = self.lessons.remarks(registers.marks, window) if self.lessons is not None else []
        return Pulled(
            marks=(*registers.marks, *corrected.marks),
            first=window.first,
            last=window.last,
            pupils=pupils,
            unreadable=(*registers.unreadable, *corrected.unreadable, *self.late.unreadable),
            remarks=(*_remarks(registers), *self.late.remarks, *lessons),
            is_whole=not (registers.repeated or registers.unreadable),
            source_as_of=as_of,
        )

    def _corrected(self, registers: Registers, lists: Lists, seen: Callable[[int], object]) -> Registers:
        any_day = Window(first=date.min, last=registers.window.last)
        upns = registers.upns.at_any_time()
        corrected = Registers(window=any_day, asked=any_day, upns=upns, letter_of=lists.letter_of)
        corrected.add(self.late.fetch(lists, seen), WHERE)
        return corrected


def _remarks(registers: Registers) -> list[SourceRow]:
    """Report once what concerns the pull and no single record."""
    remarks = {
        f"{registers.outside} records outside {registers.window} came and were dropped: Arbor did not keep to the "
        "dates; if this stays, tell its support": registers.outside,
        f"{registers.repeated} records came on two pages, so others may be missing: they come with the next pull; "
        "if this stays, tell Arbor's support": registers.repeated,
    }
    return [SourceRow(where="AttendanceRollCallRecord", reason=reason) for reason, count in remarks.items() if count]
