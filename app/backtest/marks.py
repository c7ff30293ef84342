"""marks.csv: past registers, of which one mark string a pupil and school year is kept and nothing else."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import NamedTuple

from app.backtest.rolls import Stretches
from app.backtest.sheets import Columns, Sheet, opened
from app.backtest.troubles import Troubles
from app.written import Unreadable, byte_of, read_date, shown
from mapping.codes import NOT_RECORDED, QUARANTINED, CodeTable, Meaning
from mapping.marks import BLANK_YEAR, offset, year_of
from mapping.model import Half, Session
from mapping.school_days import Calendar

COLUMNS = Columns(needed=("pupil_id", "date", "session", "code"), unused=("notes",))
#: After so many lines a person hears how far it is.
_STEP = 10_000


class Spot(NamedTuple):
    """What three cells say, whoever the pupil is: which byte goes where, or (``trouble``) why not.

    A code that cannot be taken is a byte as well: the session is quarantined. No byte (0) is no mark at all.
    """

    day: date = date.min
    year: int = 0
    at: int = 0
    byte: int = 0
    trouble: str | None = None
    #: What registers hold where nobody need come: no trouble on a day that the calendar or the roll leaves out.
    is_void: bool = False


class Registers:
    """Every pupil's marks by school year, as strings still to be laid over the sessions that were due."""

    def __init__(self) -> None:
        self._years: defaultdict[int, dict[str, bytearray]] = defaultdict(dict)
        #: The days that hold a mark.
        self.days: set[date] = set()

    def put(self, pupil_id: str, spot: Spot) -> int:
        """Write a mark down and return what stood there.

        Where two lines contradict each other neither is believed, whichever comes first: the session is quarantined.
        """
        marks = self._years[spot.year].get(pupil_id)
        if marks is None:
            marks = self._years[spot.year][pupil_id] = bytearray(BLANK_YEAR)
        before = marks[spot.at]
        marks[spot.at] = spot.byte if before in {NOT_RECORDED, spot.byte} else QUARANTINED
        self.days.add(spot.day)
        return before

    def take(self, pupil_id: str, years: range) -> dict[int, bytes]:
        """Hand over a pupil's marks of some school years, and keep them no longer."""
        found = {year: self._years[year].pop(pupil_id, BLANK_YEAR) for year in years}
        return {year: bytes(marks) for year, marks in found.items()}


class MarkReader:
    """Reads marks against the roll, the calendar and the codes of their day."""

    def __init__(self, roll: Mapping[str, Stretches], calendar: Calendar, codes: CodeTable) -> None:
        self._roll = roll
        self._calendar = calendar
        self._codes = codes
        # There are many lines, and few different ones once the pupil is left out.
        self._spots: dict[tuple[str, str, str], Spot] = {}

    def read(self, path: Path, troubles: Troubles, seen: Callable[[int], object]) -> Registers:
        """Return the registers of a file. Raises ``ConfigErrors`` for one that cannot be used."""
        registers = Registers()
        with opened(path, COLUMNS, troubles) as sheet:
            self._read(sheet, registers, seen)
        return registers

    def _read(self, sheet: Sheet, registers: Registers, seen: Callable[[int], object]) -> None:
        who, day, half, code = sheet.places(*COLUMNS.needed)
        for number, (line, cells) in enumerate(sheet.rows(), start=1):
            key = cells[day], cells[half], cells[code]
            spot = self._spots.get(key) or self._resolve(key)
            if trouble := self._trouble(cells[who], spot, registers):
                sheet.wrong(line, trouble)
            if number % _STEP == 0:
                seen(_STEP)

    def _trouble(self, pupil_id: str, spot: Spot, registers: Registers) -> str | None:
        """Write a mark down, or say why not, or what is strange about it."""
        stretches = self._roll.get(pupil_id) or self._roll.get(pupil_id.strip())
        if stretches is None:
            return f"pupil_id {shown(pupil_id.strip())} is not on the roll"
        if not spot.byte:
            return spot.trouble
        if not _is_on_roll(stretches, spot.day):
            return None if spot.is_void else f"{spot.day} is {_off_roll(spot.day, stretches)}"
        before = registers.put(stretches[0].pupil_id, spot)
        if spot.trouble or before == NOT_RECORDED:
            return spot.trouble
        return "repeats an earlier line" if before == spot.byte else self._contradiction(before)

    def _contradiction(self, before: int) -> str:
        other = f" ({self._codes.spell(before)})" if before != QUARANTINED else ""
        return f"contradicts an earlier line{other}: neither counts until one of them is gone"

    def _resolve(self, cells: tuple[str, str, str]) -> Spot:
        day, half, code = map(str.strip, cells)
        try:
            spot = self._spot(Session(read_date(day), _half(half)), code)
        except Unreadable as wrong:
            spot = Spot(trouble=str(wrong))
        self._spots[cells] = spot
        return spot

    def _spot(self, session: Session, code: str) -> Spot:
        known = self._codes.get(code)
        is_void = known is not None and known.meaning is Meaning.ADMINISTRATIVE
        if why := self._calendar.why_closed(session.day):
            return Spot(trouble=None if is_void else f"{session.day} is no school day of the calendar ({why})")
        if not code:
            return Spot(trouble="code is empty: leave out the line of a session that is not recorded")
        day, at = session.day, offset(session)
        try:
            return Spot(day, year_of(day), at, byte_of(code, session, self._codes), None, is_void)
        except Unreadable as wrong:
            return Spot(day, year_of(day), at, QUARANTINED, f"code {str(wrong).removeprefix('code ')}")


def _half(text: str) -> Half:
    try:
        return Half(text.upper())
    except ValueError:
        raise Unreadable(f"session {shown(text)} is neither AM nor PM") from None


def _is_on_roll(stretches: Stretches, day: date) -> bool:
    if len(stretches) == 1:  # nearly always, and this is asked for every mark
        return stretches[0].is_on_roll(day)
    return any(stretch.is_on_roll(day) for stretch in stretches)


def _off_roll(day: date, stretches: Stretches) -> str:
    if day < stretches[0].start:
        return f"before pupil {stretches[0].pupil_id} starts on {stretches[0].start}"
    gone = max(stretch.end for stretch in stretches if stretch.end and stretch.end < day)
    return f"after pupil {stretches[0].pupil_id} left on {gone}"
