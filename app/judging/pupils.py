"""The pupils of a school as the rules read them: marks as they stand, laid over the sessions that were due."""

from collections.abc import Mapping
from datetime import date

from app.reading import Site
from app.wiring import Relay
from mapping.marks import BLANK_YEAR, year_of
from mapping.school_days import school_date
from rules.due import as_placed
from rules.model import PupilMarks


def laid(relay: Relay, site: Site) -> dict[str, PupilMarks]:
    """Return the marks of everybody on the roll, this school year and the one before."""
    year = year_of(school_date(relay.now()))
    strings = relay.store.registers.marks_of(site.id, (year - 1, year))
    return {pupil_id: _lay(site, pupil_id, strings.get(pupil_id, {}), year) for pupil_id in site.roll}


def laid_of(relay: Relay, site: Site, pupil_id: str) -> PupilMarks:
    """Return the marks of one pupil of the roll; raises ``KeyError`` for somebody else."""
    year = year_of(school_date(relay.now()))
    strings = relay.store.registers.marks_of_pupil(site.id, pupil_id)
    return _lay(site, pupil_id, {each: marks for each, marks in strings.items() if each in {year - 1, year}}, year)


def _lay(site: Site, pupil_id: str, strings: Mapping[int, bytes], year: int) -> PupilMarks:
    return site.due.lay(site.roll[pupil_id], {year: BLANK_YEAR, **strings})


def as_of(site: Site, pupil: PupilMarks, day: date) -> PupilMarks:
    """Return a pupil of the roll as placed on a day."""
    return as_placed(pupil, site.roll[pupil.pupil_id], day)
