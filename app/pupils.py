"""The pupils of a school as the rules read them: marks laid over the sessions that were due, with what is recorded."""

from collections.abc import Iterable, Mapping
from datetime import date

from app.reading import Site
from app.wiring import Relay
from mapping.marks import BLANK_YEAR, year_of
from mapping.school_days import school_date
from rules.model import PupilMarks


def laid(relay: Relay, site: Site, pupil_ids: Iterable[str] | None = None) -> dict[str, PupilMarks]:
    """Return the pupils given, or everybody who is or was on the roll, with their marks of this year and the last."""
    year = year_of(school_date(relay.now()))
    if pupil_ids is None:
        wanted, strings = list(site.roll), relay.store.registers.marks_of(site.id, (year - 1, year))
    else:
        wanted = [pupil_id for pupil_id in pupil_ids if pupil_id in site.roll]
        strings = {each: _recent(relay.store.registers.marks_of_pupil(site.id, each), year) for each in wanted}
    return {
        pupil_id: site.due.lay(
            site.roll[pupil_id],
            {year: BLANK_YEAR} | strings.get(pupil_id, {}),
        )
        for pupil_id in wanted
    }


def _recent(strings: Mapping[int, bytes], year: int) -> dict[int, bytes]:
    return {each: marks for each, marks in strings.items() if each in {year - 1, year}}


def as_of(site: Site, pupil: PupilMarks, day: date) -> PupilMarks:
    """Return a pupil with the flags of a day: of the placement that had begun by then."""
    stretches = site.roll[pupil.pupil_id]
    if len(stretches) == 1:
        return pupil
    begun = [each for each in stretches if each.start <= day] or stretches[:1]
    return pupil._replace(flags=begun[-1].flags, is_part_time=begun[-1].expected is not None)
